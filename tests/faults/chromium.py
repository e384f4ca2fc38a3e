"""Chromium, which searches X: killed, frozen or left alone by a dying footyd in the middle of a search."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from footyd.adapters.x_browser_processes import command_line
from footyd.demo.posts import ScriptedPost
from footyd.demo.query import matches
from tests.adapters.x_search_site import served_search_site, timeline, write_session
from tests.faults.day import FaultDay, HeldFeed
from tests.faults.fault import Fault, Injection, NotInjectedError, Play, Row, SkippedError, Undisturbed
from tests.waiting import until

CHROMIUM = Path("/usr/bin/chromium")
PARTS: dict[str, Callable[[list[str]], bool]] = {
    "the browser": lambda line: "--headless" in line and not any(p.startswith("--type=") for p in line),
    "its renderer": lambda line: any("--type=renderer" in part for part in line),  # it joins its words itself
    "Playwright's driver": lambda line: "run-driver" in line,
}


class SearchedX:
    """The day's posts as x.com's search shows them; `on_search` happens once, in the middle of a search."""

    def __init__(self, day: FaultDay, on_search: Callable[[], object]) -> None:
        self._day = day
        self._on_search: Callable[[], object] | None = on_search
        self._found: Counter[int] = Counter()

    async def answer(self, request: web.Request) -> web.Response:
        if self._on_search:
            harm, self._on_search = self._on_search, None
            harm()
        wanted = json.loads(request.query["variables"])["rawQuery"]
        found = [
            post for post in self._written() if matches(wanted, f"{post.text} {post.name} {post.handle}")
        ]
        self._found.update(post.id for post in found)
        shown = [post for post in found if not post.late or self._found[post.id] > 1]
        return web.json_response(timeline(*map(self._entry, shown)))

    def _written(self) -> list[ScriptedPost]:
        reached = self._day.world.feed.reached_at
        return [post for post in self._day.scenario.posts if reached(post.posted_at) is not None]

    def _entry(self, post: ScriptedPost) -> dict[str, Any]:
        at = self._day.world.feed.reached_at(post.posted_at) or datetime.now(UTC)
        variant = {"url": f"{self._day.world.clip_url}/{post.file}", "content_type": "video/mp4"}
        media = {
            "type": "video",
            "original_info": {"width": 320, "height": 180},
            "video_info": {"duration_millis": 3_750, "variants": [variant]},
        }
        tweet = {
            "__typename": "Tweet",
            "rest_id": str(post.id),
            "core": {"user_results": {"result": {"core": {"screen_name": post.handle, "name": post.name}}}},
            "legacy": {
                "full_text": post.text,
                "created_at": f"{at:%a %b %d %H:%M:%S +0000 %Y}",
                "id_str": str(post.id),
                "extended_entities": {"media": [media]},
            },
        }
        item = {
            "__typename": "TimelineTweet",
            "itemType": "TimelineTweet",
            "tweet_results": {"result": tweet},
        }
        content = {"entryType": "TimelineTimelineItem", "itemContent": item}
        return {"entryId": f"tweet-{post.id}", "content": content}


async def search_with_chromium(day: FaultDay, on_search: Callable[[], object]) -> None:
    """Configure the day so that the browser is its only way to X."""
    site = await day.undo.enter_async_context(served_search_site())
    site.answer = SearchedX(day, on_search).answer
    assert isinstance(day.world.feed, HeldFeed)
    day.world.feed.patience = 400  # a frozen browser is waited for, and then its end
    session = day.footyd.root / "x_session.json"
    write_session(session)
    day.configure(
        search={"sources": ["browser"]},
        search__browser={"base_url": site.url, "session_file": str(session), "timeout_seconds": 8.0},
    )


def part_harmed(part: str, number: signal.Signals) -> Play:
    """A part of Chromium gets the signal in the middle of the day's first search; footyd lives on."""

    async def play(day: FaultDay) -> None:
        harmed: list[int] = []

        def harm() -> None:
            for pid in day.footyd.descendants():
                if PARTS[part](command_line(pid)):
                    os.kill(pid, number)
                    harmed.append(pid)

        await search_with_chromium(day, harm)
        await day.footyd.start()
        await day.over()
        if not harmed:
            raise NotInjectedError(f"{part} was not there")

    return play


async def footyd_dies(day: FaultDay) -> None:
    """In the middle of a search: Chromium must not outlive it."""
    died = asyncio.Event()

    def harm() -> None:
        day.seen |= day.footyd.descendants()
        day.footyd.send(signal.SIGKILL)
        died.set()

    await search_with_chromium(day, harm)
    await day.footyd.spawn()
    await until(died.is_set, look=0.05)
    await day.dead()
    await day.footyd.start()


def _harmed(_undisturbed: Undisturbed, _seed: int) -> Sequence[Injection]:
    if not CHROMIUM.exists():
        raise SkippedError("no Chromium: apt install chromium")
    return [
        *(Injection(name=f"{part} is killed", play=part_harmed(part, signal.SIGKILL)) for part in PARTS),
        *(Injection(name=f"{part} freezes", play=part_harmed(part, signal.SIGSTOP)) for part in PARTS),
        Injection(name="footyd is killed", play=footyd_dies),
    ]


FAULTS: tuple[Fault, ...] = (Row(name="Chromium harmed in a search", make=_harmed),)
