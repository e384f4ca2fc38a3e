"""Logging in by hand, with a Chromium that shows no window and a login page that fills itself in."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from footyd.adapters.x_browser_login import BrowserFailed
from footyd.adapters.x_browser_processes import children
from footyd.adapters.x_browser_window import log_in
from footyd.config import BrowserConfig
from tests.adapters.x_search_site import AUTH_TOKEN, LOGS_IN, SearchSite, served_search_site
from tests.waiting import until

CHROMIUM = BrowserConfig().executable

pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no {CHROMIUM}"),
]


@pytest_asyncio.fixture
async def site() -> AsyncIterator[SearchSite]:
    async with served_search_site() as served:
        yield served


async def test_the_login_is_taken_as_soon_as_x_gives_it(site: SearchSite) -> None:
    site.login = site.shows(LOGS_IN)
    state = await log_in(BrowserConfig.model_validate({"base_url": site.url}), headless=True)
    assert {cookie["name"]: cookie["value"] for cookie in state["cookies"]} == {"auth_token": AUTH_TOKEN}


async def test_a_browser_closed_before_the_login_is_told(site: SearchSite) -> None:
    waiting = asyncio.create_task(log_in(BrowserConfig.model_validate({"base_url": site.url}), headless=True))
    await until(lambda: site.hits["/i/flow/login"])
    [chromium] = [pid for driver in children(os.getpid()) for pid in children(driver)]
    os.kill(chromium, signal.SIGKILL)
    with pytest.raises(BrowserFailed):
        async with asyncio.timeout(60):
            await waiting


async def test_giving_up_ends_the_browser(site: SearchSite) -> None:
    waiting = asyncio.create_task(log_in(BrowserConfig.model_validate({"base_url": site.url}), headless=True))
    await until(lambda: site.hits["/i/flow/login"])
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
