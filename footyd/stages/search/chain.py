"""The sources in order: who is asked, who rests, and until when."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from footyd.config import SearchConfig
from footyd.model import (
    AuthExpired,
    Found,
    NoResults,
    Query,
    RateLimited,
    SourceReply,
    SourceRest,
    Unavailable,
)

log = structlog.get_logger(__name__)

PERSON_NEEDED_RETRY = timedelta(hours=1)
"""How long a goal is put off when no source comes back by itself."""


class Source(Protocol):
    """One way to X; every expected failure is a reply, never an exception."""

    @property
    def name(self) -> str: ...

    @property
    def account(self) -> str:
        """Whose searches it spends: sources of one account share one bucket."""
        ...

    async def search(self, query: Query) -> SourceReply: ...


class RestBook(Protocol):
    """Where rests are kept, so that a restart does not wake a resting source."""

    async def rests(self) -> Mapping[str, SourceRest]: ...

    async def save_rest(self, rest: SourceRest) -> None: ...

    async def clear_rest(self, source: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """No source could answer; the pass is not used up."""

    retry_at: datetime
    reason: str


class Bucket:
    """At most `size` searches in any `window`; kept in memory, so a restart begins with a full one."""

    def __init__(self, size: int, window: timedelta) -> None:
        self._size = size
        self._window = window
        self._taken: deque[datetime] = deque()

    def take(self, now: datetime) -> datetime | None:
        """Spend one search; when none is left, the time at which one will be."""
        while self._taken and self._taken[0] + self._window <= now:
            self._taken.popleft()
        if len(self._taken) >= self._size:
            return self._taken[0] + self._window
        self._taken.append(now)
        return None


class SourceChain:
    """Asks the first source that is able; a failing one rests on the ladder `rest_minutes`."""

    def __init__(
        self, sources: Sequence[Source], book: RestBook, config: SearchConfig, clock: Callable[[], datetime]
    ) -> None:
        self._sources = tuple(sources)
        self._book = book
        self._config = config
        self._clock = clock
        window = timedelta(minutes=config.rate_window_minutes)
        self._buckets = {source.name: Bucket(config.searches_per_window, window) for source in self._sources}
        self._announced: set[str] = set()

    async def ask(self, query: Query) -> Found | NoResults | Unreachable:
        """One search. An empty answer is an answer: only failures pass on to the next source."""
        known = await self._book.rests()
        resting: list[SourceRest] = []
        for source in self._sources:
            last = known.get(source.name)
            rest = self._held_back(source.name, last)
            if rest is None:
                reply = await source.search(query)
                if isinstance(reply, Found | NoResults):
                    await self._answered(source.name, last)
                    return reply
                rest = await self._rested(source.name, reply, last)
            resting.append(rest)
        return self._unreachable(resting)

    def _held_back(self, source: str, last: SourceRest | None) -> SourceRest | None:
        """The rest that keeps this source from being asked now, the empty bucket's included."""
        now = self._clock()
        if last is not None and (last.until is None or last.until > now):
            return last
        if (until := self._buckets[source].take(now)) is None:
            return None
        step = last.step if last else 0
        return SourceRest(
            source=source, until=until, step=step, reason="this rate window's searches are spent"
        )

    async def _answered(self, source: str, last: SourceRest | None) -> None:
        self._announced.discard(source)
        if last is not None:
            await self._book.clear_rest(source)

    async def _rested(
        self, source: str, reply: RateLimited | AuthExpired | Unavailable, last: SourceRest | None
    ) -> SourceRest:
        rest = self._rest_for(source, reply, step=last.step if last else 0)
        await self._book.save_rest(rest)
        if rest.until is not None:
            log.info("source rests", source=source, until=rest.until, step=rest.step, reason=rest.reason)
        elif source not in self._announced:
            self._announced.add(source)
            log.warning("source needs a person", source=source, reason=rest.reason)
        return rest

    def _rest_for(
        self, source: str, reply: RateLimited | AuthExpired | Unavailable, *, step: int
    ) -> SourceRest:
        """Only outages climb the ladder: a rate limit names its own time, a login waits for a person."""
        now = self._clock()
        match reply:
            case RateLimited(until=until):
                return SourceRest(
                    source=source, until=max(until, now + self._rung(1)), step=step, reason="rate limited"
                )
            case AuthExpired(reason=reason):
                return SourceRest(source=source, until=None, step=step, reason=reason)
            case Unavailable(reason=reason):
                until = now + self._rung(step + 1)
                return SourceRest(source=source, until=until, step=step + 1, reason=reason)

    def _rung(self, step: int) -> timedelta:
        ladder = self._config.rest_minutes
        return timedelta(minutes=ladder[min(step, len(ladder)) - 1])

    def _unreachable(self, resting: Sequence[SourceRest]) -> Unreachable:
        times = [rest.until for rest in resting if rest.until is not None]
        retry_at = min(times) if times else self._clock() + PERSON_NEEDED_RETRY
        reason = "; ".join(f"{rest.source}: {rest.reason}" for rest in resting)
        return Unreachable(retry_at=retry_at, reason=reason or "no source is configured; set search.sources")
