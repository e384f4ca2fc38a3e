"""A stand-in of x.com's search page on loopback: its fetch, the marks in its DOM, its walls."""

from __future__ import annotations

import asyncio
import json
import queue
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

QUERY_ID = "hyPfJYJ_XAtDYoslQc-Rgg"
AUTH_TOKEN = "a" * 40
RESET_AT = 1_900_000_000
VIDEO = "https://video.twimg.com/ext_tw_video/1/pu/vid/avc1/1280x720/clip.mp4"

APP_JS = """
const draw = (posts) => { document.getElementById("react-root").innerHTML = posts || EMPTY; };
const EMPTY = '<div data-testid="emptyState"><span>No results for “q”</span></div>';
const one = (t) => `<article data-testid="tweet"><a href="/${t.user}/status/${t.id}">
  <time datetime="2026-07-21T15:24:17.000Z">now</time></a><div data-testid="tweetText">${t.text}</div>
  <img src="/media/${t.id}.jpg"><video src="/media/${t.id}.mp4"></video></article>`;
const q = new URL(location).searchParams.get("q");
const variables = encodeURIComponent(JSON.stringify({rawQuery: q, product: "Latest"}));
fetch(`/i/api/graphql/QUERY_ID/SearchTimeline?variables=${variables}`).then(r => r.json()).then(answer => {
  const entries = answer.data.search_by_raw_query.search_timeline.timeline.instructions[0].entries;
  draw(entries.filter(e => e.entryId.startsWith("tweet-")).map(e => {
    const r = e.content.itemContent.tweet_results.result;
    return one({user: "someone", id: r.rest_id, text: r.legacy.full_text});
  }).join(""));
});
""".replace("QUERY_ID", QUERY_ID)

SHELL = """<!doctype html><html><head><title>(1) search / X</title>
<link rel="icon" href="/favicon.ico">
<style>@font-face { font-family: chirp; src: url(/chirp.woff2) } body { font-family: chirp }</style>
</head><body><div id="react-root">%s</div>%s</body></html>"""

SHOWN_POST = """<article data-testid="tweet"><a href="/kolja/status/1980000000000000007">
<time datetime="2026-07-21T15:24:17.000Z">1m</time></a><div data-testid="tweetText">GOAL! 2-1</div>
<div data-testid="videoPlayer"><video src="blob:x"></video></div></article>"""


def post(number: int, text: str = "GOAL!") -> dict[str, Any]:
    """An entry of the timeline, with a video."""
    post_id = str(1_980_000_000_000_000_000 + number)
    media = {
        "type": "video",
        "original_info": {"width": 1280, "height": 720},
        "video_info": {
            "duration_millis": 15_000,
            "variants": [{"url": VIDEO, "content_type": "video/mp4", "bitrate": 2_176_000}],
        },
    }
    tweet = {
        "__typename": "Tweet",
        "rest_id": post_id,
        "core": {"user_results": {"result": {"core": {"screen_name": f"fan{number}"}}}},
        "legacy": {
            "full_text": text,
            "created_at": "Tue Jul 21 15:24:17 +0000 2026",
            "id_str": post_id,
            "extended_entities": {"media": [media]},
        },
    }
    item = {"__typename": "TimelineTweet", "itemType": "TimelineTweet", "tweet_results": {"result": tweet}}
    content = {"entryType": "TimelineTimelineItem", "itemContent": item}
    return {"entryId": f"tweet-{post_id}", "content": content}


def timeline(*entries: dict[str, Any]) -> dict[str, Any]:
    instructions = [{"type": "TimelineAddEntries", "entries": list(entries)}]
    return {
        "data": {"search_by_raw_query": {"search_timeline": {"timeline": {"instructions": instructions}}}}
    }


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class SearchSite:
    """What it answers is changed by the test between searches; what it was asked is kept."""

    def __init__(self) -> None:
        self.url = ""
        self.hits: Counter[str] = Counter()
        self.requests: list[web.Request] = []
        self.page: Handler = self.search_page
        self.answer: Handler = self.answers(timeline(post(1)))
        self.login: Handler = self.shows("<h1>Sign in to X</h1>")
        self._over = asyncio.Event()

    # -------------------------------------------------- what can be put in place

    def reset(self) -> None:
        self.page, self.answer = self.search_page, self.answers(timeline(post(1)))
        self.hits.clear()
        self.requests.clear()

    async def search_page(self, _request: web.Request) -> web.Response:
        return self.html(SHELL % ("", '<script src="/app.js"></script>'))

    def shows(self, body: str) -> Handler:
        """A page that shows this and asks for no timeline."""

        async def page(_request: web.Request) -> web.Response:
            return self.html(SHELL % (body, ""))

        return page

    def redirects(self, to: str) -> Handler:
        async def page(_request: web.Request) -> web.Response:
            raise web.HTTPFound(to)

        return page

    def answers(self, payload: object, status: int = 200, **headers: str) -> Handler:
        body = payload if isinstance(payload, str) else json.dumps(payload)
        named = {name.replace("_", "-"): value for name, value in headers.items()}

        async def answer(_request: web.Request) -> web.Response:
            return web.Response(text=body, status=status, content_type="application/json", headers=named)

        return answer

    async def hangs(self, _request: web.Request) -> web.Response:
        await self._over.wait()
        return web.Response()

    def html(self, text: str, status: int = 200, **headers: str) -> web.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(text=text, content_type="text/html", status=status, headers=named)

    # -------------------------------------------------- serving

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.hits[request.path] += 1
        self.requests.append(request)
        if request.path == "/search":
            return await self.page(request)
        if request.path.endswith("/SearchTimeline"):
            return await self.answer(request)
        if request.path == "/app.js":
            cached = {"Cache-Control": "max-age=3600"}
            return web.Response(text=APP_JS, content_type="text/javascript", headers=cached)
        if request.path.startswith("/i/") or request.path == "/":
            return await self.login(request)
        return web.Response(body=b"x")

    def end(self) -> None:
        self._over.set()


LOGS_IN = f"""<h1>Sign in to X</h1><script>setTimeout(() => {{
  document.cookie = "auth_token={AUTH_TOKEN}; path=/"; fetch("/home.json");
}}, 50)</script>"""
"""Signs in by itself, as a person would in the window."""


@contextmanager
def search_site_beside() -> Iterator[SearchSite]:
    """In a thread: for commands, which bring an event loop of their own."""
    sites: queue.SimpleQueue[SearchSite] = queue.SimpleQueue()
    loop, over = asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        async with served_search_site() as site:
            sites.put(site)
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), name="x")
    thread.start()
    try:
        yield sites.get(timeout=30)
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()


@asynccontextmanager
async def served_search_site() -> AsyncIterator[SearchSite]:
    site = SearchSite()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", site.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        site.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield site
    finally:
        site.end()
        await runner.cleanup()


def write_session(file: Path, *, auth_token: str = AUTH_TOKEN, ct0: str = "c" * 32) -> None:
    """A login as `footyd login` saves it, for the stand-in's host."""
    values = {"auth_token": auth_token, "ct0": ct0}
    cookies = [
        {"name": name, "value": value, "domain": "127.0.0.1", "path": "/", "expires": -1, "httpOnly": False}
        | {"secure": False, "sameSite": "Lax"}
        for name, value in values.items()
    ]
    file.write_text(json.dumps({"cookies": cookies, "origins": []}))
    file.chmod(0o600)
