"""Sources that say what they are told to, the book a chain writes, and a clock that a test moves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

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
from tests.builders import a_post

START = datetime(2025, 6, 9, 18, 0, tzinfo=UTC)
QUERY = Query(text="Saka Arsenal", since=START)
CANARY = "goal filter:native_video"


class Clock:
    def __init__(self, start: datetime = START) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now

    def forward(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)


class Book:
    """Rests and spent searches in memory: what a real store keeps over a restart."""

    def __init__(self) -> None:
        self.kept: dict[str, SourceRest] = {}
        self.spent: defaultdict[str, list[datetime]] = defaultdict(list)

    async def rests(self) -> Mapping[str, SourceRest]:
        return dict(self.kept)

    async def save_rest(self, rest: SourceRest) -> None:
        self.kept[rest.source] = rest

    async def clear_rest(self, source: str) -> None:
        self.kept.pop(source, None)

    async def searches(self, account: str) -> Sequence[datetime]:
        return tuple(self.spent[account])

    async def note_search(self, account: str, at: datetime, *, keep: int) -> None:
        self.spent[account] = [*self.spent[account], at][-keep:]


class Board:
    """What was announced."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    async def __call__(self, title: str, body: str) -> None:
        self.told.append((title, body))


class Scripted:
    """A source that gives its replies in turn, the last one for ever; canaries have their own."""

    def __init__(
        self,
        name: str,
        *replies: SourceReply,
        account: str = "",
        canary: SourceReply | None = None,
        costs_money: bool = False,
    ) -> None:
        self.name = name
        self.costs_money = costs_money
        self.account = account or name
        self.canary = canary
        self.asked = 0
        self.canaries = 0
        self._replies = list(replies)

    async def search(self, query: Query) -> SourceReply:
        if query.text == CANARY and self.canary is not None:
            self.canaries += 1
            return self.canary
        self.asked += 1
        return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]


def found(source: str) -> Found:
    return Found(source=source, posts=(a_post(),))


def nothing(source: str) -> NoResults:
    return NoResults(source=source)


def out(source: str, reason: str = "HTTP 503") -> Unavailable:
    return Unavailable(source=source, reason=reason)


def locked(source: str) -> AuthExpired:
    return AuthExpired(source=source, reason="logged out")


def limited(source: str, minutes: float = 10) -> RateLimited:
    return RateLimited(source=source, until=START + timedelta(minutes=minutes))
