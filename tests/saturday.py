"""A Saturday from noon to midnight, followed with footyd's stages: what is spent, what is seen when.

The feed is faultless here; what it does wrong is the season's part (tests/stages/test_season_replay.py).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from footyd.config import Config
from footyd.errors import FeedError, FeedQuotaSpent
from footyd.model import Decision, DecisionKind, Fixture, FixtureId, GoalId, LeagueId, Quota
from footyd.stages.advance import advance
from footyd.stages.confirm import confirm
from footyd.stages.ingest import days_to_fetch, ingest_day
from footyd.stages.monitor import has_work, observe
from footyd.stages.spend import poll_interval
from tests.builders import AWAY, HOME, a_fixture, goal_event
from tests.stages.season_watch import Memory

MIDNIGHT = datetime(2026, 8, 22, tzinfo=UTC)
KICKOFF_HOURS = (12, 12, 14, 14, 14, 14, 16, 16, 18, 18, 20, 22)
GOALS = ((7, HOME), (31, AWAY), (52, HOME), (88, HOME))
"""Match minute and side of the goals of every match: half of the matches miss the first, a third the last."""
BREAK_MINUTES, FULL_MINUTES = 15, 110
Goal = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A match that plays by the clock: 45 minutes, a break, 45 more and five added."""

    id: int
    kickoff: datetime
    goals: tuple[Goal, ...]

    def at(self, now: datetime, *, events: bool = True) -> Fixture:
        played = (now - self.kickoff).total_seconds() / 60
        clock = played if played <= 45 else max(45.0, played - BREAK_MINUTES)
        fallen = [goal for goal in self.goals if goal[0] <= clock and played > 0]
        score = (sum(side == HOME for _, side in fallen), sum(side == AWAY for _, side in fallen))
        lines = [goal_event(minute, side) for minute, side in fallen]
        return a_fixture(
            self.id,
            kickoff=self.kickoff,
            status=self._status(played),
            score=score if played > 0 else None,
            minute=int(clock) if played > 0 else None,
            events=lines if events else None,
        )

    @staticmethod
    def _status(played: float) -> str:
        if played <= 0:
            return "NS"
        if played <= 45:
            return "1H"
        if played <= 45 + BREAK_MINUTES:
            return "HT"
        return "2H" if played <= FULL_MINUTES else "FT"

    def fell_at(self, goal: Goal) -> datetime:
        return self.kickoff + timedelta(minutes=goal[0] + (BREAK_MINUTES if goal[0] > 45 else 0))


def a_saturday(hours: Sequence[int] = KICKOFF_HOURS) -> tuple[Match, ...]:
    return tuple(
        Match(id=n, kickoff=MIDNIGHT + timedelta(hours=hour), goals=GOALS[n % 2 : 4 - (n % 3 == 0)])
        for n, hour in enumerate(hours, start=1)
    )


@dataclass(kw_only=True)
class Feed:
    """Counts calls and ends at the day's limit; a free plan refuses `ids` as API-Football does."""

    matches: Sequence[Match]
    day_limit: int
    free: bool
    now: datetime = MIDNIGHT
    calls: int = 0
    ids_refused: bool = False

    @property
    def quota(self) -> Quota:
        return Quota(day_limit=self.day_limit, day_left=self.day_limit - self.calls)

    async def day(self, date: date, time_zone: str) -> tuple[Fixture, ...]:
        self._spend()
        return tuple(m.at(self.now, events=False) for m in self.matches if m.kickoff.date() == date)

    async def live(self, leagues: Collection[LeagueId] | None) -> tuple[Fixture, ...]:
        self._spend()
        shown = (match.at(self.now) for match in self.matches)
        return tuple(fixture for fixture in shown if fixture.status not in ("NS", "FT"))

    async def by_ids(self, ids: Sequence[FixtureId]) -> tuple[Fixture, ...]:
        """As the client does: `ids` until the plan refuses it, then one `id` after another."""
        if len(ids) > 1 and not self.free:
            self._spend()
        elif len(ids) > 1 and not self.ids_refused:
            self._spend()
            self.ids_refused = True
        singles = len(ids) if self.free or len(ids) == 1 else 0
        for _ in range(singles):
            self._spend()
        return tuple(match.at(self.now) for match in self.matches if match.id in ids)

    def _spend(self) -> None:
        if self.calls >= self.day_limit:
            raise FeedQuotaSpent("the day's calls are spent")
        self.calls += 1


@dataclass(kw_only=True)
class Saturday:
    """The day under one configuration; `confirmed` says when each goal was believed."""

    feed: Feed
    config: Config
    memory: Memory = field(default_factory=Memory)
    confirmed: dict[GoalId, datetime] = field(default_factory=dict)
    refused: list[FeedError] = field(default_factory=list)
    last_live: datetime | None = None

    async def play(self) -> Saturday:
        feed, config = self.feed, self.config
        for day in days_to_fetch(feed.now, config.ingest):
            await ingest_day(day, feed, self.memory, config.follow, config.ingest)
        feed.now = MIDNIGHT + timedelta(hours=11, minutes=50)
        while feed.now < MIDNIGHT + timedelta(hours=24):
            sighted = await self._poll()
            feed.now += timedelta(seconds=await self._wait(sighted=sighted))
        return self

    async def _wait(self, *, sighted: bool) -> float:
        second_look = self.config.confirm.second_look_seconds
        staged = await self.memory.staged(MIDNIGHT + timedelta(hours=24))
        followed = [tracked.fixture for tracked in (*staged, *await self.memory.active())]
        interval = poll_interval(followed, self.feed.quota, self.feed.now, self.config.poll)
        return min(interval, second_look) if sighted and second_look else interval

    async def _poll(self) -> bool:
        memory, now, poll = self.memory, self.feed.now, self.config.poll
        await advance(memory, memory, poll, now)
        active = await memory.active()
        if not has_work(active, poll, now):
            return False
        seen = await observe(active, self.feed, poll, now)
        self.refused += seen.refused
        self.last_live = now if seen.live_asked and not seen.refused else self.last_live
        memory.record(seen.fixtures, seen.lost, now)
        goals = tuple(memory.goals_of([fixture.id for fixture in seen.fixtures]))
        outcome = confirm(replace(memory.beside, goals=goals), seen.fixtures, now, self.config.confirm)
        memory.save(outcome.belief)
        self._note(outcome.decisions, now)
        await advance(memory, memory, poll, now)
        return any(decision.kind is DecisionKind.SIGHTED for decision in outcome.decisions)

    def _note(self, decisions: Sequence[Decision], now: datetime) -> None:
        for decision in decisions:
            if decision.kind is DecisionKind.CONFIRMED and decision.goal:
                self.confirmed[decision.goal.id] = now

    @property
    def true_goals(self) -> int:
        return sum(len(match.goals) for match in self.feed.matches)

    def delays(self) -> list[float]:
        """Minutes from each goal to its confirmation."""
        fell = {
            (match.id, place): match.fell_at(goal)
            for match in self.feed.matches
            for place, goal in enumerate(match.goals)
        }
        found = []
        for id, at in self.confirmed.items():
            fixture, _, home, away, _ = id.split("-")
            found.append((at - fell[int(fixture), int(home) + int(away) - 1]).total_seconds() / 60)
        return found


async def play_saturday(
    *, interval: float | str, day_limit: int, free: bool = False, second_look_seconds: float = 0
) -> Saturday:
    config = Config.model_validate(
        {"poll": {"interval_seconds": interval}, "confirm": {"second_look_seconds": second_look_seconds}}
    )
    feed = Feed(matches=a_saturday(), day_limit=day_limit, free=free)
    return await Saturday(feed=feed, config=config).play()
