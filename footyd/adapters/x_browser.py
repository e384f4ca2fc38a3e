"""X's web search in a Chromium of the system's own, started when it is needed and ended when it is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from footyd.adapters.x_browser_login import BrowserFailed, Login, NoLogin, read_login
from footyd.adapters.x_browser_processes import Memory
from footyd.adapters.x_moving import QueryIds
from footyd.config import BrowserConfig
from footyd.model import AuthExpired, Found, NoResults, Query, SourceReply, Unavailable

if TYPE_CHECKING:  # Playwright costs 43 MB: it is imported when a browser starts
    from footyd.adapters.x_browser_chromium import Chromium

SOURCE = "browser"
ACCOUNT = "x"

log = structlog.get_logger(__name__)


class XBrowser:
    """The source `browser`: one search at a time, in one Chromium that lives while there are searches."""

    name = SOURCE
    account = ACCOUNT
    costs_money = False

    def __init__(
        self,
        config: BrowserConfig,
        session_file: Path,
        *,
        query_ids: QueryIds,
        clock: Callable[[], datetime],
        settle_seconds: float,
    ) -> None:
        self._config = config
        self._session_file = session_file
        self._query_ids = query_ids
        self._clock = clock
        self._settle_seconds = settle_seconds
        self._lock = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._chromium: Chromium | None = None
        self._login: Login | None = None
        self._idle: asyncio.Task[None] | None = None
        self.memory: Memory | None = None
        """As measured after the last search."""
        self.start_seconds: float | None = None
        """How long the last start took."""

    @property
    def is_running(self) -> bool:
        return self._chromium is not None

    async def search(self, query: Query) -> SourceReply:
        async with self._lock:
            self._cancel_idle()
            try:
                return await self._search(query)
            except NoLogin as exc:
                return AuthExpired(source=SOURCE, reason=str(exc))
            except BrowserFailed as exc:
                await self._end()
                return Unavailable(source=SOURCE, reason=str(exc))
            finally:
                if self._chromium is not None:
                    self._idle = asyncio.create_task(self._end_when_idle())

    async def close(self) -> None:
        """Until nothing of ours runs."""
        async with self._lock:
            self._cancel_idle()
            await self._end()

    async def _search(self, query: Query) -> SourceReply:
        chromium = await self._running()
        reply = await self._ask(chromium, query)
        if isinstance(reply, Found | NoResults) and chromium.is_alive:
            await self._keep_login(chromium)
        await self._weigh(chromium)
        if not chromium.is_alive:
            await self._end()
        return reply

    async def _ask(self, chromium: Chromium, query: Query) -> SourceReply:
        from footyd.adapters.x_browser_page import Watch, search_in, search_url  # noqa: PLC0415 - see above

        page = await chromium.page()
        watch = Watch(self._query_ids, self._clock, self._settle_seconds)
        url = search_url(str(self._config.base_url), query)
        reply = await search_in(page, url, watch, timeout_seconds=self._config.timeout_seconds)
        await chromium.clear()
        return reply

    # -------------------------------------------------- its life

    async def _running(self) -> Chromium:
        """The Chromium with the login in force, started if need be; raises NoLogin and BrowserFailed."""
        if self._chromium is not None and not (self._chromium.is_alive and self._is_login_current()):
            await self._end()
        return self._chromium or await self._start()

    async def _start(self) -> Chromium:
        from footyd.adapters.x_browser_chromium import open_chromium  # noqa: PLC0415 - see above

        login = read_login(self._session_file)
        limit = self._config.start_timeout_seconds
        begun = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(limit):
                opened = open_chromium(self._config, login.state)
                self._chromium = await self._stack.enter_async_context(opened)
        except TimeoutError as exc:
            reason = f"Chromium did not start within {limit:g} s; raise search.browser.start_timeout_seconds"
            raise BrowserFailed(reason) from exc
        self._login = login
        self.start_seconds = asyncio.get_running_loop().time() - begun
        log.info("chromium started", seconds=round(self.start_seconds, 1))
        return self._chromium

    def _is_login_current(self) -> bool:
        return self._login is not None and self._login.is_current()

    async def _keep_login(self, chromium: Chromium) -> None:
        if self._login is None:
            return
        try:
            self._login = self._login.kept(await chromium.cookies())
        except OSError as exc:
            log.warning("x login not saved", file=str(self._session_file), reason=exc.strerror)

    async def _weigh(self, chromium: Chromium) -> None:
        """Chromium never gives memory back by itself: past the bound it ends and starts anew."""
        self.memory = await asyncio.to_thread(chromium.memory)
        log.debug("chromium weighed", pss_bytes=self.memory.pss_bytes, processes=self.memory.processes)
        if self.memory.pss_bytes > self._config.memory_bytes:
            log.info("chromium ended for its memory", pss_bytes=self.memory.pss_bytes)
            await self._end()

    async def _end(self) -> None:
        self._chromium = None
        await self._stack.aclose()

    async def _end_when_idle(self) -> None:
        await asyncio.sleep(self._config.idle_seconds)
        async with self._lock:
            await self._end()

    def _cancel_idle(self) -> None:
        """Only ever under the lock: so it sleeps, or waits for the lock, and ends nothing halfway."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None


@asynccontextmanager
async def open_x_browser(
    config: BrowserConfig,
    session_file: Path,
    *,
    query_ids: QueryIds,
    clock: Callable[[], datetime],
    settle_seconds: float = 3.0,
) -> AsyncIterator[XBrowser]:
    """Nothing runs until the first search; after the block nothing runs any more."""
    browser = XBrowser(config, session_file, query_ids=query_ids, clock=clock, settle_seconds=settle_seconds)
    try:
        yield browser
    finally:
        await browser.close()
