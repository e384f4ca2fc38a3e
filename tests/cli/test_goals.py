"""`footyd goal …`: from the command line to a clip in the library."""

from __future__ import annotations

import io
import re
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from rich.console import Console

from footyd.adapters.mongo.codec import goal_fields, record_fields
from footyd.adapters.mongod import state_lock
from footyd.by_hand import GoalWish, goal_from_wish
from footyd.cli import common
from footyd.config import ConfirmConfig
from footyd.demo.world import World
from footyd.errors import FootydError
from footyd.model import (
    Fixture,
    FixtureId,
    GoalKind,
    GoalState,
    ProcessingStatus,
    Score,
    SearchPlan,
)
from tests.builders import AWAY, HOME, KICKOFF, a_fixture, a_goal, goal_event
from tests.cli.conftest import VRELOGRAD, Footyd

SAROVIC = ("goal", "add", "--fixture", str(VRELOGRAD), "--minute", "12", "--player", "Šarović")
GOAL = f"{VRELOGRAD}-991001-1-0-1"


def keepers(place: Path) -> list[Path]:
    return sorted((place / "state/footyd/library").rglob("*.mp4"))


def test_a_goal_added_by_hand_ends_as_clips_in_the_library(
    footyd: Footyd, world: World, fast_mongo: str, mongo_database: str, place: Path
) -> None:
    added = footyd(*SAROVIC)
    assert (added.code, added.err) == (0, "")
    assert added.out.splitlines()[0] == f"goal {GOAL}"
    assert "stored Prva Liga Demo/" in added.out
    assert len(keepers(place)) == 2
    assert all(path.stat().st_size > 10_000 for path in keepers(place))

    again = footyd("goal", "retry", GOAL)
    assert (again.code, again.err) == (0, "")
    assert "1 new posts from nitter" in again.out, "the post that the first search did not show"

    [header, row] = footyd("goal", "list").out.splitlines()
    assert header.split("\t") == ["goal", "minute", "team", "score", "scorer", "state"]
    assert row.split("\t") == [GOAL, "12'", "NK Vrelograd", "1-0", "Šarović", "stored"]

    shown = footyd("goal", "show", GOAL).out
    assert shown.startswith(f"{GOAL}: NK Vrelograd 1-0, 12' Šarović\n")
    assert "done: twitter_scraped, videos_downloaded, videos_filtered, videos_uploaded, completed" in shown
    assert all(f" keeper {path} (" in shown for path in keepers(place)), "with the evidence for it"
    assert shown.count(" rejected ") == 3
    assert "rejected too_long 200 s" in shown

    cancelled = footyd("goal", "cancel", GOAL)
    assert (cancelled.code, cancelled.out) == (0, f"goal {GOAL}: cancelled\n")
    assert footyd("goal", "list").out.endswith("\tcancelled\n")
    assert len(keepers(place)) == 2, "kept for the seven days of quarantine"
    for command, told in (("cancel", "is cancelled already"), ("retry", "was taken back")):
        done = footyd("goal", command, GOAL)
        assert (done.code, done.err.count("\n")) == (1, 1)
        assert told in done.err

    with MongoClient[dict[str, Any]](fast_mongo) as client:
        database = client[mongo_database]
        assert database.goals.count_documents({"processing_status.completed": True}) == 1
        assert database.candidates.count_documents({"goal_id": GOAL}) == 9
        assert database.clips.count_documents({"goal_id": GOAL, "state": "keeper"}) == 2


def test_a_goal_that_is_known_is_not_added_twice(
    footyd: Footyd, world: World, fast_mongo: str, mongo_database: str, place: Path
) -> None:
    with state_lock(place / "state/footyd"):  # as if a daemon ran: it would do the searching
        first = footyd(*SAROVIC)
    assert (first.code, first.err) == (0, "")
    assert first.out == f"goal {GOAL}\nthe running daemon takes it within a minute\n"
    assert keepers(place) == []
    again = footyd(*SAROVIC)
    assert (again.code, again.out) == (1, "")
    assert again.err == (
        f"footyd: goal {GOAL} is known already. footyd goal retry {GOAL} searches it again\n"
    )


def test_a_fixture_the_feed_does_not_know_is_one_line(footyd: Footyd, world: World, fast_mongo: str) -> None:
    done = footyd("goal", "add", "--fixture", "7", "--minute", "12", "--player", "Kane")
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert "the feed shows no fixture 7" in done.err
    assert "Compare the id" in done.err
    assert "by itself" not in done.err, "that is the daemon's remedy"


def test_a_feed_that_does_not_answer_is_for_the_person_to_ask_again(
    footyd: Footyd, fast_mongo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTYD_API_FOOTBALL__BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("FOOTYD_API_FOOTBALL__RETRY__ATTEMPTS", "1")
    done = footyd(*SAROVIC)
    assert (done.code, done.out) == (69, "")
    assert done.err.endswith("api_football.base_url, then run this again\n")


def test_a_library_that_cannot_be_opened_leaves_no_goal_behind(
    footyd: Footyd, world: World, fast_mongo: str, mongo_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert footyd(*SAROVIC).code == 0
    with MongoClient[dict[str, Any]](fast_mongo) as client:
        before = client[mongo_database].goals.find_one({"_id": GOAL})
        monkeypatch.setenv("FOOTYD_LIBRARY__KIND", "s3")
        monkeypatch.setenv("FOOTYD_LIBRARY__S3__ENDPOINT_URL", "http://127.0.0.1:1")
        monkeypatch.setenv("FOOTYD_LIBRARY__S3__ACCESS_KEY", "made-up")
        monkeypatch.setenv("FOOTYD_LIBRARY__S3__SECRET_KEY", "made-up")
        monkeypatch.setenv("FOOTYD_LIBRARY__RETRY__ATTEMPTS", "1")
        retried = footyd("goal", "retry", GOAL)
        assert client[mongo_database].goals.find_one({"_id": GOAL}) == before, "nothing was asked for"
        client[mongo_database].goals.delete_many({})
        added = footyd(*SAROVIC)
        assert client[mongo_database].goals.count_documents({}) == 0
    assert [(done.code, done.out) for done in (retried, added)] == [(69, "")] * 2
    assert "127.0.0.1:1" in added.err


def test_the_embedded_database_serves_commands_too(process: Footyd, world: World, place: Path) -> None:
    """No clip of this goal was made: its links are dead, and the pass ends without one."""
    added = process("goal", "add", "--fixture", "992002", "--minute", "81", "--player", "Hallvarsson")
    assert (added.code, added.err) == (0, "")
    assert "accepted 0, rejected 2" in added.out
    assert process("goal", "list").out.splitlines()[1].startswith("992002-991003-2-1-1\t81'\tFjærvik BK\t2-1")
    assert not (place / "state/footyd/mongod.sock").exists(), "the database is stopped with the command"


@pytest.mark.parametrize(
    "command", [("show", GOAL), ("retry", GOAL), ("cancel", GOAL)], ids=lambda command: command[0]
)
def test_a_goal_that_does_not_exist_is_named(
    footyd: Footyd, fast_mongo: str, command: tuple[str, str]
) -> None:
    done = footyd("goal", *command)
    assert (done.code, done.out) == (1, "")
    assert done.err == f"footyd: no goal {GOAL}. footyd goal list shows the ids\n"


def test_where_nothing_ever_ran_the_list_is_empty_and_nothing_is_made(footyd: Footyd, place: Path) -> None:
    done = footyd("goal", "list", "--pending")
    assert (done.code, done.out) == (0, "goal\tminute\tteam\tscore\tscorer\tstate\n")
    assert list(place.iterdir()) == []


def test_on_a_narrow_terminal_ids_stay_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setattr(common, "out", Console(file=screen, width=50, soft_wrap=True, no_color=True))
    common.print_rows(("goal", "team", "scorer"), [(GOAL, "Wolverhampton Wanderers", "Hwang Hee-chan " * 3)])
    lines = re.sub(r"\x1b\[[\d;]*m", "", screen.getvalue()).splitlines()
    assert any(line.startswith(GOAL) for line in lines)
    assert all(len(line) <= 50 for line in lines)
    assert screen.getvalue().count("Hee-chan") == 3


def test_names_with_brackets_and_tabs_stay_what_they_are(
    footyd: Footyd, fast_mongo: str, mongo_database: str
) -> None:
    with MongoClient[dict[str, Any]](fast_mongo) as client:
        document = {"team": "[bold]U19[/bold] :goal:", "player": "A\tB", "confirmed_at": KICKOFF}
        client[mongo_database].goals.insert_one(stored_goal() | document)
    row = footyd("goal", "list").out.splitlines()[1].split("\t")
    assert row[2:5] == ["[bold]U19[/bold] :goal:", "1-0", "A B"]


def stored_goal() -> dict[str, Any]:
    plan = SearchPlan(pass_index=0, searched=False, next_at=None, window_from=KICKOFF)
    goal = a_goal("1-101-1-0-1")
    rest = {"_id": goal.id, "outcome": None, "error": ""}
    return {**goal_fields(goal), **record_fields(plan, ProcessingStatus()), **rest}


# ---------------------------------------------------------------- which goal is meant

NOW = datetime(2026, 8, 22, 16, 30, tzinfo=UTC)
PLAYED: Fixture = a_fixture(
    1,
    status="FT",
    score=(2, 1),
    events=[goal_event(23), goal_event(60, AWAY, "B. Reply"), goal_event(60, HOME, "C. Winner")],
)


def wish(minute: int, player: str = "Striker", **told: Any) -> GoalWish:
    facts = {"extra": None, "team": None, "score": None} | told
    return GoalWish(fixture_id=FixtureId(1), minute=minute, player=player, **facts)


def test_team_score_and_player_id_are_those_of_the_feeds_goal() -> None:
    goal = goal_from_wish(wish(23), PLAYED, [], ConfirmConfig(), NOW)
    assert (goal.id, goal.team_id, goal.score_after) == ("1-101-1-0-1", HOME, Score(home=1, away=0))
    assert (goal.player, goal.player_id, goal.state) == ("Striker", 7, GoalState.CONFIRMED)


def test_of_two_goals_in_one_minute_the_scorer_or_the_team_decides() -> None:
    named = goal_from_wish(wish(60, "c. winner"), PLAYED, [], ConfirmConfig(), NOW)
    assert (named.team_id, str(named.score_after)) == (HOME, "2-1")
    by_team = goal_from_wish(wish(60, "Reply", team="away"), PLAYED, [], ConfirmConfig(), NOW)
    assert (by_team.team_id, str(by_team.score_after)) == (AWAY, "1-1")
    with pytest.raises(FootydError, match="no one goal") as unclear:
        goal_from_wish(wish(60), PLAYED, [], ConfirmConfig(), NOW)
    assert "--team" in unclear.value.remedy


def test_a_goal_the_feed_leaves_out_is_taken_as_told() -> None:
    goal = goal_from_wish(
        wish(77, team=str(AWAY), score=Score(home=2, away=2)), PLAYED, [], ConfirmConfig(), NOW
    )
    assert (goal.id, goal.team, goal.kind) == ("1-202-2-2-1", "Away", GoalKind.NORMAL)


def test_a_team_that_is_not_playing_is_refused_with_the_two_that_are() -> None:
    with pytest.raises(FootydError, match="not one team") as unclear:
        goal_from_wish(wish(23, team="Elsewhere"), PLAYED, [], ConfirmConfig(), NOW)
    assert unclear.value.remedy == 'Say "Home" or "Away"'


def test_before_kick_off_there_is_no_goal() -> None:
    with pytest.raises(FootydError, match="has not begun"):
        goal_from_wish(wish(23), a_fixture(1), [], ConfirmConfig(), NOW)


@pytest.mark.parametrize(
    ("state", "id_"),
    [(GoalState.PENDING, "1-101-1-0-1"), (GoalState.CANCELLED, "1-101-1-0-2")],
    ids=["a pending one is confirmed", "a cancelled one comes back as a new generation"],
)
def test_what_is_known_of_the_goal_decides_its_id(state: GoalState, id_: str) -> None:
    shown = goal_from_wish(wish(23), PLAYED, [], ConfirmConfig(), NOW)
    known = replace(shown, state=state)
    assert goal_from_wish(wish(23), PLAYED, [known], ConfirmConfig(), NOW).id == id_


def test_posts_are_wanted_from_the_minute_of_the_goal_on() -> None:
    assert (
        goal_from_wish(wish(23), PLAYED, [], ConfirmConfig(), NOW).first_seen - KICKOFF
    ).seconds == 23 * 60
