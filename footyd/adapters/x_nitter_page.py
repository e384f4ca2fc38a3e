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
    Variant,
)

SOURCE = "nitter"

_LINK = re.compile(r"/(\w{1,20})/status/(\d{1,20})(?:[#?/]|$)", re.ASCII)
_SIZE = re.compile(r"/(\d{2,5})x(\d{2,5})/")
_LENGTH = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{2})")
_DATE = "%b %d, %Y · %I:%M %p UTC"
_HLS = "application/x-mpegURL"


def read_page(html: str, page_url: str, *, status: int, limited_until: datetime) -> SourceReply:
    """What a search page says; `limited_until` is how long a rate limit lasts, should it tell of one."""
    tree = LexborHTMLParser(html)
    host = urlsplit(page_url).netloc
    panel = tree.css_first(".error-panel")
    if status == 429 or panel is not None:
        return _refusal(panel.text(separator=" ").strip() if panel else "", host, status, limited_until)
    if status != 200:
        return Unavailable(source=SOURCE, reason=f"{host} answered HTTP {status}{_title(tree)}")
    items = [item for item in tree.css(".timeline-item") if _is_post(item)]
    nothing = tree.css_first(".timeline-none, .timeline-end, .timeline .unavailable") is not None
    if (items or nothing) and "</html>" not in html:
        return Unavailable(source=SOURCE, reason=f"{host} sent a page that was cut off")
    if posts := _posts(items, page_url):
        return Found(source=SOURCE, posts=posts)
    if nothing and not items:
        return NoResults(source=SOURCE)
    shown = "posts of an unknown shape" if items else f"a page without a timeline{_title(tree)}"
    return Unavailable(source=SOURCE, reason=f"{host} shows {shown}")


def next_page(html: str, page_url: str) -> str | None:
    """Where the page leads on to, on the same instance."""
    link = LexborHTMLParser(html).css_first(".show-more a[href*='cursor=']")
    url = _absolute(_attribute(link, "href"), page_url)
    return url if url and urlsplit(url).netloc == urlsplit(page_url).netloc else None


def _posts(items: list[LexborNode], page_url: str) -> tuple[Post, ...]:
    """Each post once: a retweet is told by a header and links to the original, which is kept if shown too."""
    posts: dict[PostId, Post] = {}
    for item in items:
        post = _read_item(item, page_url)
        if post is not None and (post.id not in posts or posts[post.id].repost):
            posts[post.id] = post
    return tuple(posts.values())


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
    """One post; the quoted post in it is taken out."""
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
        repost=item.css_first(".retweet-header") is not None,
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
    return box.css_first(".video-overlay") is not None


def _media(box: LexborNode, download: str, page_url: str) -> Media:
    videos = box.css("video")
    shown = [_attribute(node, name) for node in videos for name in ("src", "data-url")]
    links = dict.fromkeys([download, *(_attribute(node, "src") for node in box.css("video source")), *shown])
    known = [variant for link in links if (variant := _variant(link, page_url)) is not None]
    files = sorted(known, key=lambda one: (one.content_type == _HLS, -(one.height or 0)))
    best = files[0] if files else None
    whole = best if best and best.content_type != _HLS else None
    fault = "" if videos else _fault(box)
    return Media(
        url=whole.url if whole else None,
        content_type=whole.content_type if whole else None,
        duration_seconds=_seconds(box.css_first(".overlay-duration")),
        width=best.width if best else None,
        height=best.height if best else None,
        variants=tuple(files),
        available=not fault,
        unavailable=fault,
    )


def _fault(box: LexborNode) -> str:
    """Why a bare picture stands for the video: empty when only the playback is off in the preferences."""
    overlay = box.css_first(".video-overlay")
    text = " ".join(overlay.text().split()) if overlay else ""
    return "" if "playback" in text.lower() else text


def _variant(link: str, page_url: str) -> Variant | None:
    target, url = _target(link), _absolute(link, page_url)
    if url is None or not (".mp4" in target or ".m3u8" in target):
        return None
    size = _SIZE.search(target)
    return Variant(
        url=url,
        content_type="video/mp4" if ".mp4" in target else _HLS,
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
