"""The machine's clock, as it is without a battery: in 1970 at first, hours wrong, set right while it runs.

libfaketime (Debian: faketime) shows footyd, its mongod and its workers another time than there is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from tests.faults.day import FaultDay
from tests.faults.fault import Fault, Injection, Play, Row, SkippedError, Undisturbed

RIGHT = "+0"
EPOCH = "@1970-01-01 00:00:10"
"""Counts on from there with each process that starts; one file is all that they need to jump together."""


def library() -> Path:
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        raise SkippedError("no libfaketime: apt install faketime")
    return found[0]


class Clock:
    """What a day's processes take for the time; the monotonic clock goes on."""

    def __init__(self, day: FaultDay, shown: str) -> None:
        self._file = day.footyd.root / "clock"
        self.show(shown)
        day.footyd.environ |= {
            "LD_PRELOAD": str(library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }

    def show(self, shown: str) -> None:
        beside = self._file.with_suffix(".new")
        beside.write_text(f"{shown}\n")
        beside.replace(self._file)


def set_right(wrong: str, *, after_line: str) -> Play:
    """Wrong from the start, right once footyd has logged such a line."""

    async def play(day: FaultDay) -> None:
        clock = Clock(day, wrong)
        await day.footyd.start()
        await day.at_line(after_line)
        await asyncio.sleep(1)
        clock.show(RIGHT)

    return play


def jumps(*shown: str, minute: float, seconds: float) -> Play:
    """From a script minute on the clock shows these times, each for so long, then the right one."""

    async def play(day: FaultDay) -> None:
        clock = Clock(day, RIGHT)
        await day.footyd.start()
        await day.at_minute(minute)
        for one in shown:
            clock.show(one)
            await asyncio.sleep(seconds)
        clock.show(RIGHT)

    return play


def power_cut(wrong: str, *, minute: float) -> Play:
    """The machine comes back without knowing the time, which it is told a little later."""

    async def play(day: FaultDay) -> None:
        clock = Clock(day, RIGHT)
        await day.footyd.start()
        await day.at_minute(minute)
        await day.kill()
        clock.show(wrong)
        await day.footyd.start()
        await asyncio.sleep(3)
        clock.show(RIGHT)

    return play


def _synchronised_late(_undisturbed: Undisturbed, _seed: int) -> Sequence[Injection]:
    library()
    return [
        Injection(name=f"{shown}, right after {line!r}", play=set_right(shown, after_line=line))
        for shown, line in ((EPOCH, "footyd runs"), ("-5h", "footyd runs"), ("-400d", "footyd runs"))
    ]


def _jumps(_undisturbed: Undisturbed, _seed: int) -> Sequence[Injection]:
    library()
    return [
        Injection(name=f"{shown} at minute {minute:g}", play=jumps(shown, minute=minute, seconds=4))
        for shown in ("+3h", "-3h", "+400d")
        for minute in (0.0, 40.0, 88.0)
    ]


def _power_cuts(_undisturbed: Undisturbed, _seed: int) -> Sequence[Injection]:
    library()
    return [
        Injection(name=f"{shown} at minute {minute:g}", play=power_cut(shown, minute=minute))
        for shown in (EPOCH, "-2h")
        for minute in (16.0, 40.0, 88.0)
    ]


FAULTS: tuple[Fault, ...] = (
    Row(name="clock set right after the start", make=_synchronised_late),
    Row(name="clock jumps by hours and back", make=_jumps),
    Row(name="power cut, and no clock at first", make=_power_cuts),
)
