"""What whole seasons on a bad feed brought to light; each poll is cut down from one of theirs."""

from __future__ import annotations

from tests.stages.confirm_feed import Watch, away, home, shows


def test_the_poll_that_discards_an_earlier_sighting_sets_right_the_score_after_of_the_later_goal() -> None:
    """The match was over with all its goals, and no further poll came (Leicester - Swansea: 4-1 for 4-0)."""
    watch = Watch()
    watch.see(shows("1-1", away(83, None), home(85, None)))

    assert watch.see(shows("1-0", home(85, "Albrighton"), status="FT")) == [
        "discarded 0-1 ? 83'",
        "confirmed 1-0 Albrighton 85'",
    ]


def test_a_removal_that_the_guard_holds_back_renumbers_nothing() -> None:
    watch = Watch().confirmed(shows("2-0", home(10), home(40)), shows("1-0", home(5), fixture=2))

    watch.see(shows("1-0", home(40)), shows("0-0", fixture=2))

    assert watch.believed() == ["1-0 Kane 10'", "2-0 Kane 40'", "1-0 Kane 5'"]


def test_an_earlier_goal_listed_late_leaves_the_next_one_its_scorer() -> None:
    """West Ham - Arsenal: the nameless 84' took the place of Sánchez' 86', who then scored twice."""
    watch = Watch().confirmed(shows("2-0", home(86, "Sánchez")))

    watch.see(shows("2-0", home(84, None), home(86, "Sánchez")))
    watch.see(shows("2-0", home(84, None), home(86, "Sánchez")))

    assert watch.believed() == ["1-0 ? 84'", "2-0 Sánchez 86'"]


def test_a_goal_in_added_time_stays_itself_when_one_of_the_whole_minute_is_listed_late() -> None:
    """90 and 90+2 are no minute apart, since the feed may leave the added minutes out (Everton - Arsenal)."""
    watch = Watch().confirmed(shows("2-0", home("90+2", "Sánchez")))

    watch.see(shows("2-0", home(90, None), home("90+2", "Sánchez")))
    watch.see(shows("2-0", home(90, None), home("90+2", "Sánchez")))

    assert watch.believed() == ["1-0 ? 90'", "2-0 Sánchez 90+2'"]


def test_a_line_sent_twice_pushes_the_next_goal_from_its_place_no_more() -> None:
    """Hull - Southampton: the second line of Snodgrass in 61 became the goal of Dawson in 63 for good."""
    watch = Watch().confirmed(shows("2-0", home(61, "Snodgrass"), home(63, "Dawson")))

    twice = home(61, "Snodgrass")
    watch.see(shows("2-0", twice, twice, home(63, "Dawson"), status="FT"))

    assert watch.believed() == ["1-0 Snodgrass 61'", "2-0 Dawson 63'"]


def test_a_line_sent_twice_while_another_goal_is_unlisted_is_forgotten_with_it() -> None:
    """Liverpool - Manchester City: Mané's goal was confirmed twice, and once taken back."""
    watch = Watch().confirmed(shows("2-0", home(59, "Firmino"), home(61, "Mané")))
    watch.see(shows("3-0", home(59, "Firmino"), home(59, "Firmino"), home(61, "Mané")))
    watch.see(shows("3-0", home(59, "Firmino"), home(61, "Mané")))

    whole = shows("3-0", home(59, "Firmino"), home(61, "Mané"), home(68, "Salah"))
    watch.confirmed(whole)

    assert watch.believed() == ["1-0 Firmino 59'", "2-0 Mané 61'", "3-0 Salah 68'"]
    assert [one.kind.value for one in watch.told if one.kind.value == "cancelled"] == []
    assert len([one for one in watch.told if one.kind.value == "confirmed"]) == 3
