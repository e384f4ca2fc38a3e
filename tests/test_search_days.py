"""Whole days of searching: a Saturday's rush, a week of failing sources, every failure of every source."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import structlog

from tests.search_days import PAID, RATE_WINDOW, SATURDAY, SOURCES, Outage
from tests.search_matrix import FAILURES, cell
from tests.search_play import a_week, play_saturday, play_week


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """A console line with a traceback for every search of a broken source takes longer than the week."""
    with structlog.testing.capture_logs():
        yield


RESULT = {
    "posts": "ready; it answers",
    "no results": "ready; it answers",
    "rate limited": "rests 10 min, step 0; the next one answers",
    "login expired": "waits for a person, announced; the next one answers",
    "down": "rests 1 min, step 1; the next one answers",
    "broken": "rests 1 min, step 1; the next one answers",
    "silent": "rests 1 min, step 1; the next one answers",
}


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("source", [name for name, _ in SOURCES])
async def test_every_failure_of_every_source_has_its_own_state(source: str, failure: str) -> None:
    expected = RESULT[failure]
    if (source, failure) == (PAID, "silent"):  # no canary is paid for: X's own API is taken at its word
        expected = RESULT["no results"]
    assert await cell(source, failure) == expected


# ---------------------------------------------------------------- the Saturday


@pytest.mark.parametrize("matches", [12, 6, 1])
@pytest.mark.parametrize("clip_minutes", [(-1, 3), (9,), ()], ids=["early", "late", "never"])
async def test_twelve_goals_in_ten_minutes_are_each_looked_for_in_time_within_the_window(
    matches: int, clip_minutes: tuple[float, ...]
) -> None:
    days = await play_saturday(matches=matches, clip_minutes=clip_minutes)
    assert days.busiest() <= 50
    assert len(days.first_search) == 12
    assert days.delays()[-1] <= 120
    assert len(days.with_clip) == (12 if clip_minutes else 0)


async def test_goals_of_one_match_share_their_searches() -> None:
    alone = await play_saturday(matches=12, clip_minutes=())
    shared = await play_saturday(matches=6, clip_minutes=())
    assert shared.passes > alone.passes
    assert len(shared.searches()) < len(alone.searches())


async def test_more_goals_at_once_than_one_account_has_searches_take_the_next_ones() -> None:
    days = await play_saturday(matches=80, clip_minutes=(-1,), goals=80)
    assert days.delays()[-1] <= 120
    assert max(days.busiest(account) for account in ("x", "nitter", "api")) <= 50


async def test_a_lone_goal_does_not_lose_its_evening_to_a_silent_source() -> None:
    begin = SATURDAY - timedelta(hours=1)
    silent = [Outage(kind="silent", begin=begin, end=begin + timedelta(days=1))]
    days = await play_saturday(matches=1, clip_minutes=(-1,), goals=1, cookies=silent, browser=silent)
    [goal] = days.goals
    assert days.with_clip == {goal.id}
    [cookies, browser, nitter, _] = days.ways
    found_after = nitter.asked[0] - (goal.confirmed_at or goal.first_seen)
    assert found_after <= timedelta(minutes=16)
    assert (cookies.hammered, browser.hammered) == (0, 0)


# ---------------------------------------------------------------- a week


async def test_a_week_of_outages_burns_no_pass_hammers_no_source_and_forgets_no_goal() -> None:
    week = await play_week(1)
    assert len(week.goals) > 300
    assert week.postponed["outage"] > 0, "there were times without any source"
    assert set(week.burned) <= {"silent"}, "nobody can tell it from a quiet evening at first"
    assert week.misled <= week.given_back
    assert [way.hammered for way in week.ways] == [0, 0, 0, 0]
    assert max(week.busiest(account) for account in ("x", "nitter", "api")) <= 50
    assert len(week.first_search) == len(week.goals)
    assert len(week.with_clip) == len(week.goals)


@pytest.mark.parametrize(
    "kinds", [("silent",) * 3, ("down", "locked", "limited"), ("broken", "down", "silent")]
)
@pytest.mark.parametrize("living", [name for name, _ in SOURCES])
async def test_with_any_three_of_the_four_sources_out_every_goal_still_gets_its_clips(
    living: str, kinds: tuple[str, ...]
) -> None:
    _, goals = a_week(3, days=1)
    begin = min(goal.first_seen for goal in goals)
    out = [name for name, _ in SOURCES if name != living]
    outages = {
        name: [Outage(kind=kind, begin=begin, end=begin + timedelta(days=9))]
        for name, kind in zip(out, kinds, strict=True)
    }
    days = await play_week(3, outages, days=1)
    assert len(days.with_clip) == len(days.goals) > 20
    assert days.delays()[-1] <= RATE_WINDOW.total_seconds()
    assert [way.hammered for way in days.ways] == [0, 0, 0, 0]
