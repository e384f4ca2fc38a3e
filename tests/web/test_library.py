"""The library's page, its search, and what is taken away from it."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from footyd.model import Goal, GoalId, GoalState
from tests.builders import KICKOFF
from tests.web.chromium import Visitor, assert_fit_for_all
from tests.web.days import add_goals, add_match, goal_of
from tests.web.kept import keep, keeper_of
from tests.web.site import Site

pytestmark = pytest.mark.xdist_group("page")
BODIES = {1: b"\0" * 300_000, 2: bytes(range(256)) * 500}


async def kept_match(site: Site, number: int, *goals: Goal, days: int = 0, posters: bool = False) -> None:
    """A match some days after the first one, two clips of each goal."""
    kickoff = KICKOFF + timedelta(days=days)
    await add_match(site.store, number, score=(2, 1), kickoff=kickoff, league=38 + number % 2)
    await add_goals(site.store, *goals)
    for goal in goals:
        clips = [
            (keeper_of(goal, rank, body, kept_at=kickoff + timedelta(hours=1, minutes=rank)), body)
            for rank, body in BODIES.items()
        ]
        await keep(site.store, site.library, *clips, posters=posters)


def a_goal(match: int, player: str | None = None, *, minute: int = 23) -> Goal:
    goal = goal_of(match, (1, 0), minute=minute, state=GoalState.CONFIRMED)
    return replace(goal, player=player) if player else goal


async def found(site: Site, query: str = "") -> list[dict[str, Any]]:
    answer = await site.get(f"/api/v1/library{query}")
    assert answer.status == 200, answer.text
    return list(answer.json()["items"])


async def test_the_clips_are_listed_by_match_the_newest_first(site: Site) -> None:
    await kept_match(site, 1, a_goal(1))
    await kept_match(site, 2, a_goal(2), days=7)
    await add_match(site.store, 3, kickoff=KICKOFF + timedelta(days=9))
    first, second = await found(site)
    assert (first["id"], second["id"]) == (2, 1)
    assert (first["clips"], first["size_bytes"]) == (2, 428_000)
    assert [clip["rank"] for clip in first["goals"][0]["clips"]] == [1, 2]
    text = await site.page("/library")
    assert text.index('id="m-2"') < text.index('id="m-1"')
    assert "4 clips" in text


async def test_clips_of_a_goal_that_was_taken_back_are_hidden(site: Site) -> None:
    goal = a_goal(1)
    await kept_match(site, 1, goal)
    await site.store.goals.cancel(goal.id, site.now)
    assert await found(site) == []
    assert (await site.get("/media/matches/1.zip")).status == 404


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        ("q=port+maren", {1}),
        ("q=alvarez", {2}),
        ("q=ALVAREZ+nunez", {2}),
        ("q=real+alvarez", {2}),
        ("q=port+alvarez", set()),
        ("q=league+39", {1}),
        ("q=%20", {1, 2}),
        ("q=.*", {1, 2}),
        ("q=%00(", {1, 2}),
        ("league=38", {2}),
        ("from=2026-08-23", {2}),
        ("until=2026-08-22", {1}),
        ("from=2026-08-22&until=2026-08-29", {1, 2}),
    ],
)
async def test_words_find_teams_leagues_and_scorers_however_they_are_written(
    site: Site, query: str, matches: set[int]
) -> None:
    await kept_match(site, 1, a_goal(1, "K. O'Neill"))
    await kept_match(site, 2, a_goal(2, "J. Álvarez-Núñez"), days=7)
    assert {match["id"] for match in await found(site, f"?{query}")} == matches


async def test_a_scorers_name_finds_his_goals_only(site: Site) -> None:
    other = replace(a_goal(1, "B. Back", minute=50), id=GoalId(a_goal(1).id[:-5] + "2-0-1"))
    await kept_match(site, 1, a_goal(1, "A. Striker"), other)
    [match] = await found(site, "?q=striker")
    assert [goal["player"] for goal in match["goals"]] == ["A. Striker"]
    [match] = await found(site, "?q=port")
    assert len(match["goals"]) == 2


async def test_a_long_list_goes_on_by_cursor_without_gap_or_repetition(site: Site) -> None:
    for number in range(1, 6):
        await kept_match(site, number, a_goal(number), days=number // 2)
    seen, cursor = [], ""
    while True:
        answer = (await site.get(f"/api/v1/library?limit=2{cursor}")).json()
        seen += [match["id"] for match in answer["items"]]
        if answer["next"] is None:
            break
        cursor = f"&cursor={answer['next']}"
    assert seen == [5, 4, 3, 2, 1]


async def test_the_page_leads_on_with_what_was_asked_for(site: Site) -> None:
    for number in range(1, 15):
        await kept_match(site, number, a_goal(number))
    text = await site.page("/library?q=league")
    more = text.split('class="button" href="')[1].split('"')[0].replace("&amp;", "&")
    assert more.startswith("/library?q=league&cursor=")
    assert (await site.page(more)).count("<article") == 2


@pytest.mark.parametrize(
    "key",
    [
        [],
        [1, 2],
        ["x", 1],
        ["2026-01-01", -1],
        ["2026-01-01T00:00:00+00:00", 10**30],
        ["0001-01-01T00:00:00+14:00", 1],
        {},
    ],
)
async def test_a_cursor_that_names_no_place_is_told(site: Site, key: Any) -> None:
    made_up = base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")
    answer = await site.get(f"/api/v1/library?cursor={made_up}")
    assert (answer.status, answer.json()["remedy"]) == (404, "Begin without a cursor")


# ---------------------------------------------------------------- taken away


async def test_all_clips_of_a_match_come_as_one_archive_of_the_length_that_was_told(site: Site) -> None:
    await kept_match(site, 1, a_goal(1, "Ø. Bjørnsson"))
    answer = await site.get("/media/matches/1.zip")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/zip")
    assert int(answer.headers["Content-Length"]) == len(answer.body)
    name = "2026-08-22 Port Maren vs Ostheim Athletic"
    assert quote(f"{name}.zip") in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        assert archive.testzip() is None
        assert [info.compress_type for info in archive.infolist()] == [zipfile.ZIP_STORED] * 2
        assert all(n.startswith(f"{name}/023 Ø. Bjørnsson - ") for n in archive.namelist())
        assert [archive.read(n) for n in archive.namelist()] == list(BODIES.values())


async def test_what_the_library_lost_is_left_out_and_a_match_without_any_file_is_not_found(
    site: Site,
) -> None:
    goal = a_goal(1)
    await kept_match(site, 1, goal)
    first, second = await site.store.keepers.of_goals([goal.id])
    await site.library.delete(first.key)
    answer = await site.get("/media/matches/1.zip")
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        assert len(archive.namelist()) == 1
    await site.library.delete(second.key)
    gone = await site.get("/media/matches/1.zip")
    assert (gone.status, "verify --repair" in gone.json()["remedy"]) == (404, True)


@pytest.mark.parametrize("path", ["1.zip", "999999999999999999.zip", "x.zip", "..%2f1.zip", "1.zip/x"])
async def test_what_no_record_names_is_not_found(site: Site, path: str) -> None:
    assert (await site.get(f"/media/matches/{path}")).status == 404


async def test_asking_for_the_head_of_an_archive_reads_no_clip(site: Site) -> None:
    await kept_match(site, 1, a_goal(1))
    whole = await site.get("/media/matches/1.zip")
    head = await site.ask("HEAD", "/media/matches/1.zip")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == whole.headers["Content-Length"]


# ---------------------------------------------------------------- in a browser


async def test_the_library_is_fit_for_phone_and_desk_in_light_and_dark(visitor: Visitor) -> None:
    site = visitor.site
    second = replace(goal_of(1, (1, 1), home=False, minute=45, state=GoalState.CONFIRMED), extra=2)
    await kept_match(site, 1, a_goal(1, "J. Álvarez-Núñez"), second, posters=True)
    await kept_match(site, 2, a_goal(2), days=7, posters=True)
    await assert_fit_for_all(visitor, "/library", "library")
    await visitor.width(360)
    await visitor.scheme("light")
    await visitor.open("/library?q=nobody")
    assert await visitor.violations() == []
    await visitor.shoot("library-none")


async def test_with_spoilers_hidden_no_scorer_and_no_picture_is_shown_until_asked_for(
    visitor: Visitor,
) -> None:
    await kept_match(visitor.site, 1, a_goal(1, "A. Striker"), posters=True)
    await visitor.open("/")
    await visitor.page.get_by_role("button", name="Hide scores").click()
    await visitor.open("/library")
    shown = await visitor.page.locator("main").inner_text()
    assert "Striker" not in shown
    assert "2-1" not in shown
    assert not await visitor.page.locator(".clip img").first.is_visible()
    feed = visitor.page.get_by_role("link", name="Feed of new clips")
    assert await feed.get_attribute("href") == "/feeds/clips.atom?spoilers=hide"
    assert await visitor.violations() == []
    await visitor.shoot("library-hidden")
    await visitor.page.get_by_text("Show goals and clips").click()
    assert await visitor.page.locator(".clip img").first.is_visible()


async def test_a_clip_and_a_match_are_saved_under_names_for_people(visitor: Visitor) -> None:
    await kept_match(visitor.site, 1, a_goal(1, "A. Striker"), posters=True)
    await visitor.open("/library")
    async with visitor.page.expect_download() as begun:
        await visitor.page.get_by_role("link", name="Download clip 1 of A. Striker").click()
    assert "A. Striker" in (await begun.value).suggested_filename
    async with visitor.page.expect_download() as begun:
        await visitor.page.get_by_role("link", name="All as ZIP").click()
    assert (await begun.value).suggested_filename == "2026-08-22 Port Maren vs Ostheim Athletic.zip"
