"""Whom a post names: the scorer, our teams, or another match of the day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from footyd.model import Fixture, TeamId
from footyd.stages.search.context import GoalContext
from footyd.stages.search.people import names_scorer
from footyd.stages.search.teams import COMMON_WORDS, NO_ALIASES, codes_named, teams_named
from footyd.stages.search.words import padded_phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """`other` is the other fixture the text is about, when it names more of its teams than of ours."""

    scorer: bool
    home: bool
    away: bool
    other: Fixture | None


def read_names(context: GoalContext, text: str, aliases: Mapping[str, Sequence[str]] = NO_ALIASES) -> Named:
    words = padded_phrase(text)
    home, away = context.fixture.home, context.fixture.away
    others = [fixture for fixture in context.others if fixture.id != context.fixture.id]
    teams = [team for fixture in others for team in (fixture.home, fixture.away)]
    found = teams_named(words, (home, away), teams, aliases)
    both = codes_named(words, home, away)
    scorer = names_scorer(words, context.goal.player)
    ours = 2 if both else (home.id in found) + (away.id in found)
    counts = {fixture.id: _times_named(fixture, words, found) for fixture in others}
    most = max(others, key=lambda fixture: counts[fixture.id], default=None)
    settled = ours == 2 or (ours == 1 and scorer)
    return Named(
        scorer=scorer,
        home=both or home.id in found,
        away=both or away.id in found,
        other=most if most and not settled and counts[most.id] > ours else None,
    )


def _times_named(fixture: Fixture, words: str, found: Mapping[TeamId, str]) -> int:
    """How many of its teams are named; one alone must not be an ordinary word."""
    if codes_named(words, fixture.home, fixture.away):
        return 2
    used = {found[team.id] for team in (fixture.home, fixture.away) if team.id in found}
    return 0 if len(used) == 1 and used <= COMMON_WORDS else len(used)
