"""Whom a post names: the scorer, our teams, or another match of the day."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from footyd.model import Fixture, TeamId
from footyd.stages.search import reading
from footyd.stages.search.context import GoalContext
from footyd.stages.search.people import names_scorer, scorer_names
from footyd.stages.search.teams import (
    COMMON_WORDS,
    NO_ALIASES,
    Mention,
    codes_named,
    other_clubs,
    teams_named,
)
from footyd.stages.search.words import padded_phrase

_SMALL_SQUAD = re.compile(
    r" (?:W|U\d\d|B|II)$|\b(?:Women|Feminin|Femenin|Frauen|U\d\d|Youth|Primavera)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """`other` is the other fixture the text is about, `squad` the word that tells of a women's or youth team.

    `elsewhere` are well-known clubs named while neither of ours is; `scores` stand behind the teams' names.
    """

    scorer: bool
    home: bool
    away: bool
    other: Fixture | None
    squad: str = ""
    elsewhere: frozenset[str] = frozenset()
    scores: frozenset[tuple[int, int]] = frozenset()


def read_names(context: GoalContext, text: str, aliases: Mapping[str, Sequence[str]] = NO_ALIASES) -> Named:
    words = padded_phrase(text)
    home, away = context.fixture.home, context.fixture.away
    others = [fixture for fixture in context.others if fixture.id != context.fixture.id]
    teams = [team for fixture in others for team in (fixture.home, fixture.away)]
    his = scorer_names(context.goal.player)
    named = teams_named(words, (home, away), teams, aliases)
    found = {team: mention for team, mention in named.items() if mention.alias not in his}
    both = codes_named(words, home, away)
    scorer = names_scorer(words, context.goal.player)
    return Named(
        scorer=scorer,
        home=both or home.id in found,
        away=both or away.id in found,
        other=None if both else _other_match(context.fixture, others, words, found, scorer=scorer),
        squad=_other_squad(context.fixture, text),
        elsewhere=frozenset() if both or home.id in found or away.id in found else other_clubs(words) - his,
        scores=_team_scores(words, found, home.id, away.id),
    )


def _other_match(
    ours: Fixture, others: Sequence[Fixture], words: str, found: Mapping[TeamId, Mention], *, scorer: bool
) -> Fixture | None:
    """The match of which more teams are named than of ours; one of ours and the scorer must come first."""
    counts = {fixture.id: _times_named(fixture, words, found) for fixture in others}
    most = max(others, key=lambda fixture: counts[fixture.id], default=None)
    own = (ours.home.id in found) + (ours.away.id in found)
    if most is None or counts[most.id] <= own:
        return None
    if own and scorer and _first(ours, found) < _first(most, found):
        return None
    return most


def _times_named(fixture: Fixture, words: str, found: Mapping[TeamId, Mention]) -> int:
    """How many of its teams are named; one alone must not be an ordinary word."""
    if codes_named(words, fixture.home, fixture.away):
        return 2
    used = {found[team.id].alias for team in (fixture.home, fixture.away) if team.id in found}
    return 0 if len(used) == 1 and used <= COMMON_WORDS else len(used)


def _first(fixture: Fixture, found: Mapping[TeamId, Mention]) -> int:
    places = [found[team.id].at for team in (fixture.home, fixture.away) if team.id in found]
    return min(places, default=len(found))


def _other_squad(fixture: Fixture, text: str) -> str:
    """Nothing in a match of such teams: their posts do not always say so, and the feed has its own words."""
    titles = (fixture.home.name, fixture.away.name, fixture.league.name)
    if any(_SMALL_SQUAD.search(title) for title in titles):
        return ""
    return reading.other_squad(text) or ""


def _team_scores(
    words: str, found: Mapping[TeamId, Mention], home: TeamId, away: TeamId
) -> frozenset[tuple[int, int]]:
    if home not in found or away not in found:
        return frozenset()
    return reading.team_scores(words.lower(), found[home].alias, found[away].alias)
