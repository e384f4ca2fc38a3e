"""The page of a goal: what it tells, in a browser and without one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Request, expect

from footyd.adapters.mongo import Store
from footyd.model import GoalState
from tests.web.chromium import assert_fit_for_all, visiting
from tests.web.days import add_goals, add_match, goal_of
from tests.web.goals import GOAL, Worked, two_keepers, worked
from tests.web.site import Site

pytestmark = pytest.mark.xdist_group("page")

PAGE = f"/goals/{GOAL}"
API = f"/api/v1{PAGE}"
PLAYED = "video => video.currentTime > 0.3"


@pytest.fixture
async def at(store: Store, tmp_path: Path, net: Path) -> AsyncIterator[Worked]:
    async with worked(store, tmp_path, net) as found:
        yield found


# ---------------------------------------------------------------- what is told


async def test_a_keeper_is_shown_with_the_copies_it_won_against_and_why(at: Worked) -> None:
    await two_keepers(at)
    found = (await at.site.get(API)).json()
    main, angle = found["keepers"]
    assert (main["post"]["id"], angle["post"]["id"]) == ("900", "903")
    assert sorted(copy["post"]["id"] for copy in main["copies"]) == ["901", "902"]
    assert angle["copies"] == []
    for copy in main["copies"]:
        assert "of the one kept" in copy["reason"]
        assert copy["match_score"] > 0.8
        assert 0 < copy["overlap_seconds"] <= copy["duration_seconds"] + 1
        assert copy["may_be_chosen"]
    text = await at.site.page(PAGE)
    assert "Kept instead of 2 copies" in text
    assert "% alike over" in text
    assert "fingerprint" not in str(found)


async def test_posts_are_shown_with_verdicts_and_reasons_the_taken_ones_first(at: Worked) -> None:
    await two_keepers(at)
    posts = {post["id"]: post for post in (await at.site.get(API)).json()["posts"]}
    assert {id: post["state"] for id, post in posts.items()} == {
        **dict.fromkeys(("900", "901", "902", "903"), "downloaded"),
        "904": "rejected",
        "905": "failed",
    }
    assert (posts["904"]["reason"], posts["905"]["reason"]) == ("low_score", "dead_link")
    text = await at.site.page(PAGE)
    assert text.index("/status/905") < text.index("/status/904")
    links = [line for line in text.splitlines() if 'href="https://x.com/' in line]
    assert links
    assert all('rel="noreferrer noopener"' in line for line in links)


async def test_the_timeline_tells_everything_in_its_order(at: Worked) -> None:
    await two_keepers(at)
    kinds = [one["kind"] for one in (await at.site.get(API)).json()["timeline"]]
    assert kinds == [
        "sighted",
        "confirmed",
        "searched",
        *["downloaded"] * 4,
        "failed",
        *["stored"] * 2,
        *["duplicate"] * 2,
    ]
    text = await at.site.page(PAGE)
    for told in ("poll 1 of 2", "Pass 1 searched nitter: 6 new posts, 5 to take", "Copy not kept"):
        assert told in text


async def test_a_goal_seen_once_says_so_and_takes_no_wishes(site: Site) -> None:
    await add_match(site.store, 1, score=(1, 0), minute=9)
    await add_goals(site.store, goal_of(1, (1, 0), state=GoalState.PENDING))
    text = await site.page("/goals/1-10-1-0-1")
    assert "poll 1 of 2" in text
    assert "Search again" not in text
    found = await site.post("/goals/1-10-1-0-1/cancel")
    assert found.status == 404


async def test_a_goal_that_nobody_has_seen_is_not_found(site: Site) -> None:
    assert (await site.get("/goals/nothing")).status == 404
    found = await site.get("/api/v1/goals/nothing")
    assert (found.status, found.json()["detail"][:21]) == (404, "there is no goal noth")


async def test_what_a_post_says_cannot_become_a_script(at: Worked) -> None:
    evil = '<script>alert(1)</script>"onload=x'
    await two_keepers(at)
    candidates = at.site.store.database.candidates
    await candidates.update_many({}, {"$set": {"post.text": evil, "post.author": evil}})
    refused = {"rejection.detail": evil, "rejection.reason": evil}
    await candidates.update_many({"rejection": {"$ne": None}}, {"$set": refused})
    await at.site.store.database.timeline.update_many({"goal_id": GOAL}, {"$set": {"facts.author": evil}})
    text = await at.site.page(PAGE)
    assert "<script>alert" not in text
    assert '"onload=x' not in text


async def test_a_link_that_is_no_web_address_is_not_made_one(at: Worked) -> None:
    """A record spoilt by hand must not run as a script of ours."""
    await two_keepers(at)
    await at.site.store.database.candidates.update_many({}, {"$set": {"post.url": "javascript:alert(1)"}})
    urls = {"facts.url": "javascript:alert(1)"}
    await at.site.store.database.timeline.update_many({"facts.url": {"$gt": ""}}, {"$set": urls})
    assert 'href="javascript:' not in await at.site.page(PAGE)


async def test_goals_are_listed_page_by_page_and_narrowed(site: Site) -> None:
    await add_match(site.store, 1, score=(3, 0), minute=60)
    await add_match(site.store, 2, score=(2, 0), minute=60)
    goals = [goal_of(n, (m, 0), minute=10 * m, state=GoalState.CONFIRMED) for n in (1, 2) for m in (1, 2)]
    await add_goals(site.store, *goals)
    await site.store.goals.cancel(goals[0].id, site.now)
    seen: list[str] = []
    path = "/api/v1/goals?limit=1"
    while path:
        found = (await site.get(path)).json()
        seen += [item["id"] for item in found["items"]]
        path = f"/api/v1/goals?limit=1&cursor={found['next']}" if found["next"] else ""
    assert seen == sorted((goal.id for goal in goals), reverse=True)
    for query, count in (("fixture=1", 2), ("state=cancelled", 1), ("outcome=stored", 0)):
        assert len((await site.get(f"/api/v1/goals?{query}")).json()["items"]) == count
    for query in ("state=odd", "outcome=odd", "cursor=odd", "cursor=W10", "limit=0", "fixture=x"):
        assert (await site.get(f"/api/v1/goals?{query}")).status in {400, 404}, query


# ---------------------------------------------------------------- in a browser


async def test_a_clip_plays_and_is_asked_for_in_stretches(at: Worked, browser: Browser) -> None:
    await two_keepers(at)
    asked: list[str | None] = []

    async def note(request: Request) -> None:
        if "/media/clips/" in request.url:
            asked.append(await request.header_value("range"))

    async with visiting(browser, at.site) as visitor:
        visitor.page.on("request", note)
        await visitor.open(PAGE)
        assert asked == [], "nothing is loaded before it is played"
        video = visitor.page.locator("video").first
        assert await video.evaluate("video => video.readyState") == 0
        await video.evaluate("video => { video.muted = true; return video.play(); }")
        handle = await video.element_handle()
        await visitor.page.wait_for_function(PLAYED, arg=handle)
        assert asked[0]
        assert asked[0].startswith("bytes=0")
        assert visitor.wrong == []


async def test_posters_are_there_before_anything_plays(at: Worked, browser: Browser) -> None:
    await two_keepers(at)
    async with visiting(browser, at.site) as visitor:
        async with visitor.page.expect_response(lambda reply: "/media/posters/" in reply.url) as waiting:
            await visitor.open(PAGE)
        assert (await (await waiting.value).body())[:4] == b"RIFF"


async def test_the_page_follows_its_goal_while_it_is_open(at: Worked, browser: Browser) -> None:
    async with visiting(browser, at.site) as visitor:
        await visitor.open(PAGE)
        page = visitor.page
        await expect(page.locator(".way .now .name")).to_have_text("searched")
        await expect(page.locator("video")).to_have_count(0)
        await two_keepers(at)
        await expect(page.locator("video")).to_have_count(2)
        await expect(page.locator("#goal-timeline")).to_contain_text("Stored in the library")
        assert visitor.wrong == []


async def test_with_scores_hidden_nothing_is_given_away_before_a_tap(at: Worked, browser: Browser) -> None:
    await two_keepers(at)
    async with visiting(browser, at.site) as visitor:
        await visitor.open("/")
        await visitor.page.get_by_role("button", name="Hide scores").click()
        await visitor.open(PAGE)
        assert "Striker" not in await visitor.page.title()
        main = visitor.page.locator("main")
        assert "Striker" not in await main.inner_text()
        assert "1-0" not in await main.inner_text()
        await expect(visitor.page.locator("video").first).not_to_be_visible()
        await visitor.page.get_by_text("Show the goal").click()
        await expect(visitor.page.locator("video").first).to_be_visible()


async def test_a_goal_fits_a_phone_and_a_desk_and_everybody(at: Worked, browser: Browser) -> None:
    await two_keepers(at)
    async with visiting(browser, at.site) as visitor:
        await visitor.page.add_init_script(
            "addEventListener('load', () => document.querySelectorAll('details').forEach(d => d.open = true))"
        )
        await assert_fit_for_all(visitor, PAGE, "goal")


async def test_a_visitor_without_a_script_sees_the_same(at: Worked, browser: Browser) -> None:
    await two_keepers(at)
    async with visiting(browser, at.site, javascript=False) as visitor:
        await visitor.open(PAGE)
        await expect(visitor.page.locator("video")).to_have_count(2)
        await visitor.page.get_by_text("Kept instead of 2 copies").click()
        await visitor.page.get_by_role("button", name="Keep this one instead").first.click()
        await expect(visitor.page.locator("#goal-timeline")).to_contain_text("A person chose the clip")
