"""`footyd review …`: from a goal without a clip to one in the library, and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from footyd.adapters.mongod import state_lock
from footyd.demo.world import World
from tests.cli.conftest import Footyd
from tests.cli.test_goals import GOAL, SAROVIC, keepers


@pytest.fixture
def waiting(footyd: Footyd, world: World, fast_mongo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The goal at 12', searched by a footyd for which every clip is too short."""
    monkeypatch.setenv("FOOTYD_CLIPS__MIN_SECONDS", "30")
    added, retried = footyd(*SAROVIC), footyd("goal", "retry", GOAL)
    assert (added.code, retried.code) == (0, 0)
    assert footyd("goal", "list").out.endswith("\tneeds review\n")


def listed(footyd: Footyd) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(footyd("review", "--json", "--best", "20").out)
    return found


def test_a_person_decides_what_footyd_could_not(
    footyd: Footyd, world: World, goal_clips: Path, waiting: None, place: Path
) -> None:
    told = footyd("review", "--best", "1")
    assert (told.code, told.err) == (0, "")
    head, search, post, address = told.out.splitlines()
    assert head == f"{GOAL}: NK Vrelograd 1-0, 12' Šarović"
    assert search.startswith("  search https://x.com/search?q=%28%C5%A0arovi")
    assert post.startswith("  1.00 too_short 3 s, @Vrelograd")
    assert " min: " in post
    assert address.startswith("       https://x.com/Vrelograd")

    [goal] = listed(footyd)
    best = goal["posts"][0]
    accepted = footyd("review", "accept", best["post"][-5:])
    assert (accepted.code, accepted.err) == (0, "")
    assert accepted.out.splitlines()[0] == f"goal {GOAL}: post {best['url']} accepted"
    assert "downloaded 1, failed 0" in accepted.out
    assert "stored Prva Liga Demo/" in accepted.out
    assert len(keepers(place)) == 1
    assert listed(footyd) == []
    assert f"post {best['url']} 1.00 downloaded, accepted by a person" in footyd("goal", "show", GOAL).out

    rejected = footyd("review", "reject", best["url"], "--author")
    assert (rejected.code, rejected.err) == (0, "")
    assert keepers(place) == []
    again = footyd("review", "again", GOAL)
    assert (again.code, again.err) == (0, "")
    assert keepers(place) == []
    [goal] = listed(footyd)
    assert best["post"] not in [one["post"] for one in goal["posts"]]

    [file] = goal_clips.glob("*-angle-base.mp4")
    linked = footyd("review", "link", GOAL, f"{world.clip_url}/{file.name}")
    assert (linked.code, linked.err) == (0, "")
    assert "stored Prva Liga Demo/" in linked.out
    assert footyd("goal", "list").out.endswith("\tstored\n")


def test_beside_a_daemon_only_the_verdict_is_recorded(footyd: Footyd, waiting: None, place: Path) -> None:
    [goal] = listed(footyd)
    post = goal["posts"][0]["url"]
    with state_lock(place / "state/footyd"):  # as if a daemon ran: it would do the downloading
        done = footyd("review", "accept", post)
    assert done.out == f"goal {GOAL}: post {post} accepted\nthe running daemon takes it within a minute\n"
    assert keepers(place) == []


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("accept", "404"), "no post 404. footyd review lists posts, footyd review link GOAL URL adds one"),
        (("reject", "404"), "no post 404. footyd review lists posts, footyd review link GOAL URL adds one"),
        (
            ("accept", "404", "--goal", GOAL),
            f"no post 404 of goal {GOAL}. footyd review lists posts, footyd review link GOAL URL adds one",
        ),
        (("link", GOAL, "https://tv.example/1"), f"no goal {GOAL}. footyd goal list shows the ids"),
        (("again", GOAL), f"no goal {GOAL}. footyd goal list shows the ids"),
        (
            ("link", GOAL, "goal.mp4"),
            "goal.mp4: not a web address. Paste the address of the post, or of a page with the video, "
            "with https:// before it",
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_what_is_not_there_is_one_line_with_the_remedy(
    footyd: Footyd, fast_mongo: str, command: tuple[str, ...], told: str
) -> None:
    done = footyd("review", *command)
    assert (done.code, done.out, done.err) == (1, "", f"footyd: {told}\n")


def test_where_nothing_ever_ran_there_is_nothing_to_review_and_nothing_is_made(
    footyd: Footyd, place: Path
) -> None:
    assert footyd("review").out == "no goal needs review\n"
    assert footyd("review", "--json").out == "[]\n"
    assert footyd("review", "accept", "1").code == 1
    assert list(place.iterdir()) == []
