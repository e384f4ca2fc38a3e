"""What a watcher is told of a footyd that runs, starts, hangs or has lost its database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import pytest

from footyd import __version__
from footyd.adapters.mongo import Store, open_store
from footyd.config import Config
from footyd.errors import StoreError
from footyd.health import health
from footyd.model import SourceRest
from tests.builders import KICKOFF
from tests.mongo_commands import counted_commands

NOW = KICKOFF + timedelta(minutes=40)
DISK = {"free_bytes": {"state": 5000}, "low": False}


@pytest.fixture
async def store(mongo_uri: str, mongo_database: str) -> AsyncIterator[Store]:
    async with open_store(mongo_uri, mongo_database, timeout_seconds=10, runs_kept_days=90) as store:
        yield store


async def asked(store: Store, silent: Sequence[str] = ()) -> dict[str, Any]:
    return await health(
        store, Config(), NOW, silent=silent, in_work={"searching": 1, "working": 2}, disk=DISK
    )


async def beat(store: Store) -> None:
    await store.runs.note("daemon", {"pid": 7, "beat_at": NOW - timedelta(seconds=50)})


async def test_one_that_beats_is_ready_and_tells_how_it_is(store: Store) -> None:
    await beat(store)
    await store.runs.begin_run("r", job="poll", trigger="interval", attempt=1, now=NOW)
    await store.runs.end_run("r", outcome="ok", metadata={"calls": 1}, error="", now=NOW)
    rest = SourceRest(source="nitter", until=None, step=1, reason="no accounts")
    await store.runs.save_rest(rest)
    found = await asked(store)
    assert (found["status"], found["ready"], found["live"], found["version"]) == (
        "ok",
        True,
        True,
        __version__,
    )
    assert (found["last_poll"]["outcome"], found["last_poll"]["end"]) == ("ok", NOW.isoformat())
    assert [source["name"] for source in found["sources"] if source["needs_person"]] == ["nitter"]
    assert (found["queue"], found["disk"]) == ({"searching": 1, "working": 2}, DISK)


async def test_one_that_has_not_beaten_yet_is_starting(store: Store) -> None:
    found = await asked(store)
    assert (found["status"], found["ready"], found["live"], found["last_poll"]) == (
        "starting",
        False,
        True,
        None,
    )


async def test_a_part_that_hangs_is_named(store: Store) -> None:
    await beat(store)
    found = await asked(store, silent=("pool",))
    assert (found["status"], found["ready"], found["live"], found["silent"]) == (
        "failing",
        False,
        False,
        ["pool"],
    )


async def test_without_the_database_it_lives_but_is_not_ready(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(name: str) -> dict[str, Any]:
        raise StoreError("the database failed while reading", remedy="See mongo.uri in the config")

    monkeypatch.setattr(store.runs, "noted", lost)
    found = await asked(store)
    assert (found["status"], found["ready"], found["live"]) == ("failing", False, True)
    assert found["reason"] == "the database failed while reading. See mongo.uri in the config"
    assert found["queue"] == {"searching": 1, "working": 2}


async def test_it_costs_three_small_reads(mongo_uri: str, mongo_database: str) -> None:
    with counted_commands() as commands:
        async with open_store(mongo_uri, mongo_database, timeout_seconds=10, runs_kept_days=90) as store:
            commands.sent.clear()
            await asked(store)
    assert commands.sent == {"find": 3}
