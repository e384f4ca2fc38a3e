"""The judgement of posts: a book of texts with the verdict a person would give."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footyd.config import ClipsConfig, SearchConfig
from footyd.model import Candidate, CandidateState, Media, Post, Rejection
from footyd.stages.search import GoalContext, score_candidate
from footyd.stages.search.naming import read_names
from footyd.stages.search.score import score_parts
from tests.stages.search_world import (
    LANDSCAPE,
    SEEN,
    WINDOW_FROM,
    make_context,
    make_fixture,
    make_goal,
    make_post,
)


def judge(post: Post, context: GoalContext | None = None) -> Candidate:
    return score_candidate(context or make_context(), post, SearchConfig(), ClipsConfig())


def reason(post: Post, context: GoalContext | None = None) -> str | None:
    rejection = judge(post, context).rejection
    return rejection.reason if rejection else None


def parts_of(text: str, context: GoalContext) -> dict[str, float]:
    return score_parts(context, make_post(text), read_names(context, text))


# ---------------------------------------------------------------- texts

GOOD = [
    "Saka! Arsenal 1-0 Man City",
    "BUKAYO SAKA!!! GOOOOOOAL ARSENAL",
    "GOAL! Arsenal 1–0 Manchester City (Saka 23')",
    "Arsenal [1] - 0 Manchester City - Bukayo Saka 23'",
    "[1]-0 Saka #ARSMCI",
    "Saka what a finish 🔥 1:0",
    "GOLAZO de Saka! El Arsenal se adelanta ante el City",
    "⚽ Gol de Bukayo Saka. Arsenal 1 x 0 City #PremierLeague",
    "GOL DO ARSENAL! Saka abre o placar contra o Manchester City, 1 a 0",
    "Gol di Saka! L'Arsenal sblocca la partita: 1-0 al 23'",
    "Tor für Arsenal! Saka trifft zum 1:0 gegen Man City",
    "But de Saka ! Arsenal ouvre le score",
    "هدف ساكا! Saka Arsenal",
    "Saka'nın golü! Arsenal 1-0 Manchester City (dk. 23)",
    "saka goal vs city",
    "#Saka #Arsenal ⚽",
    "#BukayoSaka GOAL",
    "Arsenal 1-0 City",
    "Saka scores for the Gunners against Man City, 22'",
    "Manchester City 0-1 Arsenal, Saka",
]


@pytest.mark.parametrize("text", GOOD)
def test_a_post_that_shows_the_goal_is_accepted(text: str) -> None:
    candidate = judge(make_post(text))
    assert candidate.state is CandidateState.ACCEPTED, candidate.rejection
    assert candidate.rejection is None


BAD = [
    ("Liverpool 1-0 Chelsea! Salah!", "wrong_match"),
    ("GOAL Real Madrid! Mbappé makes it 1-0 against Barça", "wrong_match"),
    ("Mbappé scores for Real Madrid", "wrong_match"),
    ("Saka of Liverpool U18 scores against Chelsea", "wrong_match"),
    ("#LIVCHE 1-0", "wrong_match"),
    ("Como 1-0 Inter", "wrong_match"),
    ("Saka to score anytime, best odds here! Arsenal v Man City", "betting"),
    ("Apuestas: Saka marca, cuota 3.50. Arsenal 1-0 City", "betting"),
    ("GIVEAWAY! Saka goal, like and retweet. Arsenal", "betting"),
    ("Palpite: Arsenal 1-0 Man City, gol do Saka", "betting"),
    ("My prediction: Arsenal 1-0 Man City, Saka", "betting"),
    ("Bruno scores! 1-0", "low_score"),
    ("What a day", "low_score"),
    ("", "low_score"),
    ("🔥🔥🔥", "low_score"),
    ("Arsenal v Man City lineups are in", "low_score"),
    ("Watching Arsenal tonight", "low_score"),
    ("Saka interview after the match", "low_score"),
    ("What a save by Ederson! Saka denied. Arsenal 0-0", "low_score"),
    ("Goal disallowed! Saka offside", "low_score"),
    ("Haaland equalises! 1-1", "low_score"),
    ("GOAL Haaland 61' Arsenal 1-1 Man City", "low_score"),
    ("¡Golazo! como siempre", "low_score"),
]


@pytest.mark.parametrize(("text", "expected"), BAD)
def test_a_post_that_shows_something_else_is_rejected_for_what_it_is(text: str, expected: str) -> None:
    assert reason(make_post(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Saka! Arsenal 1-0 up. Still 0-0 between Liverpool and Chelsea",
        "Arsenal 1-0 Man City. Elsewhere: Liverpool 1-0 Chelsea",
        "Golazo de Saka como siempre. Arsenal",
        "Against all odds Saka scores! Arsenal 1-0",
        "You bet! Saka goal for Arsenal",
    ],
)
def test_another_match_or_a_turn_of_phrase_in_passing_does_no_harm(text: str) -> None:
    assert reason(make_post(text)) is None


def test_a_betting_account_is_known_by_its_name() -> None:
    assert judge(make_post(author="DailyFreeTips")).rejection == Rejection(reason="betting", detail="tips")


def test_a_team_that_plays_in_two_fixtures_of_the_day_is_ours() -> None:
    assert reason(make_post("Goal for Arsenal, Saka")) is None


def test_a_longer_team_name_is_not_its_shorter_neighbour() -> None:
    context = make_context(
        make_goal(player="L. Messi", fixture=make_fixture(7, "Inter", "Napoli")),
        make_fixture(7, "Inter", "Napoli"),
        [make_fixture(8, "Inter Miami", "Atlanta United FC")],
    )
    assert reason(make_post("GOAL Inter Miami! 1-0"), context) == "wrong_match"
    assert reason(make_post("GOAL Inter! 1-0"), context) is None


# ---------------------------------------------------------------- names in other spellings


@pytest.mark.parametrize(
    ("player", "text"),
    [
        ("V. Gyökeres", "gyokeres"),
        ("T. Müller", "Mueller"),
        ("M. Ødegaard", "ODEGAARD"),
        ("İ. Gündoğan", "gundogan"),
        ("V. van Dijk", "Van Dijk"),
        ("V. van Dijk", "Dijk"),
        ("K. De Bruyne", "KEVIN DE BRUYNE"),
        ("Vinícius Júnior", "vinicius"),
        ("Son Heung-Min", "Heung-min Son"),
        ("S. Milinkovic-Savic", "Milinković-Savić"),
        ("R. James Jr.", "Reece James"),
        ("O. Neto", "Neto"),
        ("M. O'Riley", "O’Riley"),
        ("E. Haaland", "#ErlingHaaland"),
        ("K. De Bruyne", "#DeBruyne"),
    ],
)
def test_the_scorer_is_found_however_people_spell_him(player: str, text: str) -> None:
    assert "scorer" in parts_of(text, make_context(make_goal(player)))


@pytest.mark.parametrize(
    ("player", "text"),
    [
        ("Son Heung-Min", "son golazos del city"),
        ("B. Saka", "Osaka"),
        (None, "Unknown"),
        ("Unknown", "Unknown scorer"),
        ("L. de Jong", "Jongerius de"),
    ],
)
def test_a_word_that_only_looks_like_the_scorer_is_not_him(player: str | None, text: str) -> None:
    assert "scorer" not in parts_of(text, make_context(make_goal(player)))


# ---------------------------------------------------------------- score and minute


@pytest.mark.parametrize(
    "text",
    [
        "2-1",
        "2–1",
        "2:1",
        "2 - 1",
        "[2]-1",
        "2-[1]",
        "(2) - 1",
        "2 x 1",
        "2 a 1",
        "2️⃣-1️⃣",
        "٢-١",
        "٢ × ١",
        "2 [1]",
        "[2] 1",
    ],
)
def test_the_score_is_read_in_every_common_notation(text: str) -> None:
    parts = parts_of(f"x {text} y", make_context(make_goal(score=(2, 1))))
    assert {"score", "score reversed", "another score"} & set(parts) == {"score"}


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("City 1-2 Arsenal", "score"),
        ("1-2 Saka", "score reversed"),
        ("1-2 in the 23'", "score reversed"),
        ("Arsenal 1-2 City", None),
        ("1-2 Foden", None),
        ("1-2 in the 80'", None),
        ("3-1", "another score"),
        ("after 1-1 now 2-1", "score"),
        ("kick-off 20:45", None),
        ("season 2024-25", None),
        ("12-05-2025", None),
        ("100-2 up", None),
        ("45+2'", None),
        ("Arsenal 2 Man City 1", "score"),
        ("Man City 1 Arsenal 2", "score"),
        ("Arsenal 2 Liverpool 1", None),
        ("the 2 [1 was offside]", None),
    ],
)
def test_only_a_score_is_read_as_one(text: str, part: str | None) -> None:
    parts = parts_of(text, make_context(make_goal(score=(2, 1))))
    assert {"score", "score reversed", "another score"} & set(parts) == ({part} if part else set())


def test_a_score_read_backwards_does_not_outweigh_another_scorer_and_minute() -> None:
    """It was taken for ours by that score alone: 0.38."""
    ours = make_context(make_goal(score=(2, 1)))
    another = judge(make_post("GOAL! Arsenal 1-2 Man City | Foden 71'"), ours)
    assert (another.rejection and another.rejection.reason) == "low_score"
    assert another.score == pytest.approx(0.23)
    assert reason(make_post("GOAL! 1-2 Saka #ARSMCI"), ours) is None, "the away side first"


@pytest.mark.parametrize(
    ("clock", "text", "part"),
    [
        ((23, None), "23'", "minute"),
        ((23, None), "(23’)", "minute"),
        ((23, None), "24 min", "minute"),
        ((23, None), "min. 22", "minute"),
        ((23, None), "minuto 23", "minute"),
        ((23, None), "23. Minute", "minute"),
        ((23, None), "dk 23' gol", "minute"),
        ((23, None), "61'", "another minute"),
        ((23, None), "23rd minute", "minute"),
        ((23, None), "(Saka, 23)", "minute"),
        ((23, None), "(Saka, 61)", None),
        ((23, None), "(23e)", "minute"),
        ((23, None), "aos 23", "minute"),
        ((23, None), "al 24°", "minute"),
        ((23, None), "الدقيقة 23", "minute"),
        ((23, None), "الدقيقة ٦١", "another minute"),
        ((23, None), "Dakika 23", "minute"),
        ((88, None), "aos 43 do segundo tempo", "minute"),
        ((43, None), "aos 43 do segundo tempo", "another minute"),
        ((45, 2), "45+2'", "minute"),
        ((45, 2), "45'+2", "minute"),
        ((45, 2), "47'", "minute"),
        ((45, 2), "45+6'", "another minute"),
        ((90, 4), "90+4", "minute"),
        ((23, None), "23 goals", None),
        ((23, None), "in 2023", None),
    ],
)
def test_the_minute_is_read_as_people_write_it(
    clock: tuple[int, int | None], text: str, part: str | None
) -> None:
    goal = make_goal(minute=clock[0], extra=clock[1])
    parts = parts_of(text, make_context(goal))
    assert {"minute", "another minute"} & set(parts) == ({part} if part else set())


def test_the_same_scorers_next_goal_is_ranked_below_this_one() -> None:
    this = judge(make_post("Saka 1-0 Arsenal 23'"))
    next_one = judge(make_post("Saka 2-0 Arsenal 61'"))
    assert this.score - next_one.score > 0.5
    assert next_one.state is CandidateState.REJECTED


# ---------------------------------------------------------------- time and video


@pytest.mark.parametrize(
    ("posted_at", "expected"),
    [
        (WINDOW_FROM - timedelta(seconds=60), "too_early"),
        (WINDOW_FROM - timedelta(seconds=59), None),
        (WINDOW_FROM, None),
        (SEEN + timedelta(hours=1), None),
    ],
)
def test_a_post_from_before_the_window_is_too_early_with_a_minute_of_grace(
    posted_at: datetime, expected: str | None
) -> None:
    assert reason(make_post(posted_at=posted_at)) == expected


PORTRAIT = replace(LANDSCAPE, width=720, height=1280)
LONG = replace(LANDSCAPE, duration_seconds=90.5)


@pytest.mark.parametrize(
    ("media", "expected"),
    [
        ((), Rejection(reason="no_video")),
        ((LONG,), Rejection(reason="too_long", detail="90.5 s")),
        ((replace(LANDSCAPE, duration_seconds=90),), None),
        ((replace(LANDSCAPE, duration_seconds=2.9),), Rejection(reason="too_short", detail="2.9 s")),
        ((replace(LANDSCAPE, duration_seconds=3),), None),
        ((PORTRAIT,), Rejection(reason="portrait", detail="720x1280")),
        ((replace(LANDSCAPE, width=720, height=960),), None),
        ((Media(url=None),), None),
        ((PORTRAIT, LONG), Rejection(reason="portrait", detail="720x1280")),
        ((LONG, LANDSCAPE), None),
    ],
)
def test_length_and_shape_count_where_the_source_tells_them(
    media: tuple[Media, ...], expected: Rejection | None
) -> None:
    assert judge(make_post(media=media)).rejection == expected


def test_of_several_videos_the_usable_one_comes_first() -> None:
    assert judge(make_post(media=(LONG, LANDSCAPE))).post.media == (LANDSCAPE, LONG)


# ---------------------------------------------------------------- the verdict


def test_a_low_score_says_what_spoke_for_and_against_the_post() -> None:
    candidate = judge(make_post("GOAL Haaland 61' Arsenal 1-1 Man City"))
    assert candidate.rejection is not None
    assert candidate.rejection.detail == (
        "home team +0.12, away team +0.12, another score -0.35, another minute -0.15, "
        "goal word +0.10, fresh +0.04"
    )
    assert candidate.score == 0
    assert sum(candidate.parts.values()) == pytest.approx(-0.12)


def test_a_low_score_is_final_once_the_scorer_is_known() -> None:
    named = judge(make_post("hm")).rejection
    nameless = judge(make_post("hm"), make_context(make_goal(player=None))).rejection
    assert named is not None
    assert nameless is not None
    assert (named.temporary, nameless.temporary) == (False, True)


def test_without_a_scorer_teams_and_score_suffice() -> None:
    context = make_context(make_goal(player=None))
    assert reason(make_post("Arsenal 1-0 Man City"), context) is None
    assert reason(make_post("Arsenal v Man City is on"), context) == "low_score"


texts = st.one_of(
    st.text(max_size=300),
    st.lists(
        st.sampled_from(
            [
                "Saka",
                "Arsenal",
                "Man City",
                "1-0",
                "23'",
                "goal",
                "GOOOL",
                "Liverpool",
                "odds",
                "0-1",
                "45+2",
                "#ARSMCI",
                "\n",
            ]
        ),
        max_size=30,
    ).map(" ".join),
)


@settings(deadline=None)
@given(
    text=texts,
    player=st.one_of(st.none(), st.text(max_size=30)),
    teams=st.tuples(st.text(max_size=30), st.text(max_size=30)),
    minutes=st.integers(-600, 600),
)
def test_any_post_is_judged_with_a_score_from_0_to_1(
    text: str, player: str | None, teams: tuple[str, str], minutes: int
) -> None:
    fixture = make_fixture(9, *teams)
    context = make_context(make_goal(player, fixture=fixture), fixture)
    candidate = judge(make_post(text, posted_at=SEEN + timedelta(minutes=minutes)), context)
    assert 0 <= candidate.score <= 1
    assert (candidate.state is CandidateState.ACCEPTED) == (candidate.rejection is None)
    assert candidate.rejection is not None or candidate.score >= SearchConfig().minimum_score


@settings(deadline=None)
@given(text=texts)
def test_naming_the_scorer_never_lowers_the_score(text: str) -> None:
    without = sum(parts_of(text, make_context()).values())
    with_scorer = sum(parts_of(f"{text} Saka", make_context()).values())
    assert with_scorer >= without - 1e-9
