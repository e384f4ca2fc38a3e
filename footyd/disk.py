"""Room on disk: a state that is told when it begins and when it ends, and in which downloads wait."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import structlog

from footyd.alerts import DISK_HAS_ROOM, DISK_LOW
from footyd.config import Config
from footyd.daemon import Service, wait_for_any
from footyd.errors import StoreError
from footyd.pipeline import Announce

LOOK_SECONDS = 30.0
LOOK_TIMEOUT_SECONDS = 10.0
MARGIN = 1.2
"""Low ends a fifth above the floor: the next clip must not bring it back."""

log = structlog.get_logger()


class Notes(Protocol):
    async def noted(self, name: str) -> Mapping[str, Any]: ...
    async def note(self, name: str, fields: Mapping[str, Any]) -> None: ...


def free_bytes(place: Path) -> int:
    """On the disk of a place, or of where it will be made."""
    there = next(path for path in (place, *place.parents) if path.exists())
    return shutil.disk_usage(there).free


def free_places(config: Config) -> dict[str, int]:
    """Bytes free for the state and for a folder library, measured here and now."""
    places = {"state": config.state.dir}
    if config.library.kind == "folder":
        places["library"] = config.library_dir
    found: dict[str, int] = {}
    for name, place in places.items():
        with suppress(OSError):
            found[name] = free_bytes(place)
    return found


class Disk:
    """`state.disk` in the database holds whether it is low: a restart tells nobody again.

    The state directory is measured at each question, a folder library, which may lie on a network, beside it.
    """

    def __init__(
        self,
        config: Callable[[], Config],
        notes: Notes,
        announce: Announce,
        measure: Callable[[Path], int] = free_bytes,
    ) -> None:
        self._config = config
        self._notes = notes
        self._announce = announce
        self._measure = measure
        self._low: bool | None = None
        self._library: int | None = None
        self._looking: asyncio.Future[int] | None = None

    def free(self) -> dict[str, int]:
        """Bytes free by place, without a wait; a place that cannot be measured is left out."""
        free: dict[str, int] = {}
        with suppress(OSError):
            free["state"] = self._measure(self._config().state.dir)
        if self._library is not None and self._config().library.kind == "folder":
            free["library"] = self._library
        return free

    @property
    def low(self) -> bool:
        """As of the last look."""
        return bool(self._low)

    async def has_room(self) -> bool:
        if self._low is None:
            await self._recall()
        free, floor = self.free(), self._config().download.min_free_bytes
        if not free:
            return not self._low
        place = min(free, key=lambda name: free[name])
        low = free[place] < floor * (MARGIN if self._low else 1)
        if low != self._low:
            self._low = low
            await self._tell(place, free[place], floor)
        return not low

    async def _recall(self) -> None:
        try:
            noted = bool((await self._notes.noted("disk")).get("low"))
        except StoreError as exc:
            log.warning("what was known of the disk is not readable", reason=exc.line())
            noted = False
        if self._low is None:
            self._low = noted

    async def _tell(self, place: str, free: int, floor: int) -> None:
        where = self._config().state.dir if place == "state" else self._config().library_dir
        facts = f"{where}: {_mb(free)} free, {_mb(floor)} are to stay free (download.min_free_bytes)"
        if self._low:
            await self._announce(DISK_LOW, f"{facts}. Downloads wait; their goals are not lost.")
        else:
            await self._announce(DISK_HAS_ROOM, f"{facts}. Downloads go on.")
        try:
            await self._notes.note("disk", {"low": self._low})
        except StoreError as exc:
            log.warning("state of the disk not stored", reason=exc.line())

    # -------------------------------------------------- beside the work

    def services(self) -> dict[str, Service]:
        return {"disk": self._serve}

    async def _serve(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self._look_at_library()
            await self.has_room()
            await wait_for_any(stop, timeout_seconds=LOOK_SECONDS)

    async def _look_at_library(self) -> None:
        """On a thread, one at a time: a share that hangs must not stop the loop."""
        if self._config().library.kind != "folder":
            return
        if self._looking is None:
            look = asyncio.to_thread(self._measure, self._config().library_dir)
            self._looking = asyncio.ensure_future(look)
        done, _ = await asyncio.wait({self._looking}, timeout=LOOK_TIMEOUT_SECONDS)
        if done:
            failed = self._looking.exception() is not None
            self._library, self._looking = None if failed else self._looking.result(), None


def _mb(size: int) -> str:
    return f"{size / 1e6:.0f} MB"
