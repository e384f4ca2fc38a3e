"""Each thing the doctor looks at, well and unwell; every finding that is not good has a remedy."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from footyd.adapters import machine as machine_facts
from footyd.adapters.x_browser_login import save_login
from footyd.config import Config
from footyd.demo.scenario import DEMO_KEY, written_day
from footyd.demo.world import World, open_world
from footyd.doctor import Level, Line, files, machine, outside
from footyd.errors import LibraryError
from footyd.model import ObjectKey
from tests.adapters.s3_servers import SECRET_KEY, rclone_server, s3_config

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
UNIT = Path(__file__).parents[1] / "footyd.service"


def config_in(place: Path, **sections: Any) -> Config:
    settings = {"state": {"dir": place / "state"}, "api_football": {"key": DEMO_KEY}, **sections}
    return Config.model_validate(settings)


def told(lines: Iterable[Line]) -> list[tuple[str, str]]:
    """What is not good, and that there is a remedy for it."""
    bad = [line for line in lines if line.level is not Level.OK]
    assert all(line.remedy for line in bad)
    return [(line.level.value, f"{line.what}: {line.finding}") for line in bad]


# ---------------------------------------------------------------- files


@pytest.fixture
def way_to_x() -> dict[str, Any]:
    return {"search": {"nitter": {"base_urls": ["http://127.0.0.1:9"]}}, "download": {"min_free_bytes": 0}}


def test_a_good_config_in_a_good_place_has_nothing_to_tell(tmp_path: Path, way_to_x: dict[str, Any]) -> None:
    assert told(files.look(config_in(tmp_path, **way_to_x), None)) == []


def test_a_config_without_key_or_way_to_x_is_told(tmp_path: Path) -> None:
    config = config_in(tmp_path, api_football={}, download={"min_free_bytes": 0})
    assert told(files.look(config, None)) == [
        ("fail", "config: no file, the defaults: api_football.key is not set"),
        ("warn", "config: no way to X is set up: no clip will be found"),
    ]


def test_a_file_with_secrets_that_others_may_read_is_told(
    tmp_path: Path, way_to_x: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, secret = tmp_path / "plain.toml", tmp_path / "secret.toml"
    plain.write_text('[follow]\nteams = [50]\n[search.nitter]\nbase_urls = ["http://a.example"]\n')
    secret.write_text(f'[api_football]\nkey = "{DEMO_KEY}"\n')
    place = tmp_path / "secrets"
    place.mkdir()
    (place / "api_football.key").write_text(DEMO_KEY)
    (place / "of.somebody.else").write_text("x")
    monkeypatch.setenv("FOOTYD_SECRETS_DIR", str(place))
    config = config_in(tmp_path, **way_to_x)
    for file in (plain, secret, *place.iterdir()):
        file.chmod(0o644)
    own = place / "api_football.key"
    open_files = [f"secrets: {file} may be read by other users" for file in (secret, own)]
    assert [finding for _, finding in told(files.look(config, secret))] == open_files
    assert [finding for _, finding in told(files.look(config, plain))] == open_files[1:]
    own.chmod(0o600)
    secret.chmod(0o600)
    assert told(files.look(config, secret)) == []


def test_a_login_that_others_may_read_is_told(tmp_path: Path, way_to_x: dict[str, Any]) -> None:
    config = config_in(tmp_path, **way_to_x)
    save_login(config.session_file, {"cookies": []})
    assert told(files.look(config, None)) == []
    config.session_file.chmod(0o640)
    [(level, finding)] = told(files.look(config, None))
    assert (level, finding) == ("warn", f"secrets: {config.session_file} may be read by other users")


def test_a_disk_is_judged_by_what_downloads_need(
    tmp_path: Path, way_to_x: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    free = {"state": 900_000_000, "library": 400_000_000}
    monkeypatch.setattr(files, "free_bytes", lambda place: free.get(place.name, 10**12))
    config = config_in(tmp_path, search=way_to_x["search"])
    assert told(files.look(config, None)) == [
        ("warn", f"state: {config.state.dir}: 900 MB free"),
        ("fail", f"library: {config.library_dir}: 400 MB free"),
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, way_to_x: dict[str, Any]) -> None:
    config = config_in(tmp_path, **way_to_x)
    config.state.dir.mkdir(mode=0o500)
    assert ("fail", f"state: {config.state.dir} cannot be written") in told(files.look(config, None))


def test_the_state_of_another_user_is_not_judged_from_outside(tmp_path: Path) -> None:
    """It ended in the trace of a PermissionError, with no line told."""
    config = config_in(tmp_path)
    assert files.hidden(config) is None
    config.state.dir.mkdir(mode=0o700)
    assert files.hidden(config) is None
    with another_user(config.state.dir):
        hidden = files.hidden(config)
    assert told([hidden] if hidden else []) == [
        ("fail", f"state: {config.state.dir / 'db'} may not be looked at")
    ]


@contextmanager
def another_user(place: Path) -> Iterator[None]:
    place.chmod(0)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)
        place.chmod(0o700)


# ---------------------------------------------------------------- the machine


@pytest.mark.parametrize(
    ("now", "is_set", "level"),
    [
        (NOW, True, "ok"),
        (NOW, None, "ok"),
        (NOW, False, "warn"),
        (datetime(1970, 1, 1, tzinfo=UTC), True, "fail"),
        (datetime(2150, 1, 1, tzinfo=UTC), True, "fail"),
    ],
)
def test_the_clock(now: datetime, is_set: bool | None, level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "clock_is_set", lambda: is_set)
    line = machine.clock(now)
    assert line.level.value == level
    assert bool(line.remedy) is (level != "ok")


def test_timesyncd_or_the_kernel_tells_of_the_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    timesyncd = tmp_path / "timesync"
    monkeypatch.setattr(machine_facts, "SYNCHRONIZED", timesyncd / "synchronized")
    assert machine_facts.clock_is_set() in (True, False, None), "the kernel's word"
    timesyncd.mkdir()
    assert machine_facts.clock_is_set() is False
    (timesyncd / "synchronized").touch()
    assert machine_facts.clock_is_set() is True


@pytest.mark.parametrize(
    ("architecture", "info", "runs"),
    [
        ("x86_64", "flags\t\t: fpu sse4_2 avx avx2", True),
        ("x86_64", "flags\t\t: fpu sse4_2", False),
        ("aarch64", "Features\t: fp asimd crc32 cpuid", False),  # a Pi 4
        ("aarch64", "Features\t: fp asimd crc32 atomics fphp asimdhp cpuid asimdrdm", True),  # a Pi 5
        ("riscv64", "isa\t\t: rv64imafdc", None),
    ],
)
def test_the_cpu_is_asked_for_what_mongodb_needs(
    architecture: str, info: str, runs: bool | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cpuinfo").write_text(f"processor\t: 0\n{info}\n")
    monkeypatch.setattr(machine_facts, "CPU_INFO", tmp_path / "cpuinfo")
    monkeypatch.setattr("platform.machine", lambda: architecture)
    assert machine_facts.runs_mongod() is runs
    [line] = [machine.mongod(config_in(tmp_path))]
    assert (line.level is Level.FAIL) is (runs is False)
    assert machine.mongod(config_in(tmp_path, mongo={"uri": "mongodb://db"})).level is Level.OK


def test_the_page_needs_its_port_or_serves_there(tmp_path: Path) -> None:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        number = other.getsockname()[1]
        config = config_in(tmp_path, web={"port": number})
        assert told([machine.port(config, running=False)]) == [
            ("fail", f"page: 127.0.0.1:{number} is taken by another program")
        ]
        assert told([machine.port(config, running=True)]) == []
    assert told([machine.port(config, running=False)]) == []
    assert told([machine.port(config, running=True)]) == [
        ("warn", f"page: nothing listens on 127.0.0.1:{number}")
    ]


def test_the_unit_of_this_footyd_is_up_to_date(tmp_path: Path) -> None:
    text = UNIT.read_text().replace("LoadCredential=", "#LoadCredential=")
    assert told(machine.unit_lines(UNIT, text, config_in(tmp_path))) == []


def test_an_older_unit_and_a_stop_that_is_too_short_are_told(tmp_path: Path) -> None:
    text = UNIT.read_text().replace("LoadCredential=", "#LoadCredential=").replace("WatchdogSec=90", "")
    config = config_in(tmp_path, daemon={"grace_seconds": 60})
    assert told(machine.unit_lines(UNIT, text, config)) == [
        ("warn", f"service: {UNIT} lacks WatchdogSec=90"),
        ("warn", "service: TimeoutStopSec=90 is short for daemon.grace_seconds = 60"),
    ]


def test_a_credential_that_is_missing_or_open_is_told(tmp_path: Path) -> None:
    text = UNIT.read_text().replace("/etc/footyd/secrets", str(tmp_path))
    config, key = config_in(tmp_path), tmp_path / "api_football.key"
    assert told(machine.unit_lines(UNIT, text, config)) == [
        ("fail", f"service: LoadCredential=api_football.key: no file {key}")
    ]
    key.write_text("x")
    key.chmod(0o644)
    assert told(machine.unit_lines(UNIT, text, config)) == [
        ("warn", f"service: {key} may be read by other users")
    ]
    key.chmod(0o600)
    assert told(machine.unit_lines(UNIT, text, config)) == []


# ---------------------------------------------------------------- the outside


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(written_day(1, datetime.now(UTC)), tmp_path / "clips") as world:
        yield world


async def test_the_feed_is_asked_for_free(world: World, tmp_path: Path) -> None:
    config = config_in(tmp_path, api_football={"base_url": world.feed_url, "key": DEMO_KEY})
    line = await outside.feed(config)
    assert line.level is Level.OK
    assert "calls used today" in line.finding
    assert world.feed.calls == 0


@pytest.mark.parametrize(("key", "word"), [("wrong" * 6, "key"), (None, "not set")])
async def test_a_feed_that_refuses_us_is_told(
    world: World, tmp_path: Path, key: str | None, word: str
) -> None:
    line = await outside.feed(config_in(tmp_path, api_football={"base_url": world.feed_url, "key": key}))
    assert line.level is Level.FAIL
    assert line.remedy
    assert word in line.finding
    assert str(key) not in line.finding + line.remedy


async def test_a_library_is_tried_and_left_as_it_was(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    assert told([await outside.library(config)]) == []
    assert not config.library_dir.exists(), "looking makes none"
    config.library_dir.mkdir(parents=True)
    assert told([await outside.library(config)]) == []
    assert list(config.library_dir.iterdir()) == []


async def test_a_bucket_is_tried_and_its_refusal_told_without_its_keys(tmp_path: Path) -> None:
    (tmp_path / "s3" / "footyd").mkdir(parents=True)
    with rclone_server(tmp_path / "s3") as address:
        for secret_key, level in ((SECRET_KEY, Level.OK), ("another-made-up-secret", Level.FAIL)):
            bucket = s3_config(address, secret_key=secret_key)
            config = config_in(tmp_path, library={"kind": "s3", "s3": bucket})
            line = await outside.library(config)
            assert line.level is level
            assert secret_key not in repr(line)
    assert list((tmp_path / "s3" / "footyd").iterdir()) == []


async def test_a_library_that_spoils_what_it_takes_is_told() -> None:
    class Spoiling:
        def __init__(self) -> None:
            self.deleted: list[str] = []

        async def put(self, *_: object, **__: object) -> None: ...

        async def fetch(self, _key: ObjectKey, into: Path) -> None:
            into.write_bytes(b"other")

        async def delete(self, key: ObjectKey) -> None:
            self.deleted.append(key)

    library: Any = Spoiling()
    with pytest.raises(LibraryError, match="other bytes than it took"):
        await outside.probe(library)
    assert len(library.deleted) == 1


async def test_sources_are_looked_at_without_a_search(world: World, tmp_path: Path) -> None:
    cookies = tmp_path / "cookies.txt"
    cookies.write_text("# Netscape HTTP Cookie File\n")
    search = {"nitter": {"base_urls": [world.nitter_url]}, "cookies": {"file": str(cookies)}}
    config = config_in(tmp_path, search=search)
    lines = [line async for line in outside.sources(config, ask=False)]
    found = {line.what: line.level.value for line in lines}
    assert found == {
        "source cookies": "warn",
        "source browser": "ok",
        "source nitter": "ok",
        "source api": "ok",
    }


async def test_a_browser_that_cannot_start_is_told(tmp_path: Path) -> None:
    config = config_in(tmp_path, search={"browser": {"executable": tmp_path / "chromium"}})
    save_login(config.session_file, {"cookies": []})
    lines = {line.what: line async for line in outside.sources(config, ask=False)}
    assert lines["source browser"].level is Level.WARN
    assert lines["source browser"].finding == f"no Chromium at {tmp_path / 'chromium'}"
    assert "install it" in lines["source browser"].remedy


async def test_with_ask_each_source_is_searched_once(world: World, tmp_path: Path) -> None:
    config = config_in(tmp_path, search={"nitter": {"base_urls": ["http://127.0.0.1:9"]}})
    lines = {line.what: line async for line in outside.sources(config, ask=True)}
    assert lines["source nitter"].level is Level.WARN
    assert lines["source nitter"].remedy
    assert lines["source cookies"].level is Level.OK, "one that nobody set up is no fault"
