from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from footyd.demo.scenario import DEMO_KEY, Scenario
from footyd.demo.world import World, open_world
from tests.demo.conftest import NOON

HOME, AWAY = "NK Vrelograd", "Fjærvik BK"


async def ask(http: ClientSession, world: World, path: str = "fixtures", **asked: str) -> dict[str, Any]:
    headers = {"x-apisports-key": DEMO_KEY}
    async with http.get(f"{world.feed_url}/{path}", params=asked, headers=headers) as reply:
        assert reply.status == 200
        body: dict[str, Any] = await reply.json()
        return body


async def live(http: ClientSession, world: World) -> list[dict[str, Any]]:
    fixtures: list[dict[str, Any]] = (await ask(http, world, live="990001"))["response"]
    return fixtures


async def play(http: ClientSession, world: World) -> list[list[dict[str, Any]]]:
    """Every live reply until the script has ended."""
    replies = []
    while not world.feed.finished.is_set():
        replies.append(await live(http, world))
    return replies


def statuses(replies: list[list[dict[str, Any]]], home: str) -> list[str]:
    codes = [
        fixture["fixture"]["status"]["short"]
        for reply in replies
        for fixture in reply
        if fixture["teams"]["home"]["name"] == home
    ]
    return [code for index, code in enumerate(codes) if index == 0 or codes[index - 1] != code]


@pytest.mark.parametrize("home", [HOME, AWAY])
async def test_a_fixture_passes_through_both_halves_and_then_leaves_the_live_list(
    http: ClientSession, world: World, home: str
) -> None:
    replies = await play(http, world)
    assert statuses(replies, home) == ["1H", "HT", "2H"]
    assert replies[-1] == []


async def test_a_finished_fixture_is_still_told_by_its_id(http: ClientSession, world: World) -> None:
    await play(http, world)
    body = await ask(http, world, ids="992002-992001")
    told = {one["fixture"]["id"]: one for one in body["response"]}
    assert told[992001]["fixture"]["status"]["short"] == "FT"
    assert told[992001]["score"]["fulltime"] == told[992001]["goals"] == {"home": 2, "away": 1}
    assert {"lineups", "statistics", "players"} <= told[992002].keys()


async def test_every_goal_that_stays_is_shown_by_two_polls_or_more(
    http: ClientSession, world: World, scenario: Scenario
) -> None:
    replies = await play(http, world)
    for goal in scenario.expected:
        shown = [
            fixture
            for reply in replies
            for fixture in reply
            if fixture["fixture"]["id"] == goal.fixture_id
            and fixture["goals"]["home"] + fixture["goals"]["away"]
            >= goal.score_after.home + goal.score_after.away
        ]
        assert len(shown) >= 2, goal.title


async def test_the_goal_taken_back_is_shown_by_exactly_one_poll(http: ClientSession, world: World) -> None:
    replies = await play(http, world)
    details = [
        [event["detail"] for event in fixture["events"] if event["time"]["elapsed"] == 23]
        for reply in replies
        for fixture in reply
        if fixture["teams"]["home"]["name"] == HOME
    ]
    assert details.count(["Normal Goal"]) == 1
    assert details[-1] == ["Goal Disallowed - offside"]


async def test_a_scorer_is_null_at_first_and_named_one_poll_later(http: ClientSession, world: World) -> None:
    replies = await play(http, world)
    names = [
        event["player"]["name"]
        for reply in replies
        for fixture in reply
        for event in fixture["events"]
        if event["team"]["name"] == "Łosina Grodów" and event["type"] == "Goal"
    ]
    assert names[0] is None
    assert set(names[1:]) == {"K. Żelichow"}


async def test_score_and_goal_events_agree_in_every_reply(http: ClientSession, world: World) -> None:
    for reply in await play(http, world):
        for fixture in reply:
            counting = [
                e for e in fixture["events"] if e["type"] == "Goal" and e["detail"] != "Missed Penalty"
            ]
            assert len(counting) == fixture["goals"]["home"] + fixture["goals"]["away"]


async def test_today_is_told_without_events_and_without_moving_the_script(
    http: ClientSession, world: World
) -> None:
    body = await ask(http, world, date="2026-03-07", timezone="UTC")
    assert body["results"] == len(body["response"]) == 3
    assert all("events" not in fixture for fixture in body["response"])
    assert body["response"][0]["goals"] == {"home": None, "away": None}
    assert body["response"][0]["fixture"]["status"] == {
        "long": "Not Started",
        "short": "NS",
        "elapsed": None,
        "extra": None,
    }


async def test_another_day_is_empty_and_well_formed(http: ClientSession, world: World) -> None:
    body = await ask(http, world, date="2026-03-08", timezone="UTC")
    assert (body["errors"], body["results"], body["response"]) == ([], 0, [])


async def test_live_all_tells_of_leagues_nobody_follows_too(http: ClientSession, world: World) -> None:
    body = await ask(http, world, live="all")
    assert {fixture["league"]["id"] for fixture in body["response"]} == {990001, 990002}


async def test_calls_are_counted_and_told_in_both_pairs_of_headers(http: ClientSession, world: World) -> None:
    await ask(http, world, live="all")
    headers = {"x-apisports-key": DEMO_KEY}
    async with http.get(f"{world.feed_url}/fixtures", params={"live": "all"}, headers=headers) as reply:
        told = reply.headers
    assert world.feed.calls == 2
    assert (told["x-ratelimit-requests-limit"], told["x-ratelimit-requests-remaining"]) == ("7500", "7498")
    assert (told["X-RateLimit-Limit"], told["X-RateLimit-Remaining"]) == ("300", "298")


async def test_the_account_is_told_for_nothing(http: ClientSession, world: World) -> None:
    body = await ask(http, world, "status")
    assert body["response"]["requests"] == {"current": 0, "limit_day": 7500}
    assert world.feed.calls == 0


async def test_without_the_key_nothing_is_told_and_nothing_moves(http: ClientSession, world: World) -> None:
    for path in ("fixtures?live=all", "status"):
        async with http.get(f"{world.feed_url}/{path}") as reply:
            body = await reply.json()
        assert reply.status == 200
        assert body["errors"].keys() == {"token"}
        assert body["response"] == []
    assert world.feed.minute < 0


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"ids": "-".join(map(str, range(21)))}, "ids"),
        ({"live": "all", "colour": "green"}, "colour"),
        ({"live": "all", "id": "992001"}, "id"),
        ({"id": "992001-992002"}, "id"),
        ({"live": "some"}, "live"),
        ({"date": "yesterday"}, "date"),
        ({"date": "2026-03-07", "timezone": "Mars/North"}, "timezone"),
        ({}, "required"),
    ],
)
async def test_a_wrong_question_is_refused_as_the_provider_does(
    http: ClientSession, world: World, asked: dict[str, str], field: str
) -> None:
    body = await ask(http, world, **asked)
    assert body["errors"].keys() == {field}
    assert (body["results"], body["response"]) == (0, [])


async def test_in_real_time_the_clock_moves_the_script_and_calls_do_not(
    http: ClientSession, scenario: Scenario, tmp_path: Path
) -> None:
    now = [NOON]
    async with open_world(scenario, tmp_path, real_time=True, clock=lambda: now[0]) as world:
        minutes = []
        for passed in (0, 0, 30, 112):
            now[0] = NOON + timedelta(minutes=passed)
            minutes.append([fixture["fixture"]["status"]["elapsed"] for fixture in await live(http, world)])
        assert minutes == [[1], [1], [30, 25], []]
        assert world.feed.finished.is_set()
        assert world.feed.reached_at(45) == NOON + timedelta(minutes=45)
