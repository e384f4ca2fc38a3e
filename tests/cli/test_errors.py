"""Every error is one line with a remedy and its own exit code; the trace only with -v."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from footyd.adapters.mongod import state_lock
from tests.cli.conftest import FOOTYD, Footyd


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["gaol"], "No such command 'gaol'. Did you mean 'goal'? See footyd --help"),
        (["status", "--loud"], "No such option: --loud"),
        (["goal", "show"], "Missing argument 'GOAL'. See footyd goal show --help"),
        (["goal", "add", "--fixture", "x"], "'--fixture'"),
        (["goal", "list", "--limit", "0"], "--limit"),
        (["status", "now"], "unexpected extra argument"),
        (["demo", "--seed"], "--seed"),
    ],
)
def test_wrong_usage_is_told_in_one_line_with_the_way_to_the_help(
    footyd: Footyd, arguments: list[str], told: str
) -> None:
    done = footyd(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert done.err.startswith("footyd: ")
    assert told in done.err
    assert done.err.endswith(" --help\n")


def no_such_goal(place: Path) -> list[str]:
    return ["goal", "show", "1-2-1-0-1"]


def not_a_minute(place: Path) -> list[str]:
    return ["goal", "add", "--fixture", "1", "--minute", "noon", "--player", "Kane"]


def not_a_score(place: Path) -> list[str]:
    return ["goal", "add", "--fixture", "1", "--minute", "9", "--player", "Kane", "--score", "two"]


def not_a_day(place: Path) -> list[str]:
    return ["ingest", "--date", "someday"]


def a_folder_of_clips_that_is_not_there(place: Path) -> list[str]:
    return ["clips", "nowhere"]


def a_log_that_is_not_there(place: Path) -> list[str]:
    return ["replay", "nowhere.json"]


def a_demo_in_the_place_of_a_file(place: Path) -> list[str]:
    (place / "taken").write_text("")
    return ["demo", "--dir", "taken"]


def a_wrong_config(place: Path) -> list[str]:
    (place / "wrong.toml").write_text("[poll]\ninterval_seconds = 'often'\n")
    return ["status", "--config", "wrong.toml"]


def a_config_that_is_not_there(place: Path) -> list[str]:
    return ["run", "-c", "missing.toml"]


def a_state_directory_that_cannot_be_written(place: Path) -> list[str]:
    (place / "file").write_text("")
    (place / "c.toml").write_text("[state]\ndir = 'file/state'\n[api_football]\nkey = 'k'\n")
    return ["run", "-c", "c.toml"]


def a_database_that_does_not_answer(place: Path) -> list[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (place / "c.toml").write_text(f"[mongo]\nuri = 'mongodb://127.0.0.1:{port}'\ntimeout_seconds = 0.3\n")
    return ["status", "-c", "c.toml"]


def a_database_address_that_is_none(place: Path) -> list[str]:
    (place / "c.toml").write_text("[mongo]\nuri = 'mongodb://'\n")
    return ["goal", "list", "-c", "c.toml"]


FAILURES: list[tuple[Callable[[Path], list[str]], int]] = [
    (no_such_goal, 1),
    (not_a_minute, 1),
    (not_a_score, 1),
    (not_a_day, 1),
    (a_folder_of_clips_that_is_not_there, 1),
    (a_log_that_is_not_there, 1),
    (a_demo_in_the_place_of_a_file, 1),
    (a_state_directory_that_cannot_be_written, 69),
    (a_database_that_does_not_answer, 69),
    (a_database_address_that_is_none, 69),
    (a_wrong_config, 78),
    (a_config_that_is_not_there, 78),
]


@pytest.mark.parametrize(("failure", "code"), FAILURES, ids=lambda it: getattr(it, "__name__", it))
def test_a_failure_is_one_line_and_an_exit_code(
    footyd: Footyd, place: Path, failure: Callable[[Path], list[str]], code: int
) -> None:
    done = footyd(*failure(place))
    assert (done.code, done.out) == (code, "")
    assert done.err.count("\n") == 1, done.err
    assert "Traceback" not in done.err
    assert ". " in done.err or "; allowed: " in done.err, "no remedy"


@pytest.mark.parametrize("where", ["before", "after"])
def test_v_adds_the_trace_above_the_line(footyd: Footyd, where: str) -> None:
    command = ["-v", "clips", "nowhere"] if where == "before" else ["clips", "nowhere", "-v"]
    done = footyd(*command)
    assert "Traceback (most recent call last)" in done.err
    assert "find_videos" in done.err
    assert done.err.splitlines()[-1].startswith("footyd: nowhere does not exist. ")
    assert "Traceback" not in footyd("clips", "nowhere").err, "one command's -v reaches the next"


def test_a_held_state_directory_is_named_with_its_holder(
    footyd: Footyd, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTYD_API_FOOTBALL__KEY", "k")
    with state_lock(place / "state/footyd"):
        done = footyd("run")
    assert done.code == 75
    assert done.err.count("\n") == 1
    assert f"in use by another footyd (pid {os.getpid()}). Stop that one first" in done.err


@pytest.mark.parametrize(
    "command",
    [
        ["status"],
        ["ingest"],
        ["goal", "list"],
        ["goal", "add", "--fixture", "1", "--minute", "2", "--player", "Kane"],
    ],
    ids=" ".join,
)
def test_nobody_starts_the_database_of_another_user(
    footyd: Footyd, place: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    (place / "state/footyd/db").mkdir(parents=True)
    somebody_else = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: somebody_else)
    done = footyd(*command)
    assert (done.code, done.out, done.err.count("\n")) == (69, "", 1)
    assert f"belongs to user {somebody_else - 1}, and footyd does not run. Start footyd" in done.err
    assert list((place / "state/footyd/db").iterdir()) == []


def test_an_interrupt_ends_with_130_and_no_trace(footyd: Footyd, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("footyd.replay.replay", interrupted)
    done = footyd("replay", "any.json")
    assert (done.code, done.out, done.err) == (130, "", "footyd: interrupted\n")


def test_an_interrupted_demo_says_so_and_takes_its_folder_along(place: Path) -> None:
    """On a busy machine the first line is told before the first poll, and the end comes minutes later."""
    with subprocess.Popen(
        [FOOTYD, "demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(place)},
    ) as running:
        assert running.stdout is not None
        assert any("active" in line for line in running.stdout), "the day has begun"
        running.send_signal(signal.SIGINT)
        out, err = running.communicate()
    assert (running.returncode, err) == (130, "footyd: interrupted\n")
    assert out.endswith("The day was interrupted.\n")
    assert list(place.iterdir()) == []


BROKEN = """
import sys
from footyd import replay
def bug(*_): raise ZeroDivisionError("oh\\nno")
replay.replay = bug
sys.argv = ["footyd", "replay", *sys.argv[1:], "any.json"]
from footyd.cli import main
main()
"""


@pytest.mark.parametrize("options", [[], ["-v"]], ids=["plain", "-v"])
def test_our_own_mistakes_are_told_as_such(place: Path, options: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BROKEN, *options], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert ("Traceback" in done.stderr) is bool(options)
    last = done.stderr.splitlines()[-1]
    assert last.startswith("footyd: a mistake in footyd itself: ZeroDivisionError: oh no. ")
    assert options or done.stderr.count("\n") == 1


def test_a_state_directory_of_another_user_is_no_mistake_of_footyds(
    footyd: Footyd, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_config: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "/var/lib/footyd/db")

    monkeypatch.setattr("footyd.cli.status.has_records", refuse)
    done = footyd("status")
    assert (done.code, done.out) == (1, "")
    assert done.err == "footyd: /var/lib/footyd/db: permission denied. Be footyd's user, or root\n"
