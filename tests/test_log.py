from __future__ import annotations

import io
import json
import logging
import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
import stamina
import structlog
from pydantic import SecretStr

from footyd import log as footyd_log
from footyd.adapters.systemd import JournalSender
from footyd.config import LogConfig
from footyd.errors import StoreError
from footyd.log import configure_logging


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    logging.captureWarnings(False)
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def entries(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def json_log(level: Literal["debug", "info", "warning", "error"] = "info") -> io.StringIO:
    stream = io.StringIO()
    configure_logging(LogConfig(format="json", level=level), stream=stream)
    return stream


def test_a_line_is_one_json_object_with_what_was_bound_and_a_utc_time() -> None:
    stream = json_log()
    with structlog.contextvars.bound_contextvars(goal_id="7-1-1-0-1", run_id="r"):
        structlog.get_logger().info("goal confirmed", player="Müller", clock="45+2'")
    (entry,) = entries(stream)
    assert datetime.fromisoformat(entry.pop("timestamp")).utcoffset() == timedelta(0)
    assert entry == {
        "level": "info",
        "event": "goal confirmed",
        "player": "Müller",
        "clock": "45+2'",
        "goal_id": "7-1-1-0-1",
        "run_id": "r",
    }


@pytest.mark.parametrize(
    "facts",
    [
        {"mongo": SecretStr("hunter2")},
        {"uris": [SecretStr("hunter2")]},
        {"key": "hunter2"},
        {"headers": {"x-apisports-key": "hunter2"}},
        {"request": {"headers": [{"Cookie": "hunter2"}]}},
        {"auth_token": "hunter2"},
        {"uri": "mongodb://footyd:hunter2@db.example.org/"},
        {"url": "https://clips.example.org/a.mp4?X-Amz-Signature=hunter2&x=1"},
        {"error": ValueError("GET https://x.example.org/?token=hunter2 failed")},
    ],
    ids=str,
)
@pytest.mark.parametrize("form", ["console", "json", "journal"])
def test_no_form_shows_a_secret(
    form: Literal["console", "json", "journal"], facts: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(footyd_log, "JournalSender", lambda: JournalSender(Path("/nonexistent/journal")))
    stream = io.StringIO()
    configure_logging(LogConfig(format=form), stream=stream)
    structlog.get_logger().info("request made", **facts)
    assert "request made" in stream.getvalue()
    assert "hunter2" not in stream.getvalue()


def test_names_that_only_sound_secret_are_shown() -> None:
    stream = json_log()
    structlog.get_logger().info(
        "clip stored", object_key="a/b.mp4", config_key="poll.x", keepers=2, monkey="m"
    )
    (entry,) = entries(stream)
    assert (entry["object_key"], entry["config_key"], entry["keepers"]) == ("a/b.mp4", "poll.x", 2)
    assert entry["monkey"] == "m"


def fail() -> None:
    raise StoreError("the database at mongodb://a:hunter2@db is gone", remedy="Start it")


@pytest.mark.parametrize(("level", "traced"), [("info", False), ("debug", True)])
def test_an_exception_is_one_line_and_its_trace_is_for_debugging(
    level: Literal["info", "debug"], *, traced: bool
) -> None:
    stream = json_log(level)
    try:
        fail()
    except StoreError:
        structlog.get_logger().exception("run failed")
    (entry,) = entries(stream)
    assert entry["error"] == "the database at mongodb://***@db is gone. Start it"
    assert ("trace" in entry) is traced
    assert "hunter2" not in stream.getvalue()


def test_an_exception_of_nobodys_is_named_by_its_class() -> None:
    stream = json_log()
    structlog.get_logger().error("run failed", exc_info=ZeroDivisionError("division\nby zero"))
    assert entries(stream)[0]["error"] == "ZeroDivisionError: division by zero"


def test_libraries_are_heard_from_warning_on() -> None:
    stream = json_log("debug")
    library = logging.getLogger("apscheduler.executors")
    library.info("job executed")
    library.warning("job %s missed by %d s", "poll", 3)
    (entry,) = entries(stream)
    assert entry["event"] == "job poll missed by 3 s"
    assert (entry["level"], entry["logger"]) == ("warning", "apscheduler.executors")


def test_a_new_level_reaches_loggers_already_made() -> None:
    made_before = structlog.get_logger()
    quiet = json_log("error")
    made_before.warning("source rests")
    assert entries(quiet) == []
    loud = json_log("debug")
    made_before.debug("source rests")
    assert [entry["event"] for entry in entries(loud)] == ["source rests"]
    assert len([h for h in logging.getLogger().handlers if type(h).__name__ == "_Libraries"]) == 1


def test_auto_means_console_on_a_terminal_and_json_elsewhere() -> None:
    terminal, pipe = Terminal(), io.StringIO()
    configure_logging(LogConfig(), stream=terminal)
    structlog.get_logger().info("footyd runs")
    assert "\x1b[" in terminal.getvalue()
    configure_logging(LogConfig(), stream=pipe)
    structlog.get_logger().info("footyd runs")
    assert entries(pipe)[0]["event"] == "footyd runs"


def test_the_journal_gets_fields_of_their_own_and_a_readable_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.bind(str(tmp_path / "journal"))
        journal.settimeout(5)
        monkeypatch.setattr(footyd_log, "JournalSender", lambda: JournalSender(tmp_path / "journal"))
        configure_logging(LogConfig(format="journal"), stream=io.StringIO())
        with structlog.contextvars.bound_contextvars(goal_id="7-1-1-0-1"):
            structlog.get_logger().warning("goal cancelled", player="Thomas Müller")
        fields = dict(line.split("=", 1) for line in journal.recv(2000).decode().splitlines())
    assert fields == {
        "MESSAGE": 'goal cancelled player="Thomas Müller" goal_id=7-1-1-0-1',
        "EVENT": "goal cancelled",
        "PRIORITY": "4",
        "SYSLOG_IDENTIFIER": "footyd",
        "PLAYER": "Thomas Müller",
        "GOAL_ID": "7-1-1-0-1",
    }


def test_a_stream_that_is_gone_hurts_nobody() -> None:
    stream = json_log()
    stream.close()
    structlog.get_logger().info("footyd runs")
    logging.getLogger("library").error("closed")
    assert stream.closed


def test_the_arguments_of_a_retried_call_are_not_told() -> None:
    stream = json_log()
    structlog.get_logger().warning(
        "stamina.retry_scheduled", callable="get", args=("x-key: hunter2",), kwargs={}
    )
    assert "hunter2" not in stream.getvalue()
    assert entries(stream)[0]["callable"] == "get"


def test_a_retry_is_one_line_with_its_reason_and_without_arguments() -> None:
    stream = json_log()
    tries = []

    @stamina.retry(on=OSError, attempts=3, wait_initial=0, wait_jitter=0)
    def upload(_key: str) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise OSError("the server went away")

    upload("hunter2")
    assert "hunter2" not in stream.getvalue()
    told = [(e["event"], e["level"], e["attempt"], e["reason"]) for e in entries(stream)]
    reason = "OSError: the server went away"
    assert told == [("call retried", "warning", 2, reason), ("call retried", "warning", 3, reason)]
