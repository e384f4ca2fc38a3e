"""The stream of server-sent events: what changed on a page since it was shown, then what changes."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from aiohttp import web

from footyd.daemon import wait_for_any
from footyd.web.context import LIVE
from footyd.web.guard import is_still_in
from footyd.web.live import Live, Topic, stale
from footyd.web.problems import Refusal, not_found

HEARTBEAT_SECONDS = 15.0
LOOK_SECONDS = 1.0
"""How soon the room of a client that has gone is free again."""
WRITE_SECONDS = 20.0
"""A client that takes nothing for so long is gone; a browser that was asleep connects again."""
RETRY_MILLISECONDS = 3000
HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would hold the events back
}


async def stream(request: web.Request) -> web.StreamResponse:
    """`topic` names the view, `seen` (later `Last-Event-ID`) the state that the client shows."""
    live = request.app[LIVE]
    name = request.query.get("topic", "")
    if not live.knows(name):
        raise not_found(f"topic {name!r}")
    if live.closed or live.is_full:
        raise Refusal(503, "no more streams", remedy="Close a page that is open elsewhere")
    seen = request.headers.get("Last-Event-ID") or request.query.get("seen", "")
    with live.watched(name) as topic:
        if not topic.digest:
            await topic.refresh()
        response = web.StreamResponse(headers=HEADERS)
        with suppress(ConnectionError, TimeoutError):
            await response.prepare(request)
            await _tell(request, response, live, topic, seen)
        return response


async def _tell(
    request: web.Request, response: web.StreamResponse, live: Live, topic: Topic, seen: str
) -> None:
    """Until the client goes, the daemon stops, or what let the client in does so no more."""
    await _write(response, f"retry: {RETRY_MILLISECONDS}\n\n".encode())
    while not live.closed and is_there(request) and is_still_in(request):
        moved = topic.moved
        missed = topic.since(seen)
        seen = topic.digest
        if missed is None:
            await _write(response, stale(seen))
        for event in missed or ():
            await _write(response, event.data)
        await _wait(request, response, moved)


async def _wait(request: web.Request, response: web.StreamResponse, moved: asyncio.Event) -> None:
    """For news, or until the client has to hear something or is gone."""
    loop = asyncio.get_running_loop()
    silent_until = loop.time() + HEARTBEAT_SECONDS
    while not moved.is_set() and is_there(request):
        if loop.time() >= silent_until:
            return await _write(response, b": still here\n\n")
        await wait_for_any(moved, timeout_seconds=min(LOOK_SECONDS, HEARTBEAT_SECONDS))
    return None


def is_there(request: web.Request) -> bool:
    """aiohttp tells a handler only at its next write that the client has gone."""
    return request.transport is not None and not request.transport.is_closing()


async def _write(response: web.StreamResponse, data: bytes) -> None:
    async with asyncio.timeout(WRITE_SECONDS):
        await response.write(data)
