"""The Runs page in a browser."""

from __future__ import annotations

import pytest

from tests.web.chromium import Visitor, assert_fit_for_all
from tests.web.days import a_saturday
from tests.web.site import NOW
from tests.web.test_runs import add_run, an_afternoon

pytestmark = pytest.mark.xdist_group("page")


async def test_runs_is_fit_for_phone_and_desk_in_light_and_dark(visitor: Visitor) -> None:
    await a_saturday(visitor.site.store, NOW)
    await an_afternoon(visitor.site.store)
    await assert_fit_for_all(visitor, "/runs", "runs")
    await assert_fit_for_all(visitor, "/runs/ingest-2", "run")


async def test_a_run_asked_for_by_a_tap_is_followed_to_its_end(visitor: Visitor) -> None:
    site, page = visitor.site, visitor.page
    page.on("dialog", lambda dialog: dialog.accept())
    await visitor.open("/runs")
    job = page.locator(".job", has=page.get_by_role("heading", name="ingest"))
    await job.get_by_label("or for one day").fill("2026-08-20")
    await job.get_by_role("button", name="Fetch").click()
    await page.get_by_role("heading", name="Ingest 2026-08-20").wait_for()
    await page.get_by_text("waiting", exact=True).wait_for()
    assert site.jobs.asks == [("ingest", "person", "2026-08-20")]
    site.jobs.waiting.clear()
    counts = {"days": ["2026-08-20"], "fixtures_seen": 412}
    await add_run(site.store, "run-1", job="ingest", start=NOW, subject="2026-08-20", counts=counts)
    site.changed()
    await page.get_by_text("412").wait_for()
    assert await page.get_by_text("waiting", exact=True).count() == 0
    assert visitor.wrong == []


async def test_the_picture_of_the_way_stands_upright_on_a_phone_and_moves_on_by_itself(
    visitor: Visitor,
) -> None:
    site, page = visitor.site, visitor.page
    await visitor.open("/runs")
    assert await page.locator(".way-draw").evaluate_all("all => all.map(one => one.checkVisibility())") == [
        False,
        True,
    ]
    await page.locator("#way-table summary").click()
    await a_saturday(site.store, NOW)
    site.changed()
    await page.locator("#way-table td", has_text="3 in play").wait_for()
    await visitor.width(1440)
    await page.locator(".way-draw").first.wait_for()
    assert await page.locator(".way-draw").evaluate_all("all => all.map(one => one.checkVisibility())") == [
        True,
        False,
    ]
    assert visitor.wrong == []


async def test_the_tables_behind_the_drawings_are_fit_for_all_too(visitor: Visitor) -> None:
    await a_saturday(visitor.site.store, NOW)
    await visitor.width(360)
    for path in ("/runs", "/health"):
        await visitor.open(path)
        await visitor.page.locator("details:not([open]) > summary").last.click()
        await visitor.page.locator("main table").last.wait_for()
        assert (await visitor.violations(), await visitor.overflow()) == ([], 0)
