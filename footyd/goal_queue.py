"""Due goals from MongoDB, in bounded numbers, into the pipeline: one goal's failure is its own.

A search is short and must come soon, a download takes long: neither waits for the other's workers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime, timedelta
from typing import Any

import structlog

from footyd.adapters.mongo import Store
from footyd.daemon import Service, wait_for_any
from footyd.errors import FootydError, StoreError
from footyd.model import FixtureId, GoalId, GoalRecord
from footyd.pipeline import (
    Answered,
    GoalReport,
    Tools,
    ask_for,
    look_of,
    take_answer,
    with_company,
    work_pass,
)

SEARCHES_AT_ONCE = 128
"""A search only waits for its turn at a source, which the chain gives out: memory bounds them, no rate."""
LONGEST_REST_SECONDS = 60.0
"""How long the queue sleeps at most; a goal added by another process is seen after this."""
UNREADABLE_REST_SECONDS = 15.0
"""A goal that is due and still was not taken cannot be read: asking again at once would spin."""
AFTER_FAILURE = timedelta(minutes=5)

log = structlog.get_logger()


class GoalQueue:
    """Runs up to `searches` searches and `workers` loops, for each of which memory holds two goals more.

    One search at a time for each fixture: it serves all goals that are due there.
    """

    def __init__(
        self,
        store: Store,
        tools: Callable[[], Tools],
        *,
        workers: int,
        clock: Callable[[], datetime],
        on_report: Callable[[GoalReport], None] | None = None,
        searches: int = SEARCHES_AT_ONCE,
    ) -> None:
        self._store = store
        self._tools = tools
        self._clock = clock
        self._on_report = on_report
        self._searches = searches
        self._to_work: asyncio.Queue[GoalRecord] = asyncio.Queue(maxsize=2 * workers)
        self._loops: dict[str, Service] = {f"goal worker {n + 1}": self._work for n in range(workers)}
        self._wake = asyncio.Event()
        self._searched: dict[GoalId, GoalReport] = {}
        self.asking: set[FixtureId] = set()
        self.busy: set[GoalId] = set()

    def wake(self) -> None:
        """A goal may have become due."""
        self._wake.set()

    def services(self) -> dict[str, Service]:
        return {"goal queue": self._feed, **self._loops}

    async def _feed(self, stop: asyncio.Event) -> None:
        """A stop waits for the searches that run: whoever cuts it off cuts them off."""
        async with asyncio.TaskGroup() as searches:
            while not stop.is_set():
                try:
                    rest = min(await self._fill_searches(searches), await self._fill_work())
                except StoreError as exc:
                    log.warning("queue waits for the database", reason=exc.line())
                    rest = LONGEST_REST_SECONDS / 4
                await wait_for_any(stop, self._wake, timeout_seconds=rest)
                self._wake.clear()

    async def _fill_searches(self, searches: asyncio.TaskGroup) -> float:
        """One goal of each fixture; seconds until more may be due."""
        now = self._clock()
        while room := self._searches - len(self.asking):
            due = await self._store.queue.due(now, limit=room, searched=False, asked=self.asking)
            for record in due:
                if record.goal.fixture_id not in self.asking:
                    self.asking.add(record.goal.fixture_id)
                    searches.create_task(self._search(record))
            if not due:
                return _rest(await self._store.queue.next_due(searched=False, asked=self.asking), now)
        return LONGEST_REST_SECONDS

    async def _fill_work(self) -> float:
        """Goals whose search is done; seconds until more may be due."""
        now = self._clock()
        if room := _room(self._to_work):
            for record in await self._store.queue.due(now, limit=room, searched=True, busy=self.busy):
                self.busy.add(record.goal.id)
                self._to_work.put_nowait(record)
        if not _room(self._to_work):
            return LONGEST_REST_SECONDS
        return _rest(await self._store.queue.next_due(searched=True, busy=self.busy), now)

    # -------------------------------------------------- searching

    async def _search(self, record: GoalRecord) -> None:
        goal = record.goal
        with structlog.contextvars.bound_contextvars(goal_id=goal.id, fixture_id=goal.fixture_id):
            recorded = await self._guarded(goal.id, self._ask_for(record))
        self._release(self.asking, goal.fixture_id, recorded=recorded)

    async def _ask_for(self, record: GoalRecord) -> bool:
        """For the goal, and all that one query has room for."""
        tools = self._tools()
        records = await with_company(record, tools)
        answered = await ask_for(records, tools, look_of(records))
        recorded = True
        for one in answered.records:
            with structlog.contextvars.bound_contextvars(goal_id=one.goal.id):
                recorded &= await self._guarded(one.goal.id, self._take(one, answered, tools))
        return recorded

    async def _take(self, record: GoalRecord, answered: Answered, tools: Tools) -> bool:
        _, report = await take_answer(record, answered, tools)
        if not report.postponed:
            self._searched[record.goal.id] = report
        elif report.postponed != record.error:  # the same reason is told once
            log.info("search postponed", reason=report.postponed, search_pass=report.pass_index)
        return True

    # -------------------------------------------------- the work after it

    async def _work(self, stop: asyncio.Event) -> None:
        while (record := await self._next(stop)) is not None:
            goal = record.goal
            with structlog.contextvars.bound_contextvars(goal_id=goal.id, fixture_id=goal.fixture_id):
                recorded = await self._guarded(goal.id, self._work_on(goal.id))
            self._release(self.busy, goal.id, recorded=recorded)

    async def _work_on(self, goal_id: GoalId) -> bool:
        """The goal as it is by now: while it waited here, it may have been renamed or taken back."""
        searched = self._searched.pop(goal_id, None)
        record = await self._store.goals.record(goal_id)
        if record is None or record.plan.next_at is None or not record.plan.searched:
            return True
        report = await work_pass(record, self._tools(), searched)
        if report.postponed:
            self._keep(searched)
            if report.postponed != record.error:  # the same reason is told once
                log.info("goal waits", reason=report.postponed, search_pass=report.pass_index)
            return True
        log_report(report)
        if self._on_report:
            self._on_report(report)
        return True

    def _keep(self, searched: GoalReport | None) -> None:
        if searched:
            self._searched[searched.goal_id] = searched

    # -------------------------------------------------- both

    async def _next(self, stop: asyncio.Event) -> GoalRecord | None:
        taken = asyncio.create_task(self._to_work.get())
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({taken, stopped}, return_when=asyncio.FIRST_COMPLETED)
            return taken.result() if taken.done() and not stop.is_set() else None
        finally:
            taken.cancel()
            stopped.cancel()

    async def _guarded(self, goal_id: GoalId, work: Awaitable[bool]) -> bool:
        """Whether the database holds what came of it."""
        try:
            return await work
        except FootydError as exc:
            log.warning("goal failed", reason=exc.line())
            return await self._postpone(goal_id, exc.line())
        except Exception as exc:  # one goal must never hurt another
            log.exception("goal failed")
            return await self._postpone(goal_id, f"{type(exc).__name__}: {exc}")

    async def _postpone(self, goal_id: GoalId, error: str) -> bool:
        """Try the same step again later, from what the database holds by then."""
        try:
            await self._store.goals.postpone(goal_id, self._clock() + AFTER_FAILURE, error)
        except StoreError as exc:
            log.warning("goal not postponed", reason=exc.line())
            return False
        return True

    def _release(self, held: set[Any], one: Hashable, *, recorded: bool) -> None:
        """Not recorded, it is still due in the database: taken up at once, it would be worked without end."""
        if recorded:
            held.discard(one)
            self._wake.set()
        else:
            later = AFTER_FAILURE.total_seconds()
            asyncio.get_running_loop().call_later(later, lambda: self._release(held, one, recorded=True))


def _room(queue: asyncio.Queue[GoalRecord]) -> int:
    return queue.maxsize - queue.qsize()


def _rest(next_due: datetime | None, now: datetime) -> float:
    if next_due is None:
        return LONGEST_REST_SECONDS
    wait = (next_due - now).total_seconds()
    return min(LONGEST_REST_SECONDS, wait) if wait > 0 else UNREADABLE_REST_SECONDS


def log_report(report: GoalReport) -> None:
    """One line per pass: what an operator wants to know."""
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
