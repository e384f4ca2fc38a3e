"""A day's calls, spent from noon to midnight."""

from __future__ import annotations

import statistics
from datetime import timedelta

from footyd.config import Config
from tests.saturday import MIDNIGHT, Feed, Saturday, play_saturday


async def test_a_free_saturday_is_followed_from_noon_to_midnight_on_a_hundred_calls() -> None:
    day = await play_saturday(interval="auto", day_limit=100, free=True)
    assert day.refused == []
    assert day.feed.calls <= 100
    assert day.last_live is not None
    assert day.last_live > MIDNIGHT + timedelta(hours=23, minutes=30)
    late = 1
    assert len(day.confirmed) >= day.true_goals - late, (
        "only the day's last goal may wait for the next day's calls"
    )


async def test_the_same_saturday_at_five_minutes_runs_out_of_calls() -> None:
    day = await play_saturday(interval=300, day_limit=100, free=True)
    assert day.feed.calls == 100
    assert day.refused


async def test_with_a_large_plan_auto_confirms_every_goal_within_minutes() -> None:
    day = await play_saturday(interval="auto", day_limit=7500)
    assert len(day.confirmed) == day.true_goals
    assert statistics.median(day.delays()) <= 2.5


async def test_a_second_look_confirms_sooner_for_a_call_per_sighting() -> None:
    fixed = await play_saturday(interval=300, day_limit=7500)
    sooner = await play_saturday(interval=300, day_limit=7500, second_look_seconds=60)
    assert statistics.median(sooner.delays()) <= statistics.median(fixed.delays()) - 3
    assert sooner.feed.calls - fixed.feed.calls <= sooner.true_goals


async def test_a_day_without_a_followed_match_costs_the_ingest_calls_alone() -> None:
    day = await Saturday(feed=Feed(matches=(), day_limit=100, free=True), config=Config()).play()
    assert day.feed.calls == 2
