"""The library as its records tell it: without reading what makes clips heavy."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from footyd.adapters.mongo import Store, open_store
from footyd.model import ClipState
from tests.builders import KICKOFF, a_clip, a_goal


@pytest.fixture
async def store(mongo_uri: str, mongo_database: str) -> AsyncIterator[Store]:
    async with open_store(mongo_uri, mongo_database, timeout_seconds=10, runs_kept_days=90) as store:
        for number, state in enumerate([ClipState.KEEPER, ClipState.KEEPER, *ClipState]):
            await store.clips.save_clip(a_clip(sha=f"{number:064x}", state=state))
        yield store


async def test_only_keepers_count_and_an_index_alone_tells_their_size(store: Store) -> None:
    assert await store.shelf.keeper_bytes() == 3 * 1000
    steps = [
        {"$match": {"state": ClipState.KEEPER.value}},
        {"$group": {"_id": None, "total": {"$sum": "$facts.size_bytes"}}},
    ]
    question = {"aggregate": "clips", "pipeline": steps, "cursor": {}}
    told = await store.database.command("explain", question, verbosity="executionStats")
    stats = told.get("executionStats") or told["stages"][0]["$cursor"]["executionStats"]
    assert (stats["totalKeysExamined"] >= 3, stats["totalDocsExamined"]) == (True, 0)


async def test_a_keeper_is_as_old_as_its_goal_and_stays_while_that_is_searched(store: Store) -> None:
    assert await store.shelf.kept() == [], "without its goal nobody knows how old it is"
    goal = a_goal()
    await store.goals.save_believed([], [goal], renamed=(), window=timedelta(minutes=3), now=KICKOFF)
    kept = await store.shelf.kept()
    assert {(one.since, one.in_work, one.size_bytes) for one in kept} == {(goal.confirmed_at, True, 1000)}
    assert len(kept) == 3
