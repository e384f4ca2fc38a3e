"""When jobs run: APScheduler for the calendar, the monotonic clock for intervals.

Triggers only tick; a job's own loop executes, one execution at a time, each a document in `runs`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from footyd.clock import Moment
from footyd.daemon import Service, wait_for_any
from footyd.errors import FeedError, FootydError, TemporaryError
from footyd.job import PERSON, Action, Asked, Begin, Job, Metadata, Tick

__all__ = ["Action", "Begin", "Job", "Schedule"]

log = structlog.get_logger()

CLOCK_CHECK_SECONDS = 5
JUMP = timedelta(seconds=30)
"""A difference between wall and monotonic clock above this is a jump, not NTP's slewing."""
OVERDUE = timedelta(minutes=1)
RETRY_MINUTES = (1, 5, 15, 60)


class RunLog(Protocol):
    async def begin_run(
        self, run_id: str, *, job: str, trigger: str, attempt: int, now: datetime, subject: str
    ) -> None: ...
    async def end_run(
        self, run_id: str, *, outcome: str, metadata: Metadata, error: str, now: datetime
    ) -> None: ...


OnSet = Callable[[timedelta, datetime], Awaitable[None]]
"""Told by how much the clock was set, and what it said before."""


async def _nobody_moves(by: timedelta, until: datetime) -> None: ...


class Schedule:
    """All jobs of the process. `services()` are its loops, for the daemon to run.

    `on_turn` is called every few seconds while the calendar does its work, `on_set` when the clock was set.
    """

    def __init__(
        self,
        jobs: list[Job],
        runs: RunLog,
        clock: Callable[[], datetime],
        *,
        on_turn: Callable[[], object] = lambda: None,
        on_set: OnSet = _nobody_moves,
    ) -> None:
        self.jobs = {job.name: job for job in jobs}
        self._runs = runs
        self._clock = clock
        self._on_turn = on_turn
        self._on_set = on_set
        self._calendar = AsyncIOScheduler(
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        )
        self._armed: dict[str, tuple[str, str]] = {}
        self._executed: dict[str, _Run] = {}

    def services(self) -> dict[str, Service]:
        loops: dict[str, Service] = {f"job {name}": self._loop_of(job) for name, job in self.jobs.items()}
        return {**loops, "calendar": self._serve_calendar}

    def next_runs(self) -> dict[str, datetime | None]:
        """When each job runs next, as far as is known."""
        return {name: self._next_of(job) for name, job in self.jobs.items()}

    def rules(self) -> dict[str, str]:
        """What makes each job run: `every 300 s`, or a cron line and its zone."""
        return {name: _rule(job) for name, job in self.jobs.items()}

    def ask(self, name: str, trigger: str, subject: str = "") -> str | None:
        """The id of the run that is asked for; None when there is no such job, or too many runs wait."""
        job = self.jobs.get(name)
        if job is None or (subject and job.action_on is None):
            return None
        tick = job.tick(trigger, subject=subject)
        return tick.run_id if tick else None

    def asked(self) -> tuple[Asked, ...]:
        """What was asked for and is not recorded yet: it waits, or looks whether there is work."""
        looking = [Asked(job=name, tick=run.tick) for name, run in self._executed.items() if not run.begun]
        waiting = [Asked(job=job.name, tick=t) for job in self.jobs.values() for t in job.waiting.values()]
        return (*(one for one in looking if one.tick.trigger == PERSON), *waiting)

    def _next_of(self, job: Job) -> datetime | None:
        armed = self._calendar.get_job(job.name) if job.cron else None
        return armed.next_run_time if armed else job.next_at

    # -------------------------------------------------- calendar

    def rearm(self) -> None:
        """Apply changed cron lines; a job whose line is the same keeps its timer."""
        for job in self.jobs.values():
            if job.cron and self._armed.get(job.name) != job.cron():
                self._arm(job, job.cron())

    def _arm(self, job: Job, cron: tuple[str, str]) -> None:
        line, zone = cron
        trigger = CronTrigger.from_crontab(line, timezone=ZoneInfo(zone))
        self._calendar.add_job(_tick, trigger, args=[job], id=job.name, replace_existing=True)
        self._armed[job.name] = cron

    async def _serve_calendar(self, stop: asyncio.Event) -> None:
        """Run APScheduler, and notice when the clock jumps: timers armed before are then worthless."""
        self._calendar.start()
        self.rearm()
        now = Moment.by(self._clock)
        try:
            while not stop.is_set():
                await wait_for_any(stop, timeout_seconds=CLOCK_CHECK_SECONDS)
                before, now = now, Moment.by(self._clock)
                if abs(jump := now.ahead_of(before)) > JUMP:
                    by = now.set_since(before)
                    await self._after_jump(jump, by, until=now.wall - by)
                elif not self._overdue():
                    self._on_turn()
        finally:
            self._calendar.shutdown(wait=False)

    def _overdue(self) -> bool:
        """Whether APScheduler has let a time go by."""
        times = [armed.next_run_time for armed in self._calendar.get_jobs()]
        return any(at is not None and self._clock() - at > OVERDUE for at in times)

    async def _after_jump(self, jump: timedelta, by: timedelta, until: datetime) -> None:
        """After a night asleep the clock is right, and so is what it stamped.

        `until` is what the clock would say now had nobody set it: so late it may have stamped something.
        """
        log.warning("clock jumped", seconds=round(jump.total_seconds()))
        if abs(by) > JUMP:
            await self._on_set(by, until)
        self._armed.clear()
        self.rearm()
        for job in self.jobs.values():
            job.tick("clock jump")

    # -------------------------------------------------- execution

    def _loop_of(self, job: Job) -> Service:
        async def loop(stop: asyncio.Event) -> None:
            while not stop.is_set():
                tick = await self._next_tick(job, stop)
                if tick is not None:
                    await self._execute(job, tick)
                    del self._executed[job.name]

        return loop

    async def _next_tick(self, job: Job, stop: asyncio.Event) -> Tick | None:
        """The next tick asked for, or an interval's own (by the monotonic clock); None when stopping."""
        interval = job.every_seconds() if job.every_seconds else None
        job.next_at = self._clock() + timedelta(seconds=interval) if interval is not None else None
        asked = asyncio.create_task(job.ticks.get())
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({asked, stopped}, timeout=interval, return_when=asyncio.FIRST_COMPLETED)
            if stop.is_set():
                return None
            return job.waiting.pop(asked.result()) if asked.done() else Tick(trigger="interval")
        finally:
            asked.cancel()
            stopped.cancel()

    async def _execute(self, job: Job, tick: Tick) -> None:
        run = self._executed[job.name] = _Run(job=job.name, tick=tick, runs=self._runs, clock=self._clock)
        if job.retry and not tick.subject:
            job.retry.cancel()
        with structlog.contextvars.bound_contextvars(run_id=run.id):
            try:
                metadata = await job.action_for(tick)(run.begin)
            except asyncio.CancelledError:
                await run.end("cancelled", {}, "footyd stopped")
                raise
            except FootydError as exc:
                await self._failed(job, run, exc)
            except Exception as exc:  # one scheduled run must never end the others
                log.exception("run failed", job=job.name)
                await run.end("failed", {}, f"{type(exc).__name__}: {exc}")
            else:
                await run.end("ok", metadata or {}, "")

    async def _failed(self, job: Job, run: _Run, error: FootydError) -> None:
        log.warning("run failed", job=job.name, reason=error.line(), attempt=run.tick.attempt)
        await run.end("refused" if isinstance(error, FeedError) else "failed", {}, error.line())
        if job.retried and not run.tick.subject and isinstance(error, TemporaryError):
            attempt = run.tick.attempt
            wait = self._wait_after(error, attempt)
            job.retry = asyncio.get_running_loop().call_later(wait, job.tick, "retry", attempt + 1)

    def _wait_after(self, error: TemporaryError, attempt: int) -> float:
        """Seconds: the ladder's rung, or longer where the feed named a later time."""
        rung = RETRY_MINUTES[min(attempt, len(RETRY_MINUTES)) - 1] * 60.0
        named = error.retry_at if isinstance(error, FeedError) else None
        return max(rung, (named - self._clock()).total_seconds()) if named else rung


class _Run:
    """One execution: recorded from `begin` on, so that a tick with nothing to do leaves no trace."""

    def __init__(self, *, job: str, tick: Tick, runs: RunLog, clock: Callable[[], datetime]) -> None:
        self.id = tick.run_id
        self.tick = tick
        self.begun = False
        self._job = job
        self._runs = runs
        self._clock = clock

    async def begin(self) -> None:
        if not self.begun:
            await self._runs.begin_run(
                self.id,
                job=self._job,
                trigger=self.tick.trigger,
                attempt=self.tick.attempt,
                now=self._clock(),
                subject=self.tick.subject,
            )
            self.begun = True

    async def end(self, outcome: str, metadata: Metadata, error: str) -> None:
        """A failure before `begin` is recorded too, and all that a person asked for.

        A stop waits until the record is written.
        """
        if outcome == "ok" and not self.begun and self.tick.trigger != PERSON:
            return
        writing = asyncio.create_task(self._write_end(outcome, metadata, error))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            await asyncio.wait({writing})
            raise

    async def _write_end(self, outcome: str, metadata: Metadata, error: str) -> None:
        """A database that cannot take it is logged: the job goes on."""
        try:
            await self.begin()
            await self._runs.end_run(
                self.id, outcome=outcome, metadata=metadata, error=error, now=self._clock()
            )
        except TemporaryError as exc:
            log.warning("run not recorded", job=self._job, outcome=outcome, reason=exc.line())


def _rule(job: Job) -> str:
    if job.cron:
        line, zone = job.cron()
        return f"{line} ({zone})"
    return f"every {job.every_seconds():g} s" if job.every_seconds else ""


async def _tick(job: Job) -> None:
    job.tick("cron")
