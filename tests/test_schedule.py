"""Jobs with a clock of our own; nothing waits for real minutes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from footyd import schedule
from footyd.adapters.mongo import open_store
from footyd.errors import FeedQuotaSpent, FeedUnavailable, GoalError, StoreError, TemporaryError
from footyd.job import PERSON, WAITING_AT_MOST
from footyd.schedule import Action, Begin, Job, Schedule
from tests.waiting import until

NOW = datetime(2026, 8, 22, 14, 0, tzinfo=UTC)
BOUND_SECONDS = 60
MIDNIGHT = ("0 0 * * *", "UTC")


@dataclass
class Runs:
    """The collection `runs` as a list; `down` stands for a database that does not answer."""

    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    down: bool = False
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    subjects: list[str] = field(default_factory=list)

    async def begin_run(
        self, run_id: str, *, job: str, trigger: str, attempt: int, now: datetime, subject: str
    ) -> None:
        await self._answer()
        self.documents[run_id] = {"job": job, "trigger": trigger, "attempt": attempt, "outcome": "running"}
        self.subjects.append(subject)

    async def end_run(
        self, run_id: str, *, outcome: str, metadata: Mapping[str, Any], error: str, now: datetime
    ) -> None:
        await self._answer()
        self.documents[run_id] |= {"outcome": outcome, "metadata": dict(metadata), "error": error}
        self.ended.set()

    async def _answer(self) -> None:
        await asyncio.sleep(0)
        if self.down:
            raise StoreError("the database is away")

    def all(self) -> list[dict[str, Any]]:
        return list(self.documents.values())


class Clock:
    """The wall; it moves when told."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Rehearsal:
    """A schedule of one job whose executions a test can wait for."""

    def __init__(self, action: Action, **facts: Any) -> None:
        self.clock = Clock()
        self.runs = Runs()
        self.executed = 0
        self._action = action
        self._over = asyncio.Condition()
        self.job = Job(name="poll", action=self._counted, **facts)
        self.schedule = Schedule([self.job], self.runs, self.clock)
        self.stop = asyncio.Event()

    async def _counted(self, begin: Begin) -> Mapping[str, Any] | None:
        try:
            return await self._action(begin)
        finally:
            self.executed += 1

    @asynccontextmanager
    async def playing(self, *names: str) -> AsyncIterator[None]:
        """With the job's loop running, or the services named."""
        services = self.schedule.services()
        tasks = [asyncio.ensure_future(services[name](self.stop)) for name in names or ("job poll",)]
        try:
            yield
            self.stop.set()
            async with asyncio.timeout(BOUND_SECONDS):
                await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def works(begin: Begin) -> dict[str, int]:
    await begin()
    return {"fixtures_processed": 8}


async def idles(_: Begin) -> None: ...


def fails_with(error: Exception) -> Action:
    async def fail(begin: Begin) -> None:
        await begin()
        raise error

    return fail


# ---------------------------------------------------------------- what a run leaves


async def test_a_run_is_recorded_with_trigger_attempt_and_counts() -> None:
    play = Rehearsal(works)
    play.job.tick("start")
    async with play.playing():
        await until(play.runs.ended.is_set)
    assert play.runs.all() == [
        {
            "job": "poll",
            "trigger": "start",
            "attempt": 1,
            "outcome": "ok",
            "metadata": {"fixtures_processed": 8},
            "error": "",
        }
    ]


async def test_a_tick_with_nothing_to_do_leaves_no_trace() -> None:
    play = Rehearsal(idles)
    play.job.tick("start")
    async with play.playing():
        await until(lambda: play.executed)
    assert play.runs.all() == []


@pytest.mark.parametrize(
    ("error", "outcome", "line"),
    [
        (FeedUnavailable("no answer"), "refused", "no answer."),
        (
            StoreError("the database hung", remedy="See mongo.uri"),
            "failed",
            "the database hung. See mongo.uri",
        ),
        (GoalError("broken"), "failed", "broken."),
        (ZeroDivisionError("by zero"), "failed", "ZeroDivisionError: by zero"),
    ],
)
async def test_a_failure_is_recorded_and_the_job_goes_on(error: Exception, outcome: str, line: str) -> None:
    play = Rehearsal(fails_with(error))
    async with play.playing():
        for _ in range(2):
            play.runs.ended.clear()
            play.job.tick("start")
            await until(play.runs.ended.is_set)
    assert [(run["outcome"], run["error"]) for run in play.runs.all()] == [(outcome, line)] * 2


async def test_a_failure_before_anything_began_is_recorded_too() -> None:
    async def fail(_: Begin) -> None:
        raise FeedUnavailable("no answer")

    play = Rehearsal(fail)
    play.job.tick("start")
    async with play.playing():
        await until(play.runs.ended.is_set)
    assert [run["outcome"] for run in play.runs.all()] == ["refused"]


async def test_a_run_cut_off_is_recorded_as_cancelled() -> None:
    begun = asyncio.Event()

    async def hang(begin: Begin) -> None:
        await begin()
        begun.set()
        await asyncio.Event().wait()

    play = Rehearsal(hang)
    play.job.tick("start")
    loop = asyncio.ensure_future(play.schedule.services()["job poll"](play.stop))
    await asyncio.wait_for(begun.wait(), BOUND_SECONDS)
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop
    assert [run["outcome"] for run in play.runs.all()] == ["cancelled"]


async def test_a_run_that_ended_well_is_recorded_even_when_the_stop_cuts_into_the_record() -> None:
    play = Rehearsal(works)
    play.job.tick("start")
    loop = asyncio.ensure_future(play.schedule.services()["job poll"](play.stop))
    await until(lambda: play.executed)
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop
    assert [run["outcome"] for run in play.runs.all()] == ["ok"]


async def test_a_database_that_cannot_take_a_record_does_not_end_the_job() -> None:
    play = Rehearsal(works)
    play.runs.down = True
    with capture_logs() as logs:
        async with play.playing():
            play.job.tick("start")
            await until(lambda: play.executed)
            play.runs.down = False
            play.job.tick("start")
            await until(play.runs.ended.is_set)
    assert [run["outcome"] for run in play.runs.all()] == ["ok"]
    assert any(entry["event"] == "run not recorded" for entry in logs)


async def test_a_run_whose_first_record_was_lost_is_recorded_at_its_end() -> None:
    async def lose_then_find(begin: Begin) -> None:
        play.runs.down = True
        try:
            await begin()
        finally:
            play.runs.down = False

    play = Rehearsal(lose_then_find)
    play.job.tick("start")
    async with play.playing():
        await until(play.runs.ended.is_set)
    assert [(run["outcome"], run["error"]) for run in play.runs.all()] == [
        ("failed", "the database is away.")
    ]


async def test_recording_a_start_twice_makes_one_run(mongo_uri: str, mongo_database: str) -> None:
    async with open_store(mongo_uri, mongo_database, timeout_seconds=10, runs_kept_days=90) as store:
        for _ in range(2):
            await store.runs.begin_run("a", job="poll", trigger="start", attempt=1, now=NOW)
        await store.runs.end_run("a", outcome="ok", metadata={"calls": 1}, error="", now=NOW)
        [run] = await store.runs.last_runs()
    assert (run["job"], run["start"], run["end"], run["outcome"]) == ("poll", NOW, NOW, "ok")
    assert run["metadata"] == {"calls": 1}


# ---------------------------------------------------------------- when


async def test_an_interval_runs_by_itself_and_says_when_next() -> None:
    play = Rehearsal(works, every_seconds=lambda: 0.01)
    async with play.playing():
        await until(lambda: play.executed >= 3)
        assert play.schedule.next_runs()["poll"] == NOW + timedelta(seconds=0.01)
    assert {run["trigger"] for run in play.runs.all()} == {"interval"}


async def test_a_tick_comes_before_a_long_interval() -> None:
    play = Rehearsal(works, every_seconds=lambda: 3600)
    async with play.playing():
        play.job.tick("ingest")
        await until(lambda: play.executed)
    assert [run["trigger"] for run in play.runs.all()] == ["ingest"]


async def test_one_execution_at_a_time_and_many_ticks_are_one() -> None:
    running = most = 0
    go = asyncio.Event()

    async def measure(begin: Begin) -> None:
        nonlocal running, most
        await begin()
        running += 1
        most = max(most, running)
        await go.wait()
        running -= 1

    play = Rehearsal(measure)
    async with play.playing():
        play.job.tick("start")
        await until(lambda: running)
        for _ in range(10):
            play.job.tick("reload")
        go.set()
        await until(lambda: play.executed == 2 and running == 0)
    assert most == 1
    assert [run["trigger"] for run in play.runs.all()] == ["start", "reload"]


async def test_a_tick_that_comes_with_the_stop_is_not_run() -> None:
    play = Rehearsal(works)
    async with play.playing():
        await asyncio.sleep(0)
        play.job.tick("cron")
        play.stop.set()
    assert play.executed == 0


async def test_a_passing_failure_climbs_the_ladder_of_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(schedule, "RETRY_MINUTES", (0.01 / 60, 0.02 / 60))
    play = Rehearsal(fails_with(FeedUnavailable("no answer")), retried=True)
    real = play.schedule._wait_after

    def noted(error: TemporaryError, attempt: int) -> float:
        waits.append(real(error, attempt))
        return waits[-1]

    monkeypatch.setattr(play.schedule, "_wait_after", noted)
    play.job.tick("cron")
    async with play.playing():
        await until(lambda: len(waits) == 4)
    assert waits == pytest.approx([0.01, 0.02, 0.02, 0.02])
    found = [(run["trigger"], run["attempt"]) for run in play.runs.all()]
    assert found[:4] == [("cron", 1), ("retry", 2), ("retry", 3), ("retry", 4)]


async def test_a_retry_does_not_come_before_the_time_the_feed_named() -> None:
    spent = FeedQuotaSpent("spent", retry_at=NOW + timedelta(hours=10))
    play = Rehearsal(fails_with(spent), retried=True)
    play.job.tick("cron")
    async with play.playing():
        await until(lambda: play.job.retry)
        assert play.job.retry is not None
        wait = play.job.retry.when() - asyncio.get_running_loop().time()
    assert wait > timedelta(hours=9).total_seconds()


async def test_two_failures_in_a_row_leave_one_retry() -> None:
    play = Rehearsal(fails_with(FeedUnavailable("no answer")), retried=True)
    timers: list[asyncio.TimerHandle] = []
    async with play.playing():
        for trigger in ("cron", "clock jump"):
            play.job.tick(trigger)
            await until(lambda: play.job.retry and play.job.retry not in timers)
            assert play.job.retry is not None
            timers.append(play.job.retry)
    assert [timer.cancelled() for timer in timers] == [True, False]


async def test_only_passing_failures_are_retried_and_only_where_it_is_wanted() -> None:
    for error, retried in ((GoalError("broken"), True), (FeedUnavailable("no answer"), False)):
        play = Rehearsal(fails_with(error), retried=retried)
        play.job.tick("start")
        async with play.playing():
            await until(play.runs.ended.is_set)
        assert play.job.retry is None


# ---------------------------------------------------------------- asked for by a person


def of_subject(subject: str) -> Action:
    async def fetch(begin: Begin) -> dict[str, str]:
        await begin()
        return {"subject": subject}

    return fetch


async def test_a_run_asked_for_is_told_under_its_id_until_it_is_recorded_under_it() -> None:
    play = Rehearsal(works)
    run_id = play.schedule.ask("poll", "person")
    assert [(one.job, one.tick.run_id) for one in play.schedule.asked()] == [("poll", run_id)]
    async with play.playing():
        await until(play.runs.ended.is_set)
    assert list(play.runs.documents) == [run_id]
    assert play.schedule.asked() == ()


async def test_a_person_sees_a_run_that_found_nothing_to_do() -> None:
    looks = asyncio.Event()

    async def look(_: Begin) -> None:
        await looks.wait()

    play = Rehearsal(look)
    run_id = play.schedule.ask("poll", PERSON)
    async with play.playing():
        await until(lambda: not play.job.waiting)
        assert [one.tick.run_id for one in play.schedule.asked()] == [run_id], (
            "it looks, and is not forgotten"
        )
        looks.set()
        await until(play.runs.ended.is_set)
    assert [(run["trigger"], run["outcome"]) for run in play.runs.all()] == [(PERSON, "ok")]


async def test_a_person_who_asks_for_what_is_asked_for_already_is_told_of_that_run() -> None:
    play = Rehearsal(idles)
    play.job.tick("ingest")
    first, second = play.schedule.ask("poll", PERSON), play.schedule.ask("poll", PERSON)
    async with play.playing():
        await until(play.runs.ended.is_set)
    assert first == second
    assert [(id, run["trigger"]) for id, run in play.runs.documents.items()] == [(first, PERSON)]


async def test_each_subject_has_a_run_of_its_own_beside_the_jobs() -> None:
    play = Rehearsal(works, action_on=of_subject)
    asked = [play.schedule.ask("poll", PERSON, day) for day in ("2026-08-20", "2026-08-21", "2026-08-20")]
    play.job.tick("cron")
    async with play.playing():
        await until(lambda: len(play.runs.documents) == 3 and not play.job.waiting)
        await until(lambda: all(run["outcome"] == "ok" for run in play.runs.all()))
    assert asked[0] == asked[2] != asked[1]
    assert play.runs.subjects == ["2026-08-20", "2026-08-21", ""]
    assert [run["metadata"] for run in play.runs.all()] == [
        {"subject": "2026-08-20"},
        {"subject": "2026-08-21"},
        {"fixtures_processed": 8},
    ]


async def test_a_failed_run_of_one_subject_is_not_retried_and_leaves_the_jobs_own_retry() -> None:
    play = Rehearsal(
        fails_with(FeedUnavailable("no answer")),
        action_on=lambda _: fails_with(FeedUnavailable("not that day")),
        retried=True,
    )
    async with play.playing():
        play.job.tick("cron")
        await until(lambda: play.job.retry)
        retry = play.job.retry
        play.schedule.ask("poll", PERSON, "2026-08-20")
        await until(lambda: [run["outcome"] for run in play.runs.all()] == ["refused", "refused"])
    assert retry is not None
    assert (play.job.retry, retry.cancelled()) == (retry, False)


async def test_what_cannot_be_run_is_not_asked_for() -> None:
    play = Rehearsal(works)
    assert play.schedule.ask("nothing", PERSON) is None
    assert play.schedule.ask("poll", PERSON, "2026-08-20") is None, "it has no subjects"
    play = Rehearsal(works, action_on=of_subject)
    found = [play.schedule.ask("poll", PERSON, f"2026-08-{day:02}") for day in range(1, 31)]
    assert found[:WAITING_AT_MOST] == [one.tick.run_id for one in play.schedule.asked()]
    assert set(found[WAITING_AT_MOST:]) == {None}, "one who clicks without end spends no quota without end"


# ---------------------------------------------------------------- the calendar


async def test_a_calendar_job_runs_next_at_midnight_of_its_zone() -> None:
    play = Rehearsal(idles, cron=lambda: ("0 0 * * *", "Asia/Tokyo"))
    async with play.playing("calendar"):
        found = await until(lambda: play.schedule.next_runs()["poll"])
    assert found is not None
    assert found > datetime.now(UTC)
    assert found.astimezone(UTC).hour == 15


async def test_each_job_tells_what_makes_it_run() -> None:
    assert Rehearsal(works, cron=lambda: MIDNIGHT).schedule.rules() == {"poll": "0 0 * * * (UTC)"}
    assert Rehearsal(works, every_seconds=lambda: 300.0).schedule.rules() == {"poll": "every 300 s"}


async def test_a_reload_re_arms_only_what_changed() -> None:
    lines = ["0 0 * * *"]
    play = Rehearsal(idles, cron=lambda: (lines[-1], "UTC"))
    async with play.playing("calendar"):
        await until(lambda: play.schedule.next_runs()["poll"])
        first = play.schedule._calendar.get_job("poll")
        play.schedule.rearm()
        assert play.schedule._calendar.get_job("poll") is first
        lines.append("30 4 * * *")
        play.schedule.rearm()
        changed = play.schedule.next_runs()["poll"]
    assert changed is not None
    assert (changed.hour, changed.minute) == (4, 30)


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(days=365)])
async def test_a_jump_of_the_clock_re_arms_every_job_and_runs_it_once(
    monkeypatch: pytest.MonkeyPatch, jump: timedelta
) -> None:
    monkeypatch.setattr(schedule, "CLOCK_CHECK_SECONDS", 0.01)
    play = Rehearsal(works, cron=lambda: MIDNIGHT)
    async with play.playing("calendar", "job poll"):
        await until(lambda: play.schedule.next_runs()["poll"])
        armed = play.schedule._calendar.get_job("poll")
        play.clock.now += jump
        await until(lambda: play.executed)
        assert play.schedule._calendar.get_job("poll") is not armed
    assert [run["trigger"] for run in play.runs.all()] == ["clock jump"]


async def test_each_turn_of_the_calendar_is_told_until_it_lets_a_time_go_by(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(schedule, "CLOCK_CHECK_SECONDS", 0.002)
    monkeypatch.setattr(schedule, "JUMP", timedelta(days=9))
    turns, looks = 0, 0

    def turn() -> None:
        nonlocal turns
        turns += 1

    play = Rehearsal(works, cron=lambda: MIDNIGHT)
    play.schedule._on_turn = turn

    def look() -> datetime:
        nonlocal looks
        looks += 1
        return play.clock.now

    play.schedule._clock = look
    async with play.playing("calendar"):
        await until(lambda: turns >= 2)
        due = play.schedule.next_runs()["poll"]
        assert due is not None
        play.clock.now = due + timedelta(seconds=61)
        turns_then, looks_then = turns, looks
        await until(lambda: looks > looks_then + 20)
        assert turns <= turns_then + 1
        play.clock.now = due + timedelta(seconds=59)
        await until(lambda: turns > turns_then + 1)


async def test_a_clock_that_is_only_slewed_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "CLOCK_CHECK_SECONDS", 0.005)
    play = Rehearsal(works, cron=lambda: MIDNIGHT)
    looks = 0

    def slewed() -> datetime:
        nonlocal looks
        looks += 1
        return NOW + timedelta(seconds=looks)

    play.schedule._clock = slewed
    async with play.playing("calendar", "job poll"):
        await until(lambda: looks > 12)
    assert play.executed == 0
