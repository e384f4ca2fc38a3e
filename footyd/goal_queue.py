"""Due goals from MongoDB into a bounded queue, out of it into the pipeline: one goal's failure is its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from footyd.adapters.mongo import Store
from footyd.daemon import Service, wait_for_any
from footyd.errors import FootydError, StoreError
from footyd.model import GoalId, GoalRecord
from footyd.pipeline import GoalReport, Tools, work_goal

LONGEST_REST_SECONDS = 60.0
"""How long the queue sleeps at most; a goal added by another process is seen after this."""
UNREADABLE_REST_SECONDS = 15.0
"""A goal that is due and still was not taken cannot be read: asking again at once would spin."""
AFTER_FAILURE = timedelta(minutes=5)

log = structlog.get_logger()


class GoalQueue:
    """Feeds `workers` loops. Memory holds two goals per worker at most; the queue is the collection."""

    def __init__(
        self,
        store: Store,
        tools: Callable[[], Tools],
        *,
        workers: int,
        clock: Callable[[], datetime],
        on_report: Callable[[GoalReport], None] | None = None,
    ) -> None:
        self._store = store
        self._tools = tools
        self._workers = workers
        self._clock = clock
        self._on_report = on_report
        self._queue: asyncio.Queue[GoalRecord] = asyncio.Queue(maxsize=2 * workers)
        self._wake = asyncio.Event()
        self.busy: set[GoalId] = set()

    def wake(self) -> None:
        """A goal may have become due."""
        self._wake.set()

    def services(self) -> dict[str, Service]:
        workers: dict[str, Service] = {f"goal worker {n + 1}": self._work for n in range(self._workers)}
        return {"goal queue": self._feed, **workers}

    async def _feed(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                rest = await self._fill()
            except StoreError as exc:
                log.warning("queue waits for the database", reason=exc.line())
                rest = LONGEST_REST_SECONDS / 4
            await wait_for_any(stop, self._wake, timeout_seconds=rest)
            self._wake.clear()

    async def _fill(self) -> float:
        """Put what is due and fits; seconds until more may be due."""
        room = self._queue.maxsize - self._queue.qsize()
        now = self._clock()
        for record in await self._store.goals.due(now, limit=room, busy=self.busy) if room else []:
            self.busy.add(record.goal.id)
            self._queue.put_nowait(record)
        next_due = await self._store.goals.next_due(self.busy)
        if next_due is None or self._queue.full():
            return LONGEST_REST_SECONDS
        wait = (next_due - now).total_seconds()
        return min(LONGEST_REST_SECONDS, wait) if wait > 0 else UNREADABLE_REST_SECONDS

    async def _work(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            record = await self._next(stop)
            if record is None:
                return
            goal = record.goal
            with structlog.contextvars.bound_contextvars(goal_id=goal.id, fixture_id=goal.fixture_id):
                recorded = await self._work_one(goal.id)
            if recorded:
                self._release(goal.id)
            else:  # still due in the database: taken up at once, it would be searched without end
                asyncio.get_running_loop().call_later(AFTER_FAILURE.total_seconds(), self._release, goal.id)

    def _release(self, goal_id: GoalId) -> None:
        self.busy.discard(goal_id)
        self._wake.set()

    async def _next(self, stop: asyncio.Event) -> GoalRecord | None:
        taken = asyncio.create_task(self._queue.get())
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({taken, stopped}, return_when=asyncio.FIRST_COMPLETED)
            return taken.result() if taken.done() and not stop.is_set() else None
        finally:
            taken.cancel()
            stopped.cancel()

    async def _work_one(self, goal_id: GoalId) -> bool:
        """Whether the database holds what came of it."""
        try:
            report = await self._pass_of(goal_id)
        except FootydError as exc:
            log.warning("goal failed", reason=exc.line())
            return await self._postpone(goal_id, exc.line())
        except Exception as exc:  # one goal must never hurt another
            log.exception("goal failed")
            return await self._postpone(goal_id, f"{type(exc).__name__}: {exc}")
        if report:
            log_report(report)
            if self._on_report:
                self._on_report(report)
        return True

    async def _pass_of(self, goal_id: GoalId) -> GoalReport | None:
        """The goal as it is by now: while it waited here, it may have been renamed or taken back."""
        record = await self._store.goals.record(goal_id)
        if record is None or record.plan.next_at is None:
            return None
        return await work_goal(record, self._tools())

    async def _postpone(self, goal_id: GoalId, error: str) -> bool:
        """Try the same step again later, from what the database holds by then."""
        try:
            await self._store.goals.postpone(goal_id, self._clock() + AFTER_FAILURE, error)
        except StoreError as exc:
            log.warning("goal not postponed", reason=exc.line())
            return False
        return True


def log_report(report: GoalReport) -> None:
    """One line per pass: what an operator wants to know."""
    if report.postponed:
        log.info("search postponed", reason=report.postponed, search_pass=report.pass_index)
        return
    log.info(
        "goal searched",
        search_pass=report.pass_index,
        source=report.source,
        posts=report.new_posts,
        accepted=report.accepted,
        downloaded=report.downloaded,
        failed=report.failed.total(),
        groups=report.groups,
        stored=list(report.stored),
    )
