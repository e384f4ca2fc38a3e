"""A whole season's goals as they really fell: who scored for whom in which minute, laid on a plain calendar.

Read from a file of the shape of jokecamp/FootballData's scraped Premier League seasons (a JSON object with
`season`, `league` and `matches`, each with `goals_home` and `goals_away`).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from footyd.demo.script import ScriptClub, ScriptEvent, ScriptFixture, ScriptLeague

MATCHES_PER_ROUND = 10
KICKOFFS = (0, 150, 150, 150, 150, 150, 155, 165, 300, 300)
"""Minutes after the first kick-off of a round: one early, most together, two in the evening."""
ROUND_MINUTES = 7 * 24 * 60
MOST_ADDED = 3
"""A written half is over after 45+3."""

_LEAGUE_ID = 39
_FIRST_KICKOFF = (8, 1, 11, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """The truth: fixtures with nothing but their goals, each list in the order of its match.

    `begins` is season minute 0, on which every fixture's `starts_at` counts.
    """

    name: str
    begins: datetime
    league: ScriptLeague
    fixtures: tuple[ScriptFixture, ...]

    @property
    def goals(self) -> int:
        return sum(len(fixture.events) for fixture in self.fixtures)

    @property
    def rounds(self) -> tuple[tuple[ScriptFixture, ...], ...]:
        size = MATCHES_PER_ROUND
        return tuple(self.fixtures[at : at + size] for at in range(0, len(self.fixtures), size))

    def minute(self, moment: datetime) -> float:
        return (moment - self.begins).total_seconds() / 60


def read_season(path: Path, *, rounds: int | None = None) -> Season:
    """The season in the file, or its first rounds; ids are numbered by name and thus the same every time."""
    found = json.loads(path.read_text(encoding="utf-8"))
    matches = found["matches"][: rounds and rounds * MATCHES_PER_ROUND]
    begins = datetime(int(found["season"][:4]), *_FIRST_KICKOFF, tzinfo=UTC)
    league = ScriptLeague(id=_LEAGUE_ID, name=found["league"], country="England", round="Regular Season")
    calendar = _Calendar(
        begins=begins, league=league, clubs=_clubs(found["matches"]), players=_players(found["matches"])
    )
    fixtures = tuple(calendar.fixture(match, place) for place, match in enumerate(matches))
    return Season(name=found["season"], begins=begins, league=league, fixtures=fixtures)


def _clubs(matches: Sequence[Mapping[str, Any]]) -> dict[str, ScriptClub]:
    names = sorted({match["home"] for match in matches} | {match["away"] for match in matches})
    return {
        name: ScriptClub(id=3_000 + number, name=name, code=name[:3].upper())
        for number, name in enumerate(names)
    }


def _players(matches: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    names = sorted({goal["scorer"] for match in matches for _, goal in _listed(match)})
    return {name: 50_000 + number for number, name in enumerate(names)}


def _listed(match: Mapping[str, Any]) -> Iterator[tuple[bool, Mapping[str, Any]]]:
    """(home, goal) in the order of the match; at the same minute the home side's come first."""
    goals = [(True, goal) for goal in match["goals_home"]] + [(False, goal) for goal in match["goals_away"]]
    yield from sorted(goals, key=lambda pair: (pair[1]["minute"], pair[1]["stoppage"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Calendar:
    begins: datetime
    league: ScriptLeague
    clubs: Mapping[str, ScriptClub]
    players: Mapping[str, int]

    def fixture(self, match: Mapping[str, Any], place: int) -> ScriptFixture:
        number, slot = divmod(place, MATCHES_PER_ROUND)
        starts_at = number * ROUND_MINUTES + KICKOFFS[slot]
        home, away = self.clubs[match["home"]], self.clubs[match["away"]]
        return ScriptFixture(
            id=match["id"],
            league=self.league,
            home=home,
            away=away,
            kickoff=self.begins + timedelta(minutes=starts_at),
            starts_at=starts_at,
            events=tuple(self._goals(match, home, away)),
        )

    def _goals(self, match: Mapping[str, Any], home: ScriptClub, away: ScriptClub) -> Iterator[ScriptEvent]:
        """The source tells that a goal fell in added time, not when: they count from its first minute."""
        added: Counter[int] = Counter()
        for is_home, goal in _listed(match):
            minute, late = goal["minute"], goal["stoppage"]
            added[minute] += late
            yield ScriptEvent(
                minute=minute,
                extra=min(MOST_ADDED, added[minute]) if late else None,
                club=home if is_home else away,
                player=(self.players[goal["scorer"]], goal["scorer"]),
                detail="Own Goal" if goal["own_goal"] else "Penalty" if goal["penalty"] else "Normal Goal",
            )
