"""A loopback X API: its answers, a book in memory, and the source opened upon it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from footyd.adapters.x_api import XApi, open_x_api
from footyd.adapters.x_api_budget import SpendBook
from footyd.config import ApiConfig, Retry
from footyd.model import Query, SourceReply

NOW = datetime(2025, 6, 9, 12, 0, tzinfo=UTC)
QUERY = Query(
    text='Saka (Arsenal OR "Man City") filter:native_video -filter:retweets', since=NOW - timedelta(minutes=3)
)
TOKEN = "AAAAAAAAAAAAAAAAAAAAAA%2Bsecret"
ONCE = Retry(attempts=1, first_wait_seconds=0)
RECORDED = (Path(__file__).parents[2] / "../shared/data/x_search/apiv2").resolve()
needs_recording = pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded payloads are not here")


class Book:
    """The day's spending in memory; a second XApi over it is a restart."""

    def __init__(self) -> None:
        self.posts: dict[date, set[str]] = {}
        self.promised: dict[date, int] = {}

    async def posts_paid(self, day: date) -> int:
        return len(self.posts.get(day, ())) + self.promised.get(day, 0)

    async def promise_posts(self, day: date, posts: int) -> None:
        self.promised[day] = self.promised.get(day, 0) + posts

    async def settle_posts(self, day: date, promised: int, posts: Sequence[str]) -> None:
        self.promised[day] -= promised
        self.posts.setdefault(day, set()).update(posts)


def config(url: str, **changes: Any) -> ApiConfig:
    values = {"bearer_token": TOKEN, "base_url": url, "timeout_seconds": 5, **changes}
    return ApiConfig.model_validate(values)


@asynccontextmanager
async def x_api(
    url: str, *, book: SpendBook | None = None, retry: Retry = ONCE, now: datetime = NOW, **changes: Any
) -> AsyncIterator[XApi]:
    async with open_x_api(config(url, **changes), retry, book or Book(), lambda: now) as opened:
        yield opened


async def ask(url: str, **changes: Any) -> SourceReply:
    async with x_api(url, **changes) as api:
        return await api.search(QUERY)


def a_post(post_id: str = "1931", **changes: Any) -> dict[str, Any]:
    return {
        "id": post_id,
        "text": "Saka!",
        "author_id": "7",
        "created_at": "2025-06-09T11:58:00.000Z",
        "attachments": {"media_keys": ["7_1"]},
        **changes,
    }


def found(*posts: dict[str, Any]) -> dict[str, Any]:
    """An answer with these posts, all with the same author and video."""
    video = {
        "media_key": "7_1",
        "type": "video",
        "duration_ms": 21000,
        "width": 1280,
        "height": 720,
        "variants": [
            {
                "bit_rate": 832000,
                "content_type": "video/mp4",
                "url": "https://video.example/vid/640x360/a.mp4",
            },
            {"content_type": "application/x-mpegURL", "url": "https://video.example/pl/a.m3u8"},
            {
                "bit_rate": 2176000,
                "content_type": "video/mp4",
                "url": "https://video.example/vid/1280x720/a.mp4",
            },
        ],
    }
    return {
        "data": list(posts),
        "includes": {"media": [video], "users": [{"id": "7", "username": "goalclips"}]},
        "meta": {"result_count": len(posts)},
    }


def many(count: int, first: int = 1) -> dict[str, Any]:
    return found(*(a_post(str(number)) for number in range(first, first + count)))


EMPTY = {"meta": {"result_count": 0}}
CREDITS = {
    "title": "CreditsDepleted",
    "detail": "Your enrolled account does not have any credits to fulfill this request.",
    "type": "https://api.twitter.com/2/problems/credits",
}
TOO_MANY = {"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank", "status": 429}
