"""Figures and the history of runs: what they tell, and that they read no more than they tell."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from footyd.adapters.mongo import Store, open_store
from footyd.adapters.mongo.codec import clip_document
from footyd.model import ClipState, Goal, GoalId, GoalState
from tests.builders import KICKOFF, a_clip
from tests.web.days import add_goals, goal_of

NOW = KICKOFF + timedelta(hours=2)


@pytest.fixture
async def store(mongo_uri: str, mongo_database: str) -> AsyncIterator[Store]:
    async with open_store(mongo_uri, mongo_database, timeout_seconds=10, runs_kept_days=90) as store:
        yield store


async def filled(store: Store) -> list[Goal]:
    """200 goals of as many hours, a keeper and a duplicate of each, and 300 runs."""
    goals = [
        goal_of(
            number,
            (1, 0),
            state=GoalState.CONFIRMED,
            confirmed_at=NOW - timedelta(hours=number),
            first_seen=NOW - timedelta(hours=number, minutes=5),
        )
        for number in range(200)
    ]
    await add_goals(store, *goals)
    clips = [
        a_clip(goal.id, f"{number:064x}", state=state, object_key=None)
        for goal in goals
        for number, state in enumerate((ClipState.KEEPER, ClipState.DUPLICATE))
    ]
    await store.database.clips.insert_many([clip_document(clip) for clip in clips])
    runs = [_run(number) for number in range(300)]
    await store.database.runs.insert_many(runs)
    return goals


def _run(number: int) -> dict[str, Any]:
    return {
        "_id": f"{number:04}",
        "job": "ingest" if number % 50 == 0 else "poll",
        "trigger": "interval",
        "start": NOW - timedelta(minutes=5 * number),
        "end": NOW,
        "attempt": 1,
        "outcome": "refused" if number % 30 == 0 else "ok",
        "metadata": {"calls": 1},
        "subject": "",
    }


class Examined:
    """What the server looked at while the block ran, from its profiler."""

    def __init__(self, store: Store) -> None:
        self._database = store.database
        self.documents = 0
        self.plans: list[str] = []

    async def __aenter__(self) -> Examined:
        await self._database["system.profile"].drop()
        await self._database.command("profile", 2)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._database.command("profile", 0)
        profile = self._database["system.profile"]
        own = {"ns": {"$not": {"$regex": r"system\.profile"}}, "op": {"$in": ["query", "command"]}}
        async for entry in profile.find({**own, "planSummary": {"$exists": True}}):
            self.documents += int(entry.get("docsExamined", 0))
            self.plans.append(entry["planSummary"])


async def test_the_figures_of_many_goals_and_clips_read_no_goal_and_no_clip(store: Store) -> None:
    goals = await filled(store)
    async with Examined(store) as examined:
        days = await store.figures.goal_days(NOW - timedelta(days=30), "UTC")
        clips = await store.figures.keepers_of([goal.id for goal in goals])
        kept = await store.figures.kept()
    assert (examined.documents, len(examined.plans)) == (0, 3), examined.plans
    assert sum(day.goals for day in days) == 200
    assert set(days[-1].delays_seconds) == {300.0}
    assert clips == dict.fromkeys((goal.id for goal in goals), 1)
    assert (kept.keepers, kept.size_bytes) == (200, 200_000)


async def test_a_page_of_runs_reads_no_more_than_it_shows(store: Store) -> None:
    await filled(store)
    after = (NOW - timedelta(hours=5), "")
    for job, outcome in (("", ""), ("poll", ""), ("", "refused"), ("ingest", "ok")):
        async with Examined(store) as examined:
            found = await store.history.runs(job=job, outcome=outcome, after=after, limit=10)
        assert examined.documents <= 10 + 1, (job, outcome, examined.plans)
        assert all(run["start"] <= after[0] for run in found)
    async with Examined(store) as examined:
        [run] = await store.runs.last_runs(job="ingest", limit=1)
    assert (run["_id"], examined.documents) == ("0000", 1)


async def test_goals_are_counted_by_outcome_without_reading_them(store: Store) -> None:
    goals = await filled(store)
    await store.goals.cancel(goals[0].id, NOW)
    async with Examined(store) as examined:
        counts = await store.goals.counts()
    assert (counts["cancelled"], counts["searching"]) == (1, 199)
    assert not [plan for plan in examined.plans if "COLLSCAN" in plan and "outcome" in plan]
    assert examined.documents <= 199, "those in work, and none of the others"


async def test_calls_are_summed_from_a_moment_on(store: Store) -> None:
    await filled(store)
    assert await store.history.spent(NOW - timedelta(minutes=59)) == 12
    assert await store.history.spent(NOW + timedelta(minutes=1)) == 0


async def test_an_empty_database_has_figures_too(store: Store) -> None:
    since: datetime = NOW - timedelta(days=1)
    assert await store.figures.goal_days(since, "Europe/Berlin") == []
    assert await store.figures.keepers_of([GoalId("nobody")]) == {}
    assert set((await store.figures.in_work()).values()) == {0}
    assert set((await store.figures.reached(since)).values()) == {0}
    assert (await store.figures.kept()).keepers == 0
    assert await store.figures.slots(NOW) == []
