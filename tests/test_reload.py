"""What a reload makes of a configuration, without a daemon around it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from footyd.config import Config
from footyd.config_diff import applicable
from footyd.errors import ConfigError, PermanentError
from footyd.reload import LoadConfig, Reloads
from footyd.verdict import FILE, Verdict, read_verdict

KEY = {"key": "a-key-nobody-may-read"}


class Running:
    """Takes over what it is told to, as the app does, or fails to."""

    def __init__(self) -> None:
        self.config = config()
        self.fails = False

    async def apply(self, wanted: Config) -> None:
        if self.fails:
            raise PermanentError("no room for another client", remedy="Make some")
        self.config = applicable(self.config, wanted)


def config(**tables: dict[str, Any]) -> Config:
    return Config.model_validate({"api_football": KEY, **tables})


class Stage:
    def __init__(self, place: Path) -> None:
        self.place = place
        self.app = Running()
        self.wanted: LoadConfig = config
        self.levels: list[str] = []
        self.now = 100
        self.reloads = Reloads(
            self._load,
            self.app,
            place,
            log_again=lambda applied: self.levels.append(applied.log.level),
            clock_ns=lambda: self.now,
        )

    def _load(self) -> Config:
        return self.wanted()

    def verdict(self) -> Verdict:
        found = read_verdict(self.place, os.getpid())
        assert found is not None
        return found


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


async def test_a_good_config_is_applied_and_each_key_told(stage: Stage) -> None:
    stage.wanted = lambda: config(log={"level": "debug"}, web={"port": 1})
    with capture_logs() as logs:
        await stage.reloads()
    assert stage.app.config.log.level == "debug"
    assert stage.levels == ["debug"]
    assert [(e["event"], e["log_level"], e["changed"]) for e in logs] == [
        ("config applied", "info", ['log.level: "info" → "debug"']),
        ("config needs a restart", "warning", ["web.port: 8674 → 1, needs a restart"]),
    ]
    verdict = stage.verdict()
    assert (verdict.ok, verdict.count, verdict.begun_ns) == (True, 1, 100)
    assert verdict.lines == ('log.level: "info" → "debug"', "web.port: 8674 → 1, needs a restart")


async def test_a_bad_config_changes_nothing_and_is_one_error_line_per_key(stage: Stage) -> None:
    def wrong() -> Config:
        raise ConfigError("two mistakes", mistakes=("poll.x: unknown key", "web.port: found 'a'"))

    stage.wanted, before = wrong, stage.app.config
    with capture_logs() as logs:
        await stage.reloads()
    assert stage.app.config is before
    assert stage.levels == []
    assert [(e["log_level"], e["mistake"]) for e in logs] == [
        ("error", "poll.x: unknown key"),
        ("error", "web.port: found 'a'"),
    ]
    assert not stage.verdict().ok
    assert stage.verdict().lines == ("poll.x: unknown key", "web.port: found 'a'")


async def test_a_config_without_the_feeds_key_is_a_bad_one(stage: Stage) -> None:
    stage.wanted = Config
    await stage.reloads()
    assert stage.verdict().lines[0].startswith("api_football.key: not set")


async def test_a_config_that_cannot_be_applied_is_refused_with_the_reason(stage: Stage) -> None:
    stage.app.fails = True
    stage.wanted = lambda: config(log={"level": "debug"})
    await stage.reloads()
    assert not stage.verdict().ok
    assert stage.verdict().lines == ("no room for another client. Make some",)
    assert stage.levels == []


async def test_what_waits_for_a_restart_is_told_at_every_reload_until_then(stage: Stage) -> None:
    stage.wanted = lambda: config(web={"port": 1})
    for count in (1, 2):
        await stage.reloads()
        assert stage.verdict().count == count
        assert stage.verdict().lines == ("web.port: 8674 → 1, needs a restart",)


async def test_no_secret_is_left_in_the_runtime_directory_or_the_log(stage: Stage) -> None:
    stage.wanted = lambda: config(api_football={"key": "another-secret-key"})
    with capture_logs() as logs:
        stage.reloads.begin()
        await stage.reloads()
    assert stage.verdict().lines == ("api_football.key: (secret) changed",)
    written = (stage.place / FILE).read_text() + str(logs)
    assert KEY["key"] not in written
    assert "another-secret-key" not in written
    assert (stage.place / FILE).stat().st_mode & 0o077 == 0


async def test_what_was_in_force_at_the_start_is_told_before_any_reload(stage: Stage) -> None:
    stage.reloads.begin()
    assert (stage.verdict().count, stage.verdict().ok, stage.verdict().lines) == (0, True, ())
    assert stage.verdict().applied["log.level"].shown == '"info"'


async def test_a_verdict_that_cannot_be_written_hurts_nobody(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "gone")
    stage.wanted = lambda: config(log={"level": "debug"})
    with capture_logs() as logs:
        await stage.reloads()
    assert stage.app.config.log.level == "debug"
    assert logs[-1]["event"] == "verdict of the reload not written"
