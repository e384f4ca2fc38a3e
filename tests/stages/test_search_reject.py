"""Why posts are turned down whatever they say: their origin, their video, their author, their twins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from footyd.config import ClipsConfig, SearchConfig
from footyd.model import Candidate, CandidateState, Media, Post, Rejection
from footyd.stages.search import judge_posts, seen_videos
from tests.stages.search_world import (
    LANDSCAPE,
    MATCH,
    OTHERS,
    WINDOW_FROM,
    make_context,
    make_fixture,
    make_goal,
    make_post,
)

WEAK = "Saka! #Arsenal"


def judged(
    *posts: Post,
    search: SearchConfig | None = None,
    blocked: frozenset[str] = frozenset(),
    seen: frozenset[str] = frozenset(),
) -> list[Candidate]:
    config = search or SearchConfig()
    return judge_posts(make_context(), posts, config, ClipsConfig(), blocked=blocked, seen=seen)


def reasons(candidates: Sequence[Candidate]) -> dict[str, str | None]:
    return {one.post.id: one.rejection.reason if one.rejection else None for one in candidates}


def video(name: str) -> tuple[Media, ...]:
    return (replace(LANDSCAPE, url=f"https://video.example/{name}.mp4"),)


# ---------------------------------------------------------------- origin


@pytest.mark.parametrize(
    "post",
    [
        replace(make_post(), repost=True),
        make_post("RT @afc: Saka! Arsenal 1-0 Man City"),
    ],
)
def test_a_repost_is_turned_down(post: Post) -> None:
    [candidate] = judged(post)
    assert candidate.rejection == Rejection(reason="repost")


@pytest.mark.parametrize("author", ["GoalThief", "@goalthief", "GOALTHIEF"])
def test_a_blocked_author_is_turned_down_however_the_handle_is_written(author: str) -> None:
    by_config = judged(make_post(author="goalThief"), search=SearchConfig(blocked_authors=(author,)))
    by_person = judged(make_post(author="goalThief"), blocked=frozenset({author}))
    expected = Rejection(reason="blocked_author", detail="goalThief")
    assert [one.rejection for one in (*by_config, *by_person)] == [expected, expected]


def test_an_author_whose_name_only_begins_alike_is_not_blocked() -> None:
    assert judged(make_post(author="goalthief2"), blocked=frozenset({"goalthief"}))[0].rejection is None


def test_a_post_from_before_the_window_is_too_early_whatever_it_shows() -> None:
    [candidate] = judged(make_post(posted_at=WINDOW_FROM - timedelta(minutes=5)))
    assert candidate.rejection == Rejection(reason="too_early", detail="2025-06-09 19:17 UTC")


# ---------------------------------------------------------------- video


def test_a_video_the_source_calls_unplayable_is_not_tried() -> None:
    gone = replace(LANDSCAPE, available=False, unavailable="Dmcaed")
    [candidate] = judged(make_post(media=(gone,)))
    assert candidate.rejection == Rejection(reason="unavailable", detail="Dmcaed")


def test_beside_an_unplayable_video_a_playable_one_is_taken() -> None:
    gone = replace(LANDSCAPE, available=False)
    [candidate] = judged(make_post(media=(gone, *video("b"))))
    assert (candidate.rejection, candidate.post.media[0]) == (None, *video("b"))


def test_of_posts_with_the_same_video_the_best_described_has_it() -> None:
    weak, good = make_post(WEAK, post_id="1"), make_post(post_id="2")
    found = judged(weak, good)
    assert reasons(found) == {"2": None, "1": "already_seen"}
    assert [one.post.id for one in found] == ["2", "1"]


def test_a_video_taken_in_an_earlier_pass_is_known_whatever_its_address_ends_in() -> None:
    [first] = judged(make_post(post_id="1", media=video("a")))
    tagged = replace(*video("a"), url="https://video.example/a.mp4?tag=12")
    later = judged(make_post(post_id="2", media=(tagged,)), seen=seen_videos([first]))
    assert reasons(later) == {"2": "already_seen"}


def test_a_post_that_was_turned_down_does_not_hide_its_video_from_a_better_post() -> None:
    [preview] = judged(make_post("Arsenal v Man City is on", post_id="1", media=video("a")))
    assert preview.state is CandidateState.REJECTED
    later = judged(make_post(post_id="2", media=video("a")), seen=seen_videos([preview]))
    assert reasons(later) == {"2": None}


def test_videos_of_unknown_address_are_never_called_the_same() -> None:
    unknown = (replace(LANDSCAPE, url=None),)
    found = judged(make_post(post_id="1", media=unknown), make_post(post_id="2", media=unknown))
    assert reasons(found) == {"1": None, "2": None}


def test_a_post_with_a_second_unseen_video_is_taken_for_that_one() -> None:
    one, two = (
        make_post(post_id="1", media=video("a")),
        make_post(WEAK, post_id="2", media=(*video("a"), *video("b"))),
    )
    [first, second] = judged(one, two)
    assert (second.post.id, second.rejection, second.post.media[0]) == ("2", None, *video("b"))
    assert first.post.media == video("a")


# ---------------------------------------------------------------- text


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("Saka who? Arsenal Women 1-0 City", "women"),
        ("Arsenal U21 1-0 Man City, Saka jr", "u21"),
        ("¡Gol! Arsenal Femenino 1-0 Man City", "femenino"),
    ],
)
def test_a_womens_or_youth_match_of_the_same_clubs_is_another_match(text: str, detail: str) -> None:
    assert judged(make_post(text))[0].rejection == Rejection(reason="wrong_match", detail=detail)


def test_in_a_womens_match_their_posts_are_right() -> None:
    fixture = make_fixture(5, "Arsenal W", "Manchester United W")
    context = make_context(make_goal("A. Russo", fixture=fixture), fixture, (MATCH, *OTHERS))
    post = make_post("Russo! Arsenal Women 1-0 Man Utd")
    [candidate] = judge_posts(context, [post], SearchConfig(), ClipsConfig())
    assert candidate.rejection is None


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Salah! Liverpool 1-0 Chelsea, and Saka has scored for Arsenal", True),
        ("Saka has scored for Arsenal! And Salah: Liverpool 1-0 Chelsea", False),
    ],
)
def test_a_post_about_two_matches_is_about_the_one_it_names_first(text: str, wrong: bool) -> None:
    assert reasons(judged(make_post(text))) == {"1": "wrong_match" if wrong else None}


def test_a_scorer_named_like_a_club_is_not_taken_for_the_club() -> None:
    context = make_context(make_goal("E. Valencia"), MATCH, (make_fixture(8, "Valencia", "Levante"),))
    [candidate] = judge_posts(context, [make_post("ENNER VALENCIA!!! 1-0")], SearchConfig(), ClipsConfig())
    assert candidate.rejection is None


@pytest.mark.parametrize(
    "text",
    [
        "Saka! GOAL STANDS after the offside check. Arsenal lead",
        "Gol de Saka, gol válido, no hay fuera de juego! Arsenal",
    ],
)
def test_a_look_at_the_video_that_took_nothing_back_does_no_harm(text: str) -> None:
    assert judged(make_post(text))[0].rejection is None


def test_naming_scorer_and_teams_is_not_enough_without_any_sign_of_a_goal() -> None:
    told, untold = (
        judged(make_post("Saka strikes, Arsenal v Man City", post_id="1")),
        judged(make_post("Saka on the bus to Arsenal v Man City", post_id="2")),
    )
    assert (reasons(told), reasons(untold)) == ({"1": None}, {"2": "low_score"})


def test_names_from_the_config_count_in_the_judgement() -> None:
    post = make_post("The Islingtonians lead! 1-0 through the starboy's penalty")
    without, having = judged(post), judged(post, search=SearchConfig(aliases={"arsenal": ("Islingtonians",)}))
    assert ("home team" in without[0].parts, "home team" in having[0].parts) == (False, True)


# ---------------------------------------------------------------- what is kept of it


def test_the_parts_of_a_score_stay_with_the_candidate_and_sum_up_to_it() -> None:
    for candidate in judged(make_post(post_id="1"), make_post(WEAK, post_id="2", media=video("b"))):
        assert candidate.parts
        assert candidate.score == pytest.approx(min(1.0, max(0.0, sum(candidate.parts.values()))))
