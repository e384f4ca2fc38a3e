"""What the X API may cost in a day (UTC): counted before a search and settled after it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from footyd.config import ApiConfig

FEWEST_POSTS = 10
"""X's `max_results` is at least this."""
_ROUNDING = 1e-9


class SpendBook(Protocol):
    """Where the spending is kept, so that a restart does not begin a new day."""

    async def posts_paid(self, day: date) -> int: ...

    async def promise_posts(self, day: date, posts: int) -> None: ...

    async def settle_posts(self, day: date, promised: int, posts: Sequence[str]) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Posts that one search may return, already counted for its day."""

    day: date
    posts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """The day leaves less than one search needs; `reason` names the key that says so."""

    until: datetime
    reason: str


class Budget:
    """At most `posts_per_day` different posts, and no more than `money_per_day` buys."""

    def __init__(self, book: SpendBook, config: ApiConfig) -> None:
        self._book = book
        self._config = config

    async def promise(self, now: datetime) -> Promise | Spent:
        """Posts for one search, fewer when the day leaves fewer."""
        day = now.astimezone(UTC).date()
        most, key = self._most()
        left = most - await self._book.posts_paid(day)
        if left < FEWEST_POSTS:
            until = datetime.combine(day + timedelta(days=1), time(), UTC)
            reason = f"{key} leaves {max(left, 0)} of {most} posts until {until:%Y-%m-%d %H:%M} UTC"
            return Spent(until=until, reason=f"{reason}; a search needs {FEWEST_POSTS}")
        posts = min(self._config.posts_per_search, left)
        await self._book.promise_posts(day, posts)
        return Promise(day=day, posts=posts)

    async def settle(self, promise: Promise, posts: Sequence[str] | None) -> None:
        """These ids came; None: nobody knows what X charged, and the promise stays counted."""
        if posts is not None:
            await self._book.settle_posts(promise.day, promise.posts, posts)

    def _most(self) -> tuple[int, str]:
        """The smaller of the two caps in posts, and its key."""
        config = self._config
        if not config.price_per_post:
            return config.posts_per_day, "search.api.posts_per_day"
        affordable = math.floor(config.money_per_day / config.price_per_post + _ROUNDING)
        if affordable < config.posts_per_day:
            return affordable, "search.api.money_per_day"
        return config.posts_per_day, "search.api.posts_per_day"
