"""What is asked: X's query language, short enough for X (512 characters) and for Nitter (500 bytes)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from footyd.model import Fixture, Goal, Query, Score
from footyd.stages.search.people import scorer_queries
from footyd.stages.search.teams import NO_ALIASES, match_code, query_names
from footyd.stages.search.words import is_arabic

MAX_BYTES = 500 - len(" since_time:1234567890")
"""Nitter refuses more than 500 ("Search input too long."), counted in UTF-8; the rest is left for `since`.

X counts 512 with one for a Latin or Arabic letter and two for an emoji or a CJK sign, which are two and
three or four bytes long: what fits here in bytes fits there too.
"""
TERM_BYTES = 80
OPERATORS = "filter:native_video -filter:retweets"
WIDTHS = (4, 3, 2, 1)
"""How many spellings of each name are asked for: the widest choice that fits."""
_BARE = re.compile(r"\w+")
_SYNTAX = re.compile(r'["()]')
_RESERVED = frozenset({"OR", "AND", "NOT"})


def query_for(
    goals: Goal | Sequence[Goal],
    fixture: Fixture,
    window_from: datetime,
    aliases: Mapping[str, Sequence[str]] = NO_ALIASES,
) -> Query:
    """One goal: its scorer with either team, or, while nobody is named, both teams with the score.

    Several goals of one fixture: any of the scorers with either team, or both teams with any of the scores.
    Those that have no room (see `within_one_query`) are left out; `aliases` are more names by the feed's.
    """
    several = within_one_query((goals,) if isinstance(goals, Goal) else goals, fixture, aliases)
    texts = (_text(several, fixture, aliases, width) for width in WIDTHS)
    narrowest = _text(several, fixture, aliases, min(WIDTHS))
    return Query(text=next(filter(_fits, texts), narrowest), since=window_from)


def within_one_query(
    goals: Sequence[Goal], fixture: Fixture, aliases: Mapping[str, Sequence[str]] = NO_ALIASES
) -> Sequence[Goal]:
    """The first of these goals, as many as one query has room for; never none."""
    counts = range(len(goals), 1, -1)
    fewest = min(WIDTHS)
    room = (n for n in counts if _fits(_text(goals[:n], fixture, aliases, fewest)))
    return goals[: next(room, 1)]


def _fits(text: str) -> bool:
    return len(text.encode()) <= MAX_BYTES


def _text(goals: Sequence[Goal], fixture: Fixture, aliases: Mapping[str, Sequence[str]], width: int) -> str:
    return f"{_wanted(goals, fixture, aliases, width)} {OPERATORS}".strip()


def _wanted(goals: Sequence[Goal], fixture: Fixture, aliases: Mapping[str, Sequence[str]], width: int) -> str:
    sides = (fixture.home.name, fixture.away.name)
    who = [name for goal in goals for name in scorer_queries(goal.player)[:width]]
    arabic = any(map(is_arabic, who))
    either = [name for side in sides for name in query_names(side, aliases, arabic=arabic)[:width]]
    code = match_code(*sides) if width > 1 else ()
    named = _all_of(who, (*either, *code)) if who else ""
    if named and len(goals) == 1:
        return named
    both = [query_names(side, aliases, arabic=True)[:width] for side in sides]
    told = _all_of(*both, [score for goal in goals for score in _scores(goal.score_after)])
    return f"(({named}) OR ({told}))" if named else told


def _scores(score: Score) -> tuple[str, ...]:
    return tuple(dict.fromkeys((f"{score.home}-{score.away}", f"{score.away}-{score.home}")))


def _all_of(*groups: Sequence[str]) -> str:
    return " ".join(filter(None, map(_any_of, groups)))


def _any_of(terms: Sequence[str]) -> str:
    """The terms in query syntax, each once whatever its case; empty when there is none."""
    quoted = {term.lower(): term for term in reversed([_term(words) for words in terms]) if term}
    alternatives = list(quoted.values())[::-1]
    if len(alternatives) > 1:
        return f"({' OR '.join(alternatives)})"
    return alternatives[0] if alternatives else ""


def _term(words: str) -> str:
    plain = " ".join(_SYNTAX.sub(" ", words).split())
    clipped = plain.encode()[:TERM_BYTES].decode(errors="ignore").strip()
    if not clipped or (_BARE.fullmatch(clipped) and clipped not in _RESERVED):
        return clipped
    return f'"{clipped}"'
