"""The process: signals set events, services run in one TaskGroup, a stop drains. Knows no football."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

import structlog

log = structlog.get_logger()

Service = Callable[[asyncio.Event], Awaitable[None]]
"""Runs until its event is set, then finishes what it has in hand; cancelled when that takes too long."""


class Supervisor(Protocol):
    """systemd, or nobody."""

    @property
    def watchdog_seconds(self) -> float | None: ...
    def ready(self, status: str = "") -> None: ...
    def reloading(self) -> None: ...
    def stopping(self) -> None: ...
    def watchdog(self) -> None: ...


class Reload(Protocol):
    async def __call__(self) -> None:
        """Apply the configuration anew, or keep the old one and say why."""
        ...


class Daemon:
    """Signals and services of one process.

    SIGTERM and SIGINT drain: services finish what they hold within `grace_seconds`, then are cancelled; a
    second one cancels at once. SIGHUP reloads. The watchdog is fed while no part of the process is `silent`.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        reload: Reload,
        grace_seconds: Callable[[], float],
        *,
        silent: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self.stop = asyncio.Event()
        self._hurry = asyncio.Event()
        self._hangup = asyncio.Event()
        self._supervisor = supervisor
        self._reload = reload
        self._grace_seconds = grace_seconds
        self._silent = silent

    def terminate(self) -> None:
        """What SIGTERM does."""
        if self.stop.is_set():
            self._hurry.set()
        self.stop.set()

    async def run(self, services: Mapping[str, Service], *, status: str = "") -> None:
        """Serve until told to stop. An error of a service ends all of them and is raised."""
        with self._signals():
            async with asyncio.TaskGroup() as group:
                tasks = {group.create_task(_serve(s, self.stop), name=n) for n, s in services.items()}
                helpers = [group.create_task(self._reloads()), group.create_task(self._feed_watchdog())]
                self._supervisor.ready(status)
                await self.stop.wait()
                log.info("stopping", grace_seconds=self._grace_seconds())
                self._supervisor.stopping()
                await self._drain(tasks)
                for helper in helpers:
                    helper.cancel()

    async def _drain(self, tasks: set[asyncio.Task[None]]) -> None:
        finished = asyncio.Event()
        waiting = set(tasks)

        def end(task: asyncio.Task[None]) -> None:
            waiting.discard(task)
            if not waiting:
                finished.set()

        for task in tasks:
            task.add_done_callback(end)
        await wait_for_any(finished, self._hurry, timeout_seconds=self._grace_seconds())
        for task in waiting:
            log.warning("cut off, resumed at the next start", service=task.get_name())
            task.cancel()

    @contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        handlers = {
            signal.SIGTERM: self.terminate,
            signal.SIGINT: self.terminate,
            signal.SIGHUP: self._hangup.set,
        }
        for number, handler in handlers.items():
            loop.add_signal_handler(number, handler)
        try:
            yield
        finally:
            for number in handlers:
                loop.remove_signal_handler(number)

    async def _reloads(self) -> None:
        while await self._hangup.wait():
            self._hangup.clear()
            self._supervisor.reloading()
            await self._reload()
            self._supervisor.ready()

    async def _feed_watchdog(self) -> None:
        """Twice per interval, as sd_watchdog_enabled(3) advises; a stop has its own time-out."""
        interval = self._supervisor.watchdog_seconds
        while interval:
            silent = () if self.stop.is_set() else self._silent()
            if silent:
                log.error("watchdog not fed", silent=list(silent))
            else:
                self._supervisor.watchdog()
            await asyncio.sleep(interval / 2)


async def _serve(service: Service, stop: asyncio.Event) -> None:
    await service(stop)


async def wait_for_any(*events: asyncio.Event, timeout_seconds: float | None) -> None:
    """Until one of the events is set or the time is up."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=timeout_seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


def calm_collector() -> None:
    """What lives as long as the process is not looked at again, and young values are looked at less often.

    A poll of 5,000 matches makes some million values and no cycles: with Python's thresholds a third of its
    CPU goes to the collector, and the share grows with the size (tests/bench/scale.py).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
