from datetime import timedelta

import pytest

from footyd.config import PollConfig
from footyd.model import Fixture, Quota
from footyd.stages.spend import live_spans, plan, poll_interval, quota_reset
from tests.builders import KICKOFF, a_fixture

AUTO = PollConfig(interval_seconds="auto")
NOON = KICKOFF.replace(hour=12)


def kick_off(hour: int, minute: int = 0, *, id: int = 1, status: str = "NS") -> Fixture:
    return a_fixture(id, status=status, kickoff=KICKOFF.replace(hour=hour, minute=minute))


def interval(fixtures: list[Fixture], left: int | None, *, config: PollConfig = AUTO) -> float:
    return poll_interval(fixtures, Quota(day_left=left, day_limit=100), NOON, config)


def test_a_fixed_interval_is_what_the_config_says() -> None:
    assert interval([kick_off(14)], left=3, config=PollConfig(interval_seconds=180)) == 180


def test_auto_spreads_the_calls_left_over_the_live_minutes_to_come() -> None:
    one_match = interval([kick_off(14)], left=107)
    assert one_match == pytest.approx(115 * 60 / (107 - 5 - 2))


def test_matches_at_the_same_time_cost_no_more_minutes() -> None:
    alone = interval([kick_off(14)], left=60)
    beside = interval([kick_off(14), kick_off(14, id=2)], left=60)
    assert alone < beside < alone * 1.05, "only the calls that settle the second one"


def test_with_plenty_left_auto_polls_as_often_as_allowed_and_not_more() -> None:
    assert interval([kick_off(14)], left=7000) == AUTO.auto_min_seconds


@pytest.mark.parametrize("left", [0, 3, 7])
def test_with_nothing_left_auto_polls_as_rarely_as_allowed(left: int) -> None:
    assert interval([kick_off(14)], left=left) == AUTO.auto_max_seconds


def test_a_quota_never_told_is_taken_for_the_free_plans() -> None:
    saturday = [kick_off(hour) for hour in (13, 15, 17, 19, 21)]
    assert interval(saturday, left=None) == interval(saturday, left=100)


def test_a_free_saturday_from_noon_to_midnight_stays_within_its_hundred_calls() -> None:
    saturday = [kick_off(hour, id=hour) for hour in (12, 14, 16, 18, 20, 22)]
    seconds = interval(saturday, left=98)
    polls = 12 * 3600 / seconds
    settling = 1.5 * len(saturday)
    assert seconds <= AUTO.auto_max_seconds
    assert polls + settling <= 98


def test_finished_postponed_and_tomorrows_matches_ask_for_nothing() -> None:
    tomorrow = a_fixture(4, kickoff=KICKOFF + timedelta(days=1))
    idle = [kick_off(9, status="FT"), kick_off(14, id=2, status="PST"), tomorrow]
    assert interval([*idle, kick_off(15, id=3)], left=50) == interval([kick_off(15, id=3)], left=50)


def test_the_quota_is_counted_from_midnight_utc() -> None:
    assert quota_reset(NOON) == NOON.replace(hour=0) + timedelta(days=1)
    late = kick_off(23)
    [(start, end)] = live_spans([late], NOON, quota_reset(NOON))
    assert end - start == timedelta(hours=1)


def test_the_plan_of_a_day_counts_the_polls_of_its_live_minutes_and_the_calls_that_settle() -> None:
    matches = [kick_off(14), kick_off(14, 30, id=2), kick_off(20, id=3), kick_off(9, id=4, status="FT")]
    found = plan(matches, Quota(day_left=80), NOON, PollConfig(interval_seconds=300))
    assert (found.polls, found.settling, found.calls) == ((145 + 115) // 5, 6, 58)
    assert found.resets_at == quota_reset(NOON)


def test_the_plan_of_auto_stays_within_the_calls_that_are_left() -> None:
    matches = [kick_off(hour, id=hour) for hour in (13, 15, 17, 19, 21)]
    found = plan(matches, Quota(day_left=90), NOON, AUTO)
    assert found.calls <= 90 - AUTO.reserve_calls + 1
    assert found.interval_seconds == interval(matches, left=90)


def test_without_matches_to_come_nothing_is_planned() -> None:
    assert plan([kick_off(9, status="FT")], Quota(), NOON, AUTO).calls == 0


def test_a_match_that_goes_on_beyond_the_reset_is_planned_until_then() -> None:
    late = kick_off(23)
    assert plan([late], Quota(), NOON, PollConfig(interval_seconds=300)).polls == 60 // 5
