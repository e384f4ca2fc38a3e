"""One search in a page of Chromium: the timeline's answer, a login wall or the posts shown decides."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import structlog
from playwright.async_api import Error, Frame, Page, Response

from footyd.adapters.source_http import limited_until
from footyd.adapters.x_browser_dom import SHOWN, read_shown
from footyd.adapters.x_errors import CSRF, error_codes, is_login_page, login_wall, reply_to_errors
from footyd.adapters.x_moving import QueryIds
from footyd.adapters.x_timeline import read_timeline
from footyd.model import Query, RateLimited, SourceReply, Unavailable

SOURCE = "browser"
TITLE_SECONDS = 2.0

STALE_CT0 = "X refuses the ct0 of its own page (code 353); if it stays, run footyd login"
WENT_AWAY = Unavailable(source=SOURCE, reason="Chromium ended during the search; it starts anew")

_TIMELINE = re.compile(r"/i/api/graphql/([\w-]+)/SearchTimeline(?:[?#]|$)")

log = structlog.get_logger(__name__)


def search_url(base_url: str, query: Query) -> str:
    text = f"{query.text} since_time:{int(query.since.timestamp())}"
    return urljoin(base_url, "/search") + "?" + urlencode({"q": text, "src": "typed_query", "f": "live"})


async def search_in(page: Page, url: str, watch: Watch, *, timeout_seconds: float) -> SourceReply:
    """What the search page tells within the time; Playwright's own failures are replies too."""
    watch.attach(page)
    watch.begin(_open(page, url, watch))
    watch.begin(_read_page(page, watch))
    try:
        async with asyncio.timeout(timeout_seconds):
            return await watch.decided
    except TimeoutError:
        return watch.held or await _silence(page, url, timeout_seconds)
    finally:
        watch.detach(page)
        await watch.end()


class Watch:
    """Gathers what a page tells: the first conclusive word decides, an outage when nothing better follows.

    `settle_seconds` is how long better news may still come: the timeline after its posts, a login wall after
    a refusal.
    """

    def __init__(self, query_ids: QueryIds, clock: Callable[[], datetime], settle_seconds: float) -> None:
        self.settle_seconds = settle_seconds
        self.decided: asyncio.Future[SourceReply] = asyncio.get_running_loop().create_future()
        self.held: SourceReply | None = None
        self._query_ids = query_ids
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    def attach(self, page: Page) -> None:
        page.on("response", self.on_response)
        page.on("framenavigated", self.on_navigation)
        page.on("crash", self.on_crash)

    def detach(self, page: Page) -> None:
        page.remove_listener("response", self.on_response)
        page.remove_listener("framenavigated", self.on_navigation)
        page.remove_listener("crash", self.on_crash)

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)

    async def end(self) -> None:
        if self._timer:
            self._timer.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def tell(self, reply: SourceReply) -> None:
        """Decide by this reply; an outage is held back for a while, since the page may show more."""
        if not isinstance(reply, Unavailable):
            self.decide(reply)
        elif self.held is None:
            self.held = reply
            patience = 2 * self.settle_seconds  # the page's own posts, read after one, come before it
            self._timer = asyncio.get_running_loop().call_later(patience, self.decide, reply)

    def decide(self, reply: SourceReply) -> None:
        if not self.decided.done():
            self.decided.set_result(reply)

    def limited_by(self, response: Response) -> RateLimited:
        return RateLimited(source=SOURCE, until=limited_until(response.headers, self._clock()))

    # -------------------------------------------------- what the page reports

    def on_response(self, response: Response) -> None:
        found = _TIMELINE.search(response.url)
        if found and response.request.method != "OPTIONS":
            self.begin(self._read_timeline(response, found[1]))

    def on_navigation(self, frame: Frame) -> None:
        if frame.parent_frame is None and is_login_page(frame.url):
            self.decide(login_wall(SOURCE))

    def on_crash(self, _page: Page) -> None:
        self.decide(Unavailable(source=SOURCE, reason="X's page crashed in Chromium; is memory short?"))

    async def _read_timeline(self, response: Response, query_id: str) -> None:
        if response.status == 429:
            self.decide(self.limited_by(response))
            return
        try:
            payload = json.loads(await response.text())
        except (Error, ValueError) as exc:
            log.debug("timeline unreadable", reason=str(exc))
            reason = f"X's search answer (HTTP {response.status}) broke off or is not JSON"
            self.tell(Unavailable(source=SOURCE, reason=reason))
            return
        until = limited_until(response.headers, self._clock())
        if CSRF in error_codes(payload):
            self.tell(Unavailable(source=SOURCE, reason=STALE_CT0))
        elif response.status == 200:
            self._query_ids.seen(query_id)
            self.tell(read_timeline(payload, SOURCE, limited_until=until))
        else:
            refusal = f"X answered HTTP {response.status} to the search"
            self.tell(
                reply_to_errors(payload, SOURCE, limited_until=until)
                or Unavailable(source=SOURCE, reason=refusal)
            )


async def _open(page: Page, url: str, watch: Watch) -> None:
    host = urlsplit(url).netloc
    try:
        response = await page.goto(url, wait_until="commit", timeout=0)
    except Error as exc:
        found = re.search(r"net::\w+", exc.message)
        reply = (
            Unavailable(source=SOURCE, reason=f"{host} is out of reach ({found[0]})") if found else WENT_AWAY
        )
        if found and found[0] == "net::ERR_ABORTED":  # the page went elsewhere, perhaps to the login wall
            watch.tell(reply)
        else:
            watch.decide(reply)
        return
    if response is None or response.status < 400:
        return
    if response.status == 429:
        watch.decide(watch.limited_by(response))
        return
    remedy = (
        "; Cloudflare stands before it: wait, or run footyd login" if "cf-ray" in response.headers else ""
    )
    watch.tell(Unavailable(source=SOURCE, reason=f"{host} answered HTTP {response.status}{remedy}"))


async def _read_page(page: Page, watch: Watch) -> None:
    """Posts that are shown although no timeline could be read are read from the page."""
    try:
        await page.wait_for_selector(SHOWN, state="attached", timeout=0)
        await asyncio.sleep(watch.settle_seconds)
        html = await page.content()
    except Error as exc:
        log.debug("page lost", reason=exc.message)
        watch.decide(WENT_AWAY)
        return
    reply = read_shown(html, SOURCE)
    if not watch.decided.done() and not isinstance(reply, Unavailable):
        log.warning("posts read from the page", why=getattr(watch.held, "reason", "no search timeline seen"))
    watch.tell(reply)


async def _silence(page: Page, url: str, seconds: float) -> Unavailable:
    title = ""
    try:
        async with asyncio.timeout(TITLE_SECONDS):
            title = await page.title()
    except (TimeoutError, Error) as exc:
        log.debug("page without title", reason=str(exc))
    shown = f'; its page is "{title[:80]}"' if title else ""
    reason = f"{urlsplit(url).netloc} gave no search answer in {seconds:g} s{shown}"
    return Unavailable(source=SOURCE, reason=reason)
