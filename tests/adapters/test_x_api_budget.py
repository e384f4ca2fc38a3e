"""What the X API may cost in a day, counted over failures, races and restarts."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from footyd.adapters.mongo import open_store
from footyd.adapters.x_api import XApi
from footyd.config import Retry
from footyd.model import Found, RateLimited, SourceReply, Unavailable
from tests.adapters.source_server import Asked, Manner, Reply, as_json, source_server
from tests.adapters.x_api_server import CREDITS, EMPTY, NOW, QUERY, TOO_MANY, Book, ask, many, x_api

MIDNIGHT = datetime(2025, 6, 10, tzinfo=UTC)


async def searches(api: XApi, count: int) -> list[SourceReply]:
    return [await api.search(QUERY) for _ in range(count)]


async def test_the_day_ends_when_its_posts_are_spent_also_across_a_restart() -> None:
    book = Book()
    pages = [as_json(many(15, first=number * 15 + 1)) for number in range(9)]
    async with source_server(*pages) as server:
        async with x_api(server.url, book=book, posts_per_day=40, price_per_post=0) as api:
            assert [type(reply) for reply in await searches(api, 2)] == [Found, Found]
        async with x_api(server.url, book=book, posts_per_day=40, price_per_post=0) as api:
            assert isinstance(await api.search(QUERY), Found)
            assert await api.search(QUERY) == RateLimited(
                source="api",
                until=MIDNIGHT,
                reason="search.api.posts_per_day leaves 0 of 40 posts until 2025-06-10 00:00 UTC; "
                "a search needs 10",
            )
    assert [one.query["max_results"] for one in server.asked] == ["20", "20", "10"]


async def test_the_next_day_has_its_own_posts() -> None:
    book = Book()
    async with source_server(as_json(many(10))) as server:
        for now, expected in ((NOW, Found), (NOW, RateLimited), (MIDNIGHT, Found)):
            state = await ask(server.url, book=book, now=now, posts_per_day=12, price_per_post=0)
            assert isinstance(state, expected)


async def test_money_caps_the_posts_too() -> None:
    async with source_server(as_json(many(10))) as server:
        book = Book()
        spending = {"price_per_post": 0.1, "money_per_day": 1.2, "posts_per_day": 1000}
        assert isinstance(await ask(server.url, book=book, **spending), Found)
        state = await ask(server.url, book=book, **spending)
    assert isinstance(state, RateLimited)
    assert state.reason.startswith("search.api.money_per_day leaves 2 of 12 posts")
    assert server.asked[0].query["max_results"] == "12"


async def test_a_post_seen_again_on_the_same_day_costs_nothing() -> None:
    async with source_server(as_json(many(10))) as server:
        book = Book()
        async with x_api(server.url, book=book, posts_per_day=40, price_per_post=0) as api:
            assert {type(reply) for reply in await searches(api, 20)} == {Found}
    assert await book.posts_paid(NOW.date()) == 10


@pytest.mark.parametrize(
    ("reply", "counted"),
    [
        (as_json(many(7)), 7),
        (as_json(EMPTY), 0),
        (as_json(CREDITS, 402), 0),
        (as_json(TOO_MANY, 429), 0),
        (Reply(status=503), 0),
        (Reply(body=json.dumps(many(7)).encode()[:-9]), 20),
        (Reply(manner=Manner.NEVER), 20),
        (Reply(manner=Manner.CLOSED_AT_ONCE), 20),
        (Reply(body=json.dumps(many(7)).encode(), manner=Manner.CUT_IN_BODY), 20),
    ],
    ids=["posts", "empty", "402", "429", "503", "half a json", "silence", "closed", "cut"],
)
async def test_what_nobody_can_count_counts_as_all_that_was_asked_for(reply: Reply, counted: int) -> None:
    book = Book()
    async with source_server(reply) as server:
        await ask(server.url, book=book, timeout_seconds=0.2)
    assert await book.posts_paid(NOW.date()) == counted


async def test_what_may_have_been_charged_is_not_asked_for_again_at_once() -> None:
    book, retry = Book(), Retry(attempts=3, first_wait_seconds=0)
    cut = Reply(body=json.dumps(many(7)).encode(), manner=Manner.CUT_IN_BODY)
    async with source_server(cut, Reply(status=503)) as server:
        assert isinstance(await ask(server.url, book=book, retry=retry), Unavailable)
    assert len(server.asked) == 1
    assert await book.posts_paid(NOW.date()) == 20


async def test_a_server_never_reached_costs_nothing() -> None:
    book = Book()
    assert isinstance(await ask("http://127.0.0.1:1", book=book), Unavailable)
    assert await book.posts_paid(NOW.date()) == 0


async def test_a_search_ended_in_its_midst_stays_counted() -> None:
    book, came = Book(), asyncio.Event()

    def silent(_: Asked) -> Reply:
        came.set()
        return Reply(manner=Manner.NEVER)

    async with source_server(silent) as server, x_api(server.url, book=book) as api:
        search = asyncio.create_task(api.search(QUERY))
        await came.wait()
        search.cancel()
        with pytest.raises(asyncio.CancelledError):
            await search
    assert await book.posts_paid(NOW.date()) == 20


async def test_searches_at_the_same_moment_stay_within_the_day() -> None:
    book = Book()
    numbers = iter(range(1, 1000, 10))
    async with (
        source_server(lambda _: as_json(many(10, first=next(numbers)))) as server,
        x_api(server.url, book=book, posts_per_day=50, price_per_post=0) as api,
    ):
        states = await asyncio.gather(*(api.search(QUERY) for _ in range(12)))
    assert sum(isinstance(state, Found) for state in states) == 5
    assert await book.posts_paid(NOW.date()) == 50


async def test_the_book_on_disk_outlives_the_process(mongo_uri: str, mongo_database: str) -> None:
    today, long_ago = NOW.date(), NOW.date() - timedelta(days=40)
    async with open_store(mongo_uri, mongo_database, timeout_seconds=10, runs_kept_days=90) as store:
        await store.runs.promise_posts(long_ago, 5)
        async with source_server(as_json(many(12))) as server:
            await ask(server.url, book=store.runs)
            await ask(server.url, book=store.runs)
        await store.runs.promise_posts(today, 20)
    async with open_store(mongo_uri, mongo_database, timeout_seconds=10, runs_kept_days=90) as store:
        assert await store.runs.posts_paid(today) == 12 + 20, "the last promise was never settled"
        assert await store.runs.posts_paid(long_ago) == 0, "old days are forgotten"
        assert await store.runs.rests() == {}
