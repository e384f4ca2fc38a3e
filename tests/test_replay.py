"""Recorded replies through parser and rules, as the daemon would have taken them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from footyd.config import ConfirmConfig
from footyd.errors import FootydError
from footyd.replay import replay

DATA = (Path(__file__).parents[1] / "../shared/data/api_football").resolve()
BIGGEST = DATA / "live/live_all_2023-05-13_195fx.goaltrackr.json"
recorded = pytest.mark.skipif(not BIGGEST.exists(), reason="the recorded payloads are not here")

KEYS = ["at", "fixture_id", "decision", "goal_id", "team_id", "score_after", "player", "minute", "extra"]


def _event(minute: int, player: str | None) -> dict[str, Any]:
    return {
        "time": {"elapsed": minute, "extra": None},
        "team": {"id": 10, "name": "Home"},
        "player": {"id": None, "name": player},
        "assist": {"id": None, "name": None},
        "type": "Goal",
        "detail": "Normal Goal",
        "comments": None,
    }


def _reply(home: int, *events: dict[str, Any], elapsed: int = 30, **changes: Any) -> dict[str, Any]:
    fixture = {
        "fixture": {
            "id": 1,
            "date": "2026-03-07T15:00:00+00:00",
            "status": {"short": "1H", "elapsed": elapsed},
        },
        "league": {"id": 39, "name": "Premier League", "country": "England", "season": 2025, "round": "28"},
        "teams": {"home": {"id": 10, "name": "Home"}, "away": {"id": 20, "name": "Away"}},
        "goals": {"home": home, "away": 0},
        "events": list(events),
    }
    envelope = {
        "get": "fixtures",
        "parameters": {"live": "all"},
        "errors": [],
        "results": 1,
        "response": [fixture],
    }
    return envelope | changes


GOAL = _reply(1, _event(23, "Kane"))


def _log(path: Path, *polls: tuple[str, Any]) -> Path:
    path.write_text("".join(json.dumps({"at": at, "reply": reply}) + "\n" for at, reply in polls))
    return path


def _file(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def _run(*files: Path) -> list[dict[str, Any]]:
    return list(replay(files, ConfirmConfig()))


# ---------------------------------------------------------------- rows


def test_two_recorded_polls_are_a_sighting_and_a_confirmation(tmp_path: Path) -> None:
    log = _log(tmp_path / "day.jsonl", ("2026-03-07T15:25:00Z", GOAL), ("2026-03-07T16:30:00+01:00", GOAL))

    rows = _run(log)

    assert rows[0] == {
        "at": "2026-03-07T15:25:00+00:00",
        "fixture_id": 1,
        "decision": "sighted",
        "goal_id": "1-10-1-0-1",
        "team_id": 10,
        "score_after": "1-0",
        "player": "Kane",
        "minute": 23,
        "extra": None,
    }
    assert rows[1] == rows[0] | {"at": "2026-03-07T15:30:00+00:00", "decision": "confirmed"}
    assert len(rows) == 2


def test_every_row_has_the_promised_keys_and_is_json(tmp_path: Path) -> None:
    log = _log(tmp_path / "day.jsonl", ("2026-03-07T15:25:00", GOAL), ("2026-03-07T15:30:00", _reply(2)))

    rows = _run(log)

    assert [row["decision"] for row in rows] == ["sighted", "expected"]
    assert all(list(row) == KEYS for row in rows)
    assert json.loads(json.dumps(rows)) == rows


@pytest.mark.parametrize(
    "broken",
    [
        "<html>Bad gateway</html>",
        json.dumps(GOAL)[:-40],
        GOAL | {"errors": {"rateLimit": "Too many requests."}},
        GOAL | {"results": 2},
        GOAL | {"parameters": {"ids": "1-2"}},
        GOAL | {"response": [GOAL["response"][0] | {"events": None}]},
        GOAL | {"response": [{k: v for k, v in GOAL["response"][0].items() if k != "events"}]},
        [],
    ],
    ids=[
        "html",
        "truncated",
        "rate limit",
        "results",
        "asked ids missing",
        "events null",
        "events absent",
        "list",
    ],
)
def test_a_refused_reply_is_one_row_and_votes_on_nothing(tmp_path: Path, broken: Any) -> None:
    log = _log(
        tmp_path / "day.jsonl",
        ("2026-03-07T15:25:00Z", GOAL),
        ("2026-03-07T15:30:00Z", broken),
        ("2026-03-07T15:35:00Z", GOAL),
    )

    rows = _run(log)

    assert [row["decision"] for row in rows] == ["sighted", "refused", "confirmed"]
    assert rows[1]["at"] == "2026-03-07T15:30:00+00:00"
    assert rows[1]["reason"]
    assert [rows[1][key] for key in KEYS if key not in {"at", "decision"}] == [None] * 7


# ---------------------------------------------------------------- files


def test_a_file_with_one_reply_takes_its_time_from_the_match_clock(tmp_path: Path) -> None:
    file = _file(tmp_path / "reply.json", json.dumps(GOAL, indent=1))

    assert [row["at"] for row in _run(file, file)] == ["2026-03-07T15:30:00+00:00"] * 2


def test_a_derived_time_is_never_earlier_than_the_poll_before(tmp_path: Path) -> None:
    late = _log(tmp_path / "late.jsonl", ("2026-03-07T18:00:00Z", GOAL))
    file = _file(tmp_path / "reply.json", json.dumps(GOAL))

    assert [row["at"] for row in _run(late, file)] == ["2026-03-07T18:00:00+00:00"] * 2


def test_a_body_that_is_no_json_is_a_refused_reply_without_a_time(tmp_path: Path) -> None:
    [row] = _run(_file(tmp_path / "gateway.html", "<html>\n<body>\n"))

    assert (row["decision"], row["at"]) == ("refused", None)


@pytest.mark.parametrize(
    ("second", "complaint"),
    [
        ('{"at": "2026-03-07T15:30:00Z"}', "line 2 has no reply"),
        ('{"reply": {}}', "line 2 has no at"),
        ('{"at": "today", "reply": {}}', "line 2: at is no ISO time"),
        ('{"at": 5, "reply": {}}', "line 2: at is no ISO time"),
        ("[]", "line 2 is not a whole JSON object"),
        ('{"at": "2026-', "line 2 is not a whole JSON object"),
    ],
)
def test_a_broken_line_of_a_log_is_named_with_a_remedy(tmp_path: Path, second: str, complaint: str) -> None:
    log = _log(tmp_path / "day.jsonl", ("2026-03-07T15:25:00Z", GOAL))
    log.write_text(log.read_text() + second + "\n")

    with pytest.raises(FootydError, match=complaint) as caught:
        _run(log)

    assert str(log) in str(caught.value)
    assert "JSON lines" in caught.value.remedy


def test_bare_replies_line_by_line_are_refused_as_a_log_without_times(tmp_path: Path) -> None:
    log = _file(tmp_path / "day.jsonl", f"{json.dumps(GOAL)}\n{json.dumps(GOAL)}\n")

    with pytest.raises(FootydError, match="line 1 has no at and no reply"):
        _run(log)


def test_empty_lines_of_a_log_are_passed_over(tmp_path: Path) -> None:
    log = _log(tmp_path / "day.jsonl", ("2026-03-07T15:25:00Z", GOAL))
    log.write_text("\n" + log.read_text() + "\n\n" + log.read_text())

    assert [row["decision"] for row in _run(log)] == ["sighted", "confirmed"]


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(FootydError, match="cannot be read") as caught:
        _run(tmp_path / name)

    assert str(tmp_path) in str(caught.value)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    file = tmp_path / "reply.json.gz"
    file.write_bytes(b"\x1f\x8b\x08\x00\xff\xfe")

    with pytest.raises(FootydError, match="is not UTF-8 text"):
        _run(file)


# ---------------------------------------------------------------- recorded polls


def _truth(reply: dict[str, Any]) -> set[tuple[int, int, int]]:
    """(fixture, team, how-manieth goal) of every goal that the score counts and the events show."""
    goals = set()
    for match in reply["response"]:
        for side in ("home", "away"):
            team = match["teams"][side]["id"]
            shown = sum(
                event["team"]["id"] == team
                and event["type"] == "Goal"
                and event["detail"] != "Missed Penalty"
                and event["comments"] != "Penalty Shootout"
                for event in match["events"]
            )
            goals |= {
                (match["fixture"]["id"], team, number)
                for number in range(1, min(shown, match["goals"][side] or 0) + 1)
            }
    return goals


def _confirmed(rows: list[dict[str, Any]], reply: dict[str, Any]) -> set[tuple[int, int, int]]:
    homes = {match["fixture"]["id"]: match["teams"]["home"]["id"] for match in reply["response"]}
    told = [row for row in rows if row["decision"] == "confirmed"]
    goals = {
        (
            row["fixture_id"],
            row["team_id"],
            int(row["score_after"].split("-")[row["team_id"] != homes[row["fixture_id"]]]),
        )
        for row in told
    }
    assert len(goals) == len(told), "a goal was confirmed twice"
    return goals


@recorded
@pytest.mark.parametrize("path", sorted(DATA.glob("live/live_all_202[34]*.json")), ids=lambda path: path.name)
def test_a_recorded_poll_seen_twice_confirms_exactly_the_goals_its_score_counts(path: Path) -> None:
    reply = json.loads(path.read_text())

    rows = _run(path, path)

    assert _confirmed(rows, reply) == _truth(reply)
    assert {row["decision"] for row in rows} <= {"sighted", "confirmed", "expected"}


@recorded
def test_the_fixtures_without_event_coverage_are_expected_once_and_nothing_is_invented() -> None:
    rows = _run(BIGGEST, BIGGEST, BIGGEST)

    assert {row["fixture_id"] for row in rows if row["decision"] == "expected"} == {975287, 974923}
    assert sum(row["decision"] == "expected" for row in rows) == 2


@recorded
@pytest.mark.parametrize(
    ("fixture", "path"),
    [
        (893312, "live/live_all_2023-03-25_64fx.9jacoder.json"),
        (1156060, "live/live_all_2024-02-03_72fx.onsidefutbol.json"),
    ],
)
def test_a_nameless_goal_beyond_the_score_was_not_believed(fixture: int, path: str) -> None:
    assert not [row for row in _run(DATA / path, DATA / path) if row["fixture_id"] == fixture]


@recorded
def test_recorded_shootouts_confirm_only_the_goals_of_the_match() -> None:
    path = DATA / "single/fixtures_ids_2_PEN_shootouts_full.syurchen93.json"
    reply = json.loads(path.read_text())

    rows = _run(path, path)

    assert _confirmed(rows, reply) == _truth(reply)


@recorded
@pytest.mark.parametrize(
    "path", sorted(p for p in DATA.rglob("*") if p.suffix in {".json", ".http"}), ids=lambda p: p.name
)
def test_any_recorded_file_replays_without_an_error(path: Path) -> None:
    rows = _run(path, path)

    assert all(set(KEYS) <= row.keys() for row in rows)
    assert not [row for row in rows if row["decision"] in {"discarded", "cancelled", "updated"}]
