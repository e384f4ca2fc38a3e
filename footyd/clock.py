"""The wall clock of a machine that may have none of its own: waited for at a start, and mended after it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from footyd.adapters.machine import clock_is_set, clock_setter
from footyd.adapters.mongo.clocks import ClockStore, Move
from footyd.config import Config, SearchConfig
from footyd.errors import StoreError
from footyd.model import LONGEST_RATE_LIMIT, utcnow

EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
"""No footyd that looks at its clock is older: before that the clock was never set."""
WAIT_SECONDS = 45.0
"""A quarter of the unit's TimeoutStartSec, which the database needs too."""
LOOK_SECONDS = 1.0
MISTAKE = timedelta(days=1)
FOR_EVER_DAYS = 10_000
LONGEST_POLL_SECONDS = 20.0
"""For so long the clock's setting waits for a poll to end."""

log = structlog.get_logger()


def is_trusted(
    now: datetime,
    is_set: Callable[[], bool | None] = clock_is_set,
    setter: Callable[[], str] = clock_setter,
) -> bool:
    """Not before somebody who is there to set the clock has done so; where nobody is, it is what there is."""
    return now >= EARLIEST and (is_set() is not False or not setter())


async def wait_for_clock(
    trusted: Callable[[], bool] = lambda: is_trusted(utcnow()),
    wait: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> bool:
    """Whether the clock is to be trusted, waiting a while for that; footyd goes on in any case.

    Under a wrong clock nothing is deleted for its age, and what is stamped moves when the clock is set.
    """
    for waited in range(round(WAIT_SECONDS / LOOK_SECONDS)):
        if trusted():
            return True
        if waited == 0:
            log.info("waiting for the clock to be set", seconds=WAIT_SECONDS)
        await wait(LOOK_SECONDS)
    if trusted():
        return True
    log.warning("clock not synchronised", says=utcnow(), remedy="timedatectl set-ntp true")
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One moment by three clocks: on the wall, and in seconds without and with those asleep."""

    wall: datetime
    awake: float
    passed: float

    @classmethod
    def by(cls, clock: Callable[[], datetime]) -> Moment:
        passed = time.clock_gettime(time.CLOCK_BOOTTIME)
        return cls(wall=clock(), awake=time.monotonic(), passed=passed)

    def ahead_of(self, before: Moment) -> timedelta:
        """How far the wall clock went beyond the time we were awake."""
        return self.wall - before.wall - timedelta(seconds=self.awake - before.awake)

    def set_since(self, before: Moment) -> timedelta:
        """By how much somebody set it."""
        return self.wall - before.wall - timedelta(seconds=self.passed - before.passed)


def longest_wait(config: SearchConfig) -> timedelta:
    """For longer no goal is put off: by a source's rest, or until its last pass."""
    rests = timedelta(minutes=max(config.rest_minutes[-1], config.passes_minutes[-1]))
    return max(LONGEST_RATE_LIMIT, rests) + timedelta(hours=1)


class Stamps:
    """The times that this process wrote, which move when its clock is set."""

    def __init__(
        self,
        clocks: ClockStore,
        config: Callable[[], Config],
        clock: Callable[[], datetime],
        *,
        trusted: Callable[[datetime], bool] = is_trusted,
    ) -> None:
        self._clocks = clocks
        self._config = config
        self._clock = clock
        self._since = clock()
        self._trusted = trusted
        self._begun = Moment.by(clock)
        self._was_set = trusted(self._since)
        self._moves: list[Move] = []
        self._lock = asyncio.Lock()
        self._held = False
        self.owed = asyncio.Event()

    @property
    def in_doubt(self) -> bool:
        """It is not set yet, or was right and jumped ahead by days: till it is right, nothing is too old."""
        ahead = Moment.by(self._clock).set_since(self._begun)  # at once, not when the jump is noticed
        return not self._trusted(self._clock()) or (self._was_set and ahead > MISTAKE)

    async def move(self, by: timedelta, until: datetime, *, between_polls: asyncio.Lock) -> None:
        """`until` is what the clock said when it was set; a poll that is going on ends first."""
        log.warning("times move with the clock", seconds=round(by.total_seconds()))
        since, self._since = self._since, self._since + by
        self._moves.append(Move(by=by, since=since, until=until))
        self._lock = between_polls
        await self.make_good()

    async def make_good(self) -> None:
        """Move what is to be moved. While the database is away that is owed, and no poll begins."""
        self._held = self._held or await _held_within(self._lock, LONGEST_POLL_SECONDS)
        try:
            await self._settle()
        except StoreError as exc:
            if not self.owed.is_set():  # an outage is told once
                log.warning("times not moved yet", reason=exc.line())
            self.owed.set()
        else:
            self.give_up()

    async def _settle(self) -> None:
        while self._moves:
            await self._clocks.move(self._moves[0])
            del self._moves[0]
        if self._trusted(self._clock()):
            await self._clocks.cut(self._clock(), longest_wait(self._config().search))
            kept = FOR_EVER_DAYS if self.in_doubt else self._config().daemon.runs_kept_days
            await self._clocks.keep_runs(kept)

    def give_up(self) -> None:
        """Polls may begin again: nothing is owed any more, or footyd stops and the next start mends it."""
        self.owed.clear()
        if self._held:
            self._held = False
            self._lock.release()


async def _held_within(lock: asyncio.Lock, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await lock.acquire()
    except TimeoutError:
        return False
