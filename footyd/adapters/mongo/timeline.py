"""`timeline`: what happened to each goal, line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from pydantic import TypeAdapter
from pymongo import UpdateOne

from footyd.adapters.mongo.client import Database, store_errors
from footyd.adapters.mongo.codec import readable
from footyd.adapters.mongo.together import Together
from footyd.model import GoalId, Happening

_HAPPENING = TypeAdapter(Happening)


class TimelineStore:
    """All methods raise StoreError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._timeline = database.timeline
        self._notes = Together(self._note_each)

    async def note(self, *happenings: Happening) -> None:
        """Before what they tell of is recorded: told again, a happening of the same id changes nothing."""
        if happenings:
            await self._notes(happenings)

    async def _note_each(self, noted: Sequence[Sequence[Happening]]) -> list[None]:
        writes = [
            UpdateOne({"_id": one.id}, {"$setOnInsert": asdict(one)}, upsert=True)
            for some in noted
            for one in some
        ]
        with store_errors("writing a timeline"):
            await self._timeline.bulk_write(writes, ordered=False)
        return [None for _ in noted]

    async def of(self, goal_id: GoalId, *, limit: int = 500) -> list[Happening]:
        """The oldest first; of more than so many, the newest."""
        with store_errors("reading a timeline"):
            cursor = self._timeline.find({"goal_id": goal_id}).sort([("at", -1), ("_id", -1)]).limit(limit)
            return list(reversed(await readable(cursor, _HAPPENING.validate_python)))
