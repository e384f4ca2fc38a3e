"""What X's page shows, read from its DOM."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from footyd.adapters.x_browser_dom import page_title, read_shown
from footyd.model import Found, Media, NoResults, Post, PostId, Unavailable

TIME = '<a href="/kolja/status/18/"><time datetime="2026-07-21T15:24:17.000Z">1m</time></a>'


def article(*parts: str) -> str:
    return f'<article data-testid="tweet">{"".join(parts)}</article>'


def posts(html: str) -> tuple[Post, ...]:
    reply = read_shown(html, "browser")
    assert isinstance(reply, Found)
    return reply.posts


def test_a_post_is_read_with_its_text_time_and_video() -> None:
    [post] = posts(article(TIME, '<div data-testid="tweetText">GOAL!\n 2-1</div>', "<video></video>"))
    assert post == Post(
        id=PostId("18"),
        url="https://x.com/kolja/status/18",
        author="kolja",
        text="GOAL! 2-1",
        posted_at=datetime(2026, 7, 21, 15, 24, 17, tzinfo=UTC),
        media=(Media(url=None),),
        source="browser",
    )


def test_a_post_without_video_has_no_media() -> None:
    [post] = posts(article(TIME, '<img src="x.jpg">'))
    assert post.media == ()


def test_the_video_and_text_of_a_quoted_post_are_not_the_quoting_posts() -> None:
    quoted = '<div role="link"><time datetime="2026-07-01T00:00:00Z"></time><div data-testid="tweetText">old</div><video></video></div>'  # noqa: E501 - one post
    [post] = posts(article(TIME, '<div data-testid="tweetText">new</div>', quoted))
    assert (post.text, post.media) == ("new", ())


def test_a_repost_is_told() -> None:
    [post] = posts(article('<span data-testid="socialContext">Ann reposted</span>', TIME))
    assert post.repost


def test_an_advertisement_which_has_no_time_is_left_out() -> None:
    advertisement = article('<a href="/shop/status/19/photo/1">x</a><video></video>')
    assert [post.id for post in posts(advertisement + article(TIME) * 2)] == ["18"]


@pytest.mark.parametrize(
    ("html", "words"),
    [
        (article("<p>new layout</p>"), "posts of an unknown shape"),
        (article(TIME.replace("2026-07", "soon")), "posts of an unknown shape"),
        ('<div data-testid="emptyState">Something went wrong</div>', "Something went wrong"),
        ("", "an empty page"),
    ],
)
def test_what_cannot_be_read_is_never_nothing_there(html: str, words: str) -> None:
    reply = read_shown(html, "browser")
    assert isinstance(reply, Unavailable)
    assert words in reply.reason


def test_only_x_itself_says_that_there_is_nothing() -> None:
    empty = '<div data-testid="emptyState">No results for “x”</div>'
    assert read_shown(empty, "browser") == NoResults(source="browser")
    assert isinstance(read_shown(empty + article("<p>?</p>"), "browser"), Unavailable)


def test_a_pages_title_is_clipped() -> None:
    assert page_title("<title> Just a\nmoment... </title>") == "Just a moment..."
    assert len(page_title(f"<title>{'x' * 200}</title>")) == 80
