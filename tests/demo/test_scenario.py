from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from footyd.demo.posts import PostKind
from footyd.demo.scenario import Scenario, written_day
from footyd.model import GoalKind, GoalOutcome

NOON = datetime(2026, 3, 7, 12, tzinfo=UTC)


def test_the_same_seed_writes_the_same_day() -> None:
    assert written_day(3, NOON) == written_day(3, NOON)


def test_another_seed_writes_other_posts_and_clips_about_the_same_goals() -> None:
    one, two = written_day(1, NOON), written_day(2, NOON)
    assert one.recipes != two.recipes
    assert [goal.title for goal in one.expected] == [goal.title for goal in two.expected]


@pytest.mark.parametrize("second", [0, 56, 57, 58, 59])
def test_the_kick_offs_are_on_the_day_of_the_start_even_before_midnight(second: int) -> None:
    now = datetime(2026, 3, 7, 23, 59, second, tzinfo=UTC)
    day = written_day(1, now)
    assert {fixture.kickoff.date() for fixture in day.fixtures} == {now.date()}
    assert all(fixture.kickoff - now <= timedelta(seconds=3) for fixture in day.fixtures)


def test_the_day_holds_every_kind_of_goal_that_footyd_must_tell_apart(scenario: Scenario) -> None:
    goals = [event for fixture in scenario.fixtures for event in fixture.events if event.type == "Goal"]
    assert len(goals) == 8
    assert sum(event.detail == "Missed Penalty" for event in goals) == 1
    assert sum(event.taken_back_at is not None for event in goals) == 1
    assert sum(event.named_at > event.shown_at for event in goals) == 1
    kinds = Counter(goal.kind for goal in scenario.expected)
    assert kinds == {GoalKind.NORMAL: 4, GoalKind.PENALTY: 1, GoalKind.OWN: 1}


def test_every_goal_has_two_pieces_of_footage_but_the_one_nobody_filmed(scenario: Scenario) -> None:
    outcomes = [(goal.outcome, len(goal.groups)) for goal in scenario.expected]
    assert outcomes == [(GoalOutcome.STORED, 2)] * 5 + [(GoalOutcome.NEEDS_REVIEW, 0)]
    assert all(3 <= size <= 5 for goal in scenario.expected for size in goal.groups)
    assert all(8 <= goal.posts <= 12 for goal in scenario.expected if goal.groups)


def test_every_kind_of_bad_post_is_written_at_least_once(scenario: Scenario) -> None:
    assert {post.kind for post in scenario.posts} == set(PostKind)


@pytest.mark.parametrize("seed", range(1, 6))
def test_ids_handles_and_clips_are_unlike_each_other_and_fit_x(seed: int) -> None:
    day = written_day(seed, NOON)
    assert len({post.id for post in day.posts}) == len(day.posts)
    assert len({recipe.file_name for recipe in day.recipes}) == len(day.recipes)
    assert all(len(post.handle) <= 20 and post.handle.isascii() for post in day.posts)


def test_clips_are_made_in_the_order_in_which_they_are_asked_for(scenario: Scenario) -> None:
    asked = {post.recipe.name: post.posted_at for post in scenario.posts if post.recipe}
    times = [asked[recipe.name] for recipe in scenario.recipes]
    assert times == sorted(times)
