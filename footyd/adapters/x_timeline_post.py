"""One post of X's JSON as a `Post`: id, author, time, the text as it reads, its videos."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

from footyd.adapters.x_json import at, field, rows, text
from footyd.adapters.x_timeline_video import videos_of
from footyd.model import Post, PostId

_ID = re.compile(r"[1-9]\d{0,18}", re.ASCII)
_NAME = re.compile(r"\w{1,20}", re.ASCII)
_SHORT_LINK = re.compile(r"\s*https?://t\.co/\w+", re.ASCII)
_DATE = "%a %b %d %H:%M:%S %z %Y"
_EPOCH = datetime.fromtimestamp(1288834974.657, UTC)
"""From here X counts the milliseconds in the upper bits of an id."""
_REPOSTED = ("retweeted_status_result", "retweeted_status_results", "retweeted_status_id_str")


def read_post(tweet: object, source: str) -> Post | None:
    """None where the id or the author cannot be read."""
    post_id, author = _post_id(tweet), _author(tweet)
    if post_id is None or author is None:
        return None
    return Post(
        id=post_id,
        url=f"https://x.com/{author}/status/{post_id}",
        author=author,
        text=_text(tweet),
        posted_at=_posted_at(tweet, post_id),
        media=videos_of(tweet),
        source=source,
        repost=any(field(tweet, key) is not None for key in _REPOSTED),
    )


def _post_id(tweet: object) -> PostId | None:
    for key in ("rest_id", "id_str"):
        found = field(tweet, key)
        if isinstance(found, str) and _ID.fullmatch(found):
            return PostId(found)
    return None


def _author(tweet: object) -> str | None:
    user = at(tweet, "core", "user_results", "result")
    for place in (at(user, "core"), user, at(user, "legacy")):
        name = at(place, "screen_name")
        if isinstance(name, str) and _NAME.fullmatch(name):
            return name
    return None


def _posted_at(tweet: object, post_id: PostId) -> datetime:
    try:
        return datetime.strptime(text(field(tweet, "created_at")), _DATE).astimezone(UTC)
    except (ValueError, OverflowError):
        return _EPOCH + timedelta(milliseconds=int(post_id) >> 22)


def _text(tweet: object) -> str:
    """The long text where there is one; short links as the page shows them, those to its media left out."""
    note = at(field(tweet, "note_tweet"), "note_tweet_results", "result")
    written = text(at(note, "text"))
    links = at(note, "entity_set", "urls") if written else at(field(tweet, "entities"), "urls")
    written = html.unescape(written or text(field(tweet, "full_text")))
    for link in rows(links):
        short = text(at(link, "url"))
        shown = text(at(link, "display_url")) or text(at(link, "expanded_url"))
        if short and shown:
            written = written.replace(short, shown)
    return _SHORT_LINK.sub("", written).strip()
