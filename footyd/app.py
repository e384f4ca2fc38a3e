"""Composition root: opens every client in one AsyncExitStack and wires stages to adapters."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Any

import structlog

from footyd.adapters.api_football import ApiFootball, open_feed
from footyd.adapters.mongo import Store
from footyd.adapters.notify import Announcer
from footyd.adapters.workers import Workers, open_workers
from footyd.adapters.ytdlp import YtDlp
from footyd.alerts import LIBRARY_UNLIKE
from footyd.beat import Beat
from footyd.clients import login_cookies, open_chain, open_library
from footyd.clock import Stamps
from footyd.config import Config, SourceName
from footyd.config_diff import applicable
from footyd.daemon import Service, wait_for_any
from footyd.day_jobs import DayJobs
from footyd.disk import Disk
from footyd.errors import FeedError, LibraryError, StoreError
from footyd.goal_queue import GoalQueue
from footyd.liveness import Liveness
from footyd.matchday import Matchday
from footyd.metrics import Metrics
from footyd.model import utcnow
from footyd.news import News
from footyd.overview import Overview, overview
from footyd.pipeline import GoalReport, Tools, mend_all, set_right
from footyd.reconcile import LibraryChecks
from footyd.schedule import Schedule
from footyd.stages.publish import Library
from footyd.stages.search import SourceChain

OWED_SECONDS = 2.0
"""Between two tries to move what the clock's setting owes."""

log = structlog.get_logger()


class App:
    """Every live part of one footyd, and the configuration in force."""

    def __init__(
        self,
        config: Config,
        stack: AsyncExitStack,
        *,
        store: Store,
        library: Library,
        workers: Workers,
        feed: ApiFootball,
    ) -> None:
        self.config = config
        self.store = store
        self.library = library
        self.workers = workers
        self.feed = feed
        self.metrics = Metrics()
        self.on_report: Callable[[GoalReport], None] | None = None
        self._stack = stack
        self._watchers: list[Callable[[], None]] = []
        self._downloader = YtDlp(
            workers,
            lambda: self.config.download,
            lambda: self.config.clips,
            lambda: login_cookies(self.config),
        )
        self._announcer = Announcer(config.notify.urls)
        self.news = self._news()
        self.disk = Disk(lambda: self.config, store.runs, self.news.announce)
        self._set_up: tuple[SourceName, ...] = ()
        self._chain = SourceChain((), store.runs, config.search, utcnow, self.news.announce)
        self.matchday = self._matchday()
        self.queue = GoalQueue(
            store, self.tools, workers=config.workers.goals, clock=utcnow, on_report=self._reported
        )
        self.liveness = Liveness()
        self._stamps = Stamps(store.clock, lambda: self.config, utcnow)
        self.beat = Beat(store.runs, self._facts, utcnow)
        self._jobs = self._day_jobs()
        self.schedule = Schedule(
            self._jobs.all(),
            store.runs,
            utcnow,
            on_turn=lambda: self.liveness.seen("schedule"),
            on_set=self._clock_was_set,
        )

    def _news(self) -> News:
        return News(
            lambda: self._announcer.announce,
            lambda: self.config.notify.quiet_seconds,
            lambda title, body: self.store.runs.note_alert(title, body, utcnow()),
        )

    def _matchday(self) -> Matchday:
        return Matchday(
            store=self.store,
            feed=self.feed,
            config=lambda: self.config,
            clock=utcnow,
            announce=self.news.announce,
            in_doubt=lambda: self._stamps.in_doubt,
        )

    def _day_jobs(self) -> DayJobs:
        return DayJobs(
            self.matchday,
            self.metrics,
            config=lambda: self.config,
            tools=self.tools,
            changed=self.changed,
            polled=self.beat.soon,
            in_doubt=lambda: self._stamps.in_doubt,
        )

    def watch(self, tell: Callable[[], None]) -> None:
        """Call `tell` whenever a poll, an ingest or a goal's pass has changed the records."""
        self._watchers.append(tell)

    def changed(self) -> None:
        """Records have changed: goals may be due, and who watches wants to know."""
        self.queue.wake()
        self._told()

    def _told(self) -> None:
        for tell in self._watchers:
            tell()

    def _reported(self, report: GoalReport) -> None:
        self.metrics.reported(report)
        self.changed()
        if self.on_report:
            self.on_report(report)

    def tools(self) -> Tools:
        """For one goal: the adapters with the configuration of this moment."""
        return Tools(
            store=self.store,
            chain=self._chain,
            downloader=self._downloader,
            workers=self.workers,
            library=self.library,
            announce=self.news.announce,
            config=self.config,
            clock=utcnow,
            has_room=self.disk.has_room,
            took=self.metrics.took,
            moved=self._told,
        )

    async def look(self) -> Overview:
        """What the page shows."""
        return await overview(self.store, self.config, utcnow(), free=self.disk.free())

    async def _clock_was_set(self, by: timedelta, until: datetime) -> None:
        await self._stamps.move(by, until, between_polls=self.matchday.lock)
        self._chain.forget_searches()
        self.queue.wake()

    async def _make_clock_good(self, stop: asyncio.Event) -> None:
        """What could not move with the clock, for the database was away, moves when that is back."""
        owed = self._stamps.owed
        while not stop.is_set():
            await wait_for_any(stop, owed, timeout_seconds=None)
            await wait_for_any(stop, timeout_seconds=OWED_SECONDS)
            if owed.is_set() and not stop.is_set():
                await self._stamps.make_good()
                self.queue.wake()
        self._stamps.give_up()

    # -------------------------------------------------- life

    async def start(self) -> None:
        """Before anything runs: mend what a crash left, catch up with the day."""
        log.info("records mended", found=dict(await mend_all(self.tools())))
        if await self.matchday.is_today_missing():
            self._jobs.ingest.tick("start")
        self._jobs.poll.tick("start")

    def services(self) -> dict[str, Service]:
        return {
            **self.schedule.services(),
            **self.queue.services(),
            **self.news.services(),
            **self.beat.services(),
            **self.disk.services(),
            **self.liveness.probing("pool", self.workers.answers),
            "account": self._greet_feed,
            "reconcile": self._reconcile,
            "clock": self._make_clock_good,
        }

    async def _reconcile(self, _stop: asyncio.Event) -> None:
        """Once, beside the work: a large library takes its time."""
        try:
            found = await set_right(LibraryChecks().all(), self.tools())
        except (LibraryError, StoreError) as exc:
            log.warning("library not reconciled", reason=exc.line())
            await self.news.announce(LIBRARY_UNLIKE, exc.line())
        else:
            log.info("library reconciled", found=dict(found))

    async def _greet_feed(self, _stop: asyncio.Event) -> None:
        """Ask the feed who we are, once and for free; a feed that hangs does not keep us from being ready."""
        try:
            account = await self.feed.account()
            log.info("feed answers", plan=account.plan, used=account.used_today, limit=account.day_limit)
            await self.matchday.rest.end_for_person()
            self.beat.soon()
        except (FeedError, StoreError) as exc:
            log.warning("feed does not answer", reason=exc.line())

    def _facts(self) -> Mapping[str, Any]:
        quota = self.feed.quota
        return {
            "next_runs": self.schedule.next_runs(),
            "quota": {"day_limit": quota.day_limit, "day_left": quota.day_left},
            "calls": self.feed.calls,
        }

    async def open_sources(self) -> None:
        """Those the config sets up; till then nobody is asked."""
        self._chain = await self._chain_for(self.config)

    async def _chain_for(self, config: Config) -> SourceChain:
        chain = await open_chain(config, self.store, self._stack, self.news.announce)
        self._set_up = config.ways_to_x
        log.info("sources open", sources=self._set_up)
        return chain

    async def apply(self, wanted: Config) -> None:
        """Swap the configuration, when all that hangs on what changed could be opened anew.

        What needs a restart stays as it is: half of a new library or state directory is none.
        """
        before, config = self.config, applicable(self.config, wanted)
        changed = {name for name in Config.model_fields if getattr(before, name) != getattr(config, name)}
        feed, chain = self.feed, self._chain
        if "api_football" in changed:
            feed = await self._stack.enter_async_context(open_feed(config.api_football))
        if "search" in changed or config.ways_to_x != self._set_up:  # footyd login sets one up
            chain = await self._chain_for(config)
        self.config, self.feed, self.matchday.feed, self._chain = config, feed, feed, chain
        self._announcer = Announcer(config.notify.urls)
        self.workers.configure(config.workers)
        self.schedule.rearm()
        try:
            await self._wake_for(changed)
        except StoreError as exc:
            log.warning("what waits for the config was not woken", reason=exc.line())
        self._jobs.poll.tick("reload")

    async def _wake_for(self, changed: Collection[str]) -> None:
        """Whoever rested for a reason that may be gone now."""
        await self._chain.wake(everyone="search" in changed)
        await self.store.queue.hasten(utcnow())
        self.queue.wake()
        if "api_football" in changed:
            await self.matchday.rest.end_for_person()
        if {"api_football", "follow", "ingest"} & set(changed) or await self.matchday.is_today_missing():
            self._jobs.ingest.tick("reload")


async def open_app(config: Config, stack: AsyncExitStack, store: Store) -> App:
    """Open what hangs on the configuration; closed with the stack."""
    app = App(
        config,
        stack,
        store=store,
        library=await stack.enter_async_context(open_library(config, store)),
        workers=await stack.enter_async_context(open_workers(config.workers)),
        feed=await stack.enter_async_context(open_feed(config.api_football)),
    )
    await app.open_sources()
    return app
