"""What the X API v2 says, as values: posts, emptiness, and its problems in words.

Its shape follows X's own OpenAPI description (GET /2/tweets/search/recent, version 2.167).
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import datetime

from footyd.adapters.x_json import at, rows, text
from footyd.adapters.x_timeline_video import media_of, variants_of
from footyd.model import Found, Media, NoResults, Post, PostId, SourceReply, Unavailable

SOURCE = "api"
LONGEST_PROBLEM = 300
UNKNOWN_SHAPE = "the X API sent an answer of an unknown shape"

_ID = re.compile(r"\d{1,20}", re.ASCII)
_NAME = re.compile(r"\w{1,20}", re.ASCII)
_TELLING = ("title", "detail", "message")
_TYPING = ("type", "title", "reason", "code")


def read_answer(content: object) -> SourceReply:
    """A 200's body; problems beside posts are passed over, because the posts are whole without them."""
    items = _items(content)
    authors = _included(content, "users", "id")
    files = _included(content, "media", "media_key")
    posts = [post for item in items if (post := _post(item, authors, files)) is not None]
    if posts:
        return Found(source=SOURCE, posts=tuple({post.id: post for post in posts}.values()))
    if items:
        return Unavailable(source=SOURCE, reason="the X API shows posts of an unknown shape")
    if _says_none(content) and not at(content, "data"):
        return NoResults(source=SOURCE)
    return Unavailable(source=SOURCE, reason=problem(content) or UNKNOWN_SHAPE)


def paid_posts(content: object) -> list[str] | None:
    """Ids of the posts that an answer charges; None when it does not say."""
    if isinstance(at(content, "data"), list):
        return [text(at(item, "id")) for item in _items(content)]
    return [] if _says_none(content) else None


def _items(content: object) -> list[object]:
    return [item for item in rows(at(content, "data")) if isinstance(item, dict)]


def _says_none(content: object) -> bool:
    return at(content, "meta", "result_count") == 0


def problem(content: object) -> str:
    """Title, detail and messages of a refusal as one line; empty when the body holds none."""
    said = [text(at(one, key)) for one in (content, *rows(at(content, "errors"))) for key in _TELLING]
    told = "; ".join(dict.fromkeys(" ".join(words.split()) for words in said if words))
    return told[:LONGEST_PROBLEM]


def kinds(content: object) -> str:
    """The types, reasons and codes of a refusal, by which programs tell problems apart."""
    found = [at(one, key) for one in (content, *rows(at(content, "errors"))) for key in _TYPING]
    return " ".join(str(kind) for kind in found if kind is not None)


def _post(item: object, authors: Mapping[str, object], files: Mapping[str, object]) -> Post | None:
    post_id, posted_at = text(at(item, "id")), _time(at(item, "created_at"))
    if not _ID.fullmatch(post_id) or posted_at is None:
        return None
    author = text(at(authors.get(text(at(item, "author_id"))), "username"))
    author = author if _NAME.fullmatch(author) else ""
    keys = [key for key in rows(at(item, "attachments", "media_keys")) if isinstance(key, str)]
    written = text(at(item, "note_tweet", "text")) or text(at(item, "text"))
    return Post(
        id=PostId(post_id),
        url=f"https://x.com/{author or 'i'}/status/{post_id}",
        author=author,
        text=html.unescape(written),
        posted_at=posted_at,
        media=tuple(_media(files[key]) for key in keys if at(files.get(key), "type") == "video"),
        source=SOURCE,
        repost=any(at(one, "type") == "retweeted" for one in rows(at(item, "referenced_tweets"))),
    )


def _media(one: object) -> Media:
    return media_of(
        variants_of(at(one, "variants")),
        milliseconds=at(one, "duration_ms"),
        width=at(one, "width"),
        height=at(one, "height"),
    )


def _included(content: object, kind: str, key: str) -> dict[str, object]:
    """The included ones that can be looked up."""
    found = ((at(one, key), one) for one in rows(at(content, "includes", kind)))
    return {name: one for name, one in found if isinstance(name, str)}


def _time(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(text(value))
    except ValueError:
        return None
    return found if found.tzinfo else None
