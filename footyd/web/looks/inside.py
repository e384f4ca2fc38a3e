"""What only the process itself knows, without any record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PartLook:
    """A part that the watchdog minds: it hangs when it is silent for longer than its limit."""

    name: str
    silent_seconds: float
    limit_seconds: float

    @property
    def hangs(self) -> bool:
        return self.silent_seconds > self.limit_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """One moment of the process. `pool_processes` are those kept alive: none when idle."""

    searching: int
    working: int
    pool_busy: int
    pool_processes: int
    parts: tuple[PartLook, ...]
    disk_free: Mapping[str, int]
    disk_low: bool
