"""What the records say lies in the library, without the fingerprints."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

from footyd.adapters.mongo.client import Database, store_errors
from footyd.model import ClipId, ClipState, DatedKeeper, GoalId, ObjectKey, Shelved

_FIELDS = {"goal_id": 1, "object_key": 1, "state": 1, "facts.size_bytes": 1, "facts.sha256": 1}
_DATES = {"first_seen": 1, "confirmed_at": 1, "search.next_at": 1}
_BATCH = 1000


class ShelfStore:
    """Reads `clips` without what makes them heavy. All methods raise StoreError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._clips = database.clips
        self._goals = database.goals

    async def shelved(self) -> AsyncIterator[Shelved]:
        """Every clip with an object, in the order of the keys' UTF-8 bytes; a batch at a time."""
        cursor = self._clips.find({"object_key": {"$gt": ""}}, _FIELDS, batch_size=_BATCH)
        with store_errors("reading the library's records"):
            async for document in cursor.sort([("object_key", 1), ("_id", 1)]):
                yield _shelved(document)

    async def kept(self) -> list[DatedKeeper]:
        """Every keeper whose goal is recorded, as retention sees it; read a batch at a time."""
        keeps = {"state": ClipState.KEEPER.value}
        with store_errors("reading the library's records"):
            clips = self._clips.find(keeps, {"goal_id": 1, "facts.size_bytes": 1}, batch_size=_BATCH)
            keepers = [d async for d in clips]
            wanted = {"_id": {"$in": sorted({d["goal_id"] for d in keepers})}}
            found = self._goals.find(wanted, _DATES, batch_size=_BATCH)
            goals = {d["_id"]: d async for d in found}
        return [_kept(d, goals[d["goal_id"]]) for d in keepers if d["goal_id"] in goals]

    async def keeper_bytes(self) -> int:
        """The size of all clips in the library, from an index alone."""
        steps: list[dict[str, Any]] = [
            {"$match": {"state": ClipState.KEEPER.value}},
            {"$group": {"_id": None, "total": {"$sum": "$facts.size_bytes"}}},
        ]
        with store_errors("measuring the library"):
            found = await self._clips.aggregate(steps).to_list(1)
        return int(found[0]["total"]) if found else 0

    async def names(self, key: ObjectKey) -> bool:
        """Whether a record speaks of an object under `key`, or of one that it lies beside."""
        stem = re.escape(key.rpartition(".")[0] + ".")
        query = {"$or": [{name: {"$regex": f"^{stem}"}} for name in ("object_key", "moved_from")]}
        with store_errors("reading the library's records"):
            return await self._clips.find_one(query, {"_id": 1}) is not None


def _shelved(document: dict[str, Any]) -> Shelved:
    return Shelved(
        clip_id=ClipId(document["_id"]),
        goal_id=GoalId(document["goal_id"]),
        key=ObjectKey(document["object_key"]),
        state=ClipState(document["state"]),
        size_bytes=int(document["facts"]["size_bytes"]),
        sha256=str(document["facts"]["sha256"]),
    )


def _kept(clip: dict[str, Any], goal: dict[str, Any]) -> DatedKeeper:
    return DatedKeeper(
        clip_id=ClipId(clip["_id"]),
        goal_id=GoalId(clip["goal_id"]),
        size_bytes=int(clip["facts"]["size_bytes"]),
        since=goal.get("confirmed_at") or goal["first_seen"],
        in_work=goal["search"]["next_at"] is not None,
    )
