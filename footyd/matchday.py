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
from footyd.errors import FeedError, FeedKeyRefused, FeedSuspended
from footyd.model import Decision, DecisionKind, Goal, TrackedFixture
from footyd.pipeline import Announce
from footyd.stages.advance import AdvanceReport, advance
from footyd.stages.confirm import Belief, Outcome, confirm
from footyd.stages.ingest import IngestReport, days_to_fetch, ingest_day, today
from footyd.stages.monitor import Observation, has_work, observe

BACKOFF_MINUTES = (1, 5, 15, 60)
"""Rests after refused polls in a row; retrying sooner got accounts suspended (seen in public reports)."""

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

    def metadata(self) -> dict[str, Any]:
        kinds = Counter(decision.kind.value for decision in self.decisions)
        return {
            "fixtures_processed": len(self.observation.fixtures),
            "activated": len(self.advanced.activated),
            "completed": len(self.advanced.completed),
            "settled": self.observation.settled,
            "calls": self.calls,
            "writes": self.writes,
            **{name: kinds[name] for name in sorted(kinds)},
        }


@dataclass(kw_only=True)
class Matchday:
    """The feed's side of footyd. One lock: ingest and poll never interleave."""

    store: Store
    feed: ApiFootball
    config: Callable[[], Config]
    clock: Callable[[], datetime]
    announce: Announce
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ingest(self, days: Sequence[date] | None = None) -> list[IngestReport]:
        """Fetch the given days, or today and the days looked ahead to."""
        config = self.config()
        async with self.lock:
            reports = [
                await ingest_day(day, self.feed, self.store.fixtures, config.follow, config.ingest)
                for day in days or days_to_fetch(self.clock(), config.ingest)
            ]
            await self.store.runs.note("ingest", {"day": str(today(self.clock(), config.ingest))})
        return reports

    async def is_today_missing(self) -> bool:
        noted = await self.store.runs.noted("ingest")
        return noted.get("day") != str(today(self.clock(), self.config().ingest))

    async def cycle(self, begin: Begin) -> CycleReport | None:
        """One poll; None when there was nothing to move and nothing to ask."""
        async with self.lock:
            advanced = await self._advance()
            active = await self.store.fixtures.active()
            now = self.clock()
            asks = has_work(active, self.config().poll, now) and not await self._is_resting(now)
            if not asks and not _moved(advanced):
                return None
            await begin()
            if not asks:
                return CycleReport(advanced=advanced, observation=Observation())
            return await self._poll(advanced, active, now)

    async def _poll(
        self, advanced: AdvanceReport, active: Sequence[TrackedFixture], now: datetime
    ) -> CycleReport:
        calls = self.feed.calls
        observation = await observe(active, self.feed, self.config().poll, now)
        await self._note_refusals(observation.refused, now)
        writes = await self.store.fixtures.record_readings(observation.fixtures, now)
        outcome, stored = await self._believe(observation, now)
        completed = await self._advance()
        report = CycleReport(
            advanced=_joined(advanced, completed),
            observation=observation,
            decisions=outcome.decisions,
            calls=self.feed.calls - calls,
            writes=writes + stored,
        )
        if observation.refused and not observation.fixtures:
            raise observation.refused[0]
        return report

    async def _advance(self) -> AdvanceReport:
        return await advance(self.store.fixtures, self.store.goals, self.config().poll, self.clock())

    async def _believe(self, observation: Observation, now: datetime) -> tuple[Outcome, int]:
        config = self.config()
        before = await self.store.goals.believed([fixture.id for fixture in observation.fixtures])
        noted = await self.store.runs.noted("belief")
        belief = Belief(goals=tuple(before), **{k: v for k, v in noted.items() if k != "_id"})
        outcome = confirm(belief, observation.fixtures, now, config.confirm)
        writes = await self.store.goals.save_believed(
            before,
            outcome.belief.goals,
            renamed={d.goal.id for d in outcome.decisions if d.goal and d.renamed},
            window=timedelta(minutes=config.search.window_minutes),
            now=now,
        )
        if changed := _beside_goals(outcome.belief, belief):
            await self.store.runs.note("belief", changed)
        for decision in outcome.decisions:
            await self._tell(decision)
        return outcome, writes

    async def _tell(self, decision: Decision) -> None:
        log.info(EVENTS[decision.kind], **decision_facts(decision))
        if decision.kind is DecisionKind.CANCELLED and decision.goal:
            goal = decision.goal
            await self.announce(
                "Goal taken back", f"{goal.team} {goal.score_after}, {goal.clock}, does not count"
            )

    # -------------------------------------------------- back-off

    async def _is_resting(self, now: datetime) -> bool:
        noted = await self.store.runs.noted("feed")
        until = noted.get("rest_until")
        return until is not None and now < until

    async def _note_refusals(self, refused: Sequence[FeedError], now: datetime) -> None:
        """Climb the ladder after a refused reply, step off it after a good one; kept in the database."""
        noted = await self.store.runs.noted("feed")
        step = noted.get("step", 0)
        if not refused:
            if step:
                await self.store.runs.note("feed", {"step": 0, "rest_until": None, "reason": ""})
            return
        error = refused[0]
        log.warning("poll refused", reason=error.line(), step=step)
        minutes = BACKOFF_MINUTES[min(step, len(BACKOFF_MINUTES) - 1)]
        until = error.retry_at or now + timedelta(minutes=minutes)
        await self.store.runs.note("feed", {"step": step + 1, "rest_until": until, "reason": str(error)})
        if isinstance(error, FeedKeyRefused | FeedSuspended) and not step:
            await self.announce("The feed refuses us", error.line())


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


def _beside_goals(after: Belief, before: Belief) -> Mapping[str, Any]:
    """The small rest of a belief, where it changed."""
    names = [f.name for f in fields(Belief) if f.name != "goals"]
    return {name: getattr(after, name) for name in names if getattr(after, name) != getattr(before, name)}


def _moved(report: AdvanceReport) -> bool:
    return bool(report.activated or report.completed or report.postponed)


def _joined(first: AdvanceReport, second: AdvanceReport) -> AdvanceReport:
    return AdvanceReport(
        activated=first.activated + second.activated,
        completed=first.completed + second.completed,
        postponed=first.postponed + second.postponed,
    )
