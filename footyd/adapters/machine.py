"""What the machine tells of itself: whether its clock is set, and whether its CPU runs our MongoDB."""

from __future__ import annotations

import ctypes
import os
import platform
from contextlib import suppress
from pathlib import Path

SYNCHRONIZED = Path("/run/systemd/timesync/synchronized")
SETTERS = {
    "systemd-timesyncd": Path("/run/systemd/timesync"),
    "chrony": Path("/run/chrony"),
    "ntpsec": Path("/run/ntpd.pid"),
}
"""Who sets the clock of a Linux machine, by what stands in /run while it works."""
CPU_INFO = Path("/proc/cpuinfo")
NEEDED = {"x86_64": "avx", "aarch64": "atomics"}
"""Of MongoDB 5 and later; `atomics` came with ARMv8.1, which no core has without 8.2 but those of servers."""

_STATUS_AT, _UNSYNCHRONIZED, _TIMEX_BYTES = 40, 0x40, 256
"""Of `struct timex` on 64 bit, and STA_UNSYNC (adjtimex(2))."""


def clock_is_set() -> bool | None:
    """Whether somebody keeps the clock right, as systemd or the kernel knows it; None: it is not told.

    Where systemd-timesyncd is at work its word is enough: under footyd.service the kernel may not be asked.
    """
    if SYNCHRONIZED.parent.is_dir():
        return SYNCHRONIZED.exists()
    timex = ctypes.create_string_buffer(_TIMEX_BYTES)
    if ctypes.CDLL(None, use_errno=True).adjtimex(timex) < 0:  # forbidden by ProtectClock=
        return None
    status = int.from_bytes(timex.raw[_STATUS_AT : _STATUS_AT + 4], "little")
    return not status & _UNSYNCHRONIZED


def clock_setter() -> str:
    """The program that will set the clock, by name; empty where there is none."""
    return next((name for name, place in SETTERS.items() if place.exists()), "")


def runs_mongod() -> bool | None:
    """Whether the CPU has what MongoDB 5 and later need; None where that is not told."""
    needed = NEEDED.get(platform.machine())
    with suppress(OSError):
        for line in CPU_INFO.read_text().splitlines():
            name, _, words = line.partition(":")
            if needed and name.strip().lower() in {"flags", "features"}:
                return needed in words.split()
    return None


def may_others_read(file: Path) -> bool:
    """Raises OSError."""
    return bool(file.stat().st_mode & 0o077)


def is_booted_by_systemd() -> bool:
    """sd_booted(3)."""
    return Path("/run/systemd/system").is_dir() and os.access("/run/systemd/system", os.X_OK)
