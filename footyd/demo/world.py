"""The outside world of the demo on loopback ports: the feed, the search page, the clip host."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from footyd.demo.clip_host import ClipHost
from footyd.demo.feed import FeedStandIn
from footyd.demo.nitter import NitterStandIn
from footyd.demo.scenario import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The three stand-ins and their addresses, without a slash at the end."""

    feed_url: str
    nitter_url: str
    clip_url: str
    feed: FeedStandIn
    nitter: NitterStandIn
    clips: ClipHost


def _now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def open_world(
    scenario: Scenario,
    clips_dir: Path,
    *,
    real_time: bool = False,
    ports: tuple[int, int, int] = (0, 0, 0),
    clock: Callable[[], datetime] = _now,
) -> AsyncIterator[World]:
    """All three servers (feed, search, clips) while the block runs; port 0 takes any free one.

    Meanwhile no HTTPS leaves this machine, from this process or its children.
    """
    feed = FeedStandIn(scenario, clock, real_time=real_time)
    clips = ClipHost(scenario.recipes, clips_dir)
    async with AsyncExitStack() as stack:
        clip_url = await _serve(stack, clips.app(), ports[2])
        nitter = NitterStandIn(scenario, feed.reached_at, clip_url)
        nitter_url = await _serve(stack, nitter.app(), ports[1])
        feed_url = await _serve(stack, feed.app(), ports[0])
        stack.enter_context(_cut_off(clip_url))
        yield World(
            feed_url=feed_url, nitter_url=nitter_url, clip_url=clip_url, feed=feed, nitter=nitter, clips=clips
        )


@contextmanager
def _cut_off(dead_end: str) -> Iterator[None]:
    """Whoever follows a post to x.com meets a proxy that knows no such place: a 404, as of a dead link."""
    changed = {"https_proxy": dead_end, "no_proxy": "127.0.0.1"}
    before = {name: os.environ.get(name) for name in changed}
    os.environ.update(changed)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


async def _serve(stack: AsyncExitStack, app: web.Application, port: int) -> str:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    return f"http://127.0.0.1:{runner.addresses[0][1]}"
