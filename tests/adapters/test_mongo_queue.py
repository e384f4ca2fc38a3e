"""The queue of goals in a real mongod: what is due, in which order, and who goes along."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from footyd.adapters.mongo import Store, open_store
from footyd.model import FixtureId, GoalId, GoalRecord, SourceRest
from tests.builders import KICKOFF, a_goal

NOW = KICKOFF + timedelta(hours=2)
SOON = NOW + timedelta(minutes=4)


@pytest.fixture
async def store(mongo_uri: str, mongo_database: str) -> AsyncIterator[Store]:
    async with open_store(mongo_uri, mongo_database, timeout_seconds=10, runs_kept_days=90) as opened:
        yield opened


async def confirm(store: Store, *names: str, fixture: int | None = None) -> None:
    """Due goals, each newer than the one before."""
    goals = [
        a_goal(name, fixture=fixture or n + 1, at=KICKOFF + timedelta(minutes=n))
        for n, name in enumerate(names)
    ]
    await store.goals.save_believed([], goals, renamed=(), window=timedelta(minutes=3), now=NOW)


async def change(
    store: Store,
    name: str,
    *,
    next_at: datetime | None = NOW,
    searched: bool = False,
    looked: bool = False,
    stored: bool = False,
    error: str = "",
) -> None:
    record = await store.goals.record(GoalId(name))
    assert record is not None
    await store.goals.save_progress(
        record.goal.id,
        plan=replace(record.plan, next_at=next_at, searched=searched),
        status=replace(record.status, twitter_scraped=looked, videos_uploaded=stored),
        outcome=None,
        error=error,
    )


def names(records: list[GoalRecord]) -> list[str]:
    return [record.goal.id for record in records]


async def test_first_come_goals_without_a_keeper_then_unsearched_ones_then_the_newest(store: Store) -> None:
    await confirm(store, "old", "looked", "new", "kept")
    await change(store, "looked", looked=True)
    await change(store, "kept", looked=True, stored=True)
    assert names(await store.queue.due(NOW, limit=9)) == ["new", "old", "looked", "kept"]


async def test_a_goal_is_due_for_its_search_or_for_the_work_after_it(store: Store) -> None:
    await confirm(store, "search", "work")
    await change(store, "work", searched=True)
    assert names(await store.queue.due(NOW, limit=9, searched=False)) == ["search"]
    assert names(await store.queue.due(NOW, limit=9, searched=True)) == ["work"]
    assert names(await store.queue.due(NOW, limit=9, asked={FixtureId(1)})) == ["work"]


async def test_the_next_moment_is_told_for_each_step_without_what_is_in_work(store: Store) -> None:
    await confirm(store, "search", "work", "later")
    await change(store, "work", searched=True)
    await change(store, "later", next_at=SOON)
    assert await store.queue.next_due(searched=True) == NOW
    assert await store.queue.next_due(searched=True, busy={GoalId("work")}) is None
    assert await store.queue.next_due(searched=False, asked={FixtureId(1)}) == SOON


async def test_goals_of_the_same_match_that_wait_for_a_search_go_along(store: Store) -> None:
    await confirm(store, "one", "soon", "late", "searched", "cancelled", fixture=5)
    await confirm(store, "elsewhere", fixture=6)
    await change(store, "soon", next_at=SOON)
    await change(store, "late", next_at=SOON + timedelta(seconds=1))
    await change(store, "searched", searched=True)
    await store.goals.cancel(GoalId("cancelled"), NOW)
    [one] = [record for record in await store.goals.records() if record.goal.id == "one"]
    assert names(await store.queue.company(one, SOON, limit=3)) == ["soon"]


async def test_what_was_put_off_is_brought_forward_and_nothing_else(store: Store) -> None:
    await confirm(store, "put off", "planned", "work")
    await change(store, "put off", next_at=SOON, error="x: logged out")
    await change(store, "planned", next_at=SOON)
    await change(store, "work", next_at=SOON, searched=True, error="the disk is full")
    assert await store.queue.hasten(NOW) == 1
    assert names(await store.queue.due(NOW, limit=9)) == ["put off"]


async def test_passes_are_given_back_for_which_a_silent_source_had_nothing(store: Store) -> None:
    """Waiting, in work, or over: each is searched again; who had an answer, or one of before, is not."""
    await confirm(store, "waits", "in work", "over", "before", "elsewhere", "answered")
    for name, empty_from, at in (
        ("waits", "cookies", NOW),
        ("in work", "cookies", NOW),
        ("over", "cookies", NOW),
        ("before", "cookies", NOW - timedelta(minutes=1)),
        ("elsewhere", "nitter", NOW),
        ("answered", "", None),
    ):
        record = await store.goals.record(GoalId(name))
        assert record is not None
        plan = replace(
            record.plan,
            pass_index=3,
            searched=name in {"in work", "over"},
            next_at=None if name == "over" else SOON,
            empty_from=empty_from,
            empty_at=at,
        )
        await store.goals.save_progress(
            record.goal.id, plan=plan, status=replace(record.status, completed=name == "over"), outcome=None
        )
    assert await store.queue.give_back("cookies", NOW, NOW) == 3
    due = await store.queue.due(NOW, limit=9, searched=False)
    assert {r.goal.id: r.plan.pass_index for r in due} == {"waits": 2, "in work": 3, "over": 3}
    assert await store.queue.give_back("cookies", NOW, NOW) == 0


async def test_the_last_searches_of_an_account_are_kept_and_no_more(store: Store) -> None:
    assert await store.runs.searches("x") == []
    times = [NOW + timedelta(seconds=n) for n in (0, 2, 1, 3)]
    for at in times:
        await store.runs.note_search("x", at, keep=3)
    assert await store.runs.searches("x") == sorted(times)[-3:]
    assert await store.runs.searches("nitter") == []


async def test_a_rest_is_read_as_it_was_written_and_an_older_one_without_its_beginning(store: Store) -> None:
    rest = SourceRest(source="nitter", until=SOON, step=2, reason="HTTP 503", since=NOW)
    await store.runs.save_rest(rest)
    await store.runs.note("source:api", {"source": "api", "until": None, "step": 0, "reason": "logged out"})
    older = SourceRest(source="api", until=None, step=0, reason="logged out")
    assert await store.runs.rests() == {"nitter": rest, "api": older}
