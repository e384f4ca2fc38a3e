"""One daemon per database: who starts takes the lease or is refused, who loses it stops writing.

A database of footyd's own is guarded by the lock of its state directory; the lease is for that of
`mongo.uri`, which daemons of several machines can reach.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

import structlog

from footyd.adapters.identity import is_dead
from footyd.adapters.mongo import Store
from footyd.errors import InUseError, StoreError
from footyd.model import Holder, Lease

LEASE_SECONDS = 60.0
RENEW_SECONDS = 15.0
WATCH_SECONDS = LEASE_SECONDS
"""How long a lease that ran out is watched before it is taken: a holder that lives renews it meanwhile.

To a newcomer a server's clock that jumped ahead looks like a holder that died. Not shorter than the lease: a
holder that could not renew in all that time believes in its hold no more.
"""

log = structlog.get_logger()


class Leases(Protocol):
    async def look(self) -> Lease | None: ...
    async def take(
        self, token: str, holder: Holder, seconds: float, *, over: Lease | None = None
    ) -> Lease: ...
    async def renew(self, token: str, seconds: float) -> bool: ...
    async def release(self, token: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """In seconds; tests have shorter ones."""

    lease: float = LEASE_SECONDS
    renew: float = RENEW_SECONDS
    watch: float = WATCH_SECONDS


USUAL = Times()


def steady_seconds() -> float:
    """No clock that people set, and one that goes on while the machine is suspended."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Hold:
    """Our hold of the lease, which `check` believes in only for as long as it was granted.

    Counted from before the server was asked, so ours is over before the server's is.
    """

    def __init__(
        self,
        leases: Leases,
        here: Holder,
        *,
        times: Times = USUAL,
        steady: Callable[[], float] = steady_seconds,
        wait: Callable[[float], Awaitable[object]] = asyncio.sleep,
        is_dead: Callable[[Holder, Holder], bool] = is_dead,
    ) -> None:
        self._leases = leases
        self._here = here
        self._token = uuid.uuid4().hex
        self._times = times
        self._steady = steady
        self._wait = wait
        self._is_dead = is_dead
        self._until = 0.0

    async def take(self) -> None:
        """Raises InUseError where another daemon holds it."""
        found = await self._take(None)
        if found.token == self._token:
            return
        if self._is_dead(found.holder, self._here):
            found = await self._take(found)
        elif found.left_seconds <= 0:
            log.info("waiting whether the lease's last holder lives", host=found.holder.host)
            await self._wait(self._times.watch)
            found = await self._take(found)
        if found.token != self._token:
            raise refused(found)

    async def _take(self, over: Lease | None) -> Lease:
        asked = self._steady()
        found = await self._leases.take(self._token, self._here, self._times.lease, over=over)
        if found.token == self._token:
            self._until = asked + self._times.lease
        return found

    def check(self) -> None:
        """Raises StoreError when the hold ran out: frozen so long, another daemon may have taken over."""
        if self._steady() >= self._until:
            raise StoreError(
                "nothing is written: the lease on the database ran out", remedy="It is being renewed"
            )

    async def keep(self) -> None:
        """Renew it for ever. Raises InUseError when another one has taken it."""
        while True:
            await self._wait(self._times.renew)
            try:
                await self._renew()
            except StoreError as exc:
                log.warning("lease not renewed", reason=exc.line())

    async def _renew(self) -> None:
        asked = self._steady()
        if await self._leases.renew(self._token, self._times.lease):
            self._until = asked + self._times.lease
            return
        if await self._leases.look() is None:  # the database was made anew
            await self.take()
            return
        self._until = 0.0
        found = await self._leases.look()
        raise lost(found)

    async def release(self) -> None:
        """A database that does not answer lets it run out."""
        self._until = 0.0
        with suppress(StoreError):
            await self._leases.release(self._token)


async def held_by(store: Store) -> Lease | None:
    """The lease of a daemon at work on this database, wherever it runs."""
    lease = await store.lease.look()
    return lease if lease and lease.token and lease.left_seconds > 0 else None


def refused(lease: Lease) -> InUseError:
    return InUseError(
        f"another footyd uses this database: {_who(lease)}, until {lease.until:%H:%M:%S} UTC "
        "unless it renews its lease",
        remedy="Stop that one, or set mongo.database or mongo.uri to another database",
    )


def lost(lease: Lease | None) -> InUseError:
    who = _who(lease) if lease and lease.token else "by one that has ended since"
    return InUseError(
        f"the lease on the database was taken over while this footyd stood still: {who}",
        remedy="Let only one footyd use this database; start this one again when the other is stopped",
    )


def _who(lease: Lease) -> str:
    holder = lease.holder
    return f"pid {holder.pid} on {holder.host} ({holder.state_dir}), since {lease.since:%Y-%m-%d %H:%M} UTC"


@asynccontextmanager
async def leased(store: Store, hold: Hold) -> AsyncIterator[None]:
    """Hold the lease for the length of the block; nothing is written through `store` while it ran out.

    When another daemon takes it, the task that entered is cancelled and the block ends with InUseError.
    """
    try:
        await hold.take()
        store.gate.ask = hold.check
        async with _cancelled_when_lost(hold):
            yield
    finally:
        await hold.release()


@asynccontextmanager
async def _cancelled_when_lost(hold: Hold) -> AsyncIterator[None]:
    """As with the embedded mongod: cancel the block's task, then say why in place of CancelledError."""
    owner = asyncio.current_task()
    if owner is None:
        raise RuntimeError("a lease is held by a task")
    losses: list[InUseError] = []

    async def keep() -> None:
        try:
            await hold.keep()
        except InUseError as exc:
            losses.append(exc)
            owner.cancel()

    keeper = asyncio.create_task(keep(), name="lease")
    try:
        yield
    except asyncio.CancelledError:
        if losses and owner.uncancel() == 0:
            raise losses[0] from None
        raise
    finally:
        keeper.cancel()
