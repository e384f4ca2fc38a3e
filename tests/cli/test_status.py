"""`footyd status`, on whatever there is."""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from rich.console import Console

from footyd import __version__
from footyd.adapters.mongo import Store, open_store
from footyd.cli import status
from footyd.demo.world import World
from footyd.model import FixtureState, SourceRest, utcnow
from tests.builders import a_fixture, a_goal, goal_event
from tests.cli.conftest import Footyd


def fill(uri: str, database: str, work: Callable[[Store], Awaitable[None]]) -> None:
    async def run() -> None:
        async with open_store(uri, database, timeout_seconds=10, runs_kept_days=90) as store:
            await work(store)

    with asyncio.Runner() as runner:
        runner.run(run())


async def a_match_in_play(store: Store) -> None:
    now = utcnow()
    fixture = a_fixture(1, status="1H", score=(1, 0), events=[goal_event(23)], kickoff=now)
    later = a_fixture(2, kickoff=now + timedelta(hours=3))
    await store.fixtures.take_in([(FixtureState.ACTIVE, fixture), (FixtureState.STAGING, later)])
    goal = a_goal("1-101-1-0-1")
    await store.goals.save_believed([], [goal], renamed=(), window=timedelta(minutes=3), now=now)
    await store.runs.begin_run("r", job="poll", trigger="interval", attempt=1, now=now)
    await store.runs.end_run(
        "r", outcome="ok", metadata={"fixtures_processed": 8, "calls": 1}, error="", now=now
    )
    rest = SourceRest(source="nitter", until=now + timedelta(minutes=5), step=1, reason="no answer [502]")
    await store.runs.save_rest(rest)
    facts = {"pid": 4242, "version": "0", "started_at": now, "beat_at": now, "next_runs": {"poll": now}}
    await store.runs.note("daemon", {**facts, "quota": {"day_limit": 7500, "day_left": 7490}, "calls": 10})


def test_looking_at_what_never_ran_leaves_no_trace(footyd: Footyd, place: Path) -> None:
    done = footyd("status")
    assert (done.code, done.err) == (0, "")
    assert done.out == f"footyd has never run here: nothing in {place}/state/footyd\n"
    assert list(place.iterdir()) == []


def test_an_empty_database_is_told_plainly(footyd: Footyd, fast_mongo: str) -> None:
    done = footyd("status")
    assert (done.code, done.err) == (0, "")
    assert re.search(r"^daemon +not running$", done.out, re.MULTILINE)
    assert re.search(r"^fixtures +0 staging, 0 active, 0 completed$", done.out, re.MULTILINE)
    assert re.search(r"^quota +not told yet$", done.out, re.MULTILINE)


def test_everything_an_operator_asks_for_is_on_the_page(
    footyd: Footyd, fast_mongo: str, mongo_database: str
) -> None:
    fill(fast_mongo, mongo_database, a_match_in_play)
    told = footyd("status").out
    for line in (
        r"daemon +runs, pid 4242, since .+",
        r"fixtures +1 staging, 1 active, 0 completed",
        r" +\S+.* 1-0 .+ \(1H\)",
        r"next kick-off +.+",
        r"goals +0 pending, 0 discarded, 1 searching, 0 stored, 0 needs review, 0 cancelled",
        r" +1-101-1-0-1  .+: pass 1, due .+",
        r"next poll +.+",
        r"run +.+ poll \(interval\): ok fixtures_processed=8 calls=1",
        r"source nitter +rests until .+: no answer \[502\]",
        r"queue +1 to search, 0 to work on",
        r"quota +7490 of 7500 calls left, as of .+",
        r"disk +\d+\.\d GB free \(state\), \d+\.\d GB free \(library\)",
    ):
        assert re.search(f"^{line}$", told, re.MULTILINE), f"{line} is not in\n{told}"


def test_programs_get_all_of_it_as_one_json_object(
    footyd: Footyd, fast_mongo: str, mongo_database: str
) -> None:
    fill(fast_mongo, mongo_database, a_match_in_play)
    done = footyd("status", "--json")
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    assert found["version"] == __version__
    assert (found["daemon"]["alive"], found["daemon"]["pid"]) == (True, 4242)
    assert found["fixtures"] == {"staging": 1, "active": 1, "completed": 0}
    assert [match["id"] for match in found["playing"]] == [1]
    assert (found["goals"]["searching"], found["recent"][0]["id"]) == (1, "1-101-1-0-1")
    assert list(found["daemon"]["next_runs"]) == ["poll"]
    by_name = {source["name"]: source for source in found["sources"]}
    assert (by_name["nitter"]["ready"], by_name["nitter"]["reason"]) == (False, "no answer [502]")
    assert list(by_name) == ["nitter"], "what is not set up is no source"
    assert found["quota"] == {"day_limit": 7500, "day_left": 7490, "calls": 10}
    assert (found["queue"]["to_search"], found["queue"]["to_work"]) == (1, 0)
    assert found["last_poll"]["outcome"] == "ok"
    assert found["last_poll"]["counts"] == {"fixtures_processed": 8, "calls": 1}
    assert set(found["disk"]["free_bytes"]) == {"state", "library"}
    assert all(free > 0 for free in found["disk"]["free_bytes"].values())


def test_a_footyd_that_never_ran_is_json_too(footyd: Footyd) -> None:
    found = json.loads(footyd("status", "--json").out)
    assert found["daemon"] == {"alive": False}
    assert "never run" in found["reason"]


def test_a_daemon_that_fell_silent_is_not_called_running(
    footyd: Footyd, fast_mongo: str, mongo_database: str
) -> None:
    async def silent(store: Store) -> None:
        await store.runs.note("daemon", {"pid": 4242, "beat_at": utcnow() - timedelta(minutes=10)})

    fill(fast_mongo, mongo_database, silent)
    assert re.search(r"^daemon +not running, last seen .+", footyd("status").out)


def test_on_a_narrow_terminal_long_lines_fold_beside_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr(status, "out", Console(file=screen, width=40, soft_wrap=True, no_color=True))
    status._print([("daemon", "not running"), ("source nitter", "rests " * 20)])
    lines = re.sub(r"\x1b\[[\d;]*m", "", screen.getvalue()).splitlines()
    assert all(len(line) <= 40 for line in lines)
    assert " ".join(lines).count("rests") == 20


def test_the_embedded_database_of_a_stopped_footyd_is_started_for_a_moment(
    process: Footyd, world: World, place: Path
) -> None:
    assert process("ingest").code == 0
    done = process("status")
    assert (done.code, done.err) == (0, "")
    assert re.search(r"^daemon +not running$", done.out, re.MULTILINE)
    assert re.search(r"^fixtures +0 staging, 0 active, 2 completed$", done.out, re.MULTILINE)
    assert "ingest (manual): ok fixtures_seen=3 fixtures_processed=2" in done.out
    pid = int((place / "state/footyd/footyd.lock").read_text())
    assert not Path(f"/proc/{pid}").exists()
