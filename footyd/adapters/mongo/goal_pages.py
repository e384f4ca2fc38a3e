"""What the page of a goal reads, and the list of goals: never a fingerprint, never a whole payload."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from footyd.adapters.mongo.client import Database, store_errors
from footyd.adapters.mongo.codec import Document, clip_from, goal_from, readable, record_from
from footyd.adapters.mongo.fixtures import COLLECTION, ONWARDS
from footyd.adapters.mongo.pages import LINE
from footyd.model import Clip, FixtureId, Goal, GoalId, GoalRecord

NO_PRINT: Mapping[str, Any] = {"version": 0, "data": b""}
ENDS = {"cancelled_at": 1, "cancelled_by": 1, "review_told_at": 1}
NEWEST_FIRST = [("confirmed_at", -1), ("_id", -1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """When a goal was taken back, by `feed` or `person`, and when it was told that it needs a person."""

    cancelled_at: datetime | None = None
    cancelled_by: str = ""
    review_told_at: datetime | None = None


class GoalPageStore:
    """Reads only. All methods raise StoreError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def clips(self, goal_id: GoalId) -> list[Clip]:
        """Without their fingerprints, which are large."""
        cursor = self._database.clips.find({"goal_id": goal_id}, {"fingerprint": 0}).sort("_id", 1)
        with store_errors("reading clips"):
            return await readable(cursor, lambda document: clip_from({**document, "fingerprint": NO_PRINT}))

    async def sighting(self, goal_id: GoalId) -> Goal | None:
        """A goal that no second poll has shown."""
        with store_errors("reading pending goals"):
            found = await self._database.pending_goals.find_one({"_id": goal_id})
        return goal_from(found) if found else None

    async def ends(self, goal_id: GoalId) -> Ends:
        with store_errors("reading a goal"):
            found = await self._database.goals.find_one({"_id": goal_id}, ENDS) or {}
        return Ends(
            cancelled_at=found.get("cancelled_at"),
            cancelled_by=found.get("cancelled_by") or "",
            review_told_at=found.get("review_told_at"),
        )

    async def matches(self, ids: Collection[FixtureId]) -> dict[FixtureId, Document]:
        """The lines of these matches, where they got furthest."""
        found: dict[FixtureId, Document] = {}
        with store_errors("reading fixtures"):
            for state in reversed(ONWARDS):
                cursor = self._database[COLLECTION[state]].find({"_id": {"$in": list(ids)}}, LINE)
                async for document in cursor:
                    found[FixtureId(document["_id"])] = document
        return found

    async def goals(
        self, query: Mapping[str, Any], *, after: tuple[datetime, str] | None, limit: int
    ) -> list[GoalRecord]:
        """The newest first, those that follow the one confirmed then with that id."""
        wanted: list[Mapping[str, Any]] = [query]
        if after is not None:
            at, id = after
            before = {"$or": [{"confirmed_at": {"$lt": at}}, {"confirmed_at": at, "_id": {"$lt": id}}]}
            wanted += [{"confirmed_at": {"$lte": at}}, before]
        with store_errors("reading goals"):
            cursor = self._database.goals.find({"$and": wanted}).sort(NEWEST_FIRST).limit(limit)
            return await readable(cursor, record_from)
