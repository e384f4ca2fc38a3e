"""A person logs in to X in a Chromium with a window; what comes of it is the login file's content."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any
from urllib.parse import urljoin

from playwright.async_api import Error, Page

from footyd.adapters.x_browser_chromium import Chromium, open_chromium
from footyd.adapters.x_browser_login import LOGIN_COOKIE, BrowserFailed
from footyd.config import BrowserConfig

LOGIN_PATH = "/i/flow/login"


async def log_in(config: BrowserConfig, *, headless: bool = False) -> dict[str, Any]:
    """The storage state once X gave the browser its login, however long that takes; raises BrowserFailed."""
    async with open_chromium(config, None, headless=headless) as chromium:
        try:
            await _until_logged_in(chromium, urljoin(str(config.base_url), LOGIN_PATH))
            return dict(await chromium.context.storage_state())
        except Error as exc:
            raise BrowserFailed("the browser was closed before you were logged in; try again") from exc


async def _until_logged_in(chromium: Chromium, url: str) -> None:
    """Look at the cookies whenever a page got something from X."""
    moved = asyncio.Event()
    chromium.context.on("response", lambda _response: moved.set())
    page = await chromium.context.new_page()
    page.on("close", lambda _page: moved.set())
    with suppress(Error):  # the window shows what is wrong, and may be reloaded
        await page.goto(url, wait_until="commit")
    while not await _is_logged_in(chromium, page):
        await moved.wait()
        moved.clear()


async def _is_logged_in(chromium: Chromium, page: Page) -> bool:
    if page.is_closed():
        raise BrowserFailed("the window was closed before you were logged in; try again")
    return any(cookie["name"] == LOGIN_COOKIE and cookie["value"] for cookie in await chromium.cookies())
