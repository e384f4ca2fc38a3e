"""A person with a browser: signing in, a proxy in between, pages that go wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import Browser, expect

from footyd.adapters.mongo import Store
from footyd.model import GoalState
from tests.web.chromium import Visitor, assert_fit_for_all, visiting
from tests.web.days import add_goals, add_match, goal_of
from tests.web.proxy import reverse_proxy
from tests.web.site import opened
from tests.web.test_access import TOKEN

pytestmark = pytest.mark.xdist_group("page")


async def test_one_signs_in_once_and_stays_so_over_a_restart(
    browser: Browser, store: Store, tmp_path: Path
) -> None:
    async with opened(store, tmp_path, {"web": {"token": TOKEN}}) as site, visiting(browser, site) as visitor:
        page = visitor.page
        await assert_fit_for_all(visitor, "/login", "login")
        await visitor.open("/?team=x")
        await page.get_by_label("Token").fill("not the token at all")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("alert")).to_contain_text("that is not the token")
        await page.get_by_label("Token").fill(TOKEN)
        await page.get_by_role("button", name="Sign in").click()
        await expect(page).to_have_url(f"{site.address}/?team=x")
        assert [wrong for wrong in visitor.wrong if "401" not in wrong] == []
        port = int(site.address.rpartition(":")[2])
        await site.stop()
        async with opened(store, tmp_path, {"web": {"token": TOKEN, "port": port}}):
            await page.reload()
            await expect(page.get_by_role("heading", name="Today")).to_be_visible()
            await page.get_by_role("button", name="Sign out").click()
            await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


@asynccontextmanager
async def another_site(page: str) -> AsyncIterator[str]:
    """To a browser `localhost` is another site than 127.0.0.1."""

    async def show(_request: web.Request) -> web.Response:
        return web.Response(text=page, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", show)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://localhost:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


async def test_a_link_on_another_site_signs_nobody_out(
    browser: Browser, store: Store, tmp_path: Path
) -> None:
    async with opened(store, tmp_path, {"web": {"token": TOKEN}}) as site, visiting(browser, site) as visitor:
        page = visitor.page
        await visitor.open("/login")
        await page.get_by_label("Token").fill(TOKEN)
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("heading", name="Today")).to_be_visible()
        async with another_site(f'<a href="{site.address}/library">the clips</a>') as there:
            await page.goto(there)
            await page.get_by_role("link", name="the clips").click()
            await expect(page.get_by_role("heading", name="Library")).to_be_visible()
            await page.reload()
        await expect(page.get_by_role("heading", name="Library")).to_be_visible()


async def test_a_link_on_another_site_shows_no_score_to_who_hides_them(visitor: Visitor) -> None:
    page, site = visitor.page, visitor.site
    await add_match(site.store, 1, score=(4, 3), minute=20)
    await visitor.open("/")
    await page.get_by_role("button", name="Hide scores").click()
    await expect(page.get_by_role("button", name="Show scores")).to_be_visible()
    async with another_site(f'<a href="{site.address}/">the day</a>') as there:
        await page.goto(there)
        await page.get_by_role("link", name="the day").click()
        await expect(page.get_by_role("heading", name="Today")).to_be_visible()
    await expect(page.get_by_role("button", name="Show scores")).to_be_visible()


@pytest.mark.parametrize("takes_off", [True, False])
async def test_behind_a_proxy_everything_stays_under_its_path(
    browser: Browser, store: Store, tmp_path: Path, takes_off: bool
) -> None:
    await add_match(store, 1, score=(0, 0), minute=20)
    async with (
        opened(store, tmp_path, {"web": {"token": TOKEN, "prefix": "/home/footyd"}}) as site,
        reverse_proxy(site.address, "/home/footyd", takes_off=takes_off) as address,
        visiting(browser, site) as visitor,
    ):
        page = visitor.page
        await page.goto(address + "/?league=39")
        await page.get_by_label("Token").fill(TOKEN)
        await page.get_by_role("button", name="Sign in").click()
        await expect(page).to_have_url(f"{address}/?league=39")
        await visitor.listens()
        await add_goals(store, goal_of(1, (1, 0), state=GoalState.PENDING))
        site.changed()
        await expect(page.locator("#f-1 .pill.warn")).to_have_text("poll 1 of 2")
        await page.get_by_role("button", name="Hide scores").click()
        await expect(page.get_by_role("button", name="Show scores")).to_be_visible()
        await expect(page).to_have_url(f"{address}/?league=39")
        assert visitor.wrong == []


async def test_what_is_not_there_is_said_on_a_page_like_the_others(visitor: Visitor) -> None:
    await visitor.page.goto(f"{visitor.site.address}/nothing")
    await expect(visitor.page.get_by_role("heading", name="Not Found")).to_be_visible()
    assert await visitor.violations() == []
    await visitor.page.get_by_role("link", name="To today's matches").click()
    await expect(visitor.page.get_by_role("heading", name="Today")).to_be_visible()
