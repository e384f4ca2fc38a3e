"""One Chromium, from its start to its last process.

To import this is to import Playwright (43 MB): it is done when a browser starts.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import structlog
from playwright.async_api import Browser, BrowserContext, Error, Page, Playwright, async_playwright

from footyd.adapters.x_browser_login import BrowserFailed
from footyd.adapters.x_browser_processes import Memory, children, command_line, end, held, memory, tree
from footyd.adapters.x_browser_profile import cleared, folders_of
from footyd.config import BrowserConfig

if TYPE_CHECKING:
    from playwright.async_api import StorageState

PAGE_SECONDS = 15
"""How long a page may take to open or to be left."""
STOP_SECONDS = 10
"""How long Chromium may take to end by itself; then it is killed."""
ARGUMENTS = (
    "--disable-dev-shm-usage",  # a container's /dev/shm of 64 MB lets Chromium crash
    "--disable-gpu",
    "--renderer-process-limit=1",
)
NOT_LOADED = (
    "*://pbs.twimg.com/*",
    "*://video.twimg.com/*",
    *(
        f"*.{ending}{query}"
        for ending in (
            "jpg",
            "jpeg",
            "png",
            "gif",
            "webp",
            "svg",
            "ico",
            "woff",
            "woff2",
            "ttf",
            "mp4",
            "m4s",
            "m3u8",
        )
        for query in ("", "?*")
    ),
)
"""Pictures, videos and fonts. Blocked by Chromium itself: Playwright's `route` would switch its cache off,
and each search would load megabytes of scripts anew."""

log = structlog.get_logger(__name__)


class Chromium:
    """A running Chromium with the one context that holds the login."""

    def __init__(self, browser: Browser, context: BrowserContext, driver: int | None) -> None:
        self._browser = browser
        self.context = context
        self._driver = driver
        self._page: Page | None = None
        self._is_stuck = False

    @property
    def is_alive(self) -> bool:
        return self._browser.is_connected() and not self._is_stuck

    async def page(self) -> Page:
        """The page to search in; raises BrowserFailed.

        One for all searches: closing a page in the moment of a navigation can hang for ever.
        """
        try:
            async with asyncio.timeout(PAGE_SECONDS):
                self._page = self._page or await self._new_page()
                return self._page
        except TimeoutError as exc:
            raise BrowserFailed("Chromium does not react; it was ended and starts anew") from exc
        except Error as exc:
            raise _failed(exc) from exc

    async def clear(self) -> None:
        """Leave the page's site, which would go on working; where that fails Chromium counts as dead."""
        self._is_stuck = True
        if self._page is None:
            return
        with suppress(TimeoutError, Error):
            async with asyncio.timeout(PAGE_SECONDS):
                await self._page.goto("about:blank", wait_until="commit")
                self._is_stuck = False

    async def _new_page(self) -> Page:
        """Loads neither pictures nor videos nor fonts."""
        page = await self.context.new_page()
        session = await self.context.new_cdp_session(page)
        await session.send("Network.enable")
        await session.send("Network.setBlockedURLs", {"urls": list(NOT_LOADED)})
        return page

    async def cookies(self) -> list[dict[str, Any]]:
        """Raises BrowserFailed."""
        try:
            return [dict(cookie) for cookie in await self.context.cookies()]
        except Error as exc:
            raise _failed(exc) from exc

    def memory(self) -> Memory:
        """Of the whole tree, Playwright's own driver included."""
        return memory(_tree(self._driver))


@asynccontextmanager
async def open_chromium(
    config: BrowserConfig, state: dict[str, Any] | None, *, headless: bool = True
) -> AsyncIterator[Chromium]:
    """Raises BrowserFailed. However it is left, also in the middle of the start, no process stays behind."""
    _refuse_no_program(config.executable)
    async with _nothing_left() as left, _driver() as (playwright, driver):
        try:
            browser = await _launch(playwright, config, headless=headless)
            left.update(folders_of(_tree(driver)))
            context = await browser.new_context(
                storage_state=cast("StorageState | None", state),
                user_agent=config.user_agent or await _own_user_agent(browser),
                locale="en-US",
                service_workers="block",  # one would answer in the page's place, unseen
                accept_downloads=False,
                no_viewport=not headless,
            )
        except Error as exc:
            raise BrowserFailed(_explained(exc, config)) from exc
        yield Chromium(browser, context, driver)


@asynccontextmanager
async def _nothing_left() -> AsyncIterator[set[Path]]:
    """The folders named in it are removed at the end."""
    left: set[Path] = set()
    try:
        yield left
    finally:
        await _to_the_end(cleared(left, within_seconds=STOP_SECONDS))


async def _launch(playwright: Playwright, config: BrowserConfig, *, headless: bool) -> Browser:
    """Chromium's sandbox is off only for root, for whom it refuses to start with one."""
    return await playwright.chromium.launch(
        executable_path=config.executable,
        headless=headless,
        chromium_sandbox=os.geteuid() != 0,
        args=list(ARGUMENTS),
        timeout=config.start_timeout_seconds * 1000,
        handle_sighup=False,  # the daemon's signals are the daemon's to answer
        handle_sigint=False,
        handle_sigterm=False,
    )


def _failed(error: Error) -> BrowserFailed:
    return BrowserFailed(f"Chromium fails ({_first_line(error)}); it starts anew")


def _first_line(error: Error) -> str:
    return error.message.splitlines()[0] if error.message else type(error).__name__


async def _own_user_agent(browser: Browser) -> str:
    session = await browser.new_browser_cdp_session()
    version = await session.send("Browser.getVersion")
    return str(version["userAgent"]).replace("Headless", "")


def _refuse_no_program(file: Path) -> None:
    if not file.exists():
        remedy = "install it (apt install chromium), or set search.browser.executable"
        raise BrowserFailed(f"no Chromium at {file}; {remedy}")
    if not os.access(file, os.X_OK):
        raise BrowserFailed(f"{file} may not be run; allow it, or set search.browser.executable")


def _explained(error: Error, config: BrowserConfig) -> str:
    file = config.executable
    if "sandboxing failed" in error.message:
        return (
            "Chromium finds no usable sandbox; allow it user namespaces (kernel.unprivileged_userns_clone=1)"
        )
    if "Timeout" in error.message:
        limit = f"{config.start_timeout_seconds:g} s"
        return f"Chromium did not start within {limit}; raise search.browser.start_timeout_seconds"
    return f"Chromium does not start ({_first_line(error)}); try {file} --headless --dump-dom about:blank"


@asynccontextmanager
async def _driver() -> AsyncIterator[tuple[Playwright, int | None]]:
    """Playwright's node process, which starts Chromium; its pid is told apart from our other children."""
    others = children(os.getpid())
    starting = asyncio.ensure_future(async_playwright().start())
    driver = None
    try:
        playwright = await asyncio.shield(starting)
        driver = _new_driver(others)
        yield playwright, driver
    except OSError as exc:
        raise BrowserFailed(f"Playwright does not start: {exc}; install footyd again") from exc
    finally:
        await _to_the_end(_stop(starting, driver or _new_driver(others)))


def _new_driver(others: set[int]) -> int | None:
    new = children(os.getpid()) - others
    return next((pid for pid in new if "run-driver" in command_line(pid)), None)


async def _stop(starting: asyncio.Future[Playwright], driver: int | None) -> None:
    """Ask Playwright to end, which ends Chromium; kill what does not go."""
    with held(_tree(driver)) as processes:
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await (await asyncio.shield(starting)).stop()
        except (TimeoutError, Error, OSError) as exc:
            log.warning("playwright does not stop", reason=str(exc) or type(exc).__name__)
            with held(_tree(driver)) as rest:
                await end(rest, within_seconds=0)
        if killed := await end(processes, within_seconds=STOP_SECONDS):
            log.warning("chromium killed", processes=killed)


def _tree(driver: int | None) -> list[int]:
    return tree(driver) if driver else []


async def _to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """A cancellation waits until the work is done."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise
