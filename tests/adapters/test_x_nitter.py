"""The Nitter source: recorded timeline items, pages of our own for each failure, a loopback instance."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from footyd.adapters.x_nitter import Nitter, open_nitter, retry_at
from footyd.adapters.x_nitter_page import read_page
from footyd.config import NitterConfig, Retry
from footyd.model import (
    AuthExpired,
    Found,
    Media,
    NoResults,
    Post,
    Query,
    RateLimited,
    SourceReply,
    Unavailable,
)

NOW = datetime(2025, 6, 9, 12, 0, tzinfo=UTC)
LIMITED_UNTIL = NOW + timedelta(minutes=15)
PAGE_URL = "https://nitter.example/search?f=tweets&q=x"
QUERY = Query(text='Saka (Arsenal OR "Man City") filter:native_video', since=NOW - timedelta(minutes=3))
RECORDED = (Path(__file__).parents[2] / "../shared/data/x_search/nitter/nitter_timeline_2025.html").resolve()
needs_recording = pytest.mark.skipif(not RECORDED.exists(), reason="the recorded payloads are not here")


def read(html: str, status: int = 200) -> SourceReply:
    return read_page(html, PAGE_URL, status=status, limited_until=LIMITED_UNTIL)


def posts(html: str) -> tuple[Post, ...]:
    reply = read(html)
    assert isinstance(reply, Found), reply
    return reply.posts


def media(attachment: str) -> tuple[Media, ...]:
    return posts(page(item(attachments=attachment)))[0].media


def page(*items: str) -> str:
    return f'<!DOCTYPE html><body><div class="timeline">{"".join(items)}</div></body>'


def panel(text: str) -> str:
    return f'<body><div class="panel"><div class="error-panel"><span>{text}</span></div></div></body>'


def item(
    post_id: str = "1931000000000000001",
    author: str = "goalclips",
    text: str = "Saka!",
    date: str = "Jun 9, 2025 · 11:58 AM UTC",
    attachments: str = "",
) -> str:
    link = f"/{author}/status/{post_id}#m"
    return (
        f'<div class="timeline-item "><a class="tweet-link" href="{link}"></a><div class="tweet-body">'
        f'<span class="tweet-date"><a href="{link}" title="{date}">2m</a></span>'
        f'<div class="tweet-content media-body" dir="auto">{text}</div>{attachments}</div></div>'
    )


def video(inner: str) -> str:
    return (
        '<div class="attachments card"><div class="gallery-video">'
        f'<div class="attachment video-container">{inner}</div></div></div>'
    )


EMPTY = page('<div class="timeline-header"><h2 class="timeline-none">No items found</h2></div>')
RATE_LIMIT = panel("Instance has been rate limited.<br>Use <a>another instance</a> or try again later.")
NO_TOKENS = panel("Instance has no auth tokens, or is fully rate limited.<br>Use <a>another instance</a>.")
CHALLENGE = "<html><head><title>Making sure you're not a bot!</title></head><body>anubis</body></html>"


# ---------------------------------------------------------------- the recorded page


@needs_recording
def test_recorded_items_are_read_whole() -> None:
    found = posts(RECORDED.read_text(encoding="utf-8"))
    assert [(post.id, post.author, post.posted_at, post.media) for post in found] == [
        ("1920439635265601673", "YY749649883736", datetime(2025, 5, 8, 11, 24, tzinfo=UTC), ()),
        ("1929615275475009783", "T1kosewad78", datetime(2025, 6, 2, 19, 5, tzinfo=UTC), ()),
        (
            "1930281922921410905",
            "TactBets",
            datetime(2025, 6, 4, 15, 14, tzinfo=UTC),
            (
                Media(
                    url="https://video.twimg.com/amplify_video/1930279430674403328/vid/avc1/1920x1080/36Iobmc-rj_wUZG2.mp4",
                    content_type="video/mp4",
                    width=1920,
                    height=1080,
                ),
            ),
        ),
        ("1931877486037782753", "pandarion_v3", datetime(2025, 6, 9, 0, 54, tzinfo=UTC), ()),
        ("1920766476270678132", "peace_maki02", datetime(2025, 5, 9, 9, 3, tzinfo=UTC), (Media(url=None),)),
    ]
    assert found[2].url == "https://x.com/TactBets/status/1930281922921410905"
    assert found[0].text == "ムツキ\n#ブルアカ #BlueArchive"
    assert "- RETWEET THIS POST🔁 & LIKE♥️" in found[2].text


@needs_recording
def test_a_recorded_quote_leaves_no_trace_in_the_quoting_post() -> None:
    quoting = posts(RECORDED.read_text(encoding="utf-8"))[3]
    assert quoting.text.startswith("ポストする直前で")
    assert "トラブルもありましたが" not in quoting.text


# ---------------------------------------------------------------- single items


def test_a_retweeted_post_is_kept_once_and_under_its_author() -> None:
    twice = posts(page(item(), item(), item(post_id="2", author="other")))
    assert [(post.id, post.author) for post in twice] == [
        ("1931000000000000001", "goalclips"),
        ("2", "other"),
    ]


def test_the_video_of_a_quoted_post_is_not_the_posts_own() -> None:
    quote = f'<div class="quote quote-big">{video("<video src=https://v.example/q.mp4></video>")}</div>'
    assert media(quote) == ()


@pytest.mark.parametrize(
    "broken",
    [
        '<div class="timeline-item show-more"><a href="?cursor=x">Load newest</a></div>',
        '<div class="unavailable timeline-item">gone</div>',
        item(date="yesterday"),
        item(author="", post_id="12"),
        '<div class="timeline-item"><div class="tweet-content">no link</div></div>',
    ],
)
def test_what_is_no_readable_post_is_passed_over(broken: str) -> None:
    assert [post.id for post in posts(page(broken, item()))] == ["1931000000000000001"]


def test_midnight_and_noon_are_read_as_twelve() -> None:
    night = posts(page(item(date="Jun 9, 2025 · 12:00 AM UTC")))[0]
    noon = posts(page(item(date="Jun 9, 2025 · 12:00 PM UTC")))[0]
    assert (night.posted_at.hour, noon.posted_at.hour) == (0, 12)


PROXIED = (
    "/video/ABCDEF012/https%3A%2F%2Fvideo.twimg.com%2Fext_tw_video%2F1%2Fvid%2F1280x720%2Fa.mp4%3Ftag%3D12"
)
ENCODED = "/video/enc/ABCDEF0123456/" + base64.urlsafe_b64encode(
    b"https://video.twimg.com/ext_tw_video/1/pu/vid/720x1280/a.mp4"
).decode().rstrip("=")
HLS = "/video/AB/https%3A%2F%2Fvideo.twimg.com%2Fext_tw_video%2F1%2Fpu%2Fpl%2Fx.m3u8"
MP4 = "https://video.twimg.com/ext_tw_video/1/pu/vid/640x360/a.mp4"


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (
            f'<video><source src="{PROXIED}" type="video/mp4"></video>',
            Media(url="https://nitter.example" + PROXIED, content_type="video/mp4", width=1280, height=720),
        ),
        (
            f'<video src="{ENCODED}"></video>',
            Media(url="https://nitter.example" + ENCODED, content_type="video/mp4", width=720, height=1280),
        ),
        (
            f'<video data-url="{HLS}"></video><div class="overlay-duration">0:42</div>',
            Media(url=None, duration_seconds=42),
        ),
        (
            f'<video data-url="{HLS}"></video><div class="overlay-duration">1:02:03</div>'
            f'<a class="video-download" href="{MP4}">download</a>',
            Media(url=MP4, content_type="video/mp4", duration_seconds=3723, width=640, height=360),
        ),
        (
            '<img src="/pic/t.jpg"><div class="video-overlay"><form action="/enablehls">'
            "<button>Enable hls playback</button></form></div>",
            Media(url=None),
        ),
        ('<video src="file:///etc/passwd.mp4"></video>', Media(url=None, content_type="video/mp4")),
        ('<video src="https://[broken/a.mp4"></video>', Media(url=None, content_type="video/mp4")),
    ],
    ids=["proxied", "base64", "hls", "download link", "playback off", "not http", "not an address"],
)
def test_a_video_is_known_by_what_the_page_shows_of_it(inner: str, expected: Media) -> None:
    assert media(video(inner)) == (expected,)


@pytest.mark.parametrize(
    "attachment",
    [
        '<div class="attachment"><video class="gif"><source src="/pic/a.mp4" type="video/mp4"></video></div>',
        '<div class="attachments"><div class="attachment image"><img src="/pic/a.jpg"></div></div>',
        video('<img src="/t.jpg"><div class="video-overlay"><p>This media is unavailable</p></div>'),
    ],
    ids=["gif", "picture", "taken down"],
)
def test_what_holds_no_footage_is_no_video(attachment: str) -> None:
    assert media(attachment) == ()


def test_a_video_outside_an_attachment_is_found_too() -> None:
    assert media(f'<video src="{MP4}"></video>')[0].url == MP4


def test_two_videos_of_one_post_are_both_kept() -> None:
    assert len(media(video(f'<video src="{MP4}"></video>') + video(f'<video data-url="{HLS}"></video>'))) == 2


# ---------------------------------------------------------------- whole pages


def test_an_empty_timeline_is_an_answer() -> None:
    assert read(EMPTY) == NoResults(source="nitter")


@pytest.mark.parametrize(
    ("html", "status"), [(RATE_LIMIT, 429), (RATE_LIMIT, 200), ("<h1>slow down</h1>", 429)]
)
def test_a_rate_limit_is_told_by_status_or_panel(html: str, status: int) -> None:
    assert read(html, status) == RateLimited(source="nitter", until=LIMITED_UNTIL)


def test_missing_tokens_need_a_person_even_under_status_429() -> None:
    reply = read(NO_TOKENS, 429)
    assert isinstance(reply, AuthExpired)
    assert "nitter.example has no working X account" in reply.reason


@pytest.mark.parametrize(
    ("html", "status", "reason"),
    [
        (CHALLENGE, 200, 'shows a page without a timeline ("Making sure you\'re not a bot!")'),
        ("", 200, "shows a page without a timeline"),
        ('{"tweets": []}', 200, "shows a page without a timeline"),
        (page(), 200, "shows a page without a timeline"),
        (page(item(date="soon")), 200, "shows posts of an unknown shape"),
        (panel("Search input too long."), 400, "Search input too long."),
        ("<h1>Forbidden</h1>", 403, "answered HTTP 403"),
        (EMPTY, 404, "answered HTTP 404"),
    ],
)
def test_a_page_that_is_no_answer_is_never_taken_for_an_empty_one(
    html: str, status: int, reason: str
) -> None:
    reply = read(html, status)
    assert isinstance(reply, Unavailable)
    assert reason in reply.reason


@given(
    cut=st.tuples(st.integers(0, 4000), st.integers(0, 400)),
    put=st.binary(max_size=40),
    status=st.sampled_from([200, 429]),
)
def test_no_mutation_makes_the_parser_raise(cut: tuple[int, int], put: bytes, status: int) -> None:
    whole = page(
        item(), item("3", attachments=video(f'<video data-url="{HLS}"></video>')), item("4")
    ).encode()
    start = cut[0] % len(whole)
    mutated = (whole[:start] + put + whole[start + cut[1] :]).decode(errors="replace")
    assert isinstance(read(mutated, status), Found | NoResults | RateLimited | AuthExpired | Unavailable)


@needs_recording
@given(
    start=st.integers(0, 15_000),
    length=st.integers(0, 3000),
    put=st.text(alphabet='<>"/=&#x0 divaclt', max_size=30),
)
def test_no_mutation_of_the_recorded_page_makes_the_parser_raise(start: int, length: int, put: str) -> None:
    whole = RECORDED.read_text(encoding="utf-8")
    reply = read(whole[:start] + put + whole[start + length :])
    assert isinstance(reply, Found | AuthExpired | Unavailable)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, NOW + timedelta(minutes=15)),
        ("120", NOW + timedelta(seconds=120)),
        ("Mon, 09 Jun 2025 12:05:00 GMT", NOW + timedelta(minutes=5)),
        ("Mon, 09 Jun 2025 11:00:00 GMT", NOW),
        ("soon", NOW + timedelta(minutes=15)),
        ("99999999999999999999", NOW + timedelta(minutes=15)),
        ("9999999", NOW + timedelta(hours=24)),
    ],
)
def test_retry_after_is_believed_within_a_day(header: str | None, expected: datetime) -> None:
    assert retry_at({"retry-after": header} if header else {}, NOW) == expected


# ---------------------------------------------------------------- a loopback instance

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
INSTANT = Retry(attempts=3, first_wait_seconds=0)


class Instance:
    """A Nitter of our own: answers each search by the handler and remembers what was asked."""

    def __init__(self, handler: Handler, sessions: int | None) -> None:
        self.asked: list[web.Request] = []
        self.url = ""
        self._handler = handler
        self._sessions = sessions

    async def search(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        return await self._handler(request)

    async def health(self, _: web.Request) -> web.StreamResponse:
        if self._sessions is None:
            raise web.HTTPNotFound
        return web.json_response({"sessions": {"total": self._sessions, "limited": 1}, "requests": {}})


@asynccontextmanager
async def instance(handler: Handler, sessions: int | None = None) -> AsyncIterator[Instance]:
    serving = Instance(handler, sessions)
    app = web.Application()
    app.add_routes([web.get("/search", serving.search), web.get("/.health", serving.health)])
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        serving.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield serving
    finally:
        await runner.cleanup()


def says(html: str, status: int = 200, **headers: str) -> Handler:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(text=html, status=status, content_type="text/html", headers=headers)

    return answer


async def ask(*urls: str, retry: Retry = INSTANT, timeout_seconds: float = 5) -> SourceReply:
    config = NitterConfig.model_validate({"base_urls": urls, "timeout_seconds": timeout_seconds})
    async with open_nitter(config, retry, clock=lambda: NOW) as nitter:
        return await nitter.search(QUERY)


async def test_the_search_page_is_asked_as_nitter_expects_it() -> None:
    async with instance(says(page(item()))) as one:
        reply = await ask(one.url)
    assert isinstance(reply, Found)
    assert dict(one.asked[0].query) == {
        "f": "tweets",
        "q": QUERY.text,
        "e-nativeretweets": "on",
        "since": "2025-06-09",
    }
    assert one.asked[0].headers["User-Agent"] == "footyd"


async def test_a_proxied_video_leads_back_to_the_instance_that_showed_it() -> None:
    async with instance(says(page(item(attachments=video(f'<video src="{PROXIED}"></video>'))))) as one:
        reply = await ask(one.url)
        assert isinstance(reply, Found)
        assert reply.posts[0].media[0].url == one.url + PROXIED


async def test_without_an_instance_the_reason_names_the_remedy() -> None:
    reply = await ask()
    assert reply == Unavailable(
        source="nitter", reason="no Nitter instance is configured; set search.nitter.base_urls"
    )


async def test_the_next_instance_is_asked_when_one_fails_in_any_way() -> None:
    async with (
        instance(says("", 503)) as broken,
        instance(says(CHALLENGE)) as guarded,
        instance(says(RATE_LIMIT, 429)) as limited,
        instance(says(page(item()))) as good,
        instance(says(page(item()))) as spare,
    ):
        reply = await ask(broken.url, "http://127.0.0.1:1", guarded.url, limited.url, good.url, spare.url)
    assert isinstance(reply, Found)
    assert [len(one.asked) for one in (broken, guarded, limited, good, spare)] == [1, 1, 1, 1, 0]


async def test_an_empty_answer_is_not_asked_again_elsewhere() -> None:
    async with instance(says(EMPTY)) as one, instance(says(page(item()))) as two:
        assert await ask(one.url, two.url) == NoResults(source="nitter")
    assert two.asked == []


async def test_an_instance_out_of_order_is_tried_again_and_may_recover() -> None:
    replies = iter([("", 502), ("", 500), (page(item()), 200)])

    async def recovering(_: web.Request) -> web.StreamResponse:
        html, status = next(replies)
        return web.Response(text=html, status=status, content_type="text/html")

    async with instance(recovering) as one:
        assert isinstance(await ask(one.url), Found)
    assert len(one.asked) == 3


async def test_an_instance_that_stays_out_of_order_is_unavailable_after_the_last_try() -> None:
    async with instance(says("", 503)) as one:
        reply = await ask(one.url)
    assert isinstance(reply, Unavailable)
    assert reply.reason.endswith("answered HTTP 503")
    assert len(one.asked) == 3


async def test_nobody_listening_is_unavailable() -> None:
    reply = await ask("http://127.0.0.1:1")
    assert isinstance(reply, Unavailable)
    assert "127.0.0.1:1 is out of reach" in reply.reason


@pytest.mark.parametrize("html", [RATE_LIMIT, CHALLENGE])
async def test_only_outages_are_tried_again(html: str) -> None:
    async with instance(says(html)) as one:
        await ask(one.url)
    assert len(one.asked) == 1


async def test_a_rate_limit_lasts_as_long_as_the_instance_says() -> None:
    async with instance(says(RATE_LIMIT, 429, **{"Retry-After": "60"})) as one:
        assert await ask(one.url) == RateLimited(source="nitter", until=NOW + timedelta(seconds=60))


@pytest.mark.parametrize(("sessions", "kind"), [(0, AuthExpired), (None, AuthExpired), (4, RateLimited)])
async def test_the_health_page_tells_missing_tokens_from_spent_ones(
    sessions: int | None, kind: type[SourceReply]
) -> None:
    async with instance(says(NO_TOKENS, 429), sessions) as one:
        assert isinstance(await ask(one.url), kind)


async def test_of_several_failures_the_one_that_ends_soonest_stands() -> None:
    async with (
        instance(says(NO_TOKENS, 429)) as locked,
        instance(says(RATE_LIMIT, 429, **{"Retry-After": "600"})) as later,
        instance(says(RATE_LIMIT, 429, **{"Retry-After": "60"})) as sooner,
    ):
        assert await ask(locked.url, later.url, sooner.url) == RateLimited(
            source="nitter", until=NOW + timedelta(seconds=60)
        )
        assert isinstance(await ask(locked.url, "http://127.0.0.1:1"), Unavailable)
        assert isinstance(await ask(locked.url), AuthExpired)


async def test_a_page_that_drips_is_cut_off_after_the_time_out_as_a_whole() -> None:
    gone = asyncio.Event()

    async def dripping(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"<html>")
        await gone.wait()
        return response

    async with instance(dripping) as one:
        reply = await ask(one.url, timeout_seconds=0.1)
        gone.set()
    assert isinstance(reply, Unavailable)
    assert reply.reason.endswith("gave no answer in 0.1 s")
    assert len(one.asked) == 1


async def test_endless_redirects_are_unavailable() -> None:
    async def around(_: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/search?again")

    async with instance(around) as one:
        assert isinstance(await ask(one.url), Unavailable)


async def test_a_reply_in_a_wrong_encoding_is_unavailable() -> None:
    async def garbled(_: web.Request) -> web.StreamResponse:
        return web.Response(body=b"not gzip", headers={"Content-Encoding": "gzip"}, content_type="text/html")

    async with instance(garbled) as one:
        assert isinstance(await ask(one.url), Unavailable)


async def test_an_error_of_our_own_is_not_hidden() -> None:
    def broken(_: httpx.Request) -> httpx.Response:
        raise ZeroDivisionError

    config = NitterConfig.model_validate({"base_urls": ["http://nitter.example"]})
    async with httpx.AsyncClient(transport=httpx.MockTransport(broken)) as client:
        with pytest.raises(ZeroDivisionError):
            await Nitter(client, config, INSTANT, lambda: NOW).search(QUERY)
