"""The X API v2 against a loopback server: each answer's state, the video operator, and the day's budget."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footyd.adapters.mongo import open_store
from footyd.adapters.x_api import LONGEST_QUERY, XApi, is_set_up, open_x_api, rewritten
from footyd.adapters.x_api_answer import paid_posts, problem, read_answer
from footyd.adapters.x_api_budget import SpendBook
from footyd.config import ApiConfig, Retry
from footyd.model import AuthExpired, Found, NoResults, Post, Query, RateLimited, SourceReply, Unavailable
from tests.adapters.source_server import MISBEHAVIOUR, Asked, Manner, Reply, as_json, html, source_server

NOW = datetime(2025, 6, 9, 12, 0, tzinfo=UTC)
MIDNIGHT = datetime(2025, 6, 10, tzinfo=UTC)
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
NOT_ENROLLED = {
    "client_id": "1",
    "detail": "you must use keys and tokens from a developer App that is attached to a Project.",
    "title": "Client Forbidden",
    "reason": "client-not-enrolled",
    "type": "https://api.twitter.com/2/problems/client-forbidden",
}
UNAUTHORIZED = {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}
CREDITS = {
    "title": "CreditsDepleted",
    "detail": "Your enrolled account does not have any credits to fulfill this request.",
    "type": "https://api.twitter.com/2/problems/credits",
}
CAP = {
    "title": "UsageCapExceeded",
    "detail": "Usage cap exceeded: Monthly product cap",
    "type": "https://api.twitter.com/2/problems/usage-capped",
    "period": "Monthly",
}
TOO_MANY = {"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank", "status": 429}
BAD_QUERY = {
    "title": "Invalid Request",
    "detail": "One or more parameters to your request was invalid.",
    "errors": [{"message": "no viable alternative at input '['"}],
}


def refuses(operator: str) -> dict[str, Any]:
    said = f"Reference to invalid operator '{operator}'. Operator is not available in current product"
    return BAD_QUERY | {"errors": [{"message": f"There were errors processing your request: {said}"}]}


# ---------------------------------------------------------------- asking and reading


async def test_the_search_is_asked_as_the_api_expects_it() -> None:
    async with source_server(as_json(found(a_post()))) as server:
        await ask(server.url)
    asked = server.asked[0]
    assert asked.path == "/2/tweets/search/recent"
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    assert asked.query == {
        "query": 'Saka (Arsenal OR "Man City") has:videos -is:retweet',
        "max_results": "20",
        "start_time": "2025-06-09T11:57:00Z",
        "sort_order": "recency",
        "tweet.fields": "attachments,author_id,created_at,note_tweet,referenced_tweets",
        "expansions": "attachments.media_keys,author_id",
        "media.fields": "duration_ms,height,media_key,type,variants,width",
        "user.fields": "username",
    }


@needs_recording
def test_every_parameter_is_one_that_x_documents() -> None:
    documented = json.loads((RECORDED / "openapi_search_recent_excerpt.json").read_text())
    parameters = documented["/2/tweets/search/recent"]["get"]["parameters"]
    named = {one["name"]: one for one in parameters if "name" in one}
    assert {"query", "max_results", "start_time", "sort_order"} <= named.keys()
    assert (named["max_results"]["schema"]["minimum"], named["max_results"]["schema"]["maximum"]) == (10, 100)


async def test_a_post_is_read_with_its_author_and_every_file_of_its_video() -> None:
    async with source_server(as_json(found(a_post()))) as server:
        reply = await ask(server.url)
    assert isinstance(reply, Found)
    post = reply.posts[0]
    assert (post.url, post.author, post.source) == ("https://x.com/goalclips/status/1931", "goalclips", "api")
    assert post.posted_at == NOW - timedelta(minutes=2)
    video = post.media[0]
    assert (video.url, video.duration_seconds) == ("https://video.example/vid/1280x720/a.mp4", 21)
    assert [(one.bit_rate, one.height, one.content_type) for one in video.variants] == [
        (2176000, 720, "video/mp4"),
        (832000, 360, "video/mp4"),
        (None, None, "application/x-mpegURL"),
    ]


def read(*posts: dict[str, Any], **more: Any) -> tuple[Post, ...]:
    reply = read_answer(found(*posts) | more)
    assert isinstance(reply, Found), reply
    return reply.posts


def test_a_retweet_is_marked_and_a_quote_is_not() -> None:
    retweet = a_post("1", referenced_tweets=[{"type": "retweeted", "id": "5"}])
    quote = a_post("2", referenced_tweets=[{"type": "quoted", "id": "5"}])
    assert [post.repost for post in read(retweet, quote)] == [True, False]


def test_a_long_post_is_read_to_its_end() -> None:
    assert read(a_post(text="Sa…", note_tweet={"text": "Saka again!"}))[0].text == "Saka again!"


def test_an_author_that_x_withholds_leaves_a_link_that_works() -> None:
    post = read(a_post(author_id="8"))[0]
    assert (post.author, post.url) == ("", "https://x.com/i/status/1931")


def test_a_gif_is_no_video() -> None:
    includes = {"media": [{"media_key": "7_1", "type": "animated_gif", "variants": []}]}
    assert read(a_post(), includes=includes)[0].media == ()


def test_problems_beside_posts_take_nothing_from_them() -> None:
    assert len(read(a_post(), errors=[{"title": "Not Found Error", "detail": "no such user"}])) == 1


def test_half_a_letter_never_reaches_the_records() -> None:
    assert read(a_post(text="Saka \ud83d"))[0].text == "Saka ?"


@needs_recording
def test_a_recorded_answer_is_read_whole() -> None:
    content = json.loads((RECORDED / "tweets_with_media_variants.json").read_text())
    reply = read_answer(content)
    assert isinstance(reply, Found)
    assert len(reply.posts) == len(content["data"])
    videos = [media for post in reply.posts for media in post.media]
    best = {media.url: media.variants[0].bit_rate for media in videos}
    known = [one for one in content["includes"]["media"] if one["type"] == "video"]
    assert {max(v.get("bit_rate", 0) for v in one["variants"]) for one in known} == set(best.values())
    assert all(media.duration_seconds and media.height for media in videos)


# ---------------------------------------------------------------- failure → state


@pytest.mark.parametrize(
    ("reply", "expected", "told"),
    [
        (as_json(EMPTY), NoResults, ""),
        (as_json(EMPTY | {"data": []}), NoResults, ""),
        (as_json({}), Unavailable, "unknown shape"),
        (as_json({"data": [{"id": 5}]}), Unavailable, "posts of an unknown shape"),
        (as_json({"errors": [{"title": "Service Error", "detail": "try later"}]}), Unavailable, "try later"),
        (as_json(BAD_QUERY, 400), Unavailable, "no viable alternative"),
        (as_json(UNAUTHORIZED, 401), AuthExpired, "renew search.api.bearer_token"),
        (Reply(status=401), AuthExpired, "renew search.api.bearer_token"),
        (as_json(CREDITS, 402), Unavailable, "does not have any credits"),
        (Reply(status=402), Unavailable, "buy credits"),
        (as_json(CAP, 402), Unavailable, "Monthly product cap"),
        (as_json(CAP, 403), Unavailable, "Monthly product cap"),
        (as_json(CAP, 429), Unavailable, "Monthly product cap"),
        (as_json(NOT_ENROLLED, 403), AuthExpired, "attached to a Project"),
        (as_json({"errors": [{"code": 64, "message": "suspended"}]}, 403), AuthExpired, "suspended"),
        (as_json({"title": "Forbidden", "detail": "Forbidden"}, 403), Unavailable, "Forbidden"),
        (html("<h1>blocked</h1>", 403), Unavailable, "HTTP 403"),
        (Reply(status=404), Unavailable, "HTTP 404"),
        (as_json(TOO_MANY, 429), RateLimited, ""),
        (html("slow down", 429), RateLimited, ""),
        (as_json({"title": "Internal"}, 500), Unavailable, "HTTP 500"),
        (as_json({"title": "Service Unavailable"}, 503), Unavailable, "HTTP 503"),
        (Reply(status=302, headers={"Location": "https://elsewhere.example"}), Unavailable, "HTTP 302"),
        (Reply(body=json.dumps(found(a_post())).encode(), manner=Manner.CUT_IN_BODY), Unavailable, "reach"),
        (Reply(body=json.dumps(found(a_post())).encode()[:-9]), Unavailable, "unknown shape"),
        (Reply(body="Torschütze".encode("latin-1")), Unavailable, "unknown shape"),
    ],
)
async def test_each_answer_has_its_state(reply: Reply, expected: type[SourceReply], told: str) -> None:
    async with source_server(reply) as server:
        state = await ask(server.url)
    assert isinstance(state, expected), state
    assert told in getattr(state, "reason", "")
    assert TOKEN not in repr(state)


@pytest.mark.parametrize("reply", MISBEHAVIOUR.values(), ids=MISBEHAVIOUR.keys())
async def test_no_misbehaviour_is_taken_for_an_empty_answer(reply: Reply) -> None:
    async with source_server(reply) as server:
        state = await ask(server.url, timeout_seconds=0.2)
    assert isinstance(state, Unavailable)
    assert state.reason


async def test_the_token_is_not_carried_to_another_host() -> None:
    async with source_server(as_json(found(a_post()))) as other:
        moved = Reply(status=307, headers={"Location": f"{other.url}/2/tweets/search/recent"})
        async with source_server(moved) as server:
            assert isinstance(await ask(server.url), Unavailable)
    assert other.asked == []


async def test_a_rate_limit_ends_when_its_header_says() -> None:
    reset = str(int((NOW + timedelta(minutes=7)).timestamp()))
    async with source_server(as_json(TOO_MANY, 429, x_rate_limit_reset=reset)) as server:
        assert await ask(server.url) == RateLimited(source="api", until=NOW + timedelta(minutes=7))


async def test_a_server_error_is_tried_again_and_may_pass() -> None:
    async with source_server(Reply(status=503), Reply(status=500), as_json(found(a_post()))) as server:
        assert isinstance(await ask(server.url, retry=Retry(attempts=3, first_wait_seconds=0)), Found)
    assert len(server.asked) == 3


@pytest.mark.parametrize("token", [None, "", "  ", "two words", "line\nbreak", "tøken"])
async def test_an_unusable_token_is_told_without_asking(token: str | None) -> None:
    async with source_server(as_json(EMPTY)) as server:
        state = await ask(server.url, bearer_token=token)
    assert isinstance(state, AuthExpired)
    assert "set search.api.bearer_token" in state.reason
    assert server.asked == []


def test_a_token_copied_with_its_header_is_understood() -> None:
    assert is_set_up(config("http://x.example", bearer_token=f"Bearer {TOKEN}"))
    assert not is_set_up(config("http://x.example", bearer_token=None))
    assert not is_set_up(config("http://x.example", bearer_token=" "))


async def test_a_query_too_long_for_the_api_is_not_sent() -> None:
    async with source_server(as_json(EMPTY)) as server, x_api(server.url) as api:
        long = Query(text="a" * (LONGEST_QUERY + 1), since=NOW)
        assert isinstance(await api.search(long), Unavailable)
        assert isinstance(await api.search(Query(text="a" * LONGEST_QUERY, since=NOW)), NoResults)
    assert len(server.asked) == 1


async def test_a_window_older_than_the_api_reaches_is_cut_to_its_reach() -> None:
    async with source_server(as_json(EMPTY)) as server, x_api(server.url) as api:
        await api.search(Query(text="Saka", since=NOW - timedelta(days=30)))
    assert server.asked[0].query["start_time"] == "2025-06-02T12:01:00Z"


# ---------------------------------------------------------------- the video operator


def in_plan(*operators: str) -> Any:
    """A server whose plan knows only these."""

    def answer(asked: Asked) -> Reply:
        used = next((word for word in asked.query["query"].split() if word.startswith("has:")), "")
        return as_json(found(a_post())) if used in {*operators, ""} else as_json(refuses(used), 400)

    return answer


@pytest.mark.parametrize(
    ("known", "tried"),
    [
        (("has:videos",), ["has:videos"]),
        (("has:video_link",), ["has:videos", "has:video_link"]),
        (("has:media",), ["has:videos", "has:video_link", "has:media"]),
        ((), ["has:videos", "has:video_link", "has:media", ""]),
    ],
)
async def test_a_refused_operator_gives_way_to_the_next_weaker_and_is_remembered(
    known: tuple[str, ...], tried: list[str]
) -> None:
    async with source_server(in_plan(*known)) as server, x_api(server.url) as api:
        assert isinstance(await api.search(QUERY), Found)
        assert isinstance(await api.search(QUERY), Found)
    asked = [rewritten(QUERY.text, operator) for operator in [*tried, tried[-1]]]
    assert [one.query["query"] for one in server.asked] == asked


async def test_another_operator_refused_is_no_reason_to_weaken_the_query() -> None:
    async with source_server(as_json(refuses("is"), 400)) as server:
        assert isinstance(await ask(server.url), Unavailable)
    assert len(server.asked) == 1


# ---------------------------------------------------------------- the day's budget


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


# ---------------------------------------------------------------- no payload makes it raise

STATES = Found | NoResults | Unavailable
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


def places(content: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of a JSON value."""
    keys = (
        content.keys()
        if isinstance(content, dict)
        else range(len(content))
        if isinstance(content, list)
        else ()
    )
    return [(content, key) for key in keys] + [place for key in keys for place in places(content[key])]


def mutated(content: Any, data: st.DataObject) -> Any:
    """A copy with up to three of its values put in another's shape."""
    copied = copy.deepcopy(content)
    for _ in range(data.draw(st.integers(1, 3))):
        if there := places(copied):
            container, key = data.draw(st.sampled_from(there))
            container[key] = data.draw(ANYTHING)
    return copied


def stands(content: Any) -> None:
    assert isinstance(read_answer(content), STATES)
    assert isinstance(problem(content), str)
    assert all(isinstance(post, str) for post in paid_posts(content) or [])


@given(st.data())
def test_no_mutation_of_an_answer_makes_it_raise(data: st.DataObject) -> None:
    retweet = a_post("2", referenced_tweets=[{"type": "retweeted", "id": "5"}], note_tweet={"text": "long"})
    stands(mutated(found(a_post(), retweet) | {"errors": [{"title": "x", "detail": "y"}]}, data))


@needs_recording
@given(st.data())
def test_no_mutation_of_the_recorded_answer_makes_it_raise(data: st.DataObject) -> None:
    content = json.loads((RECORDED / "tweets_with_media_variants.json").read_text())
    content["data"] = content["data"][:2]
    stands(mutated(content, data))


@needs_recording
def test_the_recorded_refusals_are_told_in_words() -> None:
    for name, body in json.loads((RECORDED / "errors.json").read_text()).items():
        if name != "_note":
            assert body["detail"] in problem(body)
