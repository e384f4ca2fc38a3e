"""What a person asks for, by buttons and over the API, until the library shows it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Dialog, expect

from footyd.adapters.mongo import Store
from tests.pipeline.desk import a_good_post
from tests.web.chromium import visiting
from tests.web.goals import GOAL, Worked, a_poor_post, two_keepers, worked

pytestmark = pytest.mark.xdist_group("page")

PAGE = f"/goals/{GOAL}"
API = f"/api/v1{PAGE}"


@pytest.fixture
async def at(store: Store, tmp_path: Path, net: Path) -> AsyncIterator[Worked]:
    async with worked(store, tmp_path, net) as found:
        yield found


async def ask(at: Worked, act: str, wish: dict[str, Any] | None = None) -> tuple[int, Any]:
    """Over the API, as a script does that has no token."""
    token = (await at.site.get("/api/v1/session")).json()["csrf_token"]
    found = await at.site.ask("POST", f"{API}/{act}", json=wish, headers={"X-CSRF-Token": token})
    return found.status, found.json()


async def kept(at: Worked) -> list[str]:
    return [keeper["post"]["id"] for keeper in (await at.site.get(API)).json()["keepers"]]


# ---------------------------------------------------------------- over the API


async def test_an_accepted_post_is_stored_by_the_next_pass(at: Worked) -> None:
    await at.finds(a_poor_post("904", "main.mp4"))
    status, told = await ask(at, "accept", {"post": "904"})
    assert (status, told) == (200, {"goal_id": GOAL, "posts": ["904"], "due": [GOAL]})
    assert at.site.changes >= 1
    await at.work()
    assert await kept(at) == ["904"]


async def test_a_rejected_keeper_goes_and_its_author_with_it(at: Worked) -> None:
    await two_keepers(at)
    status, _ = await ask(at, "reject", {"post": "903", "blocks_author": True})
    assert status == 200
    await at.work()
    assert await kept(at) == ["900"]
    assert await at.site.store.clips.blocked_authors() == {"stand"}
    assert [gone["state"] for gone in (await at.site.get(API)).json()["gone"]] == ["refused"]


async def test_a_copy_is_kept_instead_and_told_of(at: Worked) -> None:
    await two_keepers(at)
    copies = (await at.site.get(API)).json()["keepers"][0]["copies"]
    wanted = next(copy for copy in copies if copy["post"]["id"] == "901")
    status, _ = await ask(at, "choose", {"clip": wanted["id"]})
    assert status == 200
    await at.work()
    assert await kept(at) == ["901", "903"]
    keeper = (await at.site.get(API)).json()["keepers"][0]
    assert (keeper["is_chosen"], keeper["evidence"]) == (True, "a person chose it")
    assert "your choice" in await at.site.page(PAGE)
    assert "Keeper replaced" in await at.site.page(PAGE)


async def test_a_pasted_link_a_further_search_an_end_and_a_cancelled_goal(at: Worked) -> None:
    await at.through_all_passes()
    assert (await ask(at, "search-again"))[0] == 200
    await at.through_all_passes()
    assert (await ask(at, "close"))[0] == 200
    assert (await at.site.get("/api/v1/review")).json() == {"waiting": 0, "items": []}
    assert (await ask(at, "link", {"url": "x.com/fan/status/12345678"}))[1]["posts"] == ["12345678"]
    assert (await ask(at, "cancel"))[0] == 200
    found = (await at.site.get(API)).json()
    assert (found["goal"]["state"], found["cancelled_by"]) == ("cancelled", "person")
    for act, wish in (("cancel", None), ("search-again", None), ("accept", {"post": "12345678"})):
        assert (await ask(at, act, wish))[0] == 409, act
    kinds = [one["kind"] for one in found["timeline"]]
    assert kinds[-1] == "cancelled"
    assert {"search_asked", "closed", "linked", "needs_review"} <= set(kinds)


async def test_what_cannot_be_understood_or_done_is_refused_with_a_remedy(at: Worked) -> None:
    for act, wish, wanted in (
        ("accept", {"post": "1"}, 409),
        ("accept", {"post": ""}, 400),
        ("accept", {}, 400),
        ("link", {"url": "ftp://x"}, 409),
        ("choose", {"clip": "nothing"}, 409),
        ("reject", {"post": "1", "blocks_author": "perhaps"}, 400),
        ("close", None, 409),
    ):
        status, told = await ask(at, act, wish)
        assert status == wanted, (act, wish, told)
        assert wanted == 400 or told["remedy"]
    assert (await ask(at, "accept"))[0] == 415
    token = (await at.site.get("/api/v1/session")).json()["csrf_token"]
    found = await at.site.ask("POST", "/api/v1/goals/no/cancel", headers={"X-CSRF-Token": token})
    assert found.status == 404
    assert (await at.site.ask("POST", f"{API}/cancel")).status == 403, "without a CSRF token"


# ---------------------------------------------------------------- by forms


async def test_forms_lead_back_to_where_they_stood_and_nowhere_else(at: Worked) -> None:
    async def leads_to(fields: dict[str, str]) -> str:
        found = await at.site.post(f"{PAGE}/search-again", fields)
        assert found.status == 303
        return found.headers["Location"]

    assert await leads_to({}) == PAGE
    assert await leads_to({"next": "/review"}) == "/review"
    assert await leads_to({"next": "https://evil.example/"}) == "/"
    assert (await at.site.post(f"{PAGE}/explode")).status == 404
    assert (await at.site.post(f"{PAGE}/accept")).status == 400


async def test_a_goal_is_taken_back_only_after_a_second_tap(at: Worked, browser: Browser) -> None:
    await two_keepers(at)
    async with visiting(browser, at.site) as visitor:
        await visitor.open(PAGE)
        page = visitor.page
        button = page.get_by_role("button", name="Take the goal back")
        await expect(button).not_to_be_visible()
        await page.get_by_text("Take the goal back…").click()
        await button.click()
        await expect(page.locator("#goal-now")).to_contain_text("Taken back by a person")
        await expect(page.get_by_role("button", name="Search again")).to_have_count(0)
        await expect(page.locator("video").first).not_to_be_visible()
        await page.get_by_text("Show the clips of a goal that does not count").click()
        await expect(page.locator("video").first).to_be_visible()


async def test_blocking_an_author_is_asked_about_first(at: Worked, browser: Browser) -> None:
    await at.finds(a_poor_post("904", "main.mp4", author="spam"))
    async with visiting(browser, at.site) as visitor:
        await visitor.open(PAGE)
        page = visitor.page
        asked: list[str] = []

        async def refuse(dialog: Dialog) -> None:
            asked.append(dialog.message)
            await dialog.dismiss()

        page.once("dialog", refuse)
        await page.get_by_role("button", name="Block author").click()
        assert asked == ["Take nothing that @spam posts, for any goal?"]
        assert await at.site.store.clips.blocked_authors() == frozenset()
        page.once("dialog", lambda dialog: dialog.accept())
        await page.get_by_role("button", name="Block author").click()
        await expect(page.locator("#goal-posts")).to_contain_text("you blocked the author")


async def test_a_pasted_address_becomes_a_clip_while_one_looks_on(at: Worked, browser: Browser) -> None:
    async with visiting(browser, at.site) as visitor:
        await visitor.open(PAGE)
        page = visitor.page
        await page.get_by_label("Address of a post").fill("main.mp4.example/clip")
        await page.get_by_role("button", name="Take it").click()
        await expect(page.get_by_role("alert")).to_contain_text("not a web address")
        await visitor.open(PAGE)
        visitor.wrong.clear()
        await page.get_by_label("Address of a post").fill("https://x.com/fan/status/20000001")
        await page.get_by_role("button", name="Take it").click()
        await expect(page.locator("#goal-posts")).to_contain_text("you accepted")
        post = a_good_post("20000001", "main.mp4")
        media = [{"url": "main.mp4", "variants": [], "available": True, "unavailable": ""}]
        await at.site.store.database.candidates.update_one(
            {"post.id": post.id}, {"$set": {"post.media": media}}
        )
        await at.work()
        await expect(page.locator("video")).to_have_count(1)
        assert visitor.wrong == []
