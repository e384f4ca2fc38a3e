"""Sources that failed: how long each rests, and whom to tell."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from footyd.alerts import NEEDS_PERSON
from footyd.model import (
    LONGEST_RATE_LIMIT,
    RATE_LIMITED,
    AuthExpired,
    Failure,
    RateLimited,
    SourceRest,
    Unavailable,
)

LOG_IN = "Log in again with: footyd login"
REMEDIES = {
    "nitter": "Give the instance working accounts, or name another one in search.nitter.base_urls",
    "api": "Set a valid search.api.bearer_token",
}
"""What helps a source that needs a person; every other one needs its X login."""

log = structlog.get_logger(__name__)


class RestBook(Protocol):
    """Where rests are kept, so that a restart does not wake a resting source."""

    async def rests(self) -> Mapping[str, SourceRest]: ...

    async def save_rest(self, rest: SourceRest) -> None: ...

    async def clear_rest(self, source: str) -> None: ...


class Announce(Protocol):
    """Tells people of what needs them."""

    def __call__(self, title: str, body: str) -> Awaitable[None]: ...


class Rests:
    """One step up the ladder for each outage, one down for each success; a login waits for a person."""

    def __init__(
        self, book: RestBook, ladder: Sequence[float], clock: Callable[[], datetime], announce: Announce
    ) -> None:
        self._book = book
        self._ladder = ladder
        self._clock = clock
        self._announce = announce
        self._writing = asyncio.Lock()
        self._latest: dict[str, SourceRest] = {}

    async def known(self) -> Mapping[str, SourceRest]:
        return await self._book.rests()

    def begun_since(self, source: str, moment: datetime) -> SourceRest | None:
        """A rest that began for another goal after that moment, if it is still on."""
        rest = self._latest.get(source)
        is_new = rest is not None and rest.since is not None and rest.since >= moment
        return rest if is_new and self.is_on(rest) else None

    def is_on(self, rest: SourceRest | None) -> bool:
        """A rest that seems to begin later than now is from before the clock was set back: it is over."""
        now = self._clock()
        if rest is None or rest.until is None:
            return rest is not None
        return rest.until > now and (rest.since is None or rest.since <= now)

    async def answered(self, source: str) -> None:
        """Down one step; the record goes with the last one."""
        async with self._writing:
            last = (await self._book.rests()).get(source)
            if last is None or self.is_on(last):  # it failed for another goal meanwhile
                return
            if last.step > 1:
                await self._book.save_rest(replace(last, step=last.step - 1))
            else:
                await self._book.clear_rest(source)

    async def failed(self, source: str, failure: Failure, asked_at: datetime) -> SourceRest:
        """The rest it takes; several goals that met the same outage are one step, not several."""
        async with self._writing:
            last = (await self._book.rests()).get(source)
            if last is not None and self._is_known(last, failure, asked_at):
                return last
            rest = self._rest_for(source, failure, step=last.step if last else 0)
            await self._book.save_rest(rest)
            self._latest[source] = rest
        if rest.until is None:
            log.warning("source needs a person", source=source, reason=rest.reason)
            remedy = REMEDIES.get(source, LOG_IN)
            await self._announce(NEEDS_PERSON, f"{source}: {rest.reason.rstrip('.')}. {remedy}")
        else:
            log.info("source rests", source=source, until=rest.until, step=rest.step, reason=rest.reason)
        return rest

    async def wake(self, *, everyone: bool) -> None:
        """A person acted: who waited for it may be asked once again, with `everyone` who is down as well.

        A limit of the other side's stays: nothing that a person does here ends it.
        """
        async with self._writing:
            self._latest.clear()
            for rest in (await self._book.rests()).values():
                if rest.until is None or (everyone and rest.reason != RATE_LIMITED and self.is_on(rest)):
                    await self._book.save_rest(replace(rest, until=self._clock()))

    def _is_known(self, last: SourceRest, failure: Failure, asked_at: datetime) -> bool:
        """It waits for a person already, or another goal met the same outage."""
        if last.until is None or last.since is None:
            return last.until is None
        return isinstance(failure, Unavailable) and asked_at <= last.since <= self._clock()

    def _rest_for(self, source: str, failure: Failure, *, step: int) -> SourceRest:
        """Only outages climb the ladder: a rate limit names its own time, a login waits for a person."""
        now = self._clock()
        until: datetime | None
        match failure:
            case RateLimited():
                until = min(max(failure.until, now + self._rung(1)), now + LONGEST_RATE_LIMIT)
                reason = failure.reason
            case AuthExpired():
                until, reason = None, failure.reason
            case Unavailable():
                step += 1
                until, reason = now + self._rung(step), failure.reason
        return SourceRest(source=source, until=until, step=step, reason=reason, since=now)

    def _rung(self, step: int) -> timedelta:
        return timedelta(minutes=self._ladder[min(step, len(self._ladder)) - 1])
