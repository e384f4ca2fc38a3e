"""`footyd doctor` as a person runs it: never run, stopped, beside a daemon."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from footyd.adapters.mongod import state_lock
from footyd.demo.scenario import DEMO_KEY
from footyd.demo.world import World
from footyd.doctor import Line, records
from footyd.doctor.lines import ok
from footyd.pipeline import CHECKS
from footyd.reconcile import LibraryChecks
from tests.cli.conftest import Done, Footyd
from tests.footyd_process import footyd as daemon

ON_RECORDS = [check.name for check in CHECKS]
NAMES = [check.name for check in (*CHECKS, *LibraryChecks().all())]


@pytest.fixture(autouse=True)
def scratch(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine's own place for temporary files holds is no business of these tests."""
    place = str(tmp_path_factory.mktemp("scratch"))
    monkeypatch.setattr("tempfile.tempdir", place)
    monkeypatch.setenv("TMPDIR", place)


def lines_of(done: Done) -> dict[str, dict[str, str]]:
    """The last line of each name."""
    return {line["what"]: line for line in json.loads(done.out)["lines"]}


@pytest.fixture
def database(fast_mongo: str, mongo_database: str) -> Iterator[Any]:
    with MongoClient[dict[str, Any]](fast_mongo) as client:
        yield client[mongo_database]


def test_where_footyd_never_ran_it_tells_what_is_missing_and_makes_nothing(
    footyd: Footyd, place: Path
) -> None:
    done = footyd("doctor")
    assert done.code == 1
    assert (
        "fail  config: no file, the defaults: api_football.key is not set\n      Set api_football" in done.out
    )
    assert "records: none yet: footyd has never run in " in done.out
    assert done.out.splitlines()[-1].endswith(" fail")
    assert done.err == ""
    assert list(place.iterdir()) == []


def test_a_wrong_config_is_told_key_by_key_with_its_exit_code(footyd: Footyd, place: Path) -> None:
    (place / "config.toml").write_text('[poll]\ninterval_seconds = "fast"\n[pole]\n')
    done = footyd("doctor", "--json")
    found = json.loads(done.out)
    assert (done.code, found["ok"]) == (78, False)
    assert [line["level"] for line in found["lines"]] == ["fail", "fail"]
    assert footyd("doctor").out.count("fail  config: ") == 2


def test_a_good_footyd_ends_with_0_and_each_check_has_its_line(
    footyd: Footyd, world: World, fast_mongo: str, place: Path
) -> None:
    footyd("ingest")
    done = footyd("doctor", "--json")
    lines = lines_of(done)
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["ok"] is True
    assert {name: lines[name]["finding"] for name in ON_RECORDS} == dict.fromkeys(ON_RECORDS, "none")
    assert lines["library"]["finding"] == "no clip was kept yet"
    assert not (place / "state/footyd/library").exists(), "looking makes none"
    assert lines["daemon"]["finding"] == "does not run"
    assert "MongoDB 6.0" in lines["database"]["finding"]
    assert world.feed.calls <= 30, "the account is asked for free"


def test_what_a_crash_left_is_told_then_mended(
    footyd: Footyd, world: World, database: Any, place: Path
) -> None:
    footyd("ingest")
    fixture = database.fixtures_completed.find_one() or database.fixtures_active.find_one()
    database.fixtures_staging.insert_one(fixture)
    database.runs.insert_one({"_id": "1", "job": "poll", "start": fixture["kickoff"], "outcome": "running"})
    left = place / "state/footyd/work/1-1-1-0-1/900/clip.mp4.part"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"x")
    told = footyd("doctor")
    assert told.code == 0, "it works all the same"
    assert f"warn  match in two places: 1: {fixture['_id']}; the copy that its move left behind" in told.out
    assert "The next start does it, or footyd doctor --fix" in told.out
    assert left.exists()
    assert database.fixtures_staging.count_documents({}) == 1
    lines = lines_of(footyd("doctor", "--fix", "--json"))
    mended = [name for name in NAMES if lines[name]["finding"] != "none"]
    assert mended == ["match in two places", "run without an end", "work left behind"]
    assert all("; done: " in lines[name]["finding"] for name in mended)
    assert not left.exists()
    again = lines_of(footyd("doctor", "--json"))
    assert [again[name]["finding"] for name in NAMES] == ["none"] * len(NAMES)


def test_no_daemon_begins_on_a_shared_database_while_its_records_are_mended(
    footyd: Footyd, world: World, database: Any, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that waited for the other's stop took over, and both mended what each had just begun."""
    footyd("ingest")
    tokens: list[str] = []

    async def look(*_: object, **_named: object) -> AsyncIterator[Line]:
        tokens.append((database.state.find_one("lease") or {}).get("token", ""))
        yield ok("records", "looked at")

    monkeypatch.setattr(records, "look", look)
    footyd("doctor", "--fix")
    assert tokens[0], "held meanwhile"
    assert database.state.find_one("lease")["token"] == ""
    with state_lock(place / "state/footyd"):
        lines = lines_of(footyd("doctor", "--fix", "--json"))
    assert lines["daemon"]["finding"].startswith("runs, pid ")


def test_on_a_stopped_footyd_its_own_database_is_started_for_a_moment(footyd: Footyd, world: World) -> None:
    footyd("ingest")
    lines = lines_of(footyd("doctor", "--json"))
    assert lines["database"]["level"] == "ok"
    assert lines["match in two places"]["finding"] == "none"


def test_the_database_of_another_user_is_not_started(
    footyd: Footyd, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root's doctor would leave files of root's in the service's database."""
    data = place / "state/footyd/db"
    data.mkdir(parents=True)
    monkeypatch.setattr("os.geteuid", lambda: data.stat().st_uid + 1)
    done = footyd("doctor")
    assert "warn  records: " in done.out
    assert f"{data} belongs to user {data.stat().st_uid}, and footyd does not run" in done.out
    assert list(data.iterdir()) == []


def test_a_database_that_does_not_answer_is_one_failure_among_the_other_findings(
    footyd: Footyd, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTYD_MONGO__URI", "mongodb://somebody:planted-secret@127.0.0.1:9/")
    monkeypatch.setenv("FOOTYD_MONGO__TIMEOUT_SECONDS", "0.3")
    done = footyd("doctor")
    assert done.code == 1
    assert "fail  database: MongoDB does not answer" in done.out
    assert "ok    feed: answers" in done.out
    assert "planted-secret" not in done.out + done.err


def test_no_secret_is_ever_shown(
    footyd: Footyd, world: World, fast_mongo: str, monkeypatch: pytest.MonkeyPatch, place: Path
) -> None:
    secrets = {
        "API_FOOTBALL__KEY": f"{DEMO_KEY}-planted-1",
        "SEARCH__API__BEARER_TOKEN": "planted-2",
        "SEARCH__COOKIES__AUTH_TOKEN": "planted-3",
        "LIBRARY__S3__ACCESS_KEY": "planted-4",
        "LIBRARY__S3__SECRET_KEY": "planted-5",
        "LIBRARY__S3__ENDPOINT_URL": "http://planted-6@127.0.0.1:9",
        "LIBRARY__KIND": "s3",
        "NOTIFY__URLS": '["json://user:planted-7@127.0.0.1:9"]',
    }
    for name, value in secrets.items():
        monkeypatch.setenv(f"FOOTYD_{name}", value)
    footyd("ingest")
    for arguments in ((), ("--json",), ("--fix", "-v")):
        done = footyd("doctor", *arguments)
        assert done.code == 1
        assert "planted" not in done.out + done.err


async def test_beside_a_daemon_it_uses_its_database_and_leaves_its_work_to_it(tmp_path: Path) -> None:
    settings: dict[str, dict[str, Any]] = {
        "api_football": {"base_url": "http://127.0.0.1:9", "key": DEMO_KEY},
        "api_football.retry": {"attempts": 1},
        "download": {"min_free_bytes": 0},
    }
    async with daemon(tmp_path, settings) as process:
        await process.start()
        left = process.state / "work/1-1-1-0-1/900"
        left.mkdir(parents=True)
        said = await process.command("doctor", "--fix", "--json")
        lines = {line["what"]: line for line in json.loads(said.out)["lines"]}
        assert said.code == 1, "the feed does not answer"
        assert lines["daemon"]["finding"] == f"runs, pid {process.pid}"
        assert lines["work left behind"]["level"] == "ok"
        assert "the running daemon has that in hand" in lines["work left behind"]["finding"]
        assert left.exists()
        process.configure({**settings, "poll": {"interval_seconds": 77}})
        changed = await process.command("doctor")
        told = f"warn  config: footyd runs, pid {process.pid}; a reload would change this: poll."
        assert changed.out.startswith(told)
