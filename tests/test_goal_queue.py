"""The queue on a real mongod; what a goal's pass does is played by the test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from footyd import goal_queue
from footyd.adapters.mongo import Store, open_store
from footyd.errors import GoalError, LibraryError, StoreError
from footyd.goal_queue import AFTER_FAILURE, GoalQueue
from footyd.model import GoalId, GoalRecord, GoalState
from footyd.pipeline import Answered, GoalReport, Tools
from footyd.stages.search import Look
from tests.builders import KICKOFF, a_goal
from tests.mongo_commands import counted_commands
from tests.waiting import BOUND_SECONDS, until

NOW = KICKOFF + timedelta(minutes=90)
WINDOW = timedelta(minutes=3)

Work = Callable[[GoalRecord], Awaitable[None]]


@pytest.fixture
async def store(mongo_uri: str, mongo_database: str) -> AsyncIterator[Store]:
    async with open_store(mongo_uri, mongo_database, timeout_seconds=10, runs_kept_days=90) as opened:
        yield opened


class Stage:
    """A queue whose passes are `work`; what they finish is not due any more."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch, *, workers: int = 1) -> None:
        self.store = store
        self.now = NOW
        self.asked: list[tuple[str, ...]] = []
        self.worked: list[str] = []
        self.reported: list[GoalId] = []
        self.room: int | None = None
        self.search: Callable[[Sequence[GoalRecord]], Awaitable[None]] = self.answer
        self.take: Work = self.taken
        self.work: Work = self.finish
        self.stop = asyncio.Event()
        monkeypatch.setattr(goal_queue, "ask_for", self._ask)
        monkeypatch.setattr(goal_queue, "take_answer", self._take)
        monkeypatch.setattr(goal_queue, "work_pass", self._play)
        self.queue = GoalQueue(
            store,
            lambda: cast(Tools, SimpleNamespace(store=store, clock=self.clock)),
            workers=workers,
            clock=self.clock,
            on_report=lambda report: self.reported.append(report.goal_id),
            searches=1,
        )

    def clock(self) -> datetime:
        return self.now

    async def _ask(self, records: Sequence[GoalRecord], _: Tools, look: Look) -> Answered:
        asked = records[: self.room]
        self.asked.append(tuple(record.goal.id for record in asked))
        await self.search(asked)
        return cast(Answered, SimpleNamespace(records=asked))

    async def _take(self, record: GoalRecord, _: Answered, __: Tools) -> tuple[GoalRecord, GoalReport]:
        await self.take(record)
        return record, GoalReport(goal_id=record.goal.id, pass_index=record.plan.pass_index)

    async def _play(self, record: GoalRecord, _: Tools, searched: GoalReport | None) -> GoalReport:
        self.worked.append(record.goal.id)
        await self.work(record)
        return GoalReport(goal_id=record.goal.id, pass_index=record.plan.pass_index)

    async def answer(self, records: Sequence[GoalRecord]) -> None: ...

    async def taken(self, record: GoalRecord) -> None:
        await self.save(record, next_at=self.now, searched=True)

    async def finish(self, record: GoalRecord) -> None:
        await self.save(record, next_at=None)

    async def save(
        self,
        record: GoalRecord,
        *,
        next_at: datetime | None,
        stored: bool = False,
        searched: bool = False,
    ) -> None:
        await self.store.goals.save_progress(
            record.goal.id,
            plan=replace(record.plan, next_at=next_at, searched=searched),
            status=replace(record.status, videos_uploaded=stored),
            outcome=None,
        )

    async def confirm(self, *names: str, fixture: int | None = None) -> None:
        """Due goals of those ids, each confirmed a minute after the one before, in a match of its own."""
        goals = [
            a_goal(id, at=KICKOFF + timedelta(minutes=n), fixture=fixture or n + 1)
            for n, id in enumerate(names)
        ]
        await self.store.goals.save_believed([], goals, renamed=(), window=WINDOW, now=NOW)

    async def hand_over(self, *names: str) -> None:
        """Goals whose search is done, in the same order."""
        await self.confirm(*names)
        for record in await self.store.goals.records():
            await self.save(record, next_at=self.now, searched=True)

    @asynccontextmanager
    async def playing(self) -> AsyncIterator[None]:
        tasks = [asyncio.ensure_future(service(self.stop)) for service in self.queue.services().values()]
        try:
            yield
            self.stop.set()
            async with asyncio.timeout(BOUND_SECONDS):
                await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def record(self, id: str) -> GoalRecord:
        record = await self.store.goals.record(GoalId(id))
        assert record is not None
        return record


@pytest.fixture
def stage(store: Store, monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(store, monkeypatch)


async def test_due_goals_are_worked_and_reported(stage: Stage) -> None:
    await stage.confirm("a", "b")
    async with stage.playing():
        await until(lambda: len(stage.reported) == 2)
    assert sorted(stage.worked) == ["a", "b"]


@pytest.mark.parametrize("step", ["search", "work"])
async def test_goals_without_a_keeper_come_first_then_the_newest(stage: Stage, step: str) -> None:
    names = ("old", "new", "kept", "newest")
    await (stage.confirm(*names) if step == "search" else stage.hand_over(*names))
    await stage.save(await stage.record("kept"), next_at=NOW, stored=True, searched=step == "work")
    async with stage.playing():
        await until(lambda: len(stage.worked) == 4)
    order = [id for (id,) in stage.asked] if step == "search" else stage.worked
    assert order[:2] == ["newest", "new"]
    assert order.index("old") < order.index("kept")


async def test_a_goal_nobody_looked_for_yet_comes_before_newer_ones_that_are_looked_for_again(
    stage: Stage,
) -> None:
    await stage.confirm("old", "new", "newest")
    for id in ("new", "newest"):
        await stage.store.database.goals.update_one(
            {"_id": id}, {"$set": {"processing_status.twitter_scraped": True}}
        )
    async with stage.playing():
        await until(lambda: len(stage.reported) == 3)
    assert stage.asked == [("old",), ("newest",), ("new",)]


async def test_a_search_waits_for_no_download(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two long downloads once kept the next goals of a busy afternoon from being looked for in time."""
    stage = Stage(store, monkeypatch, workers=2)
    go = asyncio.Event()

    async def long(record: GoalRecord) -> None:
        await go.wait()
        await stage.finish(record)

    stage.work = long
    await stage.confirm(*(f"goal-{n:02}" for n in range(20)))
    async with stage.playing():
        await until(lambda: len(stage.asked) == 20)
        assert len(stage.worked) == 2
        go.set()
        await until(lambda: len(stage.reported) == 20)


async def test_a_hundred_goals_confirmed_at_once_are_searched_at_once_with_few_questions(
    mongo_uri: str, mongo_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A question for each goal once took most of the time until its search."""
    go = asyncio.Event()

    async def wait(records: Sequence[GoalRecord]) -> None:
        await go.wait()

    with counted_commands() as commands:
        async with open_store(mongo_uri, mongo_database, timeout_seconds=10, runs_kept_days=90) as store:
            stage = Stage(store, monkeypatch)
            stage.queue = GoalQueue(store, stage.queue._tools, workers=1, clock=stage.clock)
            stage.search = wait
            stage.now = NOW + timedelta(hours=1)
            await stage.confirm(*(f"goal-{n:03}" for n in range(100)))
            commands.sent.clear()
            async with stage.playing():
                await until(lambda: len(stage.asked) == 100)
                assert commands.sent.total() <= 12, commands.sent
                go.set()
                await until(lambda: not stage.queue.asking)


async def test_one_search_serves_all_goals_of_a_match_that_are_due(stage: Stage) -> None:
    await stage.confirm("a", "b", "c", fixture=5)
    async with stage.playing():
        await until(lambda: len(stage.reported) == 3)
    assert stage.asked == [("c", "b", "a")]
    assert sorted(stage.worked) == ["a", "b", "c"]


async def test_a_goal_that_a_query_had_no_room_for_is_asked_for_by_the_next_one(stage: Stage) -> None:
    stage.room = 2
    await stage.confirm("a", "b", "c", fixture=5)
    async with stage.playing():
        await until(lambda: len(stage.reported) == 3)
    assert stage.asked == [("c", "b"), ("a",)]


async def test_a_goal_due_in_a_moment_is_taken_along_one_due_later_is_not(stage: Stage) -> None:
    await stage.confirm("now", "soon", "later", fixture=5)
    for id, seconds in (("soon", 60), ("later", 61)):
        await stage.save(await stage.record(id), next_at=NOW + timedelta(seconds=seconds))
    async with stage.playing():
        await until(lambda: len(stage.reported) == 2)
    assert stage.asked == [("now", "soon")]


async def test_two_searches_of_one_match_never_run_at_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(store, monkeypatch, workers=1)
    stage.queue = GoalQueue(
        store, stage.queue._tools, workers=1, clock=stage.clock, on_report=stage.queue._on_report, searches=4
    )
    running = most = 0

    async def count(records: Sequence[GoalRecord]) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _ in range(5):
            await asyncio.sleep(0)
        running -= 1

    stage.search = count
    await stage.confirm(*"abcdefghi", fixture=5)
    async with stage.playing():
        await until(lambda: len(stage.reported) == 9)
    assert most == 1
    assert len(stage.asked) == 3, "four at a time fit into a query"


async def test_a_goal_that_cannot_take_the_answer_does_not_keep_it_from_the_others(stage: Stage) -> None:
    async def fail_one(record: GoalRecord) -> None:
        if record.goal.id == "b":
            raise ZeroDivisionError("by zero")
        await stage.taken(record)

    stage.take = fail_one
    await stage.confirm("a", "b", "c", fixture=5)
    async with stage.playing():
        await until(lambda: len(stage.reported) == 2)
        await until(lambda: not stage.queue.asking)
    assert sorted(stage.worked) == ["a", "c"]
    assert stage.asked == [("c", "b", "a")]
    assert (await stage.record("b")).plan.next_at == NOW + AFTER_FAILURE


async def test_a_goal_confirmed_while_the_queue_sleeps_is_taken_at_the_wake(stage: Stage) -> None:
    async with stage.playing():
        await until(lambda: not stage.queue._wake.is_set())
        await stage.confirm("a")
        stage.queue.wake()
        await until(lambda: stage.reported)


async def test_the_next_pass_of_a_goal_comes_when_it_is_due(stage: Stage) -> None:
    async def search_twice(record: GoalRecord) -> None:
        again = NOW + timedelta(seconds=0.2) if len(stage.worked) == 1 else None
        await stage.save(record, next_at=again)
        stage.now = NOW + timedelta(seconds=0.2)

    stage.work = search_twice
    await stage.confirm("a")
    async with stage.playing():
        await until(lambda: len(stage.reported) == 2)
    assert stage.worked == ["a", "a"]


async def test_memory_holds_two_goals_for_each_worker_however_many_are_due(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(store, monkeypatch, workers=3)
    go = asyncio.Event()
    asked: list[int] = []
    held = 0
    due = store.queue.due

    async def watched(now: datetime, *, limit: int, **which: Any) -> list[GoalRecord]:
        asked.append(limit)
        return await due(now, limit=limit, **which)

    async def slow(record: GoalRecord) -> None:
        nonlocal held
        held = max(held, stage.queue._to_work.qsize())
        await go.wait()
        await stage.finish(record)

    monkeypatch.setattr(store.queue, "due", watched)
    stage.work = slow
    await stage.confirm(*(f"goal-{n:02}" for n in range(40)))
    async with stage.playing():
        await until(lambda: len(stage.worked) == 3 and stage.queue._to_work.qsize() == 6)
        assert len(stage.queue.busy) == 9
        go.set()
        await until(lambda: len(stage.reported) == 40)
    assert len(set(stage.worked)) == len(stage.worked) == 40, "none twice"
    assert max(asked) <= 6
    assert held <= 6


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (GoalError("its fixture is gone", remedy="Fetch it"), "its fixture is gone. Fetch it"),
        (LibraryError("the disk is full"), "the disk is full."),
        (StoreError("the database hung"), "the database hung."),
        (ZeroDivisionError("by zero"), "ZeroDivisionError: by zero"),
    ],
)
async def test_the_failure_of_one_goal_is_its_own_and_is_tried_again_later(
    stage: Stage, error: Exception, told: str
) -> None:
    async def fail_one(record: GoalRecord) -> None:
        if record.goal.id == "bad":
            raise error
        await stage.finish(record)

    stage.work = fail_one
    await stage.confirm("good", "bad", "fine")
    async with stage.playing():
        await until(lambda: len(stage.worked) == 3 and len(stage.reported) == 2)
        await until(lambda: not stage.queue.busy)
    record = await stage.record("bad")
    assert (record.error, record.plan.next_at) == (told, NOW + AFTER_FAILURE)
    assert sorted(stage.reported) == ["fine", "good"]


async def test_a_failed_goal_goes_on_where_it_stood(stage: Stage) -> None:
    async def fail_once(record: GoalRecord) -> None:
        if len(stage.worked) == 1:
            await stage.store.goals.save_progress(
                record.goal.id, plan=replace(record.plan, searched=True), status=record.status, outcome=None
            )
            raise LibraryError("no answer")
        assert record.plan.searched
        await stage.finish(record)

    stage.work = fail_once
    await stage.confirm("a")
    async with stage.playing():
        await until(lambda: len(stage.worked) == 1 and not stage.queue.busy)
        stage.now += AFTER_FAILURE
        stage.queue.wake()
        await until(lambda: stage.reported)
    assert (await stage.record("a")).error == ""


async def test_a_failure_that_cannot_be_stored_does_not_spin(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk: the database still reads, so the goal stays due; each try would spend a search."""

    async def fail(*_: Any) -> None:
        raise StoreError("no space left")

    stage.work = fail
    monkeypatch.setattr(stage.store.goals, "postpone", fail)
    await stage.confirm("a")
    with capture_logs() as logs:
        async with stage.playing():
            await until(lambda: any(entry["event"] == "goal not postponed" for entry in logs))
            for _ in range(20):
                stage.queue.wake()
                await until(lambda: not stage.queue._wake.is_set())
    assert stage.worked == ["a"]


async def test_a_database_that_fails_does_not_end_the_queue(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = stage.store.queue.due
    failures = 0

    async def fail_twice(*args: Any, **kwargs: Any) -> list[GoalRecord]:
        nonlocal failures
        failures += 1
        if failures < 3:
            raise StoreError("the database hung")
        return await due(*args, **kwargs)

    monkeypatch.setattr(stage.store.queue, "due", fail_twice)
    monkeypatch.setattr(goal_queue, "LONGEST_REST_SECONDS", 0.01)
    await stage.confirm("a")
    async with stage.playing():
        await until(lambda: stage.reported)
    assert failures >= 3


@pytest.mark.parametrize("change", ["cancelled", "renamed"])
async def test_a_goal_that_changed_while_it_waited_is_worked_as_it_is_now(stage: Stage, change: str) -> None:
    go = asyncio.Event()
    scorers: list[str | None] = []

    async def slow(record: GoalRecord) -> None:
        scorers.append(record.goal.player)
        await go.wait()
        await stage.finish(record)

    stage.work = slow
    await stage.confirm("waits", "first")
    async with stage.playing():
        await until(lambda: stage.worked == ["first"] and stage.queue._to_work.qsize() == 1)
        before = (await stage.record("waits")).goal
        if change == "cancelled":
            await stage.store.goals.cancel(GoalId("waits"), NOW)
        else:
            after = replace(before, player="B. Corrected")
            await stage.store.goals.save_believed(
                [before], [after], renamed={after.id}, window=WINDOW, now=NOW
            )
        go.set()
        await until(lambda: not stage.queue.busy and (change == "cancelled" or len(scorers) == 2))
    assert scorers[1:] == ([] if change == "cancelled" else ["B. Corrected"])
    state = (await stage.record("waits")).goal.state
    assert state is (GoalState.CANCELLED if change == "cancelled" else GoalState.CONFIRMED)


async def test_a_stop_finishes_what_is_in_hand_and_leaves_the_rest_due(stage: Stage) -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    async def slow(record: GoalRecord) -> None:
        begun.set()
        await go.wait()
        await stage.finish(record)

    stage.work = slow
    await stage.confirm("a", "b", "c")
    async with stage.playing():
        await asyncio.wait_for(begun.wait(), BOUND_SECONDS)
        stage.stop.set()
        go.set()
    assert stage.worked == ["c"]
    due = await stage.store.queue.due(NOW, limit=10, busy=())
    assert [record.goal.id for record in due] == ["b", "a"]


async def test_a_goal_cut_off_is_due_at_the_next_start(stage: Stage) -> None:
    begun = asyncio.Event()

    async def hang(_: GoalRecord) -> None:
        begun.set()
        await asyncio.Event().wait()

    stage.work = hang
    await stage.hand_over("a")
    worker = asyncio.ensure_future(stage.queue.services()["goal worker 1"](stage.stop))
    feeder = asyncio.ensure_future(stage.queue.services()["goal queue"](stage.stop))
    await asyncio.wait_for(begun.wait(), BOUND_SECONDS)
    worker.cancel()
    feeder.cancel()
    ends = await asyncio.gather(worker, feeder, return_exceptions=True)
    assert [type(end) for end in ends] == [asyncio.CancelledError] * 2
    [record] = await stage.store.queue.due(NOW, limit=10, busy=())
    assert (record.goal.id, record.error) == ("a", "")
