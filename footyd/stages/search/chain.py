"""The sources in order: who is asked for what, and when to come back if nobody can be."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from footyd.config import SearchConfig
from footyd.model import Found, NoResults, Query, RateLimited, SourceReply, SourceRest, Unavailable
from footyd.stages.search.bucket import Bucket, Look
from footyd.stages.search.canary import Canary
from footyd.stages.search.rests import Announce, RestBook, Rests

PERSON_NEEDED_RETRY = timedelta(hours=1)
"""How long a goal is put off when no source comes back by itself."""
NO_SOURCE = (
    "no source of search.sources is set up: give it an X login (search.cookies.file, or footyd login), an "
    "instance (search.nitter.base_urls) or a token (search.api.bearer_token)"
)
ASKED_AT_ONCE = 8
"""Searches that one source answers at a time; the others wait for their turn, in order."""
SPENT = "this rate window's searches are spent"
PACED = "paced, to leave searches for goals not yet looked for"

OnSilence = Callable[[str, datetime], Awaitable[object]]
"""Told of a source whose empty answers since then were none; passes they used up can be given back."""

log = structlog.get_logger(__name__)


class Source(Protocol):
    """One way to X; every expected failure is a reply, never an exception."""

    @property
    def name(self) -> str: ...

    @property
    def account(self) -> str:
        """Whose searches it spends: sources of one account share one bucket."""
        ...

    @property
    def costs_money(self) -> bool:
        """Then it is asked for goals only, never for a canary."""
        ...

    async def search(self, query: Query) -> SourceReply: ...


class SourceBook(RestBook, Protocol):
    """What outlives a restart: rests, and the searches each account has spent."""

    async def searches(self, account: str) -> Sequence[datetime]: ...

    async def note_search(self, account: str, at: datetime, *, keep: int) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """No source could answer now; the pass is not used up."""

    retry_at: datetime
    reason: str


class SourceChain:
    """Asks the first source that is able; a failing one rests on the ladder `search.rest_minutes`."""

    def __init__(
        self,
        sources: Sequence[Source],
        book: SourceBook,
        config: SearchConfig,
        clock: Callable[[], datetime],
        announce: Announce,
        *,
        on_silence: OnSilence | None = None,
    ) -> None:
        self._sources = tuple(sources)
        self._book = book
        self._config = config
        self._clock = clock
        self._rests = Rests(book, config.rest_minutes, clock, announce)
        self._canary = Canary(config.canary_query, config.canary_after, clock)
        self._on_silence = on_silence
        self._buckets: dict[str, Bucket] = {}
        self._opening = asyncio.Lock()
        self._turns = {source.name: asyncio.Semaphore(ASKED_AT_ONCE) for source in sources}
        self._missing_told = False

    async def ask(self, query: Query, look: Look = Look.FIRST) -> Found | NoResults | Unreachable:
        """One search. An empty answer is an answer: only failures pass on to the next source.

        A later look whose account is short of searches waits for it: the next account's are not spent on what
        can wait.
        """
        known = await self._rests.known()
        resting: list[SourceRest] = []
        short: dict[str, Bucket] = {}
        for source in self._sources:
            last = known.get(source.name)
            if last is not None and self._rests.is_on(last):
                resting.append(last)
            elif not await self._take(source, look):
                short[source.name] = await self._bucket(source.account)
                resting.append(self._short_of_searches(source, short[source.name], look))
                if look is not Look.FIRST:
                    break
            else:
                reply = await self._in_turn(source, query)
                if isinstance(reply, Found | NoResults):
                    if last is not None:
                        await self._rests.answered(source.name)
                    return reply
                resting.append(reply)
        return self._unreachable(resting, short)

    async def _in_turn(self, source: Source, query: Query) -> Found | NoResults | SourceRest:
        """A source that failed while this search waited for its turn is left alone, its search given back.

        The book still counts it: after a restart it was made.
        """
        taken_at = self._clock()
        async with self._turns[source.name]:
            if begun := self._rests.begun_since(source.name, taken_at):
                (await self._bucket(source.account)).give_back()
                return begun
            asked_at = self._clock()
            reply = await self._search(source, query, asked_at)
            if isinstance(reply, Found | NoResults):
                return reply
            return await self._rests.failed(source.name, reply, asked_at)

    def forget_searches(self) -> None:
        """The clock was set, and the book's times with it: what is left is read there again."""
        self._buckets.clear()

    async def wake(self, *, everyone: bool = False) -> None:
        """A person acted: ask once again who waited for it; with `everyone` the sources that are down too."""
        await self._rests.wake(everyone=everyone)

    async def _search(self, source: Source, query: Query, asked_at: datetime) -> SourceReply:
        """What the source says; an empty answer too many is only believed if its canary lives."""
        reply = await _reply_of(source, query)
        if isinstance(reply, Found) and reply.posts:
            self._canary.heard(source.name)
        elif isinstance(reply, Found | NoResults) and not source.costs_money:

            async def once_more(canary: Query) -> SourceReply | None:
                return await _reply_of(source, canary) if await self._take(source, Look.FIRST) else None

            wrong = await self._canary.doubt(source.name, once_more, asked_at)
            since = self._canary.empty_since(source.name)
            if wrong and since and self._on_silence and not isinstance(wrong, RateLimited):
                await self._on_silence(source.name, since)
            return wrong or reply
        return reply

    # -------------------------------------------------- what an account may spend

    async def _bucket(self, account: str) -> Bucket:
        if account not in self._buckets:
            async with self._opening:
                if account not in self._buckets:
                    self._buckets[account] = await self._opened(account)
        return self._buckets[account]

    async def _opened(self, account: str) -> Bucket:
        spent = await self._book.searches(account)
        window = timedelta(minutes=self._config.rate_window_minutes)
        return Bucket(self._config.searches_per_window, window, spent)

    async def _take(self, source: Source, look: Look) -> bool:
        """Spend one search of its account; noted first, so that no restart gives it back."""
        bucket = await self._bucket(source.account)
        now = self._clock()
        if not bucket.take(now, look):
            return False
        await self._book.note_search(source.account, now, keep=self._config.searches_per_window)
        return True

    def _short_of_searches(self, source: Source, bucket: Bucket, look: Look) -> SourceRest:
        until = bucket.turn(self._clock(), look)
        return SourceRest(
            source=source.name, until=until, step=0, reason=SPENT if look is Look.FIRST else PACED
        )

    # -------------------------------------------------- nobody left

    def _unreachable(self, resting: Sequence[SourceRest], short: Mapping[str, Bucket]) -> Unreachable:
        turns = [(rest.until, rest.source) for rest in resting if rest.until is not None]
        retry_at, first = min(turns, default=(self._clock() + PERSON_NEEDED_RETRY, ""))
        if first in short:
            short[first].promise(retry_at)
        if not resting and not self._missing_told:
            self._missing_told = True
            log.warning("no source to search", reason=NO_SOURCE)
        reason = "; ".join(f"{rest.source}: {rest.reason}" for rest in resting)
        return Unreachable(retry_at=retry_at, reason=reason or NO_SOURCE)


async def _reply_of(source: Source, query: Query) -> SourceReply:
    try:
        return await source.search(query)
    except Exception as exc:  # a source with a bug must not keep the goal from the next one
        log.exception("source broke", source=source.name)
        return Unavailable(source=source.name, reason=f"broke: {type(exc).__name__}: {exc}")
