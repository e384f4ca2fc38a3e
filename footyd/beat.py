"""The daemon's sign of life: written every minute, read by `footyd status`, the page and the health check."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

import structlog

from footyd import __version__
from footyd.daemon import Service, wait_for_any
from footyd.errors import StoreError
from footyd.version import commit

BEAT_SECONDS = 60.0

log = structlog.get_logger()


class Notes(Protocol):
    async def note(self, name: str, fields: Mapping[str, Any]) -> None: ...


class Beat:
    """`facts` are what changes from beat to beat: next runs, quota, calls."""

    def __init__(
        self, notes: Notes, facts: Callable[[], Mapping[str, Any]], clock: Callable[[], datetime]
    ) -> None:
        self._notes = notes
        self._facts = facts
        self._clock = clock
        self._soon = asyncio.Event()

    def soon(self) -> None:
        """The facts have changed: tell them before the minute is over."""
        self._soon.set()

    def services(self) -> dict[str, Service]:
        return {"beat": self._serve}

    async def _serve(self, stop: asyncio.Event) -> None:
        started = {
            "pid": os.getpid(),
            "version": __version__,
            "commit": commit(),
            "started_at": self._clock(),
        }
        while not stop.is_set():
            await self._note({**started, "beat_at": self._clock(), **self._facts()})
            await wait_for_any(stop, self._soon, timeout_seconds=BEAT_SECONDS)
            self._soon.clear()
        await self._note({"pid": None, "beat_at": self._clock()})

    async def _note(self, facts: Mapping[str, Any]) -> None:
        """A beat the database did not take is missed; the next one may reach it."""
        try:
            await self._notes.note("daemon", facts)
        except StoreError as exc:
            log.warning("beat not stored", reason=exc.line())
