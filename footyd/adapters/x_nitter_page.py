"""What Nitter's search page says, as values.

Its shape follows Nitter's own views (zedeus/nitter: src/views/timeline.nim, tweet.nim, general.nim).
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime
from urllib.parse import unquote, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from footyd.model import (
    AuthExpired,
    Found,
    Media,
    NoResults,
    Post,
    PostId,
    RateLimited,
    SourceReply,
    Unavailable,
)

SOURCE = "nitter"

_LINK = re.compile(r"/(\w{1,20})/status/(\d{1,20})(?:[#?/]|$)", re.ASCII)
_SIZE = re.compile(r"/(\d{2,5})x(\d{2,5})/")
_LENGTH = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{2})")
_DATE = "%b %d, %Y · %I:%M %p UTC"


def read_page(html: str, page_url: str, *, status: int, limited_until: datetime) -> SourceReply:
    """What a search page says; `limited_until` is how long a rate limit lasts, should it tell of one."""
    tree = LexborHTMLParser(html)
    host = urlsplit(page_url).netloc
    panel = tree.css_first(".error-panel")
    if status == 429 or panel is not None:
        return _refusal(panel.text(separator=" ").strip() if panel else "", host, status, limited_until)
    if status != 200:
        return Unavailable(source=SOURCE, reason=f"{host} answered HTTP {status}")
    items = [item for item in tree.css(".timeline-item") if _is_post(item)]
    posts = {post.id: post for item in items if (post := _read_item(item, page_url)) is not None}
    if posts:
        return Found(source=SOURCE, posts=tuple(posts.values()))
    if not items and tree.css_first(".timeline-none, .timeline-end, .timeline .unavailable") is not None:
        return NoResults(source=SOURCE)
    shown = "posts of an unknown shape" if items else f"a page without a timeline{_title(tree)}"
    return Unavailable(source=SOURCE, reason=f"{host} shows {shown}")


def _refusal(text: str, host: str, status: int, limited_until: datetime) -> SourceReply:
    lowered = text.lower()
    if "auth token" in lowered:
        reason = f"{host} has no working X account ({text}); renew its sessions or name another instance"
        return AuthExpired(source=SOURCE, reason=reason)
    if status == 429 or "rate limit" in lowered:
        return RateLimited(source=SOURCE, until=limited_until)
    return Unavailable(source=SOURCE, reason=f"{host}: {text or f'HTTP {status}'}")


def _title(tree: LexborHTMLParser) -> str:
    """What a challenge or a login page calls itself."""
    node = tree.css_first("title")
    words = " ".join(node.text().split())[:80] if node else ""
    return f' ("{words}")' if words else ""


def _is_post(item: LexborNode) -> bool:
    classes = (item.attributes.get("class") or "").split()
    return "show-more" not in classes and "unavailable" not in classes


def _read_item(item: LexborNode, page_url: str) -> Post | None:
    """One post; the quoted post in it is taken out, and a retweet's link is the original's."""
    for quote in item.css(".quote"):
        quote.decompose()
    link = _LINK.search(_attribute(item.css_first(".tweet-link"), "href"))
    posted_at = _date(_attribute(item.css_first(".tweet-date a"), "title"))
    if link is None or posted_at is None:
        return None
    author, post_id = link.groups()
    content = item.css_first(".tweet-content")
    return Post(
        id=PostId(post_id),
        url=f"https://x.com/{author}/status/{post_id}",
        author=author,
        text=content.text().strip() if content else "",
        posted_at=posted_at,
        media=_videos(item, page_url),
        source=SOURCE,
    )


def _attribute(node: LexborNode | None, name: str) -> str:
    return (node.attributes.get(name) or "") if node is not None else ""


def _date(text: str) -> datetime | None:
    """`May 8, 2025 · 11:24 AM UTC`: exact to the minute, seconds cut off."""
    try:
        return datetime.strptime(text.strip(), _DATE).replace(tzinfo=UTC)
    except ValueError:
        return None


def _videos(item: LexborNode, page_url: str) -> tuple[Media, ...]:
    """The post's videos; a GIF is none, and one shown as a picture only is known by the post alone."""
    downloads = [_attribute(link, "href") for link in item.css("a.video-download")]
    boxes = [box for box in item.css(".attachment") or [item] if _is_video(box)]
    links = downloads if len(downloads) == len(boxes) else [""] * len(boxes)
    return tuple(_media(box, link, page_url) for box, link in zip(boxes, links, strict=True))


def _is_video(box: LexborNode) -> bool:
    if box.css_first("video") is not None:
        return box.css_first("video.gif") is None
    overlay = box.css_first(".video-overlay")
    return overlay is not None and "playback" in overlay.text().lower()


def _media(box: LexborNode, download: str, page_url: str) -> Media:
    video, source = box.css_first("video"), box.css_first("video source")
    shown = _attribute(source, "src") or _attribute(video, "src") or _attribute(video, "data-url")
    link = next((link for link in (download, shown) if ".mp4" in _target(link)), "")
    size = _SIZE.search(_target(link or shown))
    return Media(
        url=_absolute(link, page_url),
        content_type="video/mp4" if link else None,
        duration_seconds=_seconds(box.css_first(".overlay-duration")),
        width=int(size[1]) if size else None,
        height=int(size[2]) if size else None,
    )


def _target(link: str) -> str:
    """The address behind a proxied one: percent-encoded below `/video/`, base64 below `/video/enc/`."""
    if "/video/enc/" not in link:
        return unquote(link)
    encoded = link.rsplit("/", 1)[-1]
    try:
        return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode(errors="replace")
    except (binascii.Error, ValueError):
        return ""


def _absolute(link: str, page_url: str) -> str | None:
    try:
        url = urljoin(page_url, link) if link else ""
    except ValueError:
        return None
    return url if url.startswith(("http://", "https://")) else None


def _seconds(node: LexborNode | None) -> float | None:
    found = _LENGTH.fullmatch(node.text().strip()) if node is not None else None
    if found is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return float(hours * 3600 + minutes * 60 + seconds)
