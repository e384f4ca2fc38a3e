from __future__ import annotations

import io
import random
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from footyd.demo.report import DayRecords, check_day, day_report, print_summary
from footyd.demo.scenario import Scenario
from footyd.model import (
    ClipState,
    FixtureId,
    FixtureState,
    GoalId,
    GoalKind,
    GoalOutcome,
    GoalState,
    ObjectKey,
    ProcessingStatus,
    Rejection,
)
from tests.demo.days import a_good_day, changed, goal_id

GOLDEN = """\
fixtures
  Fjærvik BK 2-1 Łosina Grodów, FT, completed
  NK Vrelograd 2-1 Étoile Brévence, FT, completed
goals
  NK Vrelograd 1-0 12' M. Šarović, normal, confirmed: stored
    done: twitter_scraped, completed
    candidates 9, turned down: betting, too_long, wrong_match
    clips 6, groups 3 + 3, keepers 320x180, 320x180
  Étoile Brévence 1-1 45+2' T. Bréchard, penalty, confirmed: stored
    done: twitter_scraped, completed
    candidates 10, turned down: betting, portrait, wrong_match
    clips 7, groups 4 + 3, keepers 320x180, 320x180
  NK Vrelograd 2-1 67' J. Lefèvrin, own, confirmed: stored
    done: twitter_scraped, completed
    candidates 9, turned down: dead_link, too_long, unreadable
    clips 6, groups 3 + 3, keepers 320x180, 320x180
  Łosina Grodów 0-1 18' K. Żelichow, normal, confirmed: stored
    done: twitter_scraped, completed
    candidates 9, turned down: dead_link, no_video, unreadable
    clips 6, groups 3 + 3, keepers 320x180, 320x180
  Fjærvik BK 1-1 58' S. Ødemark, normal, confirmed: stored
    done: twitter_scraped, completed
    candidates 10, turned down: betting, no_video, too_long
    clips 7, groups 4 + 3, keepers 320x180, 320x180
  Fjærvik BK 2-1 81' Þ. Hallvarsson, normal, confirmed: needs_review
    done: twitter_scraped, completed
    candidates 2, turned down: betting, no_video
    clips 0, groups none, keepers none
taken back
  Étoile Brévence 1-1 23' T. Bréchard, discarded
"""


@pytest.fixture
def records(scenario: Scenario) -> DayRecords:
    return a_good_day(scenario)


def library(records: DayRecords) -> set[str]:
    return {clip.object_key for clip in records.clips if clip.object_key}


def test_the_report_of_a_day_that_went_as_written(records: DayRecords) -> None:
    assert day_report(records, calls=None) == GOLDEN


def test_the_report_tells_the_calls_when_asked(records: DayRecords) -> None:
    assert day_report(records, calls=27) == GOLDEN + "calls 27\n"


def test_the_report_does_not_depend_on_the_order_of_the_records(records: DayRecords) -> None:
    rng = random.Random(5)

    def shuffled(values: tuple[Any, ...]) -> Any:
        return tuple(rng.sample(values, len(values)))

    mixed = DayRecords(
        fixtures=shuffled(records.fixtures),
        pending=shuffled(records.pending),
        goals=shuffled(records.goals),
        candidates=shuffled(records.candidates),
        clips=shuffled(records.clips),
    )
    assert day_report(mixed, calls=None) == GOLDEN


def test_a_day_that_went_as_written_passes_the_check(records: DayRecords, scenario: Scenario) -> None:
    assert check_day(records, scenario, library(records)) == []


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        (("goals", 0, {"outcome": None}), "outcome is unfinished, not stored"),
        (("goals", 5, {"outcome": GoalOutcome.STORED}), "outcome is stored, not needs_review"),
        (("goals", 1, {"status": ProcessingStatus()}), "completed is False, not True"),
        (("candidates", 0, {"rejection": Rejection(reason="crashed")}), "turned down is"),
        (("candidates", 0, {"goal_id": GoalId("elsewhere")}), "candidates is"),
        (("clips", 0, {"goal_id": GoalId("elsewhere")}), "groups is"),
        (("clips", 0, {"state": ClipState.HELD}), "a clip was left undecided"),
        (("pending", 0, {"state": GoalState.PENDING}), "1 goals were never decided"),
        (("pending", 0, {"state": GoalState.PENDING}), "taken back: 0 goals, not 1"),
    ],
)
def test_whatever_went_otherwise_is_named(
    records: DayRecords, scenario: Scenario, change: tuple[str, int, dict[str, Any]], difference: str
) -> None:
    field, index, facts = change
    other = changed(records, field, index, **facts)
    found = check_day(other, scenario, library(records))
    assert any(difference in line for line in found), found


def test_two_groups_that_should_be_one_are_noticed(records: DayRecords, scenario: Scenario) -> None:
    first = next(i for i, clip in enumerate(records.clips) if clip.state is ClipState.DUPLICATE)
    alone = changed(
        records, "clips", first, state=ClipState.KEEPER, object_key=ObjectKey("third.mp4"), keeper_id=None
    )
    found = check_day(alone, scenario, library(alone))
    assert any("keepers is 3, not 2" in line for line in found)


@pytest.mark.parametrize(
    ("facts", "difference"),
    [
        ({"kind": GoalKind.PENALTY}, "kind is penalty, not normal"),
        ({"player": None}, "goal is NK Vrelograd 1-0 12' nobody named, not"),
        ({"state": GoalState.CANCELLED}, "state is cancelled, not confirmed"),
    ],
)
def test_a_goal_believed_otherwise_is_named(
    records: DayRecords, scenario: Scenario, facts: dict[str, Any], difference: str
) -> None:
    other = changed(records, "goals", 0, goal=replace(records.goals[0].goal, **facts))
    assert any(difference in line for line in check_day(other, scenario, library(records)))


def test_goals_that_are_lost_doubled_or_invented_are_named(records: DayRecords, scenario: Scenario) -> None:
    first = records.goals[0]
    lost = replace(records, goals=records.goals[1:])
    doubled = replace(records, goals=(*records.goals, replace(first, goal=replace(first.goal, generation=2))))
    invented = changed(records, "goals", 0, goal=replace(first.goal, fixture_id=FixtureId(7)))
    for other, difference in (
        (lost, "not found"),
        (doubled, "stored twice"),
        (invented, "nobody scored this"),
    ):
        assert any(difference in line for line in check_day(other, scenario, library(records)))


def test_fixtures_left_open_lost_or_not_followed_are_named(records: DayRecords, scenario: Scenario) -> None:
    (_, one), (_, two) = records.fixtures
    left = replace(records, fixtures=((FixtureState.ACTIVE, one), (FixtureState.COMPLETED, two)))
    lost = replace(records, fixtures=((FixtureState.COMPLETED, one),))
    noise = replace(
        records, fixtures=(*records.fixtures, (FixtureState.STAGING, replace(one, id=FixtureId(7))))
    )
    cases = ((left, "active, not completed"), (lost, "not in the database"), (noise, "nobody follows it"))
    for other, difference in cases:
        assert any(difference in line for line in check_day(other, scenario, library(records)))


def test_a_library_with_too_little_or_too_much_is_noticed(records: DayRecords, scenario: Scenario) -> None:
    keys = library(records)
    missing, *_ = sorted(keys)
    assert check_day(records, scenario, keys - {missing}) == [f"library: a keeper of {missing} is missing"]
    assert check_day(records, scenario, keys | {"x.mp4"}) == ["library: x.mp4 belongs to no keeper"]


def test_the_summary_names_goals_reasons_keepers_and_calls(records: DayRecords, scenario: Scenario) -> None:
    text = io.StringIO()
    print_summary(Console(file=text, width=200), records, 27, "/library/[of]/clips")
    shown = text.getvalue()
    for expected in scenario.expected:
        assert expected.title in shown
    assert f"{goal_id(scenario.expected[0])}:main-base.mp4" in shown
    assert "dead_link, no_video, unreadable" in shown
    assert "library: /library/[of]/clips" in shown
    assert "calls spent: 27" in shown
