"""The three jobs of a day: polling the matches in play, fetching the fixtures, keeping the house."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

import structlog

from footyd.config import Config
from footyd.errors import FeedError, FootydError
from footyd.job import Action, Begin, Job
from footyd.matchday import CycleReport, Matchday
from footyd.metrics import Metrics
from footyd.pipeline import Tools, keep_house

RETENTION_CRON = "30 4 * * *"

log = structlog.get_logger()


class DayJobs:
    """What each run does; `changed` is told when records have changed, `polled` after every poll that asked.

    While `in_doubt` about the clock nothing is deleted for its age.
    """

    def __init__(
        self,
        matchday: Matchday,
        metrics: Metrics,
        *,
        config: Callable[[], Config],
        tools: Callable[[], Tools],
        changed: Callable[[], None],
        polled: Callable[[], None],
        in_doubt: Callable[[], bool],
    ) -> None:
        self._matchday = matchday
        self._metrics = metrics
        self._config = config
        self._tools = tools
        self._changed = changed
        self._polled = polled
        self._in_doubt = in_doubt
        fixed = config().poll.interval_seconds
        self._interval_seconds = config().poll.auto_min_seconds if fixed == "auto" else fixed
        self.poll = Job(name="poll", action=self._poll, every_seconds=lambda: self._interval_seconds)
        self.ingest = Job(
            name="ingest",
            action=self._ingest,
            action_on=self._ingest_of,
            cron=lambda: (config().ingest.cron, config().ingest.time_zone),
            retried=True,
        )
        self.retention = Job(
            name="retention",
            action=self._retention,
            cron=lambda: (RETENTION_CRON, config().ingest.time_zone),
        )

    def all(self) -> list[Job]:
        return [self.poll, self.ingest, self.retention]

    async def _poll(self, begin: Begin) -> Mapping[str, Any] | None:
        self._interval_seconds = await self._matchday.interval_seconds()
        report = await self._cycle(begin)
        if report is None:
            return None
        self._changed()
        self._polled()
        second_look = self._config().confirm.second_look_seconds
        if report.wants_second_look and second_look:
            self.poll.tick_after(second_look, "second look")
        return report.metadata()

    async def _cycle(self, begin: Begin) -> CycleReport | None:
        """Counted, where there was something to ask."""
        begun = time.perf_counter()
        try:
            report = await self._matchday.cycle(begin)
        except FootydError as exc:
            self._metrics.polled("refused" if isinstance(exc, FeedError) else "failed")
            raise
        if report is not None and report.calls:
            self._metrics.polled("ok")
            self._metrics.took("poll", time.perf_counter() - begun)
        return report

    def _ingest_of(self, day: str) -> Action:
        """For a day that a person named, such as 2026-11-21."""
        return partial(self._ingest, days=(date.fromisoformat(day),))

    async def _ingest(self, begin: Begin, days: Sequence[date] | None = None) -> Mapping[str, Any]:
        await begin()
        reports = await self._matchday.ingest(days)
        self._changed()
        self.poll.tick("ingest")
        return {
            "days": [str(report.day) for report in reports],
            "calls": len(reports),
            "fixtures_seen": sum(report.fixtures_seen for report in reports),
            "fixtures_processed": sum(report.fixtures_processed for report in reports),
            "new": sum(report.new for report in reports),
        }

    async def _retention(self, begin: Begin) -> Mapping[str, Any] | None:
        await begin()
        if self._in_doubt():
            log.warning("nothing is deleted for its age: the clock is not set, or jumped ahead by days")
            return None
        return await keep_house(self._tools())
