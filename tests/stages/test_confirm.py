"""The table "Believing a goal" of the design page, row by row, then the combinations that hurt."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from footyd.model import DecisionKind, Fixture, GoalKind, GoalState, TeamId
from tests.stages.confirm_feed import AWAY, HOME, KICKOFF, Watch, away, event, home, shows, var

# ---------------------------------------------------------------- two cycles


def test_a_goal_shown_for_the_first_time_is_only_a_sighting() -> None:
    watch = Watch()

    assert watch.see(shows("1-0", home(23))) == ["sighted 1-0 Kane 23'"]
    assert watch.believed() == []
    [goal] = watch.goals(GoalState.PENDING)
    assert (goal.id, goal.generation, goal.first_seen) == ("1-10-1-0-1", 1, KICKOFF)


def test_shown_again_in_the_next_cycle_it_is_confirmed_once() -> None:
    watch = Watch()
    poll = shows("1-0", home(23))

    watch.see(poll)
    assert watch.see(poll) == ["confirmed 1-0 Kane 23'"]
    assert watch.see(poll) == []
    [goal] = watch.goals(GoalState.CONFIRMED)
    assert goal.confirmed_at == KICKOFF + timedelta(minutes=5)


def test_no_longer_shown_in_the_next_cycle_it_is_discarded_and_remembered() -> None:
    watch = Watch()
    watch.see(shows("1-0", home(23)))

    assert watch.see(shows("0-0")) == ["discarded 1-0 Kane 23'"]
    assert [goal.id for goal in watch.goals(GoalState.DISCARDED)] == ["1-10-1-0-1"]


def test_a_discarded_goal_that_comes_back_is_a_new_generation_and_needs_two_cycles_again() -> None:
    watch = Watch()
    watch.see(shows("1-0", home(23)))
    watch.see(shows("0-0"))

    assert watch.see(shows("1-0", home(23))) == ["sighted 1-0 Kane 23'"]
    assert watch.see(shows("1-0", home(23))) == ["confirmed 1-0 Kane 23'"]
    assert [goal.id for goal in watch.goals(GoalState.CONFIRMED)] == ["1-10-1-0-2"]
    assert [goal.id for goal in watch.goals(GoalState.DISCARDED)] == ["1-10-1-0-1"]


def test_a_goal_first_seen_after_the_final_whistle_still_needs_its_second_sighting() -> None:
    watch = Watch()

    assert watch.see(shows("1-0", home(90), status="FT")) == ["sighted 1-0 Kane 90'"]
    assert watch.see(shows("1-0", home(90), status="FT")) == ["confirmed 1-0 Kane 90'"]


def test_the_same_poll_from_the_same_belief_mints_the_same_id() -> None:
    one, other = Watch(), Watch()
    poll = shows("2-1", home(23), away(30), home(60))

    one.see(poll)
    other.see(poll)

    assert one.belief == other.belief
    assert [goal.id for goal in one.belief.goals] == ["1-10-1-0-1", "1-20-1-1-1", "1-10-2-1-1"]


def test_a_restart_between_the_cycles_changes_nothing() -> None:
    watch = Watch()
    watch.see(shows("1-0", home(23)))

    watch.restart()

    assert watch.see(shows("1-0", home(23))) == ["confirmed 1-0 Kane 23'"]


def test_the_order_of_the_believed_goals_does_not_matter() -> None:
    watch = Watch().confirmed(shows("2-1", home(23, "Kane"), home(23, "Son"), away(23)))
    watch.belief = replace(watch.belief, goals=watch.belief.goals[::-1])

    assert watch.see(shows("2-1", home(23, "Kane"), home(23, "Son"), away(23))) == []


def test_unchanged_goals_stay_equal() -> None:
    watch = Watch().confirmed(shows("1-1", home(23), away("45+2")))
    before = watch.belief

    watch.see(shows("1-1", home(23), away("45+2")))

    assert watch.belief == before


# ---------------------------------------------------------------- identity: never the player


@pytest.mark.parametrize("nameless", [None, "", "Unknown", "unknown "])
def test_a_scorer_named_late_belongs_to_the_same_goal(nameless: str | None) -> None:
    watch = Watch().confirmed(shows("1-0", home(23, nameless)))
    assert watch.believed() == ["1-0 ? 23'"]

    assert watch.see(shows("1-0", home(23, "Kane"))) == ["updated 1-0 Kane 23'"]
    assert len(watch.belief.goals) == 1


def test_a_named_resighting_confirms_the_nameless_goal_in_one_decision() -> None:
    watch = Watch()
    watch.see(shows("1-0", home(23, None)))

    assert watch.see(shows("1-0", home(23, "Kane"))) == ["confirmed 1-0 Kane 23'"]


def test_a_name_without_an_id_for_ever_is_enough() -> None:
    assert Watch().confirmed(shows("1-0", home(23, "Kane", id=None))).believed() == ["1-0 Kane 23'"]


def test_a_name_that_the_feed_drops_is_not_forgotten() -> None:
    watch = Watch().confirmed(shows("1-0", home(23, "Kane", id=184)))

    assert watch.see(shows("1-0", home(23, None))) == []
    assert watch.believed() == ["1-0 Kane 23'"]


def test_a_corrected_scorer_renames_the_same_goal() -> None:
    watch = Watch().confirmed(shows("1-0", home(23, "Kane", id=184)))

    assert watch.see(shows("1-0", home(23, "Son", id=186))) == ["renamed 1-0 Son 23'"]
    [goal] = watch.belief.goals
    assert (goal.id, goal.player_id, goal.state) == ("1-10-1-0-1", 186, GoalState.CONFIRMED)


def test_another_scorer_without_an_id_takes_over_no_stale_id() -> None:
    watch = Watch().confirmed(shows("1-0", home(23, "Kane", id=184)))

    assert watch.see(shows("1-0", home(23, "Son"))) == ["renamed 1-0 Son 23'"]
    assert watch.belief.goals[0].player_id is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (home(23, "F. Andrada", id=6420), home(23, "Federico Andrada", id=6420)),
        (home(23, "F. Andrada"), home(23, "Federico Andrada", id=6420)),
        (home(23, "H. Calhanoglu"), home(23, "H. Çalhanoğlu")),
    ],
)
def test_another_spelling_of_the_scorer_is_no_correction(before: object, after: object) -> None:
    watch = Watch().confirmed(shows("1-0", before))  # type: ignore[arg-type]  # events, by construction

    watch.see(shows("1-0", after))  # type: ignore[arg-type]  # as above

    assert [d.kind for d in watch.told] == [
        DecisionKind.SIGHTED,
        DecisionKind.CONFIRMED,
        DecisionKind.UPDATED,
    ]
    assert not watch.told[-1].renamed


# ---------------------------------------------------------------- identity: the clock


@pytest.mark.parametrize(
    ("before", "after"), [(23, 18), (23, 28), ("45+2", "45+1"), ("45+2", 45), ("45+8", 45), ("90+4", 89)]
)
def test_a_minute_that_moves_stays_the_same_goal(before: int | str, after: int | str) -> None:
    watch = Watch().confirmed(shows("1-0", home(before)))

    watch.see(shows("1-0", home(after)))

    [goal] = watch.belief.goals
    assert watch.told[-1].kind is DecisionKind.UPDATED
    assert goal.clock == f"{after}'"


def test_a_minute_that_moves_between_the_cycles_does_not_hinder_confirmation() -> None:
    watch = Watch()
    watch.see(shows("1-0", home(23)))

    assert watch.see(shows("1-0", home(25))) == ["confirmed 1-0 Kane 25'"]


def test_beyond_the_tolerance_it_is_another_goal() -> None:
    watch = Watch()
    watch.see(shows("1-0", home(23)))

    assert watch.see(shows("1-0", home(29))) == ["discarded 1-0 Kane 23'", "sighted 1-0 Kane 29'"]


def test_the_tolerance_comes_from_the_config() -> None:
    watch = Watch()
    watch.config = watch.config.model_copy(update={"minute_tolerance": 1})
    watch.see(shows("1-0", home(23)))

    assert watch.see(shows("1-0", home(25))) == ["discarded 1-0 Kane 23'", "sighted 1-0 Kane 25'"]


def test_added_time_and_the_first_minute_of_the_next_half_are_two_goals() -> None:
    watch = Watch()

    assert watch.see(shows("1-0", home("45+3"), status="HT")) == ["sighted 1-0 Kane 45+3'"]
    assert watch.see(shows("2-0", home("45+3"), home(46))) == [
        "confirmed 1-0 Kane 45+3'",
        "sighted 2-0 Kane 46'",
    ]
    assert watch.see(shows("2-0", home("45+3"), home(46))) == ["confirmed 2-0 Kane 46'"]


def test_a_goal_does_not_wander_from_one_half_into_the_other() -> None:
    watch = Watch()
    watch.see(shows("1-0", home("45+1"), status="1H"))

    assert watch.see(shows("1-0", home(46))) == ["discarded 1-0 Kane 45+1'", "sighted 1-0 Kane 46'"]


def test_added_time_of_the_second_half_and_extra_time_are_two_goals() -> None:
    watch = Watch()
    watch.see(shows("1-0", home("90+5")))

    assert watch.see(shows("1-1", home("90+5"), away(92), status="ET")) == [
        "confirmed 1-0 Kane 90+5'",
        "sighted 1-1 Salah 92'",
    ]


def test_a_brace_within_two_minutes_stays_two_goals() -> None:
    watch = Watch()
    watch.see(shows("1-0", home(23)))

    assert watch.see(shows("2-0", home(22), home(24))) == ["confirmed 1-0 Kane 22'", "sighted 2-0 Kane 24'"]
    assert watch.see(shows("2-0", home(24), home(24))) == ["updated 1-0 Kane 24'", "confirmed 2-0 Kane 24'"]


def test_a_goal_that_moves_to_an_earlier_minute_leaves_its_old_minute_to_the_next_goal() -> None:
    watch = Watch().confirmed(shows("1-0", home(23, "Kane")))

    assert watch.see(shows("2-0", home(22, "Kane"), home(23, "Son"))) == [
        "updated 1-0 Kane 22'",
        "sighted 2-0 Son 23'",
    ]


def test_the_order_in_which_goals_of_one_minute_are_listed_renames_nobody() -> None:
    watch = Watch().confirmed(shows("1-0", home(90, "Kane")))

    assert watch.see(shows("2-0", home(90, "Son"), home(90, "Kane"))) == ["sighted 2-0 Son 90'"]
    assert watch.see(shows("2-0", home(90, "Son"), home(90, "Kane"))) == ["confirmed 2-0 Son 90'"]
    assert watch.see(shows("2-0", home(90, "Kane"), home(90, "Son"))) == []


def test_a_correction_among_goals_of_one_minute_renames_the_right_one() -> None:
    watch = Watch().confirmed(shows("2-0", home(90, "Kane"), home(90, "Son")))

    assert watch.see(shows("2-0", home(90, "Saka"), home(90, "Son"))) == ["renamed 1-0 Saka 90'"]


def test_a_brace_first_seen_at_once_is_two_goals() -> None:
    watch = Watch().confirmed(shows("2-0", home(23, None), home(23, None)))

    assert watch.believed() == ["1-0 ? 23'", "2-0 ? 23'"]


@pytest.mark.parametrize("minute", [25, 26, 27])
def test_the_first_of_a_brace_taken_back_does_not_make_its_place_the_second_ones(minute: int) -> None:
    watch = Watch().confirmed(shows("2-0", home(23, "Kane"), home(26, "Son")))

    for _ in range(2):
        watch.see(shows("1-0", home(minute, "Son")))

    assert [goal.player for goal in watch.goals(GoalState.CONFIRMED)] == ["Son"]
    assert [goal.player for goal in watch.goals(GoalState.CANCELLED)] == ["Kane"]


def test_the_first_of_a_brace_dropped_for_a_poll_leaves_both_in_place() -> None:
    watch = Watch().confirmed(shows("2-0", home(23), home(25)))
    before = watch.belief

    assert watch.see(shows("2-0", home(25))) == []
    assert watch.see(shows("2-0", home(23), home(25))) == []
    assert watch.belief == before


def test_an_earlier_goal_inserted_late_gets_its_own_id_and_moves_the_score_of_the_later_one() -> None:
    watch = Watch().confirmed(shows("1-0", home(60, "Son")))

    assert watch.see(shows("2-0", home(30), home(60, "Son"))) == [
        "sighted 1-0 Kane 30'",
        "updated 2-0 Son 60'",
    ]
    watch.see(shows("2-0", home(30), home(60, "Son")))

    assert watch.believed() == ["1-0 Kane 30'", "2-0 Son 60'"]
    assert [goal.id for goal in watch.goals(GoalState.CONFIRMED)] == ["1-10-1-0-1", "1-10-1-0-2"]


def test_an_earlier_goal_of_the_other_team_moves_the_score_after_and_nothing_else() -> None:
    watch = Watch().confirmed(shows("1-0", home(60)))

    assert watch.see(shows("1-1", away(30), home(60))) == ["sighted 0-1 Salah 30'", "updated 1-1 Kane 60'"]


# ---------------------------------------------------------------- dropped, taken back, back again


def test_a_goal_dropped_while_the_score_counts_it_is_not_spoken_against() -> None:
    watch = Watch().confirmed(shows("1-0", home(23)))

    for _ in range(4):
        assert watch.see(shows("1-0")) == []
    assert watch.believed() == ["1-0 Kane 23'"]


def test_a_pending_goal_dropped_while_the_score_counts_it_waits_for_its_second_sighting() -> None:
    watch = Watch()
    watch.see(shows("1-0", home(23)))

    assert watch.see(shows("1-0")) == []
    assert watch.see(shows("1-0", home(23))) == ["confirmed 1-0 Kane 23'"]


def test_a_sighting_that_stays_alone_does_not_keep_an_ended_match_open() -> None:
    watch = Watch()
    watch.see(shows("1-0", home(90)))
    assert watch.see(shows("1-0", status="FT")) == []

    watch.now += timedelta(hours=2)

    assert watch.see(shows("1-0")) == []
    assert watch.see(shows("1-0", status="FT")) == ["discarded 1-0 Kane 90'"]


def test_a_goal_after_a_dropped_one_gets_the_true_score() -> None:
    watch = Watch().confirmed(shows("1-0", home(23)))

    assert watch.see(shows("2-0", home(60, "Son"))) == ["sighted 2-0 Son 60'"]


def test_a_confirmed_goal_gone_and_uncounted_is_cancelled_at_the_second_poll_in_a_row() -> None:
    watch = Watch().confirmed(shows("1-0", home(23)))

    assert watch.see(shows("0-0")) == []
    assert watch.goals(GoalState.CONFIRMED)[0].missed == 1
    assert watch.see(shows("0-0")) == ["cancelled 1-0 Kane 23'"]
    assert watch.see(shows("0-0")) == []


@pytest.mark.parametrize("between", [shows("1-0", home(23)), shows("1-0")])
def test_two_polls_that_are_not_in_a_row_cancel_nothing(between: object) -> None:
    watch = Watch().confirmed(shows("1-0", home(23)))

    for _ in range(3):
        assert watch.see(shows("0-0")) == []
        assert watch.see(between) == []  # type: ignore[arg-type]  # a fixture, by construction


def test_a_cancelled_goal_that_comes_back_is_a_new_generation_confirmed_afresh() -> None:
    watch = Watch().confirmed(shows("1-0", home(23)))
    watch.see(shows("0-0"))
    watch.see(shows("0-0"))

    assert watch.see(shows("1-0", home(23))) == ["sighted 1-0 Kane 23'"]
    assert watch.see(shows("1-0", home(23))) == ["confirmed 1-0 Kane 23'"]
    assert [(g.id, g.state) for g in watch.belief.goals] == [
        ("1-10-1-0-1", GoalState.CANCELLED),
        ("1-10-1-0-2", GoalState.CONFIRMED),
    ]


def test_a_goal_taken_back_after_the_final_whistle_follows_the_same_rules() -> None:
    watch = Watch().confirmed(shows("1-0", home(90), status="FT"))

    assert watch.see(shows("0-0", status="FT")) == []
    assert watch.see(shows("0-0", status="FT")) == ["cancelled 1-0 Kane 90'"]


def test_a_var_event_alone_takes_nothing_back() -> None:
    watch = Watch().confirmed(shows("1-0", home(23)))

    for _ in range(3):
        assert watch.see(shows("1-0", home(23), var(HOME, 24))) == []


def test_a_var_event_for_a_goal_never_shown_is_no_goal() -> None:
    assert Watch().see(shows("0-0", var(HOME, 24, "Goal Disallowed - offside"))) == []


def test_a_var_event_tells_which_of_two_vanished_goals_was_taken_back() -> None:
    watch = Watch().confirmed(shows("2-0", home(23, "Kane"), home(60, "Son")))

    watch.see(shows("1-0", var(HOME, 24)))
    watch.see(shows("1-0", var(HOME, 24)))

    [cancelled] = [one for one in watch.told if one.kind is DecisionKind.CANCELLED]
    assert cancelled.reason.endswith("(the feed says: Goal cancelled)")
    assert [goal.player for goal in watch.goals(GoalState.CANCELLED)] == ["Kane"]


def test_without_a_var_event_the_latest_of_two_vanished_goals_is_taken_back() -> None:
    watch = Watch().confirmed(shows("2-0", home(23, "Kane"), home(60, "Son")))

    watch.see(shows("1-0"))
    watch.see(shows("1-0"))

    assert [goal.player for goal in watch.goals(GoalState.CANCELLED)] == ["Son"]


def test_a_goal_still_listed_goes_when_both_the_score_and_a_var_event_take_it_back() -> None:
    watch = Watch().confirmed(shows("1-0", home(23)))
    taken_back = shows("0-0", home(23), var(HOME, 24, "Goal Disallowed - offside"))

    assert watch.see(taken_back) == []
    assert watch.see(taken_back) == ["cancelled 1-0 Kane 23'"]
    assert watch.see(taken_back) == []


# ---------------------------------------------------------------- what is a goal


def test_an_own_goal_counts_for_the_team_the_feed_names() -> None:
    watch = Watch().confirmed(shows("1-0", home(23, "Maguire", detail="Own Goal")))

    [goal] = watch.belief.goals
    assert (goal.team_id, goal.kind, goal.player) == (HOME.id, GoalKind.OWN, "Maguire")


def test_a_goal_turned_into_an_own_goal_is_the_same_goal_renamed() -> None:
    watch = Watch().confirmed(shows("1-0", home(23, "Kane", id=184)))

    assert watch.see(shows("1-0", home(23, "Maguire", id=2935, detail="Own Goal"))) == [
        "renamed 1-0 Maguire 23'"
    ]
    assert watch.belief.goals[0].kind is GoalKind.OWN


def test_an_own_goal_listed_for_the_wrong_team_is_never_believed_there() -> None:
    watch = Watch()
    watch.see(shows("1-0", away(23, "Maguire", detail="Own Goal")))
    watch.see(shows("1-0", away(23, "Maguire", detail="Own Goal")))

    watch.see(shows("1-0", home(23, "Maguire", detail="Own Goal")))
    watch.see(shows("1-0", home(23, "Maguire", detail="Own Goal")))

    assert [goal.team_id for goal in watch.goals(GoalState.CONFIRMED)] == [HOME.id]
    assert not watch.goals(GoalState.PENDING)


def test_a_missed_penalty_is_no_goal() -> None:
    assert Watch().see(shows("0-0", home(23, detail="Missed Penalty"))) == []


def test_a_converted_penalty_is_one() -> None:
    watch = Watch().confirmed(shows("1-0", home(23, detail="Penalty")))
    assert [goal.kind for goal in watch.goals(GoalState.CONFIRMED)] == [GoalKind.PENALTY]


@pytest.mark.parametrize("status", ["P", "PEN"])
@pytest.mark.parametrize("comments", ["Penalty Shootout", "penalty shootout", None])
def test_kicks_of_a_shootout_are_no_goals(status: str, comments: str | None) -> None:
    kicks = [
        event(team, f"120+{kick}", f"Shooter {kick}", detail="Penalty", comments=comments)
        for kick in (1, 2, 3)
        for team in (HOME, AWAY)
    ]
    watch = Watch().confirmed(shows("1-0", home(23), *kicks, status=status))

    assert watch.believed() == ["1-0 Kane 23'"]
    assert len(watch.belief.goals) == 1


def test_a_goal_of_an_unknown_detail_is_a_goal_when_the_score_counts_it() -> None:
    assert Watch().confirmed(shows("1-0", home(23, detail="Header"))).believed() == ["1-0 Kane 23'"]


@pytest.mark.parametrize("detail", ["Goal cancelled", "Goal Disallowed - Foul", "Missed penalty"])
def test_a_goal_event_that_says_it_is_none_is_none(detail: str) -> None:
    watch = Watch()
    watch.see(shows("1-0", home(23, detail=detail)))
    assert watch.belief.goals == ()


def test_events_of_unknown_types_and_teams_are_passed_over() -> None:
    stranger = event(HOME, 30, type="Whistle")
    elsewhere = event(type(HOME)(id=TeamId(99), name="Elsewhere"), 31)

    assert Watch().see(shows("0-0", stranger, elsewhere)) == []


# ---------------------------------------------------------------- events and score disagree


def test_one_nameless_goal_more_than_the_score_is_not_believed_until_the_score_agrees() -> None:
    watch = Watch()
    for _ in range(3):
        assert watch.see(shows("0-0", away(48, None))) == []

    assert watch.see(shows("0-1", away(48, None))) == ["sighted 0-1 ? 48'"]
    assert watch.see(shows("0-1", away(48, None))) == ["confirmed 0-1 ? 48'"]


def test_a_named_goal_ahead_of_the_score_is_sighted_and_confirmed_when_the_score_agrees() -> None:
    watch = Watch()
    assert watch.see(shows("0-0", home(23))) == ["sighted 1-0 Kane 23'"]
    assert watch.see(shows("0-0", home(23))) == []
    assert watch.see(shows("1-0", home(23))) == ["confirmed 1-0 Kane 23'"]


def test_a_pending_goal_that_the_score_takes_back_first_is_never_confirmed() -> None:
    watch = Watch()
    watch.see(shows("1-0", home(23)))

    assert watch.see(shows("0-0", home(23))) == []
    assert watch.see(shows("0-0", home(23))) == []
    assert watch.see(shows("0-0")) == ["discarded 1-0 Kane 23'"]


def test_the_score_counts_a_confirmed_goal_before_a_new_one_even_if_only_the_new_one_is_named() -> None:
    watch = Watch().confirmed(shows("1-0", home(23, None)))

    assert watch.see(shows("1-0", home(23, None), home(60))) == ["sighted 2-0 Kane 60'"]
    assert watch.see(shows("1-0", home(23, None), home(60))) == []


def test_a_nameless_extra_line_of_the_same_minute_is_not_taken_for_the_goal_we_know() -> None:
    watch = Watch().confirmed(shows("1-0", home(23)))

    assert watch.see(shows("1-0", home(23, None), home(23))) == []
    assert watch.see(shows("1-0", home(23), home(23, None))) == []
    assert watch.believed() == ["1-0 Kane 23'"]


def test_of_two_goals_where_the_score_counts_one_the_named_one_is_believed() -> None:
    watch = Watch()
    watch.see(shows("1-0", home(30, None)))

    assert watch.see(shows("1-0", home(30, None), home(38))) == ["sighted 1-0 Kane 38'"]
    assert watch.see(shows("1-0", home(30, None), home(38))) == ["confirmed 1-0 Kane 38'"]


def test_a_goal_that_the_score_does_not_count_adds_nothing_to_the_score_of_later_ones() -> None:
    watch = Watch()

    assert watch.see(shows("0-1", home(30), away(40))) == ["sighted 1-0 Kane 30'", "sighted 0-1 Salah 40'"]


def test_a_score_that_loses_a_listed_goal_for_a_poll_renumbers_nothing() -> None:
    watch = Watch().confirmed(shows("1-1", home(10), away(40)))

    assert watch.see(shows("0-1", home(10), away(40))) == []


def test_after_the_final_whistle_an_event_beyond_the_score_is_not_there() -> None:
    watch = Watch()
    watch.see(shows("1-0", home(88)))

    assert watch.see(shows("0-0", home(88), status="FT")) == ["discarded 1-0 Kane 88'"]
    assert watch.see(shows("0-0", home(88), status="FT")) == []


def test_a_confirmed_goal_still_listed_is_not_cancelled_by_the_score_alone() -> None:
    watch = Watch().confirmed(shows("1-0", home(23)))

    for _ in range(3):
        assert watch.see(shows("0-0", home(23))) == []


def test_an_event_listed_twice_is_one_goal() -> None:
    watch = Watch().confirmed(shows("1-0", home(23), home(23)))

    assert watch.believed() == ["1-0 Kane 23'"]
    assert len(watch.belief.goals) == 1


@pytest.mark.parametrize("minute", [25, 27])
def test_a_second_line_with_another_minute_does_not_take_a_confirmed_goals_place(minute: int) -> None:
    watch = Watch().confirmed(shows("1-0", home(23)))

    watch.see(shows("1-0", home(23), home(minute)))
    watch.see(shows("1-0", home(minute)))
    watch.see(shows("1-0", home(minute)))

    assert [goal.id for goal in watch.goals(GoalState.CONFIRMED)] == ["1-10-1-0-1"]
    assert not watch.goals(GoalState.PENDING)


def test_a_score_ahead_of_the_events_is_expected_once_and_never_invented() -> None:
    watch = Watch()

    assert watch.see(shows("1-0")) == ["expected 1-0"]
    assert watch.told[0].team_id == HOME.id
    assert watch.see(shows("1-0")) == []
    watch.restart()
    assert watch.see(shows("1-0")) == []
    assert watch.see(shows("1-1")) == ["expected 1-1"]
    assert watch.belief.goals == ()


def test_a_score_ahead_that_flaps_is_told_once() -> None:
    watch = Watch().confirmed(shows("2-0", home(23), home(40)))

    told = [watch.see(shows(score, home(23), home(40))) for score in ("2-1", "2-0", "2-1", "2-0")]

    assert told == [["expected 2-1"], [], [], []]


def test_an_expected_goal_that_changes_sides_and_back_is_told_once_for_each_side() -> None:
    watch = Watch()

    told = [watch.see(shows(score)) for score in ("1-0", "0-1", "1-0", "0-1")]

    assert told == [["expected 1-0"], ["expected 0-1"], [], []]


@pytest.mark.parametrize("before", [(), (shows("1-0", home(23)),) * 2])
def test_an_event_listed_twice_is_one_goal_without_a_score_too(before: tuple[Fixture, ...]) -> None:
    watch = Watch()
    for poll in (*before, *[shows(None, home(23), home(23), status="LIVE")] * 3):
        watch.see(poll)

    assert watch.believed() == ["1-0 Kane 23'"]
    assert len(watch.belief.goals) == 1


def test_two_equal_goals_that_the_score_once_counted_stay_two_when_it_is_left_out() -> None:
    watch = Watch().confirmed(shows("2-0", home(23, None), home(23, None)))

    assert watch.see(shows(None, home(23, None), home(23, None))) == []


def test_a_match_without_any_score_confirms_by_its_events_and_takes_nothing_back() -> None:
    watch = Watch().confirmed(shows(None, home(23), status="LIVE"))
    assert watch.believed() == ["1-0 Kane 23'"]

    for _ in range(3):
        assert watch.see(shows(None, status="LIVE")) == []


# ---------------------------------------------------------------- polls that tell nothing


def test_a_fixture_that_is_not_in_the_poll_stays_untouched() -> None:
    watch = Watch()
    watch.see(shows("1-0", home(23)))

    assert watch.see() == []
    assert watch.see(shows("0-0", fixture=2)) == []
    assert watch.see(shows("1-0", home(23))) == ["confirmed 1-0 Kane 23'"]


def test_a_fixture_without_an_event_list_stays_untouched() -> None:
    watch = Watch().confirmed(shows("1-0", home(23)))
    before = watch.belief

    for _ in range(3):
        assert watch.see(shows("0-0", silent=True)) == []
    assert watch.belief == before


def test_a_fixture_in_the_live_list_and_in_a_settling_reply_votes_once() -> None:
    watch = Watch()
    poll = shows("1-0", home(23))

    assert watch.see(poll, poll) == ["sighted 1-0 Kane 23'"]


@pytest.mark.parametrize("status", ["PST", "CANC", "ABD", "AWD", "WO", "NS", "TBD"])
@pytest.mark.parametrize("score", [None, "0-0"])
def test_a_match_that_is_not_played_takes_nothing_back(status: str, score: str | None) -> None:
    watch = Watch().confirmed(shows("1-0", home(23)))

    for _ in range(3):
        assert watch.see(shows(score, status=status)) == []
    assert watch.believed() == ["1-0 Kane 23'"]


def test_a_score_awarded_at_a_desk_does_not_hold_a_true_goal_back() -> None:
    watch = Watch()
    watch.see(shows("1-0", home(23)))

    assert watch.see(shows("0-3", home(23), status="AWD")) == ["confirmed 1-0 Kane 23'"]


def test_an_event_beyond_the_score_of_an_abandoned_match_does_not_wait_for_ever() -> None:
    watch = Watch()
    watch.see(shows("0-0", home(23)))
    watch.now += timedelta(hours=2)

    assert watch.see(shows("0-0", home(23), status="ABD")) == ["discarded 1-0 Kane 23'"]


def test_a_score_awarded_at_a_desk_expects_no_goals() -> None:
    watch = Watch().confirmed(shows("0-1", away(23)))

    assert watch.see(shows("3-0", status="AWD")) == []


def test_an_abandoned_match_that_is_resumed_goes_on_where_it_was() -> None:
    watch = Watch().confirmed(shows("1-0", home(23)))
    watch.see(shows("1-0", home(23), status="ABD"))

    assert watch.see(shows("1-1", home(23), away(60))) == ["sighted 1-1 Salah 60'"]


def test_a_clock_set_back_by_an_hour_hinders_nothing() -> None:
    watch = Watch()
    watch.see(shows("1-0", home(23)))
    watch.now -= timedelta(hours=1)

    assert watch.see(shows("1-0", home(23))) == ["confirmed 1-0 Kane 23'"]
    [goal] = watch.belief.goals
    assert goal.confirmed_at == goal.first_seen


# ---------------------------------------------------------------- the feed fails in bulk


def _three_matches() -> Watch:
    return Watch().confirmed(*(shows("1-0", home(23), fixture=n) for n in (1, 2, 3)))


def test_when_two_fixtures_regress_nothing_is_removed_until_three_clean_polls() -> None:
    watch = _three_matches()
    good, taken_back = [shows("1-0", home(23), fixture=n) for n in (2, 3)], shows("0-0")

    assert watch.see(taken_back, shows("0-0", fixture=2), good[1]) == []
    assert watch.belief.guard == 3
    for left in (2, 1, 0):
        assert watch.see(taken_back, *good) == []
        assert watch.belief.guard == left
    assert watch.see(taken_back, *good) == ["cancelled 1-0 Kane 23'"]


def test_additions_go_on_while_removals_wait() -> None:
    watch = _three_matches()
    watch.see(shows("0-0"), shows("0-0", fixture=2))
    watch.see(shows("1-1", home(23), away(50)), shows("0-0", fixture=2))

    assert watch.see(shows("1-1", home(23), away(50))) == ["confirmed 1-1 Salah 50'"]


def test_when_three_confirmed_goals_vanish_from_one_fixture_nothing_is_removed() -> None:
    watch = Watch().confirmed(shows("3-0", home(10), home(20), home(30)))

    for _ in range(4):
        assert watch.see(shows("0-0")) == []
    assert len(watch.goals(GoalState.CONFIRMED)) == 3


def test_pending_goals_wait_out_a_bulk_regression_too() -> None:
    watch = Watch()
    watch.see(shows("1-0", home(23)), shows("1-0", home(23), fixture=2))
    watch.see(shows("0-0"), shows("0-0", fixture=2))

    assert watch.see(shows("1-0", home(23)), shows("0-0", fixture=2)) == ["confirmed 1-0 Kane 23'"]
    assert [goal.fixture_id for goal in watch.goals(GoalState.PENDING)] == [2]


def test_a_second_bulk_regression_starts_the_clean_polls_anew() -> None:
    watch = _three_matches()
    fine = [shows("1-0", home(23), fixture=n) for n in (1, 2, 3)]
    wiped = [shows("0-0", fixture=n) for n in (1, 2, 3)]
    watch.see(*wiped)
    watch.see(*fine)

    watch.see(*wiped)

    assert watch.belief.guard == 3
    assert len(watch.believed()) == 3


def test_a_poll_that_shows_nothing_is_no_clean_poll() -> None:
    watch = _three_matches()
    watch.see(shows("0-0"), shows("0-0", fixture=2))

    watch.see()

    assert watch.belief.guard == 3


def test_two_goals_rightly_taken_back_in_one_poll_are_cancelled_in_the_end() -> None:
    watch = _three_matches()
    after = [shows("0-0"), shows("0-0", fixture=2), shows("1-0", home(23), fixture=3)]

    told = [decision for _ in range(6) for decision in watch.see(*after)]

    assert told == ["cancelled 1-0 Kane 23'", "#2 cancelled 1-0 Kane 23'"]


def test_the_guard_survives_a_restart() -> None:
    watch = _three_matches()
    watch.see(*(shows("0-0", fixture=n) for n in (1, 2, 3)))
    watch.restart()

    assert watch.see(*(shows("0-0", fixture=n) for n in (1, 2, 3))) == []
    assert watch.belief.guard == 2


def test_a_batch_half_of_which_is_empty_takes_no_goal_back() -> None:
    watch = Watch().confirmed(*(shows("1-0", home(23), fixture=n) for n in range(1, 21)))

    for _ in range(3):
        watch.see(
            *(shows("0-0", fixture=n) if n % 2 else shows("1-0", home(23), fixture=n) for n in range(1, 21))
        )
    watch.see(*(shows("1-0", home(23), fixture=n) for n in range(1, 21)))

    assert {goal.state for goal in watch.belief.goals} == {GoalState.CONFIRMED}


# ---------------------------------------------------------------- combinations that hurt


def test_a_goal_taken_back_and_another_scored_in_the_same_poll() -> None:
    watch = Watch().confirmed(shows("1-0", home(23, "Kane")))

    assert watch.see(shows("1-0", home(38, "Son"))) == ["sighted 1-0 Son 38'"]
    assert watch.see(shows("1-0", home(38, "Son"))) == ["cancelled 1-0 Kane 23'", "confirmed 1-0 Son 38'"]
    assert [goal.id for goal in watch.goals(GoalState.CONFIRMED)] == ["1-10-1-0-2"]


def test_a_pending_goal_taken_back_and_the_other_team_scoring_in_the_same_poll() -> None:
    watch = Watch()
    watch.see(shows("1-0", home(23)))

    assert watch.see(shows("0-1", away(27))) == ["discarded 1-0 Kane 23'", "sighted 0-1 Salah 27'"]


def test_a_score_that_flaps_with_its_event_cancels_nothing_confirmed() -> None:
    watch = Watch().confirmed(shows("2-1", home(10), home(20), away(30)))
    before = watch.belief

    for _ in range(3):
        assert watch.see(shows("2-0", home(10), home(20))) == []
        assert watch.see(shows("2-1", home(10), home(20), away(30))) == []
    assert watch.belief == before


def test_a_sighting_that_flaps_is_never_confirmed_from_two_separate_appearances() -> None:
    watch = Watch().confirmed(shows("2-0", home(10), home(20)))

    for _ in range(3):
        assert watch.see(shows("2-1", home(10), home(20), away(30))) == ["sighted 2-1 Salah 30'"]
        assert watch.see(shows("2-0", home(10), home(20))) == ["discarded 2-1 Salah 30'"]
    assert len(watch.believed()) == 2


def test_an_earlier_goal_that_flaps_does_not_renumber_the_later_one() -> None:
    watch = Watch().confirmed(shows("2-0", home(10), home(40)))

    assert watch.see(shows("1-0", home(40))) == []
    assert watch.see(shows("2-0", home(10), home(40))) == []


def test_an_earlier_goal_cancelled_for_good_moves_the_score_of_the_later_one() -> None:
    watch = Watch().confirmed(shows("2-0", home(10, "Kane"), home(40, "Son")))
    watch.see(shows("1-0", home(40, "Son")))

    assert watch.see(shows("1-0", home(40, "Son"))) == ["cancelled 1-0 Kane 10'", "updated 1-0 Son 40'"]
    assert watch.see(shows("1-0", home(40, "Son"))) == []


def test_goals_of_both_teams_in_one_minute_keep_the_order_first_seen() -> None:
    watch = Watch().confirmed(shows("1-1", away(23), home(23)))

    assert watch.see(shows("1-1", home(23), away(23))) == []
    assert watch.believed() == ["0-1 Salah 23'", "1-1 Kane 23'"]


def test_one_poll_missed_delays_and_loses_nothing() -> None:
    watch = Watch()
    watch.see(shows("1-0", home(23)))
    watch.see()

    assert watch.see(shows("2-0", home(23), home(31))) == ["confirmed 1-0 Kane 23'", "sighted 2-0 Kane 31'"]


def test_goals_in_extra_time_are_goals() -> None:
    watch = Watch().confirmed(shows("1-0", home("105+1"), status="AET"))

    assert watch.believed() == ["1-0 Kane 105+1'"]
