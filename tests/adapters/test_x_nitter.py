"""The Nitter source against loopback instances: who is asked, who rests, and what each failure becomes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from footyd.adapters.source_instances import Instance
from footyd.adapters.x_nitter import Nitter, open_nitter
from footyd.config import NitterConfig, Retry
from footyd.model import (
    LONGEST_RATE_LIMIT,
    AuthExpired,
    Found,
    NoResults,
    Query,
    RateLimited,
    SourceReply,
    Unavailable,
)
from tests.adapters.nitter_pages import CHALLENGE, EMPTY, NO_TOKENS, RATE_LIMIT, item, page, video
from tests.adapters.source_server import MISBEHAVIOUR, Asked, Manner, Reply, as_json, html, source_server

NOW = datetime(2025, 6, 9, 12, 0, tzinfo=UTC)
QUERY = Query(text='Saka (Arsenal OR "Man City") filter:native_video', since=NOW - timedelta(minutes=3))
INSTANT = Retry(attempts=3, first_wait_seconds=0)
ONCE = Retry(attempts=1, first_wait_seconds=0)
NOBODY = "http://127.0.0.1:1"
POSTS = html(page(item()))
DOWN = Reply(status=503)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@asynccontextmanager
async def nitter(
    *urls: str,
    retry: Retry = INSTANT,
    timeout_seconds: float = 5,
    clock: Callable[[], datetime] = lambda: NOW,
) -> AsyncIterator[Nitter]:
    config = NitterConfig.model_validate({"base_urls": urls, "timeout_seconds": timeout_seconds})
    async with open_nitter(config, retry, clock) as opened:
        yield opened


async def ask(*urls: str, retry: Retry = INSTANT, timeout_seconds: float = 5) -> SourceReply:
    async with nitter(*urls, retry=retry, timeout_seconds=timeout_seconds) as opened:
        return await opened.search(QUERY)


def with_health(panel: str, sessions: int | None) -> Callable[[Asked], Reply]:
    """An instance that shows this panel, and counts its accounts on the health page."""
    health = (
        Reply(status=404) if sessions is None else as_json({"sessions": {"total": sessions, "limited": 1}})
    )
    return lambda asked: health if asked.path == "/.health" else html(panel, 429)


# ---------------------------------------------------------------- asking


async def test_the_search_page_is_asked_as_nitter_expects_it() -> None:
    async with source_server(POSTS) as one:
        reply = await ask(one.url)
    assert isinstance(reply, Found)
    assert one.asked[0].path == "/search"
    assert one.asked[0].query == {
        "f": "tweets",
        "q": QUERY.text,
        "e-nativeretweets": "on",
        "since": "2025-06-09",
    }
    assert one.asked[0].headers["user-agent"] == "footyd"


async def test_a_proxied_video_leads_back_to_the_instance_that_showed_it() -> None:
    link = "/video/ABCDEF012/https%3A%2F%2Fvideo.twimg.com%2Fext_tw_video%2F1%2Fvid%2F1280x720%2Fa.mp4"
    async with source_server(html(page(item(attachments=video(f'<video src="{link}"></video>'))))) as one:
        reply = await ask(one.url)
    assert isinstance(reply, Found)
    assert reply.posts[0].media[0].url == one.url + link


async def test_without_an_instance_the_reason_names_the_remedy() -> None:
    reply = await ask()
    assert reply == Unavailable(
        source="nitter", reason="no Nitter instance is configured; set search.nitter.base_urls"
    )


async def test_an_error_of_our_own_is_not_hidden() -> None:
    def broken(_: httpx.Request) -> httpx.Response:
        raise ZeroDivisionError

    config = NitterConfig.model_validate({"base_urls": ["http://nitter.example"]})
    async with httpx.AsyncClient(transport=httpx.MockTransport(broken)) as client:
        with pytest.raises(ZeroDivisionError):
            await Nitter(client, config, INSTANT, lambda: NOW).search(QUERY)


# ---------------------------------------------------------------- failure → state


@pytest.mark.parametrize("reply", MISBEHAVIOUR.values(), ids=MISBEHAVIOUR.keys())
async def test_no_misbehaviour_is_taken_for_an_empty_answer(reply: Reply) -> None:
    async with source_server(reply) as one:
        found = await ask(one.url, retry=ONCE, timeout_seconds=0.2)
    assert isinstance(found, Unavailable)
    assert found.reason


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (POSTS, Found),
        (html(EMPTY), NoResults),
        (html(RATE_LIMIT, 429), RateLimited),
        (html(RATE_LIMIT), RateLimited),
        (html("<h1>slow down</h1>", 429), RateLimited),
        (html(NO_TOKENS, 429), AuthExpired),
        (html(CHALLENGE), Unavailable),
        (html(EMPTY[:-7]), Unavailable),
        (html(page(item())[:-7]), Unavailable),
        (Reply(body=page(item()).encode(), manner=Manner.CUT_IN_BODY), Unavailable),
        (Reply(body=page(item()).encode("utf-16")), Unavailable),
        (Reply(body=b" " * 8_000_001), Unavailable),
    ],
    ids=[
        "posts",
        "nothing found",
        "429 with panel",
        "panel alone",
        "429 alone",
        "no tokens",
        "challenge",
        "empty page cut",
        "page of posts cut",
        "connection cut",
        "utf-16",
        "endless page",
    ],
)
async def test_each_answer_has_its_state(reply: Reply, expected: type[SourceReply]) -> None:
    async with source_server(reply) as one:
        assert isinstance(await ask(one.url, retry=ONCE), expected)


async def test_a_wrong_charset_in_the_header_changes_nothing() -> None:
    wrong = Reply(body=page(item()).encode(), headers={"Content-Type": "text/html; charset=latin-1"})
    async with source_server(wrong) as one:
        assert isinstance(await ask(one.url), Found)


async def test_a_redirect_to_the_search_is_followed() -> None:
    def elsewhere(asked: Asked) -> Reply:
        return POSTS if asked.path == "/moved" else Reply(status=302, headers={"Location": "/moved"})

    async with source_server(elsewhere) as one:
        assert isinstance(await ask(one.url), Found)


async def test_a_page_that_drips_is_cut_off_after_the_time_out_as_a_whole() -> None:
    async with source_server(MISBEHAVIOUR["drips"]) as one:
        reply = await ask(one.url, timeout_seconds=0.1)
    assert isinstance(reply, Unavailable)
    assert reply.reason.endswith("gave no answer in 0.1 s")
    assert len(one.asked) == 1


async def test_a_rate_limit_lasts_as_long_as_the_instance_says() -> None:
    async with source_server(html(RATE_LIMIT, 429, Retry_After="60")) as one:
        assert await ask(one.url) == RateLimited(source="nitter", until=NOW + timedelta(seconds=60))


@pytest.mark.parametrize(("sessions", "kind"), [(0, AuthExpired), (None, AuthExpired), (4, RateLimited)])
async def test_the_health_page_tells_missing_tokens_from_spent_ones(
    sessions: int | None, kind: type[SourceReply]
) -> None:
    async with source_server(with_health(NO_TOKENS, sessions)) as one:
        assert isinstance(await ask(one.url), kind)


# ---------------------------------------------------------------- several instances


async def test_the_next_instance_is_asked_when_one_fails_in_any_way() -> None:
    async with (
        source_server(DOWN) as broken,
        source_server(html(CHALLENGE)) as guarded,
        source_server(html(RATE_LIMIT, 429)) as limited,
        source_server(POSTS) as good,
        source_server(POSTS) as spare,
    ):
        reply = await ask(broken.url, NOBODY, guarded.url, limited.url, good.url, spare.url)
    assert isinstance(reply, Found)
    assert [len(one.asked) for one in (broken, guarded, limited, good, spare)] == [1, 1, 1, 1, 0]


async def test_an_empty_answer_is_not_asked_again_elsewhere() -> None:
    async with source_server(html(EMPTY)) as one, source_server(POSTS) as two:
        assert await ask(one.url, two.url) == NoResults(source="nitter")
    assert two.asked == []


async def test_an_instance_out_of_order_is_tried_again_and_may_recover() -> None:
    async with source_server(Reply(status=502), Reply(status=500), POSTS) as one:
        assert isinstance(await ask(one.url), Found)
    assert len(one.asked) == 3


async def test_an_instance_that_stays_out_of_order_is_unavailable_after_the_last_try() -> None:
    async with source_server(DOWN) as one:
        reply = await ask(one.url)
    assert isinstance(reply, Unavailable)
    assert reply.reason.endswith("answered HTTP 503")
    assert len(one.asked) == 3


async def test_nobody_listening_is_unavailable() -> None:
    reply = await ask(NOBODY)
    assert isinstance(reply, Unavailable)
    assert "127.0.0.1:1 is out of reach" in reply.reason


@pytest.mark.parametrize("text", [RATE_LIMIT, CHALLENGE])
async def test_only_outages_are_tried_again(text: str) -> None:
    async with source_server(html(text)) as one:
        await ask(one.url)
    assert len(one.asked) == 1


async def test_of_several_failures_the_one_that_ends_soonest_stands() -> None:
    async with (
        source_server(with_health(NO_TOKENS, 0)) as locked,
        source_server(html(RATE_LIMIT, 429, Retry_After="600")) as later,
        source_server(html(RATE_LIMIT, 429, Retry_After="60")) as sooner,
    ):
        assert await ask(locked.url, later.url, sooner.url) == RateLimited(
            source="nitter", until=NOW + timedelta(seconds=60)
        )
        assert isinstance(await ask(locked.url, NOBODY), Unavailable)
        assert isinstance(await ask(locked.url), AuthExpired)


async def test_a_long_limit_of_one_does_not_hold_back_another_that_wakes_sooner() -> None:
    async with source_server(html(RATE_LIMIT, 429, Retry_After="6000")) as limited:
        reply = await ask(limited.url, NOBODY)
    assert reply == RateLimited(source="nitter", until=NOW + timedelta(minutes=1))


# ---------------------------------------------------------------- each with its own health


async def test_beside_one_that_answers_a_dead_instance_is_asked_once_an_hour() -> None:
    clock = Clock()
    async with (
        source_server(DOWN) as dead,
        source_server(POSTS) as good,
        nitter(dead.url, good.url, clock=clock) as opened,
    ):
        for _ in range(4 * 30):
            assert isinstance(await opened.search(QUERY), Found)
            clock.forward(minutes=2)
    assert (len(dead.asked), len(good.asked)) == (4, 120)


async def test_with_nobody_well_the_dead_rest_on_their_ladder() -> None:
    clock = Clock()
    asked_at: list[float] = []

    def dead(_: Asked) -> Reply:
        asked_at.append((clock.now - NOW).total_seconds() / 60)
        return DOWN

    async with source_server(dead) as one, nitter(one.url, retry=ONCE, clock=clock) as opened:
        for _ in range(180):
            assert isinstance(await opened.search(QUERY), Unavailable)
            clock.forward(minutes=1)
    assert asked_at == [0, 1, 6, 21, 51, 111, 171]


async def test_an_instance_under_a_limit_is_left_alone_until_it_ends() -> None:
    clock = Clock()
    async with (
        source_server(html(RATE_LIMIT, 429, Retry_After="600"), POSTS) as first,
        source_server(POSTS) as second,
        nitter(first.url, second.url, clock=clock) as opened,
    ):
        await opened.search(QUERY)
        clock.forward(minutes=9)
        await opened.search(QUERY)
        assert (len(first.asked), len(second.asked)) == (1, 2)
        clock.forward(minutes=1)
        await opened.search(QUERY)
        assert (len(first.asked), len(second.asked)) == (2, 2), "a limit is no fault: the first is best again"


async def test_a_failure_is_forgiven_in_time() -> None:
    clock = Clock()
    async with (
        source_server(Reply(status=404), POSTS) as first,
        source_server(POSTS) as second,
        nitter(first.url, second.url, clock=clock) as opened,
    ):
        await opened.search(QUERY)
        clock.forward(minutes=30)
        await opened.search(QUERY)
        assert (len(first.asked), len(second.asked)) == (1, 2)
        clock.forward(minutes=32)
        await opened.search(QUERY)
        assert (len(first.asked), len(second.asked)) == (2, 2)


async def test_dead_sessions_are_looked_at_again_when_somebody_asks_for_it() -> None:
    """The chain lets the source rest until a person acts: asked again, somebody has renewed the sessions."""
    replies = iter([html(NO_TOKENS, 429), Reply(status=404), POSTS])
    async with source_server(lambda _: next(replies)) as one, nitter(one.url) as opened:
        assert isinstance(await opened.search(QUERY), AuthExpired)
        assert isinstance(await opened.search(QUERY), Found)


def test_two_searches_that_fail_at_once_climb_one_step() -> None:
    place = Instance("http://nitter.example")
    for _ in range(2):
        place.failed(Unavailable(source="nitter", reason="down"), NOW)
    assert (place.steps, place.rests_until) == (1, NOW + timedelta(minutes=1))


def test_no_rest_outlives_a_clock_set_back() -> None:
    place = Instance("http://nitter.example")
    place.failed(RateLimited(source="nitter", until=NOW + LONGEST_RATE_LIMIT), NOW)
    assert place.rests(NOW)
    assert not place.rests(NOW - timedelta(hours=1))


# ---------------------------------------------------------------- the second page

MORE = '<div class="show-more"><a href="?f=tweets&amp;q=x&amp;cursor=DAAC">Load more</a></div>'
OLD = "Jun 9, 2025 · 11:50 AM UTC"


def paged(second: Reply, first: Reply | None = None) -> Callable[[Asked], Reply]:
    head = first or html(page(item("1"), item("2"), MORE))
    return lambda asked: second if "cursor" in asked.query else head


async def test_a_full_page_of_wanted_posts_leads_to_the_second_and_no_further() -> None:
    async with source_server(paged(html(page(item("2"), item("3"), MORE)))) as one:
        reply = await ask(one.url)
    assert isinstance(reply, Found)
    assert sorted(post.id for post in reply.posts) == ["1", "2", "3"]
    assert [asked.query.get("cursor") for asked in one.asked] == [None, "DAAC"]


async def test_the_second_page_is_not_asked_once_the_first_reaches_back_far_enough() -> None:
    async with source_server(html(page(item("1"), item("2", date=OLD), MORE))) as one:
        assert isinstance(await ask(one.url), Found)
    assert len(one.asked) == 1


@pytest.mark.parametrize(
    "second",
    [html(EMPTY), html(RATE_LIMIT, 429), DOWN, Reply(manner=Manner.CLOSED_AT_ONCE), html(CHALLENGE)],
    ids=["empty", "limited", "down", "closed", "challenge"],
)
async def test_a_second_page_that_fails_takes_nothing_from_the_first(second: Reply) -> None:
    async with source_server(paged(second)) as one:
        reply = await ask(one.url)
    assert isinstance(reply, Found)
    assert [post.id for post in reply.posts] == ["1", "2"]
