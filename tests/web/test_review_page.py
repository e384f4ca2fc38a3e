"""The queue of goals that need a person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from footyd.adapters.mongo import Store
from footyd.model import GoalOutcome, GoalState
from tests.web.chromium import assert_fit_for_all, visiting
from tests.web.days import add_goals, add_match, goal_of, progress
from tests.web.goals import GOAL, Worked, a_poor_post, worked
from tests.web.site import Site

pytestmark = pytest.mark.xdist_group("page")


@pytest.fixture
async def at(store: Store, tmp_path: Path, net: Path) -> AsyncIterator[Worked]:
    async with worked(store, tmp_path, net) as found:
        yield found


async def a_queue(at: Worked) -> None:
    """A goal with three posts nobody believed, and two of another match without any."""
    await at.finds(
        a_poor_post("904", "main.mp4", text="what a strike by the captain, top corner"),
        a_poor_post("906", "angle.mp4", author="betking", text="boosted odds on Striker to score next"),
        a_poor_post("907", "small.mp4", author="Ø_bjørn", text="incredible scenes"),
    )
    await at.through_all_passes()
    await more_goals(at.site)


async def more_goals(site: Site) -> None:
    await add_match(site.store, 7, score=(2, 0), minute=60)
    for number in (1, 2):
        goal = goal_of(7, (number, 0), minute=20 * number, state=GoalState.CONFIRMED)
        await add_goals(site.store, goal)
        await progress(site.store, goal, reached=("searched",), outcome=GoalOutcome.NEEDS_REVIEW)


async def test_an_empty_queue_says_so(site: Site) -> None:
    assert "Nothing waits for you" in await site.page("/review")
    assert (await site.get("/api/v1/review")).json() == {"waiting": 0, "items": []}


async def test_goals_wait_with_their_best_posts_and_a_search(at: Worked) -> None:
    await a_queue(at)
    found = (await at.site.get("/api/v1/review")).json()
    assert found["waiting"] == 3
    goals = {item["goal"]["id"]: item for item in found["items"]}
    assert [post["id"] for post in goals[GOAL]["posts"]] == ["906", "904", "907"], "the best first"
    assert {post["reason"] for post in goals[GOAL]["posts"]} >= {"low_score"}
    assert goals[GOAL]["search_link"].startswith("https://x.com/search?q=")
    text = await at.site.page("/review")
    assert "No post is left to decide on." in text
    assert '<span class="badge">3' in text, "the navigation tells how many"


async def test_one_tap_accepts_rejects_searches_again_or_ends_it(at: Worked, browser: Browser) -> None:
    await a_queue(at)
    async with visiting(browser, at.site) as visitor:
        await visitor.open("/review")
        page = visitor.page
        cards = page.locator("main article")
        await expect(cards).to_have_count(3)
        ours = cards.filter(has_text="A. Striker")
        await ours.get_by_role("button", name="Reject").last.click()
        await expect(cards.filter(has_text="A. Striker").locator(".post")).to_have_count(2)
        await cards.filter(has_text="20'").get_by_role("button", name="There is no clip").click()
        await expect(cards).to_have_count(2)
        await cards.filter(has_text="40'").get_by_role("button", name="Search again").click()
        await expect(cards).to_have_count(1)
        await cards.get_by_role("button", name="Accept").first.click()
        await expect(page.get_by_text("Nothing waits for you")).to_be_visible()
        await expect(page.locator(".badge")).to_have_count(0)
        await at.work()
        await visitor.open(f"/goals/{GOAL}")
        await expect(page.locator("video")).to_have_count(1)
        assert visitor.wrong == []


async def test_a_goal_that_comes_to_need_a_person_comes_in_by_itself(at: Worked, browser: Browser) -> None:
    async with visiting(browser, at.site) as visitor:
        await visitor.open("/review")
        await expect(visitor.page.get_by_text("Nothing waits for you")).to_be_visible()
        await at.through_all_passes()
        await expect(visitor.page.locator("main article")).to_have_count(1)


async def test_with_scores_hidden_the_queue_gives_nothing_away(at: Worked, browser: Browser) -> None:
    await a_queue(at)
    async with visiting(browser, at.site) as visitor:
        await visitor.open("/")
        await visitor.page.get_by_role("button", name="Hide scores").click()
        await visitor.open("/review")
        text = await visitor.page.locator("main").inner_text()
        assert "Striker" not in text
        assert "1-0" not in text
        await visitor.page.get_by_text("Show the goal and its posts").first.click()
        await expect(visitor.page.get_by_role("button", name="Search again").first).to_be_visible()


async def test_the_queue_fits_a_phone_and_a_desk_and_everybody(at: Worked, browser: Browser) -> None:
    await a_queue(at)
    async with visiting(browser, at.site) as visitor:
        await assert_fit_for_all(visitor, "/review", "review")
