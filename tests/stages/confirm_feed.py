"""A small language for feeds: what each poll shows in, decisions as readable lines out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pydantic import TypeAdapter

from footyd.config import ConfirmConfig
from footyd.model import (
    Decision,
    Event,
    Fixture,
    FixtureId,
    Goal,
    GoalState,
    League,
    LeagueId,
    PlayerId,
    Score,
    Team,
    TeamId,
)
from footyd.stages.confirm import Belief, confirm

KICKOFF = datetime(2026, 3, 7, 15, tzinfo=UTC)
HOME = Team(id=TeamId(10), name="Home")
AWAY = Team(id=TeamId(20), name="Away")
LEAGUE = League(
    id=LeagueId(39), name="Premier League", country="England", season=2025, round="Regular Season - 28"
)
BELIEFS = TypeAdapter(Belief)


def event(
    team: Team,
    clock: int | str,
    player: str | None = "Kane",
    *,
    id: int | None = None,
    type: str = "Goal",
    detail: str = "Normal Goal",
    comments: str | None = None,
) -> Event:
    minute, _, extra = str(clock).partition("+")
    return Event(
        minute=int(minute),
        extra=int(extra) if extra else None,
        team_id=team.id,
        team_name=team.name,
        player_id=PlayerId(id) if id else None,
        player=player,
        type=type,
        detail=detail,
        comments=comments,
    )


def home(
    clock: int | str, player: str | None = "Kane", *, id: int | None = None, detail: str = "Normal Goal"
) -> Event:
    return event(HOME, clock, player, id=id, detail=detail)


def away(
    clock: int | str, player: str | None = "Salah", *, id: int | None = None, detail: str = "Normal Goal"
) -> Event:
    return event(AWAY, clock, player, id=id, detail=detail)


def var(team: Team, clock: int | str, detail: str = "Goal cancelled") -> Event:
    return event(team, clock, type="Var", detail=detail)


def shows(
    score: str | None, *events: Event, status: str = "2H", fixture: int = 1, silent: bool = False
) -> Fixture:
    """One fixture of a poll: `shows("1-0", home(23))`; `silent` leaves the event list out."""
    return Fixture(
        id=FixtureId(fixture),
        kickoff=KICKOFF,
        status=status,
        minute=None,
        league=LEAGUE,
        home=HOME,
        away=AWAY,
        score=None
        if score is None
        else Score(**dict(zip(("home", "away"), map(int, score.split("-")), strict=True))),
        events=None if silent else events,
        payload={},
    )


def line(decision: Decision) -> str:
    """`confirmed 1-0 Kane 23'`; other fixtures than the first are named, a corrected scorer is `renamed`."""
    where = "" if decision.fixture_id == 1 else f"#{decision.fixture_id} "
    kind = "renamed" if decision.renamed else decision.kind.value
    if decision.goal is None:
        return f"{where}{kind} {decision.score_after}"
    return f"{where}{kind} {decision.goal.score_after} {decision.goal.player or '?'} {decision.goal.clock}"


@dataclass(kw_only=True)
class Watch:
    """Somebody who watches a feed, five minutes from poll to poll."""

    belief: Belief = field(default_factory=Belief)
    config: ConfirmConfig = field(default_factory=ConfirmConfig)
    now: datetime = KICKOFF
    told: list[Decision] = field(default_factory=list)

    def see(self, *fixtures: Fixture) -> list[str]:
        outcome = confirm(self.belief, fixtures, self.now, self.config)
        self.belief = outcome.belief
        self.now += timedelta(minutes=5)
        self.told += outcome.decisions
        return [line(decision) for decision in outcome.decisions]

    def confirmed(self, *fixtures: Fixture) -> Watch:
        """After two polls that showed the same."""
        self.see(*fixtures)
        self.see(*fixtures)
        return self

    def restart(self) -> None:
        """The belief goes through JSON, as through a database."""
        self.belief = BELIEFS.validate_json(BELIEFS.dump_json(self.belief))

    def goals(self, state: GoalState) -> Sequence[Goal]:
        return [goal for goal in self.belief.goals if goal.state is state]

    def believed(self) -> list[str]:
        """`1-0 Kane 23'` for each confirmed goal, in the order of the match."""
        goals = sorted(
            self.goals(GoalState.CONFIRMED),
            key=lambda g: (g.fixture_id, g.score_after.home + g.score_after.away),
        )
        return [f"{goal.score_after} {goal.player or '?'} {goal.clock}" for goal in goals]
