"""The goals as a queue: which of them are work now, and when the next ones will be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from footyd.adapters.mongo.client import Database, store_errors
from footyd.adapters.mongo.codec import readable, record_from
from footyd.adapters.mongo.together import Together
from footyd.model import FixtureId, Goal, GoalId, GoalRecord, GoalState, QueueDepth

CONFIRMED = {"state": GoalState.CONFIRMED.value}
ORDER = [
    ("processing_status.videos_uploaded", 1),
    ("processing_status.twitter_scraped", 1),
    ("confirmed_at", -1),
    ("_id", 1),
]
"""Goals without a keeper first, of these the ones nobody looked for yet, then the newest."""


class QueueStore:
    """Due is a goal whose `search.next_at` has passed: to be searched or, when `searched`, worked on."""

    def __init__(self, database: Database) -> None:
        self._goals = database.goals
        self._company = Together(self._companies)

    async def due(
        self,
        now: datetime,
        *,
        limit: int,
        busy: Collection[GoalId] = (),
        searched: bool | None = None,
        asked: Collection[FixtureId] = (),
    ) -> list[GoalRecord]:
        """Without those that are `busy`, or whose fixture is being `asked` for."""
        query: dict[str, Any] = {
            **CONFIRMED,
            "search.next_at": {"$lte": now},
            "_id": {"$nin": list(busy)},
            "fixture_id": {"$nin": list(asked)},
        }
        if searched is not None:
            query["search.searched"] = searched
        return await self._found(query, limit)

    async def company(self, record: GoalRecord, until: datetime, *, limit: int) -> list[GoalRecord]:
        """Other goals of its fixture that are to be searched by then: one search can serve them all."""
        return (await self._company((record.goal, until)))[:limit]

    async def _companies(self, asked: Sequence[tuple[Goal, datetime]]) -> list[list[GoalRecord]]:
        query = {
            **CONFIRMED,
            "fixture_id": {"$in": list({goal.fixture_id for goal, _ in asked})},
            "search.searched": False,
            "search.next_at": {"$lte": max(until for _, until in asked)},
        }
        of_fixture: defaultdict[FixtureId, list[GoalRecord]] = defaultdict(list)
        for record in await self._found(query):
            of_fixture[record.goal.fixture_id].append(record)
        return [
            [one for one in of_fixture[goal.fixture_id] if one.goal.id != goal.id and _is_due(one, until)]
            for goal, until in asked
        ]

    async def _found(self, query: dict[str, Any], limit: int = 0) -> list[GoalRecord]:
        with store_errors("reading the queue"):
            return await readable(self._goals.find(query).sort(ORDER).limit(limit), record_from)

    async def next_due(
        self, *, searched: bool, busy: Collection[GoalId] = (), asked: Collection[FixtureId] = ()
    ) -> datetime | None:
        """When the first goal will be due that is not in work already."""
        query = {
            **CONFIRMED,
            "search.next_at": {"$ne": None},
            "search.searched": searched,
            "_id": {"$nin": list(busy)},
            "fixture_id": {"$nin": list(asked)},
        }
        with store_errors("reading the queue"):
            document = await self._goals.find_one(query, sort=[("search.next_at", 1)], projection=["search"])
        return document["search"]["next_at"] if document else None

    async def depth(self, now: datetime) -> QueueDepth:
        """How much work is due, and when the next will be."""
        due = {**CONFIRMED, "search.next_at": {"$lte": now}}
        later = {**CONFIRMED, "search.next_at": {"$gt": now}}
        with store_errors("reading the queue"):
            found = await self._goals.find_one(later, sort=[("search.next_at", 1)], projection=["search"])
            return QueueDepth(
                to_search=await self._goals.count_documents({**due, "search.searched": False}),
                to_work=await self._goals.count_documents({**due, "search.searched": True}),
                next_at=found["search"]["next_at"] if found else None,
            )

    async def give_back(self, source: str, since: datetime, now: datetime) -> int:
        """The last pass of goals for which a source had nothing since then: it was silent; how many.

        A pass that waits for its time is stepped back from; one that is being worked on learns, as with a
        further round, that its plan is not the last word any more.
        """
        fields = {
            "search.next_at": now,
            "search.searched": False,
            "search.empty_from": "",
            "processing_status.completed": False,
            "outcome": None,
            "error": "",
        }
        told_nothing = {**CONFIRMED, "search.empty_from": source, "search.empty_at": {"$gte": since}}
        given = 0
        with store_errors("giving passes back"):
            for searched, step in ((False, {"search.pass_index": -1}), (True, {"search.rounds": 1})):
                query = {**told_nothing, "search.searched": searched}
                given += (await self._goals.update_many(query, {"$set": fields, "$inc": step})).modified_count
        return given

    async def hasten(self, now: datetime) -> int:
        """Searches that were put off are due now: what held them up may be over; how many."""
        put_off = {"search.next_at": {"$gt": now}, "search.searched": False, "error": {"$nin": ["", None]}}
        with store_errors("bringing searches forward"):
            result = await self._goals.update_many(
                {**CONFIRMED, **put_off}, {"$set": {"search.next_at": now}}
            )
        return int(result.modified_count)


def _is_due(record: GoalRecord, moment: datetime) -> bool:
    return record.plan.next_at is not None and record.plan.next_at <= moment
