"""Whether the daemon does more than exist: the watchdog is fed only while every part has turned lately."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from footyd.daemon import Service, wait_for_any

LONGEST_SILENCE = {"schedule": 60.0, "pool": 180.0}
"""In seconds. The calendar turns every five; a pool that hangs is first replaced, which takes its time."""
PROBE_SECONDS = 30.0


class Liveness:
    """That the loop turns shows in asking at all; the other parts say when they were seen at work."""

    def __init__(
        self,
        longest_silence: Mapping[str, float] = LONGEST_SILENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._longest_silence = dict(longest_silence)
        self._clock = clock
        self._seen: dict[str, float] = {}
        self.begin()

    def begin(self) -> None:
        """From now on silence counts."""
        self._seen = dict.fromkeys(self._longest_silence, self._clock())

    def seen(self, part: str) -> None:
        self._seen[part] = self._clock()

    def silences(self) -> dict[str, tuple[float, float]]:
        """By part: for how many seconds it has shown nothing, and how many it may."""
        now = self._clock()
        return {part: (now - self._seen[part], limit) for part, limit in self._longest_silence.items()}

    def silent(self) -> tuple[str, ...]:
        """The parts that have shown nothing for too long."""
        return tuple(part for part, (seconds, limit) in self.silences().items() if seconds > limit)

    def probing(self, part: str, answers: Callable[[], Awaitable[bool]]) -> dict[str, Service]:
        """For a part that has to be asked: its probe, for the daemon to run."""

        async def probe(stop: asyncio.Event) -> None:
            while not stop.is_set():
                if await answers():
                    self.seen(part)
                await wait_for_any(stop, timeout_seconds=PROBE_SECONDS)

        return {f"{part} probe": probe}
