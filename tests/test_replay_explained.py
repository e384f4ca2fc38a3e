"""`footyd replay --explain`: the words for each decision, and a summary that recorded payloads agree with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from footyd.config import ConfirmConfig
from footyd.replay import Summary, explain
from footyd.replay.judge import judged
from tests.builders import AWAY, goal_event, payload

DATA = (Path(__file__).parents[1] / "../shared/data/api_football").resolve()
LIVE = sorted(DATA.glob("live/*.json"))
EVOLUTION = sorted(DATA.glob("evolution/*.json"))
MISMATCHES = {879471, 998440, 975287, 974923, 893312, 1156060}

WAITS = "first shown; waits for a second poll"
Events = list[dict[str, Any]]


def told(place: Path, *polls: dict[str, Any] | list[Any] | str) -> list[str]:
    """The lines of a feed of these replies, without the summary."""
    return _lines(place, polls)[: -len(_SUMMARY_LINES) - 1]


_SUMMARY_LINES = ("polls", "fixtures", "goals", "set aside", "mismatches")


def _lines(place: Path, polls: Sequence[dict[str, Any] | list[Any] | str]) -> list[str]:
    log = place / "evening.jsonl"
    times = [f"2026-08-22T14:{5 * number:02}:00Z" for number in range(len(polls))]
    lines = (json.dumps({"at": at, "reply": poll}) + "\n" for at, poll in zip(times, polls, strict=True))
    log.write_text("".join(lines))
    return list(explain([log], ConfirmConfig()))


def reply(*fixtures: dict[str, Any]) -> dict[str, Any]:
    return {"errors": [], "results": len(fixtures), "response": list(fixtures)}


def shows(score: tuple[int, int], *events: dict[str, Any], status: str = "2H") -> dict[str, Any]:
    return reply(payload(status=status, score=score, events=list(events), minute=70))


def other(event: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return event | changes


# ---------------------------------------------------------------- the words


def test_a_goal_is_told_from_its_first_poll_to_the_end(tmp_path: Path) -> None:
    goal, nothing = shows((1, 0), goal_event(23)), shows((0, 0))
    assert told(tmp_path, goal, goal, nothing, nothing) == [
        "2026-08-22 14:00 UTC, evening.jsonl: 1 fixture",
        "1 Home 1-0 Away, 2H 70' (League, Land)",
        f"  sighted    1-0 23' A. Striker for Home: {WAITS}",
        "2026-08-22 14:05 UTC, evening.jsonl: 1 fixture",
        "1 Home 1-0 Away, 2H 70' (League, Land)",
        "  confirmed  1-0 23' A. Striker for Home: shown again, and the score 1-0 counts it",
        "2026-08-22 14:10 UTC, evening.jsonl: 1 fixture",
        "1 Home 0-0 Away, 2H 70' (League, Land)",
        "  doubted    1-0 23' A. Striker for Home: gone from the score too; cancelled if so in the next poll",
        "2026-08-22 14:15 UTC, evening.jsonl: 1 fixture",
        "1 Home 0-0 Away, 2H 70' (League, Land)",
        "  cancelled  1-0 23' A. Striker for Home: gone, and the score no longer counts it, in two polls "
        "running; search stops, clips go to quarantine",
    ]


VAR = other(goal_event(24), type="Var", detail="Goal cancelled")
GOAL = shows((1, 0), goal_event(23))


@pytest.mark.parametrize(
    ("polls", "line"),
    [
        (
            [GOAL, shows((0, 0))],
            "discarded  1-0 23' A. Striker for Home: gone, and the score no longer counts",
        ),
        ([GOAL, shows((0, 0), VAR)], "counts it (the feed says: Goal cancelled); seen once, so nothing was"),
        ([shows((0, 0), VAR)], "VAR        24' A. Striker for Home, Goal cancelled: corroborates at most"),
        (
            [GOAL, shows((1, 0))],
            "kept       1-0 23' A. Striker for Home: gone, but the score still counts it",
        ),
        ([shows((2, 1))], "expected   2-1: the score is ahead of the 0 goals shown; polled sooner, never"),
        (
            [shows((0, 0), goal_event(9, player=None))],
            "held back  9' nobody named for Home: 1 goals shown, the score counts 0; not believed until",
        ),
        (
            [shows((1, 0), goal_event(9), goal_event(9))],
            "held back  9' A. Striker for Home: 2 goals shown, the score counts 1; listed twice, one goal",
        ),
        (
            [shows((0, 0), goal_event(9), status="FT")],
            "held back  9' A. Striker for Home: 1 goals shown, the score counts 0; no goal can be added",
        ),
        (
            [shows((0, 0), other(goal_event(9), detail="Missed Penalty"))],
            "set aside  9' A. Striker for Home: a missed penalty has the type Goal and is none",
        ),
        (
            [shows((0, 0), *[other(goal_event(120), comments="Penalty Shootout")] * 9, status="PEN")],
            "set aside  9 shoot-out lines: never goals",
        ),
        (
            [shows((1, 0), goal_event(23, player=None)), GOAL],
            "confirmed  1-0 23' A. Striker for Home: shown again",
        ),
        (
            [GOAL, GOAL, shows((1, 0), other(goal_event(25), player={"id": 8, "name": "B. Other"}))],
            "updated    1-0 25' B. Other for Home: the same goal, its scorer A. Striker before, searched "
            "once more; moved from 23'",
        ),
        (
            [GOAL, GOAL, shows((1, 1), goal_event(20, AWAY, "C"), goal_event(23))],
            "updated    1-1 23' A. Striker for Home: the same goal, the score after it was 1-0",
        ),
        (
            [GOAL, GOAL, shows((1, 0), other(goal_event(23), detail="Penalty"))],
            "updated    1-0 23' A. Striker (penalty) for Home: the same goal, a plain goal before",
        ),
        (
            [shows((1, 0), other(goal_event(23), detail="Own Goal"))],
            "sighted    1-0 23' A. Striker (own goal) for Home",
        ),
        ([reply(payload(status="FT", score=(1, 0)))], "1 of them without an event list, which tell nothing"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_each_thing_has_its_words(tmp_path: Path, polls: list[dict[str, Any]], line: str) -> None:
    assert line in "\n".join(told(tmp_path, *polls))


def test_a_bulk_regression_says_that_removals_wait(tmp_path: Path) -> None:
    whole = reply(*(payload(n, status="1H", score=(1, 0), events=[goal_event(9)]) for n in (1, 2)))
    wiped = reply(*(payload(n, status="1H", score=(0, 0), events=[]) for n in (1, 2)))
    lines = told(tmp_path, whole, whole, wiped, whole)
    assert "too much is gone at once: additions only, until 3 clean polls have passed" in lines
    assert "additions only: 2 more clean polls are wanted" in lines
    assert not [line for line in lines if "cancelled" in line.split()[:1]]


def test_what_is_set_aside_is_told_once_however_often_it_is_shown(tmp_path: Path) -> None:
    missed = shows((0, 0), other(goal_event(9), detail="Missed Penalty"))
    assert sum("missed penalty" in line for line in told(tmp_path, missed, missed, missed)) == 1


def test_a_match_without_news_is_not_mentioned(tmp_path: Path) -> None:
    assert told(tmp_path, shows((0, 0))) == ["2026-08-22 14:00 UTC, evening.jsonl: 1 fixture"]


@pytest.mark.parametrize(
    "body", ["<html>Bad gateway</html>", [], {"data": {}}], ids=["html", "list", "other"]
)
def test_what_is_no_reply_is_told_with_what_one_is(tmp_path: Path, body: Any) -> None:
    [line] = told(tmp_path, body)
    assert line.startswith("2026-08-22 14:00 UTC, refused: evening.jsonl: ")
    assert 'the whole body that API-Football sent: {"errors": []' in line
    assert "by itself" not in line, "nobody asks a file again"


def test_a_recorded_refusal_is_told_as_the_feed_said_it(tmp_path: Path) -> None:
    [line] = told(tmp_path, {"errors": {"rateLimit": "Too many requests."}, "results": 0, "response": []})
    assert line.endswith("(rateLimit: Too many requests.). It votes on nothing, as in the daemon")


# ---------------------------------------------------------------- the summary


def test_the_summary_counts_what_was_decided_and_what_was_shown_last(tmp_path: Path) -> None:
    events = [goal_event(9), other(goal_event(30), detail="Missed Penalty"), VAR]
    day = payload(2, status="FT", score=(3, 0))
    poll = reply(payload(status="2H", score=(1, 1), events=events), day)
    assert _lines(tmp_path, [poll, "<html>", poll])[-5:] == [
        "polls       3, of which refused 1",
        "fixtures    2, of which without an event list 1",
        "goals       1 confirmed, 0 seen once, 0 discarded, 0 cancelled, 1 times expected",
        "set aside   1 missed penalties, 0 shoot-out lines, 1 VAR events, 0 goal lines beyond the score",
        "mismatches  1: 1",
    ]


def matches_of(path: Path) -> list[dict[str, Any]]:
    """The whole fixtures of a recording, read without footyd: a reply, a bare list, or days with lists."""
    found = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(found, list):
        return [match for match in found if "league" in match]  # the last of it was cut off
    if "response" in found:
        return list(found["response"])
    return [match for day in found["data"].values() for match in day]


def _is_shootout(event: dict[str, Any]) -> bool:
    return (event["type"], event["comments"]) == ("Goal", "Penalty Shootout")


def _goals_shown(match: dict[str, Any], side: str) -> int:
    return sum(
        event["type"] == "Goal"
        and event["detail"] in {"Normal Goal", "Own Goal", "Penalty"}
        and not _is_shootout(event)
        and event["team"]["id"] == match["teams"][side]["id"]
        for event in match.get("events", [])
    )


def _numbers(matches: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What a summary has to say of them, from the payloads alone."""
    sides = [
        (match["fixture"]["id"], _goals_shown(match, side), match["goals"][side] or 0)
        for match in matches
        for side in ("home", "away")
        if "events" in match
    ]
    lines = [event for match in matches for event in match.get("events", [])]
    missed = [e for e in lines if e["detail"] == "Missed Penalty" and not _is_shootout(e)]
    return {
        "fixtures": len(matches),
        "silent": sum("events" not in match for match in matches),
        "confirmed": sum(min(shown, score) for _, shown, score in sides),
        "expected": len({id for id, shown, score in sides if score > shown}),
        "beyond": sum(max(0, shown - score) for _, shown, score in sides),
        "mismatches": {id for id, shown, score in sides if shown != score},
        "missed_penalties": len(missed),
        "var_events": sum(event["type"] == "Var" for event in lines),
        "shootout_lines": sum(map(_is_shootout, lines)),
    }


def _told_numbers(summary: Summary) -> dict[str, Any]:
    decided = {str(kind): times for kind, times in summary.decided.items()}
    return {
        "fixtures": len(summary.last),
        "silent": summary.silent,
        "confirmed": decided.get("confirmed", 0),
        "expected": decided.get("expected", 0),
        "beyond": summary.beyond,
        "mismatches": set(summary.mismatches),
        "missed_penalties": summary.missed_penalties,
        "var_events": summary.var_events,
        "shootout_lines": summary.shootout_lines,
    }


SHOOTOUTS = DATA / "single/fixtures_ids_2_PEN_shootouts_full.syurchen93.json"


@pytest.mark.skipif(not LIVE, reason="the recorded payloads are not here")
@pytest.mark.parametrize("path", [*LIVE, *EVOLUTION, SHOOTOUTS], ids=lambda path: path.name)
def test_the_summary_of_a_recording_seen_twice_is_what_its_payloads_hold(path: Path, tmp_path: Path) -> None:
    matches = matches_of(path)
    whole = tmp_path / "reply.json"
    whole.write_text(json.dumps(reply(*matches)))
    summary = Summary()
    for poll in judged([whole, whole], ConfirmConfig()):
        summary.take(poll)
    assert (summary.polls, summary.refused, summary.seen_once) == (2, 0, 0)
    assert _told_numbers(summary) == _numbers(matches)


@pytest.mark.skipif(not LIVE, reason="the recorded payloads are not here")
def test_the_six_matches_whose_goals_and_score_differ_are_found_in_the_recordings() -> None:
    found = {id for path in LIVE for id in _numbers(matches_of(path))["mismatches"]}
    assert found == MISMATCHES
