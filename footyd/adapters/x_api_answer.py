"""What the X API v2 says, as values: posts, emptiness, and its problems in words.

Its shape follows X's own OpenAPI description (GET /2/tweets/search/recent, version 2.167).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from footyd.model import Found, Media, NoResults, Post, PostId, SourceReply, Unavailable, Variant

SOURCE = "api"
LONGEST_PROBLEM = 300
UNKNOWN_SHAPE = "the X API sent an answer of an unknown shape"

_ID = re.compile(r"\d{1,20}", re.ASCII)
_NAME = re.compile(r"\w{1,20}", re.ASCII)
_SIZE = re.compile(r"/(\d{2,5})x(\d{2,5})/", re.ASCII)
_WHOLE_FILE = "video/mp4"
_TELLING = ("title", "detail", "message")
_TYPING = ("type", "title", "reason", "code")


def read_answer(content: object) -> SourceReply:
    """A 200's body; problems beside posts are passed over, because the posts are whole without them."""
    body = _object(content)
    items = list(_objects(body.get("data")))
    authors = {user.get("id"): _text(user.get("username")) for user in _included(body, "users")}
    files = {one.get("media_key"): one for one in _included(body, "media")}
    posts = [post for item in items if (post := _post(item, authors, files)) is not None]
    if posts:
        return Found(source=SOURCE, posts=tuple({post.id: post for post in posts}.values()))
    if items:
        return Unavailable(source=SOURCE, reason="the X API shows posts of an unknown shape")
    if not body.get("data") and _object(body.get("meta")).get("result_count") == 0:
        return NoResults(source=SOURCE)
    return Unavailable(
        source=SOURCE, reason=problem(content) or "the X API sent an answer of an unknown shape"
    )


def paid_posts(content: object) -> list[str] | None:
    """Ids of the posts that an answer charges; None when it does not say."""
    body = _object(content)
    if isinstance(body.get("data"), list):
        return [_text(item.get("id")) for item in _objects(body["data"])]
    return [] if _object(body.get("meta")).get("result_count") == 0 else None


def problem(content: object) -> str:
    """Title, detail and messages of a refusal as one line; empty when the body holds none."""
    body = _object(content)
    said = [_text(one.get(key)) for one in (body, *_objects(body.get("errors"))) for key in _TELLING]
    told = "; ".join(dict.fromkeys(" ".join(words.split()) for words in said if words))
    return told[:LONGEST_PROBLEM]


def kinds(content: object) -> str:
    """The types, reasons and codes of a refusal, by which programs tell problems apart."""
    body = _object(content)
    every = (body, *_objects(body.get("errors")))
    return " ".join(
        str(one[key]) for one in every for key in ("type", "title", "reason", "code") if key in one
    )


_TELLING = ("title", "detail", "message")


def _post(item: dict[str, Any], authors: dict[Any, str], files: dict[Any, dict[str, Any]]) -> Post | None:
    post_id, posted_at = _text(item.get("id")), _time(item.get("created_at"))
    if not _ID.fullmatch(post_id) or posted_at is None:
        return None
    author = authors.get(_text(item.get("author_id")), "")
    author = author if _NAME.fullmatch(author) else ""
    keys = _list(_object(item.get("attachments")).get("media_keys"))
    shown = [files[key] for key in keys if isinstance(key, str) and key in files]
    return Post(
        id=PostId(post_id),
        url=f"https://x.com/{author or 'i'}/status/{post_id}",
        author=author,
        text=_text(_object(item.get("note_tweet")).get("text")) or _text(item.get("text")),
        posted_at=posted_at,
        media=tuple(_media(one) for one in shown if one.get("type") == "video"),
        source=SOURCE,
        repost=any(one.get("type") == "retweeted" for one in _objects(item.get("referenced_tweets"))),
    )


def _media(one: dict[str, Any]) -> Media:
    variants = sorted(filter(None, map(_variant, _objects(one.get("variants")))), key=_rank)
    best = variants[0] if variants and variants[0].content_type == _WHOLE_FILE else None
    milliseconds = _number(one.get("duration_ms"))
    return Media(
        url=best.url if best else None,
        content_type=best.content_type if best else None,
        duration_seconds=milliseconds / 1000 if milliseconds is not None else None,
        width=_number(one.get("width")) or None,
        height=_number(one.get("height")) or None,
        variants=tuple(variants),
    )


def _variant(one: dict[str, Any]) -> Variant | None:
    url, content_type = _text(one.get("url")), _text(one.get("content_type"))
    if not url.startswith(("http://", "https://")) or not content_type:
        return None
    size = _SIZE.search(url)
    return Variant(
        url=url,
        content_type=content_type,
        bit_rate=_number(one.get("bit_rate")),
        width=int(size[1]) if size else None,
        height=int(size[2]) if size else None,
    )


def _rank(variant: Variant) -> tuple[bool, int]:
    return variant.content_type != _WHOLE_FILE, -(variant.bit_rate or 0)


def _included(body: dict[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    """The included ones that can be looked up."""
    key = "media_key" if kind == "media" else "id"
    return (one for one in _objects(_object(body.get("includes")).get(kind)) if isinstance(one.get(key), str))


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(value: object) -> Iterator[dict[str, Any]]:
    return (one for one in _list(value) if isinstance(one, dict))


def _text(value: object) -> str:
    """Without halves of surrogate pairs, which JSON can carry and no database keeps."""
    return value.encode(errors="replace").decode() if isinstance(value, str) else ""


def _number(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value) if 0 <= value < 2**53 else None


def _time(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(_text(value))
    except ValueError:
        return None
    return found if found.tzinfo else None
