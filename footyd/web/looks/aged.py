"""Dear looks, taken again only when they are old: pages that are watched ask every few seconds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

T = TypeVar("T")


class Aged(Generic[T]):
    """What `take` gave last, while it is younger than `lasts`; a clock set back does not keep it for ever."""

    def __init__(
        self, take: Callable[[], Awaitable[T]], clock: Callable[[], datetime], lasts: timedelta
    ) -> None:
        self._take = take
        self._clock = clock
        self._lasts = lasts
        self._taken: tuple[datetime, T] | None = None

    async def __call__(self) -> T:
        now = self._clock()
        if self._taken is None or abs(now - self._taken[0]) >= self._lasts:
            self._taken = now, await self._take()
        return self._taken[1]
