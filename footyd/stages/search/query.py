"""What is asked: X's query language, within the limits of X (512 characters) and Nitter (500 bytes)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from footyd.model import Fixture, Goal, Query, Score
from footyd.stages.search.people import scorer_spellings
from footyd.stages.search.teams import query_names

MAX_BYTES = 500
"""Nitter refuses more ("Search input too long."), counted in UTF-8; X's 512 characters lie above it."""
TERM_BYTES = 80
OPERATORS = "filter:native_video -filter:retweets"
_BARE = re.compile(r"\w+")
_SYNTAX = re.compile(r'["()]')
_RESERVED = frozenset({"OR", "AND", "NOT"})


def query_for(goal: Goal, fixture: Fixture, window_from: datetime) -> Query:
    """The scorer with either team; while nobody is named, both teams with the score."""
    who = scorer_spellings(goal.player)
    home, away = query_names(fixture.home.name), query_names(fixture.away.name)
    for width in (4, 3, 2, 1):
        one, two = home[:width], away[:width]
        groups = (who[:width], (*one, *two)) if who else (one, two, _scores(goal.score_after))
        text = " ".join([*filter(None, map(_any_of, groups)), OPERATORS])
        if len(text.encode()) <= MAX_BYTES:
            break
    return Query(text=text, since=window_from)


def _scores(score: Score) -> tuple[str, ...]:
    return tuple(dict.fromkeys((f"{score.home}-{score.away}", f"{score.away}-{score.home}")))


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
