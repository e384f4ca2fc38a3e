"""Today in a browser and without one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.async_api import Browser, expect

from footyd.model import FixtureState, GoalOutcome, GoalState, SourceRest
from footyd.web.server import serve
from tests.builders import KICKOFF
from tests.waiting import until
from tests.web.chromium import Visitor, assert_fit_for_all, visiting
from tests.web.days import a_saturday, add_goals, add_match, goal_of, progress
from tests.web.site import NOW, Site

pytestmark = pytest.mark.xdist_group("page")


# ---------------------------------------------------------------- what is shown


async def day(site: Site, query: str = "", which: str = "today") -> dict[str, object]:
    found: dict[str, object] = (await site.get(f"/api/v1/days/{which}{query}")).json()
    return found


async def test_matches_stand_by_what_they_are_doing(site: Site) -> None:
    await a_saturday(site.store, NOW)
    found = (await site.get("/api/v1/days/today")).json()
    assert [(f["id"], f["phase"]) for f in found["fixtures"] if f["phase"] != "playing"] == [
        (6, "finished"),
        (7, "deferred"),
        (4, "upcoming"),
        (5, "upcoming"),
    ]
    text = await site.page()
    titles = [text.index(word) for word in ("In play", "To come", "Finished", "Put off")]
    assert titles == sorted(titles)


async def test_a_goal_shows_how_far_it_got_and_how_long_each_stage_took(site: Site) -> None:
    await a_saturday(site.store, NOW)
    fixtures = {f["id"]: f for f in (await site.get("/api/v1/days/today")).json()["fixtures"]}
    stored, working, pending = fixtures[1]["goals"]
    assert [(s["name"], s["state"], s["took_seconds"]) for s in stored["stages"]] == [
        ("sighted", "done", None),
        ("confirmed", "done", 300.0),
        ("searched", "done", 4.0),
        ("downloaded", "done", 4.0),
        ("deduped", "done", 4.0),
        ("stored", "done", 4.0),
    ]
    assert [s["state"] for s in working["stages"]] == ["done"] * 4 + ["now", "waiting"]
    assert [s["state"] for s in pending["stages"]] == ["done", "now"] + ["waiting"] * 4
    assert (working["search_pass"], pending["search_pass"], pending["state"]) == (2, None, "pending")
    assert [s["state"] for s in fixtures[3]["goals"][0]["stages"]][:2] == ["done", "ended"]
    review, taken = fixtures[6]["goals"][2:]
    assert (review["outcome"], [s["state"] for s in review["stages"]][3]) == ("needs_review", "ended")
    assert (taken["state"], [s["state"] for s in taken["stages"]][3]) == ("cancelled", "ended")


async def test_a_stage_of_old_records_that_nobody_dated_is_done_all_the_same(site: Site) -> None:
    await add_match(site.store, 1, score=(1, 0))
    goal = goal_of(1, (1, 0), state=GoalState.CONFIRMED)
    await add_goals(site.store, goal)
    await progress(site.store, goal, outcome=GoalOutcome.STORED)
    await site.store.database.goals.update_one({"_id": goal.id}, {"$unset": {"reached": ""}})
    [fixture] = (await site.get("/api/v1/days/today")).json()["fixtures"]
    assert [(s["state"], s["took_seconds"]) for s in fixture["goals"][0]["stages"]][2:] == [
        ("done", None)
    ] * 4
    assert await site.page()


async def test_a_match_in_play_since_yesterday_belongs_to_both_days(site: Site) -> None:
    late = KICKOFF.replace(hour=23) - timedelta(days=1)
    await add_match(site.store, 1, kickoff=late, minute=80, score=(0, 0))
    await add_match(site.store, 2, kickoff=late, state=FixtureState.COMPLETED, score=(0, 0))
    for which, expected in (("today", [1]), ("2026-08-21", [1, 2]), ("2026-08-23", [])):
        found = (await site.get(f"/api/v1/days/{which}")).json()
        assert [f["id"] for f in found["fixtures"]] == expected, which


async def test_the_day_ends_at_midnight_of_where_the_user_lives(site: Site) -> None:
    zone = site.config.ingest.model_copy(update={"time_zone": "America/New_York"})
    site.config = site.config.model_copy(update={"ingest": zone})
    early = KICKOFF.replace(hour=3)
    await add_match(site.store, 1, kickoff=early, state=FixtureState.COMPLETED, score=(0, 0))
    assert (await site.get("/api/v1/days/today")).json()["fixtures"] == []
    [fixture] = (await site.get("/api/v1/days/2026-08-21")).json()["fixtures"]
    assert fixture["id"] == 1


async def test_a_league_and_a_team_can_be_chosen(site: Site) -> None:
    await a_saturday(site.store, NOW)
    for query, expected in (
        ("?league=40", {2, 5, 7}),
        ("?team=qarth", {2, 3}),
        ("?team=QARTH&league=40", {2}),
    ):
        found = (await site.get(f"/api/v1/days/today{query}")).json()
        assert {f["id"] for f in found["fixtures"]} == expected
        text = await site.page(f"/{query}")
        assert {n for n in range(1, 8) if f'id="f-{n}"' in text} == expected
    assert "No followed match fits." in await site.page("/?team=nobody")
    assert (await site.get("/?league=x")).status == 400


async def test_names_of_the_outside_world_are_text_never_markup(site: Site) -> None:
    hostile = "<script>alert('goal')</script>"
    await add_match(site.store, 1, score=(1, 0))
    await site.store.database.fixtures_active.update_one(
        {}, {"$set": {"home.name": hostile, "league": hostile}}
    )
    await add_goals(site.store, goal_of(1, (1, 0), state=GoalState.CONFIRMED))
    await site.store.database.goals.update_one({}, {"$set": {"player": hostile}})
    text = await site.page()
    assert "<script>" not in text
    assert text.count("&lt;script&gt;") == 3, "home, league and scorer"
    parts = await site.live.parts("day:2026-08-22:shown")
    assert "<script" not in "".join(parts.html.values())


async def test_a_quiet_day_and_a_daemon_that_is_gone_say_so(site: Site) -> None:
    text = await site.page()
    assert "No followed match on this day." in text
    assert "not running" in text


async def test_what_needs_a_person_stands_above_the_day_with_a_way_there(site: Site) -> None:
    await a_saturday(site.store, NOW)
    await site.store.runs.save_rest(SourceRest(source="nitter", until=None, step=1, reason="blocked"))
    await site.store.runs.save_rest(
        SourceRest(source="api", until=NOW + timedelta(minutes=9), step=1, reason="rate_limited")
    )
    text = await site.page()
    assert '<a class="pill warn" href="/review">1 goal needs review</a>' in text
    assert '<a class="pill bad" href="/health">nitter needs you</a>' in text
    assert '<a class="pill warn" href="/health">api rests</a>' in text
    assert "6480 of 7500 calls left" in text


async def test_with_scores_hidden_the_page_tells_none_until_one_asks(site: Site) -> None:
    await a_saturday(site.store, NOW)
    assert "Hide scores" in await site.page()
    done = await site.post("/spoilers", {"hide": "1", "next": "/?league=39"})
    assert done.headers["Location"] == "/?league=39"
    text = await site.page()
    assert text.count('<details class="spoiler"') == 4
    outside = "".join(part.split("</details>")[-1] for part in text.split('<details class="spoiler"'))
    assert "2-1" not in outside
    assert "Bjørnsson" not in outside
    await site.post("/spoilers", {"hide": "0"})
    assert 'class="spoiler"' not in await site.page()


# ---------------------------------------------------------------- in a browser


async def test_today_is_fit_for_phone_and_desk_in_light_and_dark(visitor: Visitor) -> None:
    await a_saturday(visitor.site.store, NOW)
    await assert_fit_for_all(visitor, "/", "today")
    await visitor.site.post("/spoilers", {"hide": "1"})
    await visitor.page.context.add_cookies(
        [{"name": "footyd_spoilers", "value": "hide", "url": visitor.site.address}]
    )
    await assert_fit_for_all(visitor, "/", "today-hidden")
    await assert_fit_for_all(visitor, "/?day=2020-01-01", "today-empty")


async def test_a_goal_goes_through_its_stages_before_ones_eyes(visitor: Visitor) -> None:
    store, page = visitor.site.store, visitor.page
    await add_match(store, 1, score=(0, 0), minute=20)
    await add_match(store, 2, score=(0, 0), minute=20)
    await visitor.open()
    await visitor.listens()
    await page.evaluate("window.marked = document.getElementById('f-2')")
    goal = goal_of(1, (1, 0), state=GoalState.PENDING)
    await add_goals(store, goal)
    visitor.site.changed()
    line = page.locator(f"[id='g-{goal.id}']")
    await expect(line.locator(".pill")).to_have_text("poll 1 of 2")
    confirmed = goal_of(1, (1, 0), state=GoalState.CONFIRMED)
    await add_goals(store, confirmed)
    for number, stage in enumerate(("searched", "downloaded", "deduped", "stored")):
        reached = ("searched", "downloaded", "deduped", "stored")[:number]
        await progress(store, confirmed, reached=reached, next_at=NOW)
        visitor.site.changed()
        await expect(line.locator(".way .now .name")).to_have_text(stage)
    await progress(store, confirmed, outcome=GoalOutcome.STORED)
    visitor.site.changed()
    await expect(line.locator(".way .done")).to_have_count(6)
    assert await page.evaluate("window.marked === document.getElementById('f-2')"), (
        "the rest stayed as it was"
    )
    assert not visitor.wrong


async def test_a_new_match_appears_and_what_is_open_and_focused_stays_so(visitor: Visitor) -> None:
    store, page = visitor.site.store, visitor.page
    await add_match(store, 1, score=(0, 0), minute=20)
    await visitor.open()
    await page.locator("#filter summary").click()
    await page.get_by_label("Team").focus()
    await page.keyboard.type("r")
    await add_match(store, 2, score=(0, 0), minute=1)
    visitor.site.changed()
    await expect(page.locator("#f-2")).to_be_visible()
    assert await page.evaluate("document.getElementById('filter').open")
    assert await page.evaluate("document.activeElement.name") == "team"
    assert await page.get_by_label("Team").input_value() == "r"


async def test_times_are_those_of_the_reader(visitor: Visitor) -> None:
    await add_match(visitor.site.store, 1, state=FixtureState.STAGING)
    await visitor.open()
    await expect(visitor.page.locator("#f-1 time")).to_have_text("16:00")


async def test_the_page_comes_back_by_itself_after_a_restart(visitor: Visitor) -> None:
    site, page = visitor.site, visitor.page
    await add_match(site.store, 1, score=(0, 0), minute=20)
    await visitor.open()
    await until(lambda: site.live.streams == 1)
    port = int(site.address.rpartition(":")[2])
    site.live.close()
    site.config = site.config.model_copy(update={"web": site.config.web.model_copy(update={"port": port})})
    await site.stop()
    await expect(page.locator("#away")).to_be_visible()
    await add_match(site.store, 2, score=(0, 0), minute=1)
    async with serve(site.answers):
        await expect(page.locator("#f-2")).to_be_visible(timeout=30_000)
        await expect(page.locator("#away")).to_be_hidden()


async def test_everything_works_without_javascript(browser: Browser, site: Site) -> None:
    await a_saturday(site.store, NOW)
    async with visiting(browser, site, javascript=False) as visitor:
        await visitor.open()
        await visitor.page.get_by_role("button", name="Hide scores").click()
        summary = visitor.page.locator("#s-1 summary")
        await expect(visitor.page.get_by_text("2-1", exact=True).first).to_be_hidden()
        await summary.click()
        await expect(visitor.page.locator("#s-1 .shown")).to_be_visible()
        await visitor.page.locator("#filter summary").click()
        await visitor.page.get_by_label("Team").fill("qarth")
        await visitor.page.get_by_role("button", name="Show", exact=True).click()
        await expect(visitor.page.locator("article.match")).to_have_count(2)


async def test_the_keyboard_reaches_everything_and_skips_the_navigation(visitor: Visitor) -> None:
    await a_saturday(visitor.site.store, NOW)
    await visitor.open()
    await visitor.page.keyboard.press("Tab")
    await expect(visitor.page.locator(".skip")).to_be_focused()
    await visitor.page.keyboard.press("Enter")
    await visitor.page.keyboard.press("Tab")
    assert await visitor.page.evaluate("document.activeElement.closest('main') !== null")
    outline = await visitor.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
