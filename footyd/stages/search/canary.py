"""A source that answers nothing again and again: silent, or is it a quiet evening?"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from footyd.model import Failure, Found, NoResults, Query, SourceReply, Unavailable

LOOKS_BACK = timedelta(days=1)
TRUSTED = timedelta(minutes=15)
"""After its canary lived, a source is not doubted for so long: X grows silent for hours, not for minutes."""

Search = Callable[[Query], Awaitable[SourceReply | None]]
"""One search of the source in doubt; None when its account has none left."""


class Canary:
    """Asks a search that always finds something, after `after` empty answers of a source in a row (0: never).

    A source once found silent is doubted at its next empty answer, until something was heard of it.
    """

    def __init__(self, text: str, after: int, clock: Callable[[], datetime]) -> None:
        self._text = text
        self._after = after
        self._clock = clock
        self._empty: Counter[str] = Counter()
        self._verdicts: dict[str, tuple[datetime, Failure]] = {}
        self._lived: dict[str, datetime] = {}
        self._empty_since: dict[str, datetime] = {}
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def heard(self, source: str) -> None:
        """It found something."""
        self._empty[source] = 0
        self._empty_since.pop(source, None)

    def empty_since(self, source: str) -> datetime | None:
        """When it began to answer nothing."""
        return self._empty_since.get(source)

    async def doubt(self, source: str, search: Search, asked_at: datetime) -> Failure | None:
        """After an empty answer to what was asked then: what is wrong with the source; None: unknown."""
        self._empty[source] += 1
        self._empty_since.setdefault(source, asked_at)
        if not self._is_suspect(source):
            return None
        async with self._asking[source]:
            if not self._is_suspect(source):
                return None
            at, verdict = self._verdicts.get(source, (None, None))
            if at is not None and at >= asked_at:  # another goal asked meanwhile
                return verdict
            return self._judged(source, await search(self._query()))

    def _is_suspect(self, source: str) -> bool:
        lived = self._lived.get(source)
        trusted = lived is not None and lived <= self._clock() < lived + TRUSTED
        return 0 < self._after <= self._empty[source] and not trusted

    def _query(self) -> Query:
        return Query(text=self._text, since=self._clock() - LOOKS_BACK)

    def _judged(self, source: str, reply: SourceReply | None) -> Failure | None:
        if isinstance(reply, Found) and reply.posts:
            self.heard(source)
            self._lived[source] = self._clock()
            return None
        if reply is None:
            return None
        verdict: Failure = self._silent(source) if isinstance(reply, Found | NoResults) else reply
        self._verdicts[source] = (self._clock(), verdict)
        return verdict

    def _silent(self, source: str) -> Unavailable:
        count = self._empty[source]
        reason = f'silent: {count} empty answers in a row, and "{self._text}" found nothing either'
        return Unavailable(source=source, reason=reason)
