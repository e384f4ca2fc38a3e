"""Asking another process for a reload: real processes, real signals."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from footyd.config import Config
from footyd.config_diff import dump
from footyd.errors import TemporaryError
from footyd.verdict import (
    FILE,
    Verdict,
    ask_for_reload,
    read_verdict,
    runtime_dir,
    runtime_dir_of,
    write_verdict,
)

BOUND_SECONDS = 60.0
DAEMON = """
import os, signal, sys, time
from pathlib import Path
from footyd.verdict import Verdict, write_verdict
answers = [line for line in {answers!r}.split(",") if line]
def hang_up(*_):
    if not answers: raise SystemExit
    began = {{"old": 1, "new": time.monotonic_ns()}}[answers.pop(0)]
    facts = dict(pid=os.getpid(), count=1, begun_ns=began, ok=True, salt="", applied={{}})
    write_verdict(Verdict(**facts, lines=("a: 1 → 2",)), Path(sys.argv[1]))
signal.signal(signal.SIGHUP, hang_up)
print("ready", flush=True)
while True: signal.pause()
"""

Start = Callable[..., int]


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Start]:
    """A process that answers each SIGHUP with the next of `answers`, then ends at one."""
    started: list[subprocess.Popen[str]] = []

    def start(answers: str) -> int:
        code = DAEMON.format(answers=answers)
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        return process.pid

    yield start
    for process in started:
        process.kill()
        process.communicate()


def verdict(**changed: object) -> Verdict:
    facts = {"pid": os.getpid(), "count": 3, "begun_ns": 5, "ok": False, "lines": ("a", "b"), "salt": "s"}
    return Verdict(**{**facts, "applied": dump(Config(), salt="s"), **changed})  # type: ignore[arg-type]


def test_a_verdict_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_verdict(verdict(), tmp_path)
    assert read_verdict(tmp_path, os.getpid()) == verdict()
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', json.dumps({"applied": {"a": 1}})])
def test_what_another_version_left_is_no_verdict(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    assert read_verdict(tmp_path, os.getpid()) is None


def test_the_verdict_of_an_earlier_daemon_is_not_this_ones(tmp_path: Path) -> None:
    write_verdict(verdict(pid=1), tmp_path)
    assert read_verdict(tmp_path, os.getpid()) is None


def test_the_answer_to_our_own_question_is_waited_for(daemon: Start, tmp_path: Path) -> None:
    found = ask_for_reload(daemon("new"), tmp_path, BOUND_SECONDS)
    assert found.lines == ("a: 1 → 2",)


def test_the_answer_to_somebody_elses_earlier_question_is_not_taken(daemon: Start, tmp_path: Path) -> None:
    with pytest.raises(TemporaryError, match="did not answer within"):
        ask_for_reload(daemon("old"), tmp_path, 0.5)


def test_a_daemon_that_ends_over_it_is_not_waited_for(daemon: Start, tmp_path: Path) -> None:
    with pytest.raises(TemporaryError, match="has ended"):
        ask_for_reload(daemon(""), tmp_path, BOUND_SECONDS)


def test_a_daemon_that_is_gone_is_told_at_once(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with pytest.raises(TemporaryError, match="has ended"):
        ask_for_reload(gone.pid, tmp_path, BOUND_SECONDS)


def test_the_runtime_directory_is_systemds_or_the_state_directory(tmp_path: Path) -> None:
    assert runtime_dir(tmp_path, {}) == tmp_path
    assert runtime_dir(tmp_path, {"RUNTIME_DIRECTORY": "/run/a:/run/b"}) == Path("/run/a")


def test_the_runtime_directory_of_another_process_is_read_from_its_environment(tmp_path: Path) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", "print(flush=True); input()"],
        env={**os.environ, "RUNTIME_DIRECTORY": "/run/other"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert other.stdout
    other.stdout.readline()
    assert runtime_dir_of(other.pid, tmp_path) == Path("/run/other")
    other.communicate(b"\n")
    assert runtime_dir_of(other.pid, tmp_path) == runtime_dir(tmp_path)
