"""`pending_goals` and `goals`: what is believed, and the queue of work."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from pymongo import ReplaceOne, UpdateOne

from footyd.adapters.mongo.client import Database, store_errors
from footyd.adapters.mongo.codec import (
    Document,
    goal_fields,
    goal_from,
    readable,
    record_fields,
    record_from,
)
from footyd.adapters.mongo.together import Together
from footyd.model import (
    FixtureId,
    Goal,
    GoalId,
    GoalOutcome,
    GoalRecord,
    GoalState,
    ProcessingStatus,
    SearchPlan,
)

SEARCHABLE = {"state": GoalState.CONFIRMED.value}
STEPS = ("twitter_scraped", "videos_downloaded", "videos_filtered", "videos_uploaded")
WITHDRAWN = {"cancelled_by": "person"}
NOT_YET: Mapping[str, datetime] = MappingProxyType({})
UNCONFIRMED = frozenset({GoalState.PENDING, GoalState.DISCARDED})


class GoalStore:
    """Goals believed and goals in work. All methods raise StoreError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._pending = database.pending_goals
        self._goals = database.goals
        self._one = Together(self._each)

    # -------------------------------------------------- belief

    async def believed(self, fixtures: Collection[FixtureId]) -> list[Goal]:
        """Every goal of these fixtures in whatever state, discarded ones too, in order of their ids.

        One that a person took back is still shown as confirmed: to the feed it is, and it must not come back.
        """
        query = {"fixture_id": {"$in": list(fixtures)}}
        with store_errors("reading goals"):
            found = await readable(self._pending.find(query), goal_from)
            found += await readable(self._goals.find(query), _as_the_feed_has_it)
        return sorted({goal.id: goal for goal in found}.values(), key=lambda goal: goal.id)

    async def save_believed(
        self,
        before: Sequence[Goal],
        after: Sequence[Goal],
        *,
        renamed: Collection[GoalId],
        window: timedelta,
        now: datetime,
    ) -> int:
        """Save what a poll changed: confirmed goals first, then `pending_goals`; how many.

        A `renamed` goal gets one more search round, a cancelled one none any more.
        """
        held = {goal.id: goal for goal in before}
        fresh = [goal for goal in after if held.get(goal.id) != goal]
        withdrawn = await self._withdrawn([goal.id for goal in fresh])
        firm = [goal for goal in fresh if goal.state not in UNCONFIRMED]
        decided = [
            _firm_write(goal, window, now, renamed=goal.id in renamed, withdrawn=goal.id in withdrawn)
            for goal in firm
        ]
        sighted = [
            ReplaceOne({"_id": goal.id}, goal_fields(goal), upsert=True)
            for goal in fresh
            if goal.state in UNCONFIRMED
        ]
        with store_errors("storing goals"):
            if decided:
                await self._goals.bulk_write(decided, ordered=False)
                await self._pending.delete_many({"_id": {"$in": [goal.id for goal in firm]}})
            if sighted:
                await self._pending.bulk_write(sighted, ordered=False)
        return len(fresh)

    async def _withdrawn(self, ids: Sequence[GoalId]) -> set[GoalId]:
        with store_errors("reading goals"):
            return (
                set(await self._goals.distinct("_id", {"_id": {"$in": list(ids)}, **WITHDRAWN}))
                if ids
                else set()
            )

    async def repair(self) -> int:
        """Remove from `pending_goals` what was confirmed just before a crash; how many."""
        with store_errors("repairing goals"):
            ids = [d["_id"] async for d in self._pending.find({}, projection=["_id"])]
            moved = [d["_id"] async for d in self._goals.find({"_id": {"$in": ids}}, projection=["_id"])]
            if moved:
                await self._pending.delete_many({"_id": {"$in": moved}})
        return len(moved)

    async def confirmed_goals(self, fixtures: Collection[FixtureId]) -> list[Goal]:
        """Those the feed's score counts, the ones a person took back too."""
        query = {"fixture_id": {"$in": list(fixtures)}, "$or": [SEARCHABLE, WITHDRAWN]}
        with store_errors("reading goals"):
            return await readable(self._goals.find(query), goal_from)

    async def fixtures_with_pending(self, fixtures: Collection[FixtureId]) -> set[FixtureId]:
        query = {"fixture_id": {"$in": list(fixtures)}, "state": GoalState.PENDING.value}
        with store_errors("reading pending goals"):
            return set(await self._pending.distinct("fixture_id", query))

    async def pending(self) -> list[Goal]:
        """Sightings, discarded ones too, the oldest first."""
        with store_errors("reading pending goals"):
            return await readable(self._pending.find().sort("first_seen", 1), goal_from)

    async def forget_discarded(self, before: datetime) -> int:
        """Sightings taken back long ago; how many."""
        query = {"state": GoalState.DISCARDED.value, "first_seen": {"$lt": before}}
        with store_errors("forgetting sightings"):
            result = await self._pending.delete_many(query)
        return int(result.deleted_count)

    # -------------------------------------------------- work on them

    async def record(self, goal_id: GoalId) -> GoalRecord | None:
        document = await self._one(goal_id)
        return record_from(document) if document else None

    async def _each(self, ids: Sequence[GoalId]) -> list[Document | None]:
        with store_errors("reading goals"):
            found = {d["_id"]: d async for d in self._goals.find({"_id": {"$in": list(set(ids))}})}
        return [found.get(id) for id in ids]

    async def records(self, query: dict[str, Any] | None = None, *, limit: int = 0) -> list[GoalRecord]:
        """Goals, the newest first."""
        with store_errors("reading goals"):
            cursor = self._goals.find(query or {}).sort([("confirmed_at", -1), ("_id", 1)]).limit(limit)
            return await readable(cursor, record_from)

    async def save_progress(
        self,
        goal_id: GoalId,
        *,
        plan: SearchPlan,
        status: ProcessingStatus,
        outcome: GoalOutcome | None,
        error: str = "",
        reached: Mapping[str, datetime] = NOT_YET,
    ) -> None:
        """The pipeline's part of a goal. A goal cancelled meanwhile keeps its end: nothing restarts it.

        A search asked for meanwhile stays asked for, and a plan that moved with the clock meanwhile stays as
        it moved: then only what was done is noted.
        """
        fields = {
            **record_fields(plan, status),
            "outcome": outcome.value if outcome else None,
            "error": error,
            **{f"reached.{stage}": at for stage, at in reached.items()},
        }
        done = {f"processing_status.{name}": getattr(status, name) for name in STEPS}
        goal = {"_id": goal_id, **SEARCHABLE}
        same_round = {
            "search.rounds": plan.rounds or {"$in": [0, None]},
            "search.window_from": plan.window_from,
        }
        with store_errors("storing a goal's progress"):
            found = await self._goals.update_one({**goal, **same_round}, {"$set": fields})
            if not found.matched_count:
                await self._goals.update_one(goal, {"$set": done})

    async def note_reached(self, goal_id: GoalId, stage: str, now: datetime) -> None:
        """When a goal got so far for the first time; later ones change nothing."""
        first = {"_id": goal_id, f"reached.{stage}": None}
        with store_errors("noting a stage"):
            await self._goals.update_one(first, {"$set": {f"reached.{stage}": now}})

    async def postpone(self, goal_id: GoalId, until: datetime, error: str) -> None:
        """After a failure: due again later, at the step where it failed."""
        with store_errors("postponing a goal"):
            await self._goals.update_one(
                {"_id": goal_id, **SEARCHABLE}, {"$set": {"search.next_at": until, "error": error}}
            )

    async def search_again(self, goal_id: GoalId, now: datetime) -> bool:
        """One more search round now: the next pass is brought forward, or the last one repeated."""
        with store_errors("asking for another search"):
            result = await self._goals.update_one({"_id": goal_id, **SEARCHABLE}, another_round(now))
        return bool(result.matched_count)

    async def cancel(self, goal_id: GoalId, now: datetime) -> bool:
        """Take a goal back by hand: no more passes, its clips go into quarantine."""
        with store_errors("cancelling a goal"):
            result = await self._goals.update_one(
                {"_id": goal_id, **SEARCHABLE}, {"$set": {**_cancelled(now), **WITHDRAWN}}
            )
        return bool(result.matched_count)

    async def cancelled_before(self, moment: datetime) -> list[GoalId]:
        """Goals taken back so long ago that their quarantine is over."""
        query = {"state": GoalState.CANCELLED.value, "cancelled_at": {"$lt": moment}}
        with store_errors("reading cancelled goals"):
            return [GoalId(d["_id"]) async for d in self._goals.find(query, projection=["_id"])]

    async def counts(self) -> dict[str, int]:
        """Goals by what has become of them."""
        questions: dict[str, tuple[Any, dict[str, Any]]] = {
            "pending": (self._pending, {"state": GoalState.PENDING.value}),
            "discarded": (self._pending, {"state": GoalState.DISCARDED.value}),
            "searching": (self._goals, {"search.next_at": {"$ne": None}}),
            "stored": (self._goals, {"outcome": GoalOutcome.STORED.value}),
            "needs_review": (self._goals, {"outcome": GoalOutcome.NEEDS_REVIEW.value}),
            "cancelled": (self._goals, {"outcome": GoalOutcome.CANCELLED.value}),
        }
        with store_errors("counting goals"):
            return {name: await where.count_documents(query) for name, (where, query) in questions.items()}


def _firm_write(goal: Goal, window: timedelta, now: datetime, *, renamed: bool, withdrawn: bool) -> UpdateOne:
    if goal.state is GoalState.CANCELLED:
        return UpdateOne({"_id": goal.id}, _cancelling(goal, now))
    if withdrawn:  # kept in step with the feed, but not revived by it
        fields = goal_fields(goal)
        del fields["state"]
        return UpdateOne({"_id": goal.id}, {"$set": fields})
    return UpdateOne({"_id": goal.id}, _confirming(goal, window, renamed, now), upsert=True)


def _confirming(goal: Goal, window: timedelta, renamed: bool, now: datetime) -> Document:
    """A goal's belief; its plan only when it is new or its scorer was corrected."""
    if renamed:
        wanted = another_round(now)
        return {**wanted, "$set": {**goal_fields(goal), **wanted["$set"]}}
    plan = SearchPlan(
        pass_index=0, searched=False, next_at=goal.confirmed_at, window_from=goal.first_seen - window
    )
    first = {**record_fields(plan, ProcessingStatus()), "outcome": None, "error": ""}
    return {"$set": goal_fields(goal), "$setOnInsert": first}


def another_round(now: datetime) -> Document:
    """The count tells a pass that is running that its plan is not the last word any more."""
    fields = {
        "search.next_at": now,
        "search.searched": False,
        "processing_status.completed": False,
        "outcome": None,
        "error": "",
    }
    return {"$set": fields, "$inc": {"search.rounds": 1}}


def _cancelling(goal: Goal, now: datetime) -> Document:
    return {"$set": {**goal_fields(goal), **_cancelled(now), "cancelled_by": "feed"}}


def _as_the_feed_has_it(document: Document) -> Goal:
    goal = goal_from(document)
    return replace(goal, state=GoalState.CONFIRMED) if document.get("cancelled_by") == "person" else goal


def _cancelled(now: datetime) -> Document:
    return {
        "state": GoalState.CANCELLED.value,
        "search.next_at": None,
        "outcome": GoalOutcome.CANCELLED.value,
        "cancelled_at": now,
    }
