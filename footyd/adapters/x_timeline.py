"""X's search timeline, as its web client gets it: the one parser for every source that sees this JSON.

A timeline is a list of instructions that add entries (`TimelineAddEntries`), add to a grid
(`TimelineAddToModule`) or replace one entry (`TimelineReplaceEntry`); an entry is a post, a module of posts
(`search-grid-*`), a cursor, or something of the page. Quoted posts stand inside posts: nobody looks there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from footyd.adapters.x_errors import reply_to_errors
from footyd.adapters.x_json import at, text
from footyd.adapters.x_timeline_post import read_post
from footyd.model import Found, NoResults, Post, SourceReply, Unavailable

UNKNOWN_SHAPE = "unknown shape of X's search answer"

_DEEPEST = 8
_NOT_POSTS = (
    "TimelineUser",
    "TimelineTimelineCursor",
    "TimelineMessagePrompt",
    "TimelineLabel",
    "TimelineTombstone",
    "TimelineSpelling",
    "TimelineTrend",
    "TimelineTopic",
    "TimelineCommunity",
    "TimelineTwitterList",
    "TimelineNotification",
)
_GONE = ("TweetTombstone", "TweetUnavailable")


@dataclass(slots=True)
class _Reading:
    """What was read so far: posts in the order of the page, and what no one could read."""

    posts: dict[str, Post] = field(default_factory=dict)
    lists: int = 0
    unreadable: int = 0


def read_timeline(payload: object, source: str, *, limited_until: datetime) -> SourceReply:
    """What a search answer says; `limited_until` is how long a rate limit lasts, should it tell of one.

    A post that cannot be read costs itself; only when none can be is the answer of an unknown shape, so that
    a change at X never reads as "nothing there".
    """
    reading = _Reading()
    for instruction in _instructions(payload):
        _read_instruction(instruction, source, reading)
    if reading.posts:
        return Found(source=source, posts=tuple(reading.posts.values()))
    if refusal := reply_to_errors(payload, source, limited_until=limited_until):
        return refusal
    if reading.unreadable or not reading.lists:
        return Unavailable(source=source, reason=_strange(payload, reading))
    return NoResults(source=source)


def _strange(payload: object, reading: _Reading) -> str:
    if reading.unreadable:
        return f"{UNKNOWN_SHAPE}: none of {reading.unreadable} entries could be read; footyd needs an update"
    found = ", ".join(sorted(map(str, payload))[:5]) if isinstance(payload, dict) else type(payload).__name__
    shown = text(found)[:100] or "nothing"
    return f"{UNKNOWN_SHAPE}: no timeline in it (found: {shown}); footyd needs an update"


def _instructions(payload: object) -> list[object]:
    """The nearest list of that name below `data`: what stands above it has been renamed before."""
    waiting: deque[tuple[int, object]] = deque([(0, at(payload, "data"))])
    while waiting:
        depth, value = waiting.popleft()
        if not isinstance(value, dict) or depth > _DEEPEST:
            continue
        if isinstance(found := value.get("instructions"), list):
            return found
        waiting.extend((depth + 1, below) for below in value.values())
    return []


def _read_instruction(instruction: object, source: str, reading: _Reading) -> None:
    for key in ("entries", "moduleItems", "entry"):
        if not isinstance(instruction, dict) or key not in instruction:
            continue
        found = [instruction[key]] if key == "entry" else instruction[key]
        if not isinstance(found, list):
            reading.unreadable += 1
            continue
        reading.lists += 1
        for entry in found:
            for item in _items(entry):
                _read_item(item, source, reading)


def _items(entry: object) -> Iterator[object]:
    """The item contents of an entry or of an item of a module; cursors and advertisements have none."""
    name = text(at(entry, "entryId"))
    if name.startswith(("cursor-", "promoted")) or "-promoted-" in name or "-cursor-" in name:
        return
    holder = at(entry, "content") if at(entry, "item") is None else at(entry, "item")
    if at(holder, "entryType") == "TimelineTimelineCursor":
        return
    if isinstance(inner := at(holder, "items"), list):
        for item in inner:
            yield from _items(item)
    else:
        yield at(holder, "itemContent")


def _read_item(item: object, source: str, reading: _Reading) -> None:
    if at(item, "promotedMetadata") is not None:
        return
    if at(item, "itemType") in _NOT_POSTS or at(item, "__typename") in _NOT_POSTS:
        return
    result = at(item, "tweet_results", "result")
    if at(result, "__typename") in _GONE:
        return
    tweet = at(result, "tweet") if isinstance(at(result, "tweet"), dict) else result
    post = read_post(tweet, source)
    if post is None:
        reading.unreadable += 1
    else:
        reading.posts.setdefault(post.id, post)
