"""What X's search page shows, read from its DOM: for when posts appear although no timeline was seen."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from selectolax.lexbor import LexborHTMLParser, LexborNode

from footyd.model import Found, Media, NoResults, Post, PostId, SourceReply, Unavailable

SHOWN = 'article[data-testid="tweet"], [data-testid="emptyState"]'
"""What a page has once its search is over."""

_LINK = re.compile(r"/(\w{1,20})/status/(\d{1,20})(?:[#?/]|$)", re.ASCII)
_VIDEO = 'video, [data-testid="videoPlayer"], [data-testid="videoComponent"]'
_NOTHING = "No results for"


def read_shown(html: str, source: str) -> SourceReply:
    """The posts shown. An empty page counts as no results only where X says so."""
    tree = LexborHTMLParser(html)
    articles = tree.css('article[data-testid="tweet"]')
    posts = {post.id: post for article in articles if (post := _read(article, source)) is not None}
    if posts:
        return Found(source=source, posts=tuple(posts.values()))
    empty = tree.css_first('[data-testid="emptyState"]')
    words = _words(empty)
    if not articles and _NOTHING in words:
        return NoResults(source=source)
    shown = "posts of an unknown shape" if articles else f'"{words[:80]}"' if words else "an empty page"
    return Unavailable(source=source, reason=f"X shows {shown} and sent no search timeline")


def page_title(html: str) -> str:
    """What a challenge or an error page calls itself."""
    return _words(LexborHTMLParser(html).css_first("title"))[:80]


def _read(article: LexborNode, source: str) -> Post | None:
    """One post; a quoted one in it is taken out. An advertisement has no time that links to it."""
    for quoted in article.css('div[role="link"]:has(time)'):
        quoted.decompose()
    time = article.css_first('a[href*="/status/"] time')
    link = _LINK.search(_attribute(time.parent if time else None, "href"))
    posted_at = _moment(_attribute(time, "datetime"))
    if link is None or posted_at is None:
        return None
    author, post_id = link.groups()
    return Post(
        id=PostId(post_id),
        url=f"https://x.com/{author}/status/{post_id}",
        author=author,
        text=_words(article.css_first('[data-testid="tweetText"]')),
        posted_at=posted_at,
        media=_videos(article),
        source=source,
        repost="reposted" in _words(article.css_first('[data-testid="socialContext"]')),
    )


def _videos(article: LexborNode) -> tuple[Media, ...]:
    """At most one, by the post alone: the player's own address is a blob of the browser's."""
    return (Media(url=None),) if article.css_first(_VIDEO) is not None else ()


def _words(node: LexborNode | None) -> str:
    return " ".join(node.text().split()) if node is not None else ""


def _attribute(node: LexborNode | None, name: str) -> str:
    return (node.attributes.get(name) or "") if node is not None else ""


def _moment(text: str) -> datetime | None:
    """`2026-07-21T15:24:17.000Z`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
