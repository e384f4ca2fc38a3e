"""The one line that `systemctl status footyd` shows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from footyd.adapters.mongo import Store
from footyd.daemon import Service, wait_for_any
from footyd.errors import StoreError
from footyd.model import FixtureState

LOOK_SECONDS = 5.0
UNREADABLE = "the database does not answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What the records hold: followed matches from kick-off to their end, goals seen once."""

    live: int
    pending: int
    next_kickoff: datetime | None


async def count(store: Store) -> Counts:
    """Raises StoreError."""
    return Counts(
        live=(await store.fixtures.counts())[FixtureState.ACTIVE],
        pending=(await store.goals.counts())["pending"],
        next_kickoff=await store.fixtures.next_kickoff(),
    )


def status_line(counts: Counts, *, in_work: int, next_poll: datetime | None, now: datetime) -> str:
    """`3 live, 2 pending, 1 goal in work, next poll 12 s`; `idle, next kick-off …` with nothing to do."""
    if not (counts.live or counts.pending or in_work):
        kickoff = counts.next_kickoff
        return f"idle, next kick-off {kickoff:%a %d %b %H:%M} UTC" if kickoff else "idle, no match planned"
    goals = "1 goal" if in_work == 1 else f"{in_work} goals"
    wait = max(0, round((next_poll - now).total_seconds())) if next_poll else None
    poll = "" if wait is None else f", next poll {wait} s"
    return f"{counts.live} live, {counts.pending} pending, {goals} in work{poll}"


class StatusLine:
    """Kept current while it is served; the records are read again only after a poll or a goal's end."""

    def __init__(
        self,
        count: Callable[[], Awaitable[Counts]],
        *,
        in_work: Callable[[], int],
        next_poll: Callable[[], datetime | None],
        tell: Callable[[str], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._count = count
        self._in_work = in_work
        self._next_poll = next_poll
        self._tell = tell
        self._clock = clock
        self._counts: Counts | None = None
        self._read_at: tuple[int, datetime | None] | None = None
        self._told = ""

    def services(self) -> dict[str, Service]:
        return {"status line": self._serve}

    async def _serve(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            line = await self.line()
            if line != self._told:
                self._tell(line)
                self._told = line
            await wait_for_any(stop, timeout_seconds=LOOK_SECONDS)

    async def line(self) -> str:
        seen = (self._in_work(), self._next_poll())
        try:
            if self._counts is None or seen != self._read_at:
                self._counts, self._read_at = await self._count(), seen
        except StoreError:
            return UNREADABLE
        return status_line(self._counts, in_work=seen[0], next_poll=seen[1], now=self._clock())
