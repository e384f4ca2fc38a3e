"""Nitter's search page: recorded timeline items, and pages of our own for each thing it can show."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footyd.adapters.x_nitter_page import next_page, read_page
from footyd.model import (
    AuthExpired,
    Found,
    Media,
    NoResults,
    Post,
    RateLimited,
    SourceReply,
    Unavailable,
    Variant,
)
from tests.adapters.nitter_pages import (
    CHALLENGE,
    EMPTY,
    NO_TOKENS,
    RATE_LIMIT,
    RETWEETED,
    item,
    page,
    panel,
    video,
)

LIMITED_UNTIL = datetime(2025, 6, 9, 12, 15, tzinfo=UTC)
PAGE_URL = "https://nitter.example/search?f=tweets&q=x"
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


def mp4(url: str, *, width: int, height: int, seconds: float | None = None) -> Media:
    one = Variant(url=url, content_type="video/mp4", width=width, height=height)
    return Media(
        url=url,
        content_type="video/mp4",
        duration_seconds=seconds,
        width=width,
        height=height,
        variants=(one,),
    )


def hls(url: str, seconds: float | None = None) -> Media:
    one = Variant(url=url, content_type="application/x-mpegURL")
    return Media(url=None, duration_seconds=seconds, variants=(one,))


# ---------------------------------------------------------------- the recorded page

RECORDED_HLS = (
    "https://nitter.example/video/CDBABB50751BD/https%3A%2F%2Fvideo.twimg.com%2Famplify_video"
    "%2F1920766235832172544%2Fpl%2FFNAXoec5cT40vEaG.m3u8"
)


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
                mp4(
                    "https://video.twimg.com/amplify_video/1930279430674403328/vid/avc1/1920x1080/36Iobmc-rj_wUZG2.mp4",
                    width=1920,
                    height=1080,
                ),
            ),
        ),
        ("1931877486037782753", "pandarion_v3", datetime(2025, 6, 9, 0, 54, tzinfo=UTC), ()),
        ("1920766476270678132", "peace_maki02", datetime(2025, 5, 9, 9, 3, tzinfo=UTC), (hls(RECORDED_HLS),)),
    ]
    assert [post.author for post in found if post.repost] == ["TactBets", "pandarion_v3"]
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
    twice = posts(page(item(above=RETWEETED), item(), item(post_id="2", author="other", above=RETWEETED)))
    assert [(post.id, post.author, post.repost) for post in twice] == [
        ("1931000000000000001", "goalclips", False),
        ("2", "other", True),
    ]
    assert posts(page(item(), item(above=RETWEETED)))[0].repost is False


@pytest.mark.parametrize(
    ("link", "leads_to"),
    [
        ("?f=tweets&amp;q=x&amp;cursor=DAAC%3D", "https://nitter.example/search?f=tweets&q=x&cursor=DAAC%3D"),
        ("https://elsewhere.example/search?cursor=1", None),
        ("//elsewhere.example/search?cursor=1", None),
        ("https://[broken?cursor=1", None),
        ("/search?f=tweets&amp;q=x", None),
    ],
)
def test_the_next_page_is_told_by_a_cursor_on_the_same_instance(link: str, leads_to: str | None) -> None:
    newer = '<div class="timeline-item show-more"><a href="/search?f=tweets">Load newest</a></div>'
    html = page(newer, item(), f'<div class="show-more"><a href="{link}">Load more</a></div>')
    assert next_page(html, PAGE_URL) == leads_to


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
            mp4("https://nitter.example" + PROXIED, width=1280, height=720),
        ),
        (
            f'<video src="{ENCODED}"></video>',
            mp4("https://nitter.example" + ENCODED, width=720, height=1280),
        ),
        (
            f'<video data-url="{HLS}"></video><div class="overlay-duration">0:42</div>',
            hls("https://nitter.example" + HLS, seconds=42),
        ),
        (
            '<video src="/video/x.webm"></video><div class="overlay-duration">1:02:03</div>'
            f'<a class="video-download" href="{MP4}">download</a>',
            mp4(MP4, width=640, height=360, seconds=3723),
        ),
        (
            '<img src="/pic/t.jpg"><div class="video-overlay"><form action="/enablehls">'
            "<button>Enable hls playback</button></form></div>",
            Media(url=None),
        ),
        ('<video src="file:///etc/passwd.mp4"></video>', Media(url=None)),
        ('<video src="https://[broken/a.mp4"></video>', Media(url=None)),
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
    ],
    ids=["gif", "picture"],
)
def test_what_holds_no_footage_is_no_video(attachment: str) -> None:
    assert media(attachment) == ()


def test_a_video_taken_down_is_told_with_its_reason() -> None:
    shown = '<img src="/t.jpg"><div class="video-overlay"><p>This media is unavailable</p></div>'
    assert media(video(shown)) == (Media(url=None, available=False, unavailable="This media is unavailable"),)


def test_of_several_files_the_tallest_whole_one_is_the_best() -> None:
    tall = MP4.replace("640x360", "1280x720")
    shown = video(
        f'<video data-url="{HLS}"><source src="{MP4}"><source src="{tall}"></video>'
        f'<a class="video-download" href="{MP4}">download</a>'
    )
    found = media(shown)[0]
    assert (found.url, found.height) == (tall, 720)
    assert [file.url for file in found.variants] == [tall, MP4, "https://nitter.example" + HLS]


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
        (CHALLENGE, 403, 'answered HTTP 403 ("Making sure you\'re not a bot!")'),
        (EMPTY, 404, "answered HTTP 404"),
    ],
)
def test_a_page_that_is_no_answer_is_never_taken_for_an_empty_one(
    html: str, status: int, reason: str
) -> None:
    reply = read(html, status)
    assert isinstance(reply, Unavailable)
    assert reason in reply.reason


@pytest.mark.parametrize("whole", [EMPTY, page(item(), item("2"))])
def test_a_page_cut_off_is_neither_posts_nor_empty(whole: str) -> None:
    for length in range(len(whole)):
        assert isinstance(read(whole[:length]), Unavailable), whole[:length]


def test_a_page_in_another_encoding_is_no_answer() -> None:
    garbled = page(item()).encode().decode("latin-1")
    reply = read(garbled)
    assert isinstance(reply, Unavailable)
    assert "posts of an unknown shape" in reply.reason


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
