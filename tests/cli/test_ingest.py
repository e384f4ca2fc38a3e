"""`footyd ingest` against the demo's feed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pymongo import MongoClient

from footyd.demo.world import World
from tests.cli.conftest import Footyd


def test_a_day_is_fetched_with_one_call_and_again_without_doubling(
    footyd: Footyd, world: World, fast_mongo: str, mongo_database: str
) -> None:
    before = world.feed.calls
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    first, again = footyd("ingest", "--date", day), footyd("ingest", "--date", "today")
    assert (first.code, first.err, again.code) == (0, "", 0)
    assert first.out.splitlines()[0] == f"{day}: 3 fixtures, 2 followed, 2 new"
    assert again.out.splitlines()[0] == f"{day}: 3 fixtures, 2 followed, 0 new"
    assert [line.split() for line in first.out.splitlines()[1:]] == [
        ["staging", "0"],
        ["active", "0"],
        ["completed", "2"],
    ]
    assert world.feed.calls == before + 2
    with MongoClient[dict[str, object]](fast_mongo) as client:
        runs = list(client[mongo_database].runs.find({}))
    assert [(run["job"], run["trigger"], run["outcome"]) for run in runs] == [("ingest", "manual", "ok")] * 2


def test_a_day_without_matches_is_no_error(footyd: Footyd, world: World, fast_mongo: str) -> None:
    day = f"{datetime.now(UTC) + timedelta(days=40):%Y-%m-%d}"
    done = footyd("ingest", "--date", day)
    assert (done.code, done.out.splitlines()[0]) == (0, f"{day}: 0 fixtures, 0 followed, 0 new")


def test_a_feed_that_refuses_is_told_with_the_remedy_and_recorded(
    footyd: Footyd, world: World, fast_mongo: str, mongo_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTYD_API_FOOTBALL__KEY", "wrong")
    done = footyd("ingest")
    assert (done.code, done.out, done.err.count("\n")) == (69, "", 1)
    assert "api_football.key" in done.err
    with MongoClient[dict[str, object]](fast_mongo) as client:
        [run] = client[mongo_database].runs.find({})
    assert run["outcome"] == "refused"


def test_a_feed_that_is_away_is_one_line(
    footyd: Footyd, place: Path, fast_mongo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "config.toml").write_text("""
        [api_football]
        base_url = "http://127.0.0.1:9"
        key = "k"
        retry = { attempts = 2, first_wait_seconds = 0 }
    """)
    done = footyd("ingest")
    assert (done.code, done.out, done.err.count("\n")) == (69, "", 1)
    assert "Traceback" not in done.err
