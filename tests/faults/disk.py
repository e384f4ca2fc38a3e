"""The disk is full, of the state with its database or of temporary files; then there is room again."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from pathlib import Path

from tests.faults.day import FaultDay
from tests.faults.fault import Fault, Injection, NotInjectedError, Play, Row, SkippedError, Undisturbed
from tests.faults.s3 import hasten

STATE_BYTES = 600_000_000
TEMPORARY_BYTES = 4_000_000
FLOOR_BYTES = 100_000_000
"""`download.min_free_bytes` of the day on which downloads wait before the disk is full."""
FULL_SECONDS = 6.0
AT_MINUTES = (0.0, 16.0, 40.0)
"""Of the script: before the first goal, while the first is worked on, when most have their clips."""
PAGE_BYTES = 4096
MOUNT, UMOUNT = "/usr/bin/mount", "/usr/bin/umount"


class Ballast:
    """A file that takes all the room but a little."""

    def __init__(self, place: Path) -> None:
        self._file = place / "ballast"

    def fill(self, leave: int = 0) -> None:
        free = shutil.disk_usage(self._file.parent).free - leave
        with self._file.open("ab") as file:
            os.posix_fallocate(file.fileno(), file.tell(), free // PAGE_BYTES * PAGE_BYTES)

    def drop(self) -> None:
        self._file.unlink()


def small_disk(day: FaultDay, place: Path, size_bytes: int) -> Ballast:
    """A disk of its own in memory for that place; unmounted when the day is over."""
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [MOUNT, "-t", "tmpfs", "-o", f"size={size_bytes},mode=0700", "tmpfs", str(place)], check=True
    )
    day.undo.callback(subprocess.run, [UMOUNT, "--lazy", str(place)], check=False)
    return Ballast(place)


def state_full(minute: float) -> Play:
    """Not a byte is left for database, clips or library; footyd may end, and is started again by systemd."""

    async def play(day: FaultDay) -> None:
        ballast = small_disk(day, day.footyd.state, STATE_BYTES)
        day.configure(mongo={"timeout_seconds": 3.0})
        await day.footyd.start()
        await day.at_minute(minute)
        ballast.fill()
        await asyncio.sleep(FULL_SECONDS)
        ballast.drop()
        await _alive(day)
        if not _suffered(day):
            raise NotInjectedError("nothing was written while the disk was full")
        await hasten(day)

    return play


def _suffered(day: FaultDay) -> bool:
    """It ended, or told of something that failed."""
    lines = day.footyd.log.read_text(encoding="utf-8").splitlines()
    return day.footyd.lives > 1 or any('"level": "warning"' in line for line in lines)


async def _alive(day: FaultDay) -> None:
    """As systemd has it: whoever ended with an error is started again."""
    if day.footyd.code is None:
        await asyncio.sleep(FULL_SECONDS)
    if day.footyd.code is not None:
        assert await day.dead() > 0, "it ended as if all were well"
        await day.footyd.start()


def low() -> Play:
    """Less than the floor is left: nothing is downloaded, nothing fails; afterwards all of it comes."""

    async def play(day: FaultDay) -> None:
        ballast = small_disk(day, day.footyd.state, STATE_BYTES)
        day.configure(download={"min_free_bytes": FLOOR_BYTES})
        await day.footyd.start()
        ballast.fill(leave=FLOOR_BYTES // 2)
        await day.at_line("goal waits", 2)
        assert not list(day.library.rglob("*.mp4")), "a clip was stored though the disk is low"
        ballast.drop()
        await hasten(day)
        await asyncio.sleep(FULL_SECONDS)
        await hasten(day)

    return play


def temporary_full() -> Play:
    """From the start; what needs it fails or does without."""

    async def play(day: FaultDay) -> None:
        ballast = small_disk(day, day.footyd.temporary, TEMPORARY_BYTES)
        ballast.fill()
        await day.footyd.start()
        await day.at_minute(AT_MINUTES[-1])
        ballast.drop()
        await hasten(day)

    return play


def _needs_root() -> None:
    if os.geteuid() != 0:
        raise SkippedError("only root mounts a small disk")


def _states(_undisturbed: Undisturbed, _seed: int) -> list[Injection]:
    _needs_root()
    return [Injection(name=f"full from minute {minute:g}", play=state_full(minute)) for minute in AT_MINUTES]


def _others(_undisturbed: Undisturbed, _seed: int) -> list[Injection]:
    _needs_root()
    return [
        Injection(name="nearly full, downloads wait", play=low()),
        Injection(name="temporary files, from the start", play=temporary_full()),
    ]


FAULTS: tuple[Fault, ...] = (
    Row(name="disk of the state full", make=_states),
    Row(name="disk low, temporary disk full", make=_others),
)
