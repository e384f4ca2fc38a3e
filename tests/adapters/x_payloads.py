"""X's search answers, made up in the shapes X uses; the recorded ones lie beside the repository."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

RECORDED = (Path(__file__).parents[2] / "../shared/data/x_search/graphql").resolve()
needs_recordings = pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded payloads are not here")

POST_ID = "2068477804002619498"
FILES = "https://video.twimg.com/ext_tw_video/1/pu"


def variants() -> list[dict[str, Any]]:
    """As X lists them: the stream first, the files from small to large."""
    return [
        {"content_type": "application/x-mpegURL", "url": f"{FILES}/pl/a.m3u8?tag=12"},
        {"content_type": "video/mp4", "bitrate": 256_000, "url": f"{FILES}/vid/avc1/480x270/s.mp4?tag=12"},
        {"content_type": "video/mp4", "bitrate": 2_176_000, "url": f"{FILES}/vid/avc1/1280x720/l.mp4?tag=12"},
    ]


def video(**changed: Any) -> dict[str, Any]:
    item = {
        "type": "video",
        "url": "https://t.co/videolink",
        "ext_media_availability": {"status": "Available"},
        "original_info": {"width": 1280, "height": 720},
        "video_info": {"duration_millis": 15_250, "variants": variants()},
    }
    return {**item, **changed}


def user(name: str = "goalclips") -> dict[str, Any]:
    return {"user_results": {"result": {"__typename": "User", "core": {"screen_name": name}}}}


def fields(*media: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """The fields that stand in `legacy`, or since 2026 at the top level."""
    found = {
        "full_text": "Saka! 1-0 https://t.co/videolink",
        "created_at": "Sat Jun 20 23:35:13 +0000 2026",
        "entities": {"urls": [], "media": list(media[:1])},
        "extended_entities": {"media": list(media)},
    }
    return {**found, **changed}


def tweet(*media: dict[str, Any], post_id: str = POST_ID, name: str = "goalclips", **changed: Any) -> Any:
    found = {"__typename": "Tweet", "rest_id": post_id, "core": user(name), "legacy": fields(*media)}
    return {**found, **changed}


def item(result: Any, **changed: Any) -> dict[str, Any]:
    content = {
        "__typename": "TimelineTweet",
        "itemType": "TimelineTweet",
        "tweet_results": {"result": result},
    }
    return {**content, **changed}


def entry(result: Any, name: str = "", **changed: Any) -> dict[str, Any]:
    content = {"entryType": "TimelineTimelineItem", "itemContent": item(result, **changed)}
    return {"entryId": name or f"tweet-{POST_ID}", "content": content}


def module_item(result: Any, name: str = f"search-grid-0-tweet-{POST_ID}", **changed: Any) -> dict[str, Any]:
    return {"entryId": name, "item": {"itemContent": item(result, **changed)}}


def cursor(which: str = "bottom") -> dict[str, Any]:
    return {"entryId": f"cursor-{which}-0", "content": {"entryType": "TimelineTimelineCursor", "value": "x"}}


def answer(*instructions: dict[str, Any], **beside: Any) -> dict[str, Any]:
    found = {"search_timeline": {"timeline": {"instructions": list(instructions)}}}
    return {"data": {"search_by_raw_query": found}, **beside}


def added(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"type": "TimelineAddEntries", "entries": [*entries, cursor("top"), cursor()]}


def refused(code: int, message: str = "no") -> dict[str, Any]:
    return {"errors": [{"message": message, "code": code}]}
