"""Fixtures on their way: staging → active before kick-off, active → completed when final and settled."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from footyd.config import PollConfig
from footyd.model import FINAL, Fixture, FixtureId, FixtureState, Goal, TrackedFixture

NEVER_STARTS = frozenset({"PST", "CANC", "AWD", "WO", "ABD"})
PLAYED = frozenset({"FT", "AET", "PEN"})
NOT_PLAYED = frozenset({"CANC", "AWD", "WO"})
"""Final without a match: the score, if any, was decided at a table and has no goals to wait for."""
FORGOTTEN_AFTER = timedelta(hours=72)
"""For matches the feed never ends: without live scores they stay NS up to 48 h (API-Football), plus a day."""


class Shelf(Protocol):
    async def staged(self, before: datetime) -> Sequence[TrackedFixture]: ...
    async def active(self) -> Sequence[TrackedFixture]: ...
    async def move(
        self, fixture: FixtureId, origin: FixtureState, to: FixtureState, *, parity: bool | None = None
    ) -> None: ...


class GoalLedger(Protocol):
    async def confirmed_goals(self, fixtures: Collection[FixtureId]) -> Sequence[Goal]: ...
    async def fixtures_with_pending(self, fixtures: Collection[FixtureId]) -> Collection[FixtureId]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceReport:
    """What was moved, and the fixtures that are active now."""

    activated: tuple[FixtureId, ...] = ()
    completed: tuple[FixtureId, ...] = ()
    postponed: tuple[FixtureId, ...] = ()
    active: tuple[TrackedFixture, ...] = ()


async def advance(
    shelf: Shelf, ledger: GoalLedger, config: PollConfig, now: datetime, *, in_doubt: bool = False
) -> AdvanceReport:
    """Move what is due; each move is insert-then-delete and repaired at start.

    While `in_doubt` about the clock no match is over for its age.
    """
    activated = [
        t.fixture.id
        for t in await shelf.staged(now + timedelta(minutes=config.lead_minutes))
        if t.fixture.status not in NEVER_STARTS
    ]
    for fixture in activated:
        await shelf.move(fixture, FixtureState.STAGING, FixtureState.ACTIVE)
    active = await shelf.active()
    postponed = [t.fixture.id for t in active if t.fixture.status == "PST"]
    for fixture in postponed:
        await shelf.move(fixture, FixtureState.ACTIVE, FixtureState.STAGING)
    over = [t for t in active if t.fixture.status in FINAL or (is_forgotten(t, now) and not in_doubt)]
    completed = await _complete(shelf, ledger, over, config, now)
    gone = {*completed, *postponed}
    return AdvanceReport(
        activated=tuple(activated),
        completed=completed,
        postponed=tuple(postponed),
        active=tuple(tracked for tracked in active if tracked.fixture.id not in gone),
    )


async def _complete(
    shelf: Shelf, ledger: GoalLedger, over: Sequence[TrackedFixture], config: PollConfig, now: datetime
) -> tuple[FixtureId, ...]:
    ids = [t.fixture.id for t in over]
    if not ids:
        return ()
    pending = await ledger.fixtures_with_pending(ids)
    goals = await ledger.confirmed_goals(ids)
    done = []
    for tracked in over:
        parity = has_parity(tracked.fixture, [g for g in goals if g.fixture_id == tracked.fixture.id])
        settled = parity and is_read_twice(tracked)
        if tracked.fixture.id not in pending and (settled or grace_is_over(tracked, config, now)):
            await shelf.move(tracked.fixture.id, FixtureState.ACTIVE, FixtureState.COMPLETED, parity=parity)
            done.append(tracked.fixture.id)
    return tuple(done)


def is_forgotten(tracked: TrackedFixture, now: datetime) -> bool:
    """So long past kick-off that the feed will not end it any more."""
    return now - tracked.fixture.kickoff > FORGOTTEN_AFTER


def is_read_twice(tracked: TrackedFixture) -> bool:
    """A last whistle is believed like a goal, when seen twice: VAR may take a goal back after the first."""
    if tracked.fixture.status not in PLAYED:
        return True
    read_at, final_since = tracked.read_at, tracked.final_since
    return read_at is not None and final_since is not None and read_at > final_since


def grace_is_over(tracked: TrackedFixture, config: PollConfig, now: datetime) -> bool:
    since = tracked.final_since or tracked.fixture.kickoff
    return now - since >= timedelta(minutes=config.grace_minutes)


def has_parity(fixture: Fixture, confirmed: Sequence[Goal]) -> bool:
    """Every goal of the final score is one we confirmed, team by team (shoot-outs never count in `goals`)."""
    if fixture.status in NOT_PLAYED:
        return True
    if fixture.score is None:  # a whistle without a score is a spoilt reply, not a match without goals
        return fixture.status not in PLAYED
    home = sum(1 for goal in confirmed if goal.team_id == fixture.home.id)
    away = sum(1 for goal in confirmed if goal.team_id == fixture.away.id)
    return (home, away) == (fixture.score.home, fixture.score.away)
