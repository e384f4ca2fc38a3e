"""What the records say lies in the library, without the fingerprints."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

from footyd.adapters.mongo.client import Database, store_errors
from footyd.model import ClipId, ClipState, GoalId, ObjectKey, Shelved

_FIELDS = {"goal_id": 1, "object_key": 1, "state": 1, "facts.size_bytes": 1, "facts.sha256": 1}
_BATCH = 1000


class ShelfStore:
    """Reads `clips` by the keys of their objects. All methods raise StoreError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._clips = database.clips

    async def shelved(self) -> AsyncIterator[Shelved]:
        """Every clip with an object, in the order of the keys' UTF-8 bytes; a batch at a time."""
        cursor = self._clips.find({"object_key": {"$gt": ""}}, _FIELDS, batch_size=_BATCH)
        with store_errors("reading the library's records"):
            async for document in cursor.sort([("object_key", 1), ("_id", 1)]):
                yield _shelved(document)

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
