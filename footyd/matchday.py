"""One poll cycle: fixtures advance, the feed is observed, goals are believed, fixtures complete."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from typing import Any

import structlog

from footyd.adapters.api_football import ApiFootball
from footyd.adapters.mongo import Store
from footyd.config import Config
from footyd.errors import FeedError
from footyd.feed_rest import FeedRest
from footyd.model import (
    DEFERRED,
    FINAL,
    Decision,
    DecisionKind,
    Goal,
    GoalState,
    Happening,
    HappeningKind,
    TrackedFixture,
)
from footyd.news import news_of
from footyd.pipeline import Announce
from footyd.stages.advance import AdvanceReport, advance
from footyd.stages.confirm import Belief, Outcome, confirm
from footyd.stages.ingest import IngestReport, days_to_fetch, ingest_day, today
from footyd.stages.monitor import Observation, has_work, observe
from footyd.stages.spend import poll_interval, quota_reset

EVENTS = {
    DecisionKind.SIGHTED: "goal sighted",
    DecisionKind.CONFIRMED: "goal confirmed",
    DecisionKind.DISCARDED: "goal discarded",
    DecisionKind.CANCELLED: "goal cancelled",
    DecisionKind.UPDATED: "goal updated",
    DecisionKind.REFUSED: "reply refused",
    DecisionKind.EXPECTED: "goal expected",
}

Begin = Callable[[], Awaitable[None]]
"""Called once a cycle knows that it has work: from there on the run is recorded."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleReport:
    """What one poll came to; `calls` counts those against the quota."""

    advanced: AdvanceReport
    observation: Observation
    decisions: tuple[Decision, ...] = ()
    calls: int = 0
    writes: int = 0

    @property
    def wants_second_look(self) -> bool:
        """A first sighting waits for its second, or the score is ahead of the events."""
        return any(d.kind in (DecisionKind.SIGHTED, DecisionKind.EXPECTED) for d in self.decisions)

    def metadata(self) -> dict[str, Any]:
        kinds = Counter(decision.kind.value for decision in self.decisions)
        return {
            "fixtures_processed": len(self.observation.fixtures),
            "activated": len(self.advanced.activated),
            "completed": len(self.advanced.completed),
            "settled": self.observation.settled,
            "refused": len(self.observation.refused),
            "calls": self.calls,
            "writes": self.writes,
            **{name: kinds[name] for name in sorted(kinds)},
        }


@dataclass(kw_only=True)
class Matchday:
    """The feed's side of footyd. One lock: ingest and poll never interleave.

    While `in_doubt` about the clock no match is over for its age.
    """

    store: Store
    feed: ApiFootball
    config: Callable[[], Config]
    clock: Callable[[], datetime]
    announce: Announce
    in_doubt: Callable[[], bool] = lambda: False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    rest: FeedRest = field(init=False)

    def __post_init__(self) -> None:
        self.rest = FeedRest(self.store.runs, self.announce)

    async def ingest(self, days: Sequence[date] | None = None) -> list[IngestReport]:
        """Fetch the given days, or today and the days looked ahead to."""
        async with self.lock:
            first, *ahead = days_to_fetch(self.clock(), self.config().ingest)
            if days:
                return [await self._ingest_day(day) for day in days]
            reports = [await self._ingest_day(first)]
            await self.store.runs.note("ingest", {"day": str(first)})
            try:
                for day in ahead:
                    reports.append(await self._ingest_day(day))  # noqa: PERF401  # what came before a refusal counts
            except FeedError as exc:  # a plan that shows today only must not cost us today
                log.warning("days ahead not fetched", reason=exc.line())
        return reports

    async def _ingest_day(self, day: date) -> IngestReport:
        config = self.config()
        return await ingest_day(day, self.feed, self.store.fixtures, config.follow, config.ingest)

    async def is_today_missing(self) -> bool:
        noted = await self.store.runs.noted("ingest")
        return noted.get("day") != str(today(self.clock(), self.config().ingest))

    async def cycle(self, begin: Begin) -> CycleReport | None:
        """One poll; None when there was nothing to move and nothing to ask."""
        async with self.lock:
            advanced = await self._advance()
            active, now = advanced.active, self.clock()
            asks = has_work(active, self.config().poll, now) and not await self.rest.is_on(now)
            if not asks and not _moved(advanced):
                return None
            await begin()
            if not asks:
                return CycleReport(advanced=advanced, observation=Observation())
            return await self._poll(advanced, active, now)

    async def interval_seconds(self) -> float:
        """Until the next poll: fixed, or what is left of the day's calls over the live minutes to come."""
        config, now = self.config().poll, self.clock()
        if config.interval_seconds != "auto":
            return config.interval_seconds
        staged = await self.store.fixtures.staged(quota_reset(now))
        followed = [t.fixture for t in (*staged, *await self.store.fixtures.active())]
        return poll_interval(followed, self.feed.quota, now, config)

    async def _poll(
        self, advanced: AdvanceReport, active: Sequence[TrackedFixture], now: datetime
    ) -> CycleReport:
        feed = self.feed  # a reload may put another in its place
        calls = feed.calls
        observation = await observe(active, feed, self.config().poll, now)
        await self.rest.after(observation, now)
        writes = await self.store.fixtures.record_readings(active, observation.fixtures, now)
        if observation.lost:
            await self.store.fixtures.note_lost(observation.lost, now)
        outcome, stored = await self._believe(observation, now)
        completed = await self._advance() if _may_end(observation) else AdvanceReport()
        report = CycleReport(
            advanced=_joined(advanced, completed),
            observation=observation,
            decisions=outcome.decisions,
            calls=feed.calls - calls,
            writes=writes + stored,
        )
        if observation.refused and not observation.fixtures:
            raise observation.refused[0]
        return report

    async def _advance(self) -> AdvanceReport:
        poll, in_doubt = self.config().poll, self.in_doubt()
        return await advance(self.store.fixtures, self.store.goals, poll, self.clock(), in_doubt=in_doubt)

    async def _believe(self, observation: Observation, now: datetime) -> tuple[Outcome, int]:
        config = self.config()
        before = await self.store.goals.believed([fixture.id for fixture in observation.fixtures])
        noted = await self.store.runs.noted("belief")
        belief = Belief(goals=tuple(before), **{k: v for k, v in noted.items() if k != "_id"})
        outcome = confirm(belief, observation.fixtures, now, config.confirm)
        if changed := _beside_goals(
            outcome.belief, belief
        ):  # first: goals without their guard could be cancelled
            await self.store.runs.note("belief", changed)
        await self.store.timeline.note(*renamings(before, outcome.belief.goals, now))
        writes = await self.store.goals.save_believed(
            before,
            outcome.belief.goals,
            renamed={d.goal.id for d in outcome.decisions if d.goal and d.renamed},
            window=timedelta(minutes=config.search.window_minutes),
            now=now,
        )
        await self._tell(outcome.decisions)
        return outcome, writes

    async def _tell(self, decisions: Sequence[Decision]) -> None:
        for decision in decisions:
            log.info(EVENTS[decision.kind], **decision_facts(decision))
        for title, body in news_of(decisions):
            await self.announce(title, body)


def decision_facts(decision: Decision) -> dict[str, Any]:
    """The facts of a decision as log keys."""
    if decision.goal is None:
        return {"fixture_id": decision.fixture_id, "reason": decision.reason}
    return goal_facts(decision.goal)


def goal_facts(goal: Goal) -> dict[str, Any]:
    return {
        "fixture_id": goal.fixture_id,
        "goal_id": goal.id,
        "team": goal.team,
        "scorer": goal.player,
        "minute": goal.clock,
        "score": str(goal.score_after),
    }


def renamings(before: Sequence[Goal], after: Sequence[Goal], now: datetime) -> list[Happening]:
    """Goals whose scorer the feed names now, or corrects."""
    held = {goal.id: goal.player for goal in before if goal.state is GoalState.CONFIRMED}
    return [
        Happening(
            goal_id=goal.id,
            at=now,
            kind=HappeningKind.RENAMED if held[goal.id] else HappeningKind.NAMED,
            step=f"{held[goal.id]} {goal.player}",
            facts={"from": held[goal.id] or "", "to": goal.player or ""},
        )
        for goal in after
        if goal.id in held and goal.player != held[goal.id]
    ]


def _beside_goals(after: Belief, before: Belief) -> Mapping[str, Any]:
    """The small rest of a belief, where it changed."""
    names = [f.name for f in fields(Belief) if f.name != "goals"]
    return {name: getattr(after, name) for name in names if getattr(after, name) != getattr(before, name)}


def _may_end(observation: Observation) -> bool:
    """Whether what was shown lets a match leave the active ones: otherwise the next poll is soon enough."""
    return any(f.status in FINAL or f.status in DEFERRED for f in observation.fixtures)


def _moved(report: AdvanceReport) -> bool:
    return bool(report.activated or report.completed or report.postponed)


def _joined(first: AdvanceReport, second: AdvanceReport) -> AdvanceReport:
    return AdvanceReport(
        activated=first.activated + second.activated,
        completed=first.completed + second.completed,
        postponed=first.postponed + second.postponed,
    )
