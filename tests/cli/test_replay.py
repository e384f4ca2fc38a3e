"""`footyd replay`: JSON lines and nothing else on stdout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders import goal_event, payload
from tests.cli.conftest import FOOTYD, Footyd

KEYS = ["at", "fixture_id", "decision", "goal_id", "team_id", "score_after", "player", "minute", "extra"]


def reply(*fixtures: object) -> dict[str, object]:
    return {
        "get": "fixtures",
        "parameters": {"live": "all"},
        "errors": [],
        "results": len(fixtures),
        "response": list(fixtures),
    }


GOAL = reply(payload(status="1H", score=(1, 0), events=[goal_event(23, player="Ødegård")], minute=25))


@pytest.fixture
def evening(place: Path) -> Path:
    """A goal seen twice, with a refused reply in between."""
    polls = [
        ("2026-08-22T14:25:00Z", GOAL),
        ("2026-08-22T14:30:00Z", {"errors": {"rateLimit": "Too many requests."}, "response": []}),
        ("2026-08-22T14:35:00Z", GOAL),
    ]
    path = place / "evening.jsonl"
    path.write_text("".join(json.dumps({"at": at, "reply": body}) + "\n" for at, body in polls))
    return path


def test_each_decision_is_a_line_with_exactly_the_promised_keys(footyd: Footyd, evening: Path) -> None:
    done = footyd("replay", evening)
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 0
    assert [list(row) for row in rows] == [KEYS] * 3
    assert [row["decision"] for row in rows] == ["sighted", "refused", "confirmed"]
    assert rows[2] == {
        "at": "2026-08-22T14:35:00+00:00",
        "fixture_id": 1,
        "decision": "confirmed",
        "goal_id": "1-101-1-0-1",
        "team_id": 101,
        "score_after": "1-0",
        "player": "Ødegård",
        "minute": 23,
        "extra": None,
    }
    assert "Ødegård" in done.out, "readable where UTF-8 is"


def test_why_a_reply_was_refused_is_told_beside_the_lines(footyd: Footyd, evening: Path) -> None:
    [told] = footyd("replay", evening).err.splitlines()
    assert told.startswith("refused: ")
    assert "Too many requests" in told


def test_explained_it_is_sentences_and_a_summary_on_stdout(footyd: Footyd, evening: Path) -> None:
    done = footyd("replay", "--explain", evening)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert "  confirmed  1-0 23' Ødegård for Home: shown again, and the score 1-0 counts it" in lines
    assert [line for line in lines if "refused:" in line and "Too many requests" in line]
    assert lines[-5:][:2] == [
        "polls       3, of which refused 1",
        "fixtures    1, of which without an event list 0",
    ]


@pytest.mark.parametrize(("option", "is_json"), [((), False), (("--json",), True)], ids=["words", "json"])
def test_a_terminal_gets_words_unless_it_asks_for_json(
    footyd: Footyd, evening: Path, monkeypatch: pytest.MonkeyPatch, option: tuple[str, ...], *, is_json: bool
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert footyd("replay", *option, evening).out.startswith('{"at"') is is_json


def test_where_stdout_is_not_utf_8_names_are_escaped(process: Footyd, evening: Path) -> None:
    done = process("replay", evening, PYTHONIOENCODING="ascii")
    assert done.code == 0
    assert "\\u00d8deg\\u00e5rd" in done.out
    assert json.loads(done.out.splitlines()[0])["player"] == "Ødegård"


def test_files_are_one_feed_in_the_order_given(footyd: Footyd, place: Path) -> None:
    for name in ("one.json", "two.json"):
        (place / name).write_text(json.dumps(GOAL))
    rows = [json.loads(line) for line in footyd("replay", "one.json", "two.json").out.splitlines()]
    assert [row["decision"] for row in rows] == ["sighted", "confirmed"]


def test_a_reader_that_has_enough_ends_it_quietly(evening: Path) -> None:
    """More lines than a pipe holds, of which one is read."""
    evening.write_text(evening.read_text() * 2000)
    with subprocess.Popen(
        [FOOTYD, "replay", evening], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ}
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert json.loads(running.stdout.readline())["decision"] == "sighted"
        running.stdout.close()
        told = running.stderr.read().decode()
        assert running.wait(60) == 1
    assert [line for line in told.splitlines() if not line.startswith("refused: ")] == []


def test_a_line_is_written_as_soon_as_it_is_decided(
    footyd: Footyd, monkeypatch: pytest.MonkeyPatch, place: Path
) -> None:
    """Through a buffered file: what has not been flushed is not there yet."""
    seen: list[str] = []

    def decide(*_: object) -> Iterator[dict[str, object]]:
        for number in (1, 2):
            yield {"decision": number}
            seen.append((place / "out").read_text())

    monkeypatch.setattr("footyd.replay.replay", decide)
    with (place / "out").open("w") as buffered:
        monkeypatch.setattr(sys, "stdout", buffered)
        footyd("replay", "any.json")
    assert seen == ['{"decision": 1}\n', '{"decision": 1}\n{"decision": 2}\n']


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"\xff\xfe", "is not UTF-8 text"), (b'{"at": "noon", "reply": {}}', "at is no ISO time")],
)
def test_a_file_that_is_no_recording_is_named_with_what_is_wanted(
    footyd: Footyd, place: Path, content: bytes, told: str
) -> None:
    (place / "odd.json").write_bytes(content)
    done = footyd("replay", "odd.json")
    assert (done.code, done.out) == (1, "")
    assert "odd.json" in done.err
    assert told in done.err
    assert "A file holds one reply, or JSON lines" in done.err
