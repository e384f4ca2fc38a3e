"""`footyd run` as a process: what it answers to signals, to wrong configs, and what it costs when idle."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from footyd.adapters.mongo import Store
from footyd.demo.scenario import DEMO_KEY, written_day
from footyd.demo.world import World, open_world
from footyd.model import SourceRest, utcnow
from tests.builders import a_goal
from tests.footyd_process import LOOK_SECONDS, Footyd, Said, Settings, all_gone, footyd, living
from tests.waiting import until, until_found

NOBODY = 1
"""A league that does not play."""


on_shared_loop = pytest.mark.asyncio(loop_scope="module")


def quiet_settings(world: World) -> Settings:
    """Following nobody who plays today, polling fast."""
    return {
        "api_football": {"base_url": world.feed_url, "key": DEMO_KEY},
        "follow": {"leagues": [NOBODY]},
        "poll": {"interval_seconds": 0.2},
    }


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(written_day(1, datetime.now(UTC)), tmp_path / "clips") as world:
        yield world


@pytest.fixture
def settings(world: World) -> Settings:
    return quiet_settings(world)


@pytest.fixture
async def running(tmp_path: Path, settings: Settings) -> AsyncIterator[Footyd]:
    async with footyd(tmp_path, settings) as process:
        await process.start()
        yield process


@dataclass(frozen=True)
class Quiet:
    """One idle daemon for all tests that leave it running."""

    footyd: Footyd
    world: World
    settings: Settings

    async def reload(self, settings: Settings) -> None:
        self.footyd.configure({**self.settings, **settings})
        self.footyd.turn_page()
        self.footyd.send(signal.SIGHUP)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Quiet]:
    root = tmp_path_factory.mktemp("quiet")
    async with open_world(written_day(1, datetime.now(UTC)), root / "clips") as world:
        settings = quiet_settings(world)
        async with footyd(root, settings) as process:
            await process.start()
            yield Quiet(process, world, settings)


@pytest_asyncio.fixture(loop_scope="module")
async def quiet(shared: Quiet) -> AsyncIterator[Quiet]:
    """With its first config in force again afterwards."""
    yield shared
    await shared.reload({})
    await shared.footyd.logged("config applied")


async def refusal(tmp_path: Path, settings: Settings) -> tuple[int, list[str]]:
    """Exit code and lines of a footyd that does not start."""
    async with footyd(tmp_path, settings) as process:
        await process.spawn()
        return await process.ended(), process.log.read_text().splitlines()


# ---------------------------------------------------------------- idle and stop


async def polls(store: Store) -> int:
    """How much was read so far: an idle poll leaves no other trace than its look into the database."""
    status = await store.database.client.admin.command("serverStatus")
    return int(status["opcounters"]["query"])


@on_shared_loop
async def test_an_idle_daemon_has_no_workers_and_spends_no_calls(quiet: Quiet) -> None:
    async def today_is_ingested() -> Any:
        return await store.runs.last_runs(job="ingest") or None

    async with quiet.footyd.store() as store:
        await until_found(today_is_ingested, look=LOOK_SECONDS)
        before = await polls(store)

        async def polled_often() -> bool | None:
            return await polls(store) > before + 60 or None

        await until_found(polled_often, look=LOOK_SECONDS)
        found = {run["job"] for run in await store.runs.last_runs()}
    assert quiet.footyd.descendants() == {quiet.footyd.mongod_pid()}
    assert quiet.world.feed.calls == 2, "today and tomorrow, once each"
    assert found == {"ingest"}, "a poll with nothing to do is no run"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_stop_ends_the_daemon_and_its_database(running: Footyd, number: signal.Signals) -> None:
    mongod = running.mongod_pid()
    running.send(number)
    assert await running.ended() == 0
    assert living({mongod}) == set()
    assert [entry["grace_seconds"] for entry in running.entries("stopping")] == [20]
    assert running.entries("footyd ended") != []
    assert running.entries("cut off, resumed at the next start") == []


async def test_the_daemon_does_not_outlive_its_database(running: Footyd) -> None:
    os.kill(running.mongod_pid(), signal.SIGKILL)
    assert await running.ended() == 69
    assert "mongod" in running.log.read_text().splitlines()[-1]


async def test_after_a_kill_the_next_start_takes_over_and_mends_the_records(running: Footyd) -> None:
    await running.logged("feed answers")
    started = running.descendants()
    running.send(signal.SIGKILL)
    await running.ended()
    await running.start()
    await all_gone(started)
    assert len(running.entries("records mended")) == 2


# ---------------------------------------------------------------- reload


@on_shared_loop
async def test_a_good_config_is_applied_and_a_bad_one_refused(quiet: Quiet) -> None:
    slower = {"poll": {"interval_seconds": 0.5}}
    await quiet.reload(slower)
    assert (await quiet.footyd.logged("config applied"))["changed"] == ["poll.interval_seconds: 0.2 → 0.5"]

    await quiet.reload({"poll": {"interval_seconds": "often"}, "serch": {"x": 1}})
    await quiet.footyd.logged("config refused, the old one stays", count=2)
    refused = quiet.footyd.entries("config refused, the old one stays")
    mistakes = sorted(entry["mistake"].split(":")[0] for entry in refused)
    assert mistakes == ["poll.interval_seconds", "serch"]

    await quiet.reload({**slower, "follow": {"leagues": [2]}})
    applied = await quiet.footyd.logged("config applied")
    assert applied["changed"] == ["follow.leagues: [1] → [2]"], (
        "the interval of the first reload stayed in force"
    )


@on_shared_loop
async def test_a_reload_does_not_take_the_key_away(quiet: Quiet) -> None:
    await quiet.reload({"api_football": {"base_url": quiet.world.feed_url}})
    refused = await quiet.footyd.logged("config refused, the old one stays")
    assert refused["mistake"].startswith("api_football.key: not set")


@on_shared_loop
async def test_what_needs_a_restart_is_named_and_left_alone(quiet: Quiet, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    await quiet.reload({"state": {"dir": str(elsewhere)}, "search": {"minimum_score": 0.5}})
    [later] = (await quiet.footyd.logged("config needs a restart"))["changed"]
    assert later.startswith("state.dir: ")
    assert later.endswith(f'{elsewhere}", needs a restart')
    [now] = (await quiet.footyd.logged("config applied"))["changed"]
    assert now == "search.minimum_score: 0.35 → 0.5"
    assert not elsewhere.exists()


@on_shared_loop
async def test_a_first_login_to_x_takes_effect_at_a_reload(quiet: Quiet) -> None:
    login = quiet.footyd.state / "x_session.json"
    login.write_text('{"cookies": [], "origins": []}')
    await quiet.reload({})
    assert "browser" in (await quiet.footyd.logged("sources open"))["sources"]
    login.unlink()
    await quiet.footyd.logged("config applied")


@on_shared_loop
async def test_footyd_reload_waits_for_the_daemons_answer_and_check_config_foretells_it(quiet: Quiet) -> None:
    process = quiet.footyd
    process.configure({**quiet.settings, "follow": {"leagues": [3]}, "web": {"enabled": False, "port": 1}})
    foretold = await process.command("check-config", str(process.config))
    changes = ["follow.leagues: [1] → [3]", "web.port: 8674 → 1, needs a restart"]
    assert foretold.code == 0
    assert foretold.out.splitlines()[-3:] == [
        f"footyd runs, pid {process.pid}; a reload would change this:",
        *(f"  {change}" for change in changes),
    ]
    assert await process.command("reload") == Said(code=0, out="\n".join(changes) + "\n", err="")

    process.configure({**quiet.settings, "web": {"port": "high"}})
    refused = await process.command("reload", MAINPID=str(process.pid), STATE_DIRECTORY=str(process.state))
    assert (refused.code, refused.out) == (78, "")
    assert refused.err.startswith("web.port: found 'high'; allowed: ")


@on_shared_loop
async def test_a_reload_where_nothing_changed_says_so(quiet: Quiet) -> None:
    assert (await quiet.footyd.command("reload")).out == "nothing changed\n"
    foretold = await quiet.footyd.command("check-config", str(quiet.footyd.config))
    assert foretold.out.endswith("a reload would change nothing\n")


# ---------------------------------------------------------------- not starting


@on_shared_loop
async def test_a_second_daemon_on_the_same_state_is_refused(quiet: Quiet, tmp_path: Path) -> None:
    taken = {"state": {"dir": str(quiet.footyd.state)}}
    code, [line] = await refusal(tmp_path, {**quiet.settings, **taken})
    assert code == 75
    assert f"in use by another footyd (pid {quiet.footyd.pid})" in line
    assert "set state.dir to another directory" in line


@on_shared_loop
async def test_a_reload_wakes_a_source_that_waits_for_a_person_and_the_goals_put_off_for_it(
    quiet: Quiet,
) -> None:
    later = utcnow() + timedelta(hours=1)
    goal = a_goal(at=datetime.now(UTC) - timedelta(minutes=5))
    async with quiet.footyd.store() as store:
        await store.runs.save_rest(SourceRest(source="cookies", until=None, step=0, reason="logged out"))
        await store.goals.save_believed([], [goal], renamed=(), window=timedelta(minutes=3), now=later)
        await store.goals.postpone(goal.id, later, "cookies: logged out")
        await quiet.reload({})

        async def woken() -> bool | None:
            return (await store.runs.rests())["cookies"].until is not None or None

        async def brought_forward() -> bool | None:
            record = await store.goals.record(goal.id)
            return (record is not None and record.plan.next_at != later) or None

        await until_found(woken, look=LOOK_SECONDS)
        await until_found(brought_forward, look=LOOK_SECONDS)
        await store.goals.cancel(goal.id, later)
        await store.runs.clear_rest("cookies")


async def test_a_wrong_config_is_told_with_one_line_for_each_mistake(tmp_path: Path) -> None:
    wrong: Settings = {
        "api_football": {"key": "k"},
        "poll": {"interval_seconds": "often"},
        "search": {"passes_minutes": [3, 2]},
        "libary": {"kind": "s3"},
    }
    code, lines = await refusal(tmp_path, wrong)
    assert code == 78
    places = sorted(line.split(":")[0] for line in lines)
    assert places == ["libary", "poll.interval_seconds", "search.passes_minutes"]


@pytest.mark.parametrize("key", [None, " "])
async def test_without_a_key_it_does_not_start_and_says_how_to_set_one(
    tmp_path: Path, key: str | None
) -> None:
    code, lines = await refusal(tmp_path, {"api_football": {"key": key}} if key else {})
    assert code == 78
    [line] = lines
    assert line.startswith("api_football.key: not set")
    assert "FOOTYD_API_FOOTBALL__KEY" in line
    assert not (tmp_path / "state").exists(), "nothing was begun"


async def test_a_feed_that_hangs_does_not_keep_it_from_being_ready(
    tmp_path: Path, settings: Settings
) -> None:
    talking = 0

    async def never_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal talking
        talking += 1
        with suppress(ConnectionError):
            while await reader.read(1000):
                pass
            writer.close()
            await writer.wait_closed()
        talking -= 1

    server = await asyncio.start_server(never_answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        hangs = {"base_url": f"http://127.0.0.1:{port}", "key": DEMO_KEY, "timeout_seconds": 100}
        async with footyd(
            tmp_path, {**settings, "api_football": hangs, "daemon": {"grace_seconds": 0}}
        ) as process:
            await process.start()
            assert process.ready_seconds < 90
            process.send(signal.SIGTERM)
            assert await process.ended() == 0
        await until(lambda: not talking)
