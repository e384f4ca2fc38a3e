"""What is asked for one goal, and for several of a match at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footyd.demo.query import matches
from footyd.model import Goal, Query
from footyd.stages.search import query_for, within_one_query
from tests.stages.search_world import MATCH, WINDOW_FROM, make_fixture, make_goal

TAIL = " filter:native_video -filter:retweets"
SINCE = f" since_time:{int(datetime(2033, 1, 1, tzinfo=UTC).timestamp())}"


def weight(text: str) -> int:
    """X's count: one for Latin, Cyrillic, Arabic and some punctuation, two for the rest (twitter-text 3)."""
    light = re.compile(r"[\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")
    return sum(1 if light.match(char) else 2 for char in text)


def text_for(*goals: Goal, home: str = "Arsenal", away: str = "Wolves") -> str:
    return query_for(goals, make_fixture(6, home, away), WINDOW_FROM).text.removesuffix(TAIL)


# ---------------------------------------------------------------- one goal


@pytest.mark.parametrize(
    ("player", "home", "away", "expected"),
    [
        ("D. Raya", "Arsenal", "Fulham", "Raya (Arsenal OR gunners OR Fulham OR ffc OR ARSFUL)"),
        ("J. Šeško", "Sporting CP", "Chaves", "(Šeško OR Sesko) (Sporting OR Chaves OR SCPCHA)"),
        ("L. Sané", "Real Madrid", "Elche", '(Sané OR Sane) ("Real Madrid" OR Elche OR RMAELC)'),
        ("V. van Dijk", "Fulham", "Moss", '("van Dijk" OR "فان دايك") (Fulham OR فولهام OR ffc OR Moss)'),
        ("L. Martínez", "Como", "Como", '(Martínez OR Martinez OR لاوتارو OR lautaro) (Como OR كومو)'),
        (None, "1. FC Köln", "Moss", '(Köln OR Koln OR كولن OR effzeh) Moss ("1-0" OR "0-1")'),
        ("M. O'Riley", "OR", 'A "quoted" (team)', '"O\'Riley" ("OR" OR "A quoted team")'),
    ],
)  # fmt: skip
def test_the_query_names_the_scorer_with_either_team_or_both_teams_with_the_score(
    player: str | None, home: str, away: str, expected: str
) -> None:
    fixture = make_fixture(6, home, away)
    query = query_for(make_goal(player, fixture=fixture), fixture, WINDOW_FROM)
    assert query == Query(text=expected + TAIL, since=WINDOW_FROM)


def test_a_draw_without_a_scorer_asks_for_its_score_once() -> None:
    assert '"1-1"' + TAIL in query_for(make_goal(None, score=(1, 1)), MATCH, WINDOW_FROM).text


def test_names_from_the_config_are_asked_for_however_the_team_is_written_there() -> None:
    fixture = make_fixture(6, "1. FC Köln", "Moss")
    aliases = {"1. fc koln": ("Geissbock Elf",)}
    text = query_for(make_goal("F. Kainz", fixture=fixture), fixture, WINDOW_FROM, aliases).text
    assert text == 'Kainz (Köln OR Koln OR "Geissbock Elf" OR effzeh OR Moss)' + TAIL


# ---------------------------------------------------------------- several goals


def test_one_goal_in_a_row_is_asked_for_like_one_goal() -> None:
    assert query_for([make_goal()], MATCH, WINDOW_FROM) == query_for(make_goal(), MATCH, WINDOW_FROM)


def test_several_goals_are_any_of_their_scorers_with_either_team_or_both_teams_with_their_scores() -> None:
    assert text_for(
        make_goal("D. Raya"), make_goal("J. Timber", score=(2, 0)), home="Moss", away="Bryne"
    ) == ('(((Raya OR Timber) (Moss OR Bryne)) OR (Moss Bryne ("1-0" OR "0-1" OR "2-0" OR "0-2")))')


def test_several_goals_nobody_is_named_for_are_their_scores() -> None:
    goals = make_goal(None), make_goal(None, score=(1, 1))
    assert text_for(*goals, home="Moss", away="Bryne") == 'Moss Bryne ("1-0" OR "0-1" OR "1-1")'


POSTS = [
    "Raya scores for Arsenal",
    "Timber!! Wolves stunned",
    "Arsenal 2-0 Wolves",
    "أرسنال 1-0 ولفرهامبتون",
]


@pytest.mark.parametrize("post", POSTS)
def test_posts_of_any_of_the_goals_match_their_common_query(post: str) -> None:
    assert matches(text_for(make_goal("D. Raya"), make_goal("J. Timber", score=(2, 0))), post)


@pytest.mark.parametrize("post", ["Raya signs a contract", "Arsenal 3-0 Wolves", "Timber 2-0"])
def test_posts_of_none_of_the_goals_do_not_match_it(post: str) -> None:
    assert not matches(text_for(make_goal("D. Raya"), make_goal("J. Timber", score=(2, 0))), post)


def test_spellings_are_given_up_before_goals_and_the_last_goals_first() -> None:
    long = [make_goal(f"{letter * 60}ö", score=(number, 0)) for number, letter in enumerate("abcdefgh", 1)]
    text = text_for(*long, home="Moss", away="Bryne")
    asked = [goal for goal in long if goal.player and goal.player in text]
    assert asked == long[: len(asked)]
    assert list(within_one_query(long, make_fixture(6, "Moss", "Bryne"))) == asked
    assert 3 <= len(asked) < 8
    assert "ao" not in text


# ---------------------------------------------------------------- limits

long_texts = st.text(max_size=8).map(lambda text: text * 15)
goals = st.lists(
    st.builds(
        lambda player, score: make_goal(player, score=score),
        st.one_of(st.none(), long_texts),
        st.tuples(st.integers(0, 99), st.integers(0, 99)),
    ),
    min_size=1,
    max_size=6,
)


@settings(deadline=None)
@given(several=goals, home=long_texts, away=long_texts)
def test_no_name_breaks_the_query_out_of_its_limits(several: Sequence[Goal], home: str, away: str) -> None:
    text = query_for(several, make_fixture(6, home, away), WINDOW_FROM).text
    assert len((text + SINCE).encode()) <= 500
    assert weight(text + SINCE) <= 512
    assert text.endswith(TAIL.strip())
    assert text.count('"') % 2 == 0
    assert text.count("(") == text.count(")")
    assert '""' not in text
    assert "()" not in text
