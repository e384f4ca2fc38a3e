"""`candidates` and `clips`: every post ever judged, every file ever held."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymongo import UpdateOne

from footyd.adapters.mongo.client import Database, store_errors
from footyd.adapters.mongo.codec import candidate_document, candidate_from, clip_document, clip_from, readable
from footyd.model import Candidate, Clip, ClipId, ClipState, GoalId


class ClipStore:
    """The ledger of posts and of files. All methods raise StoreError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._candidates = database.candidates
        self._clips = database.clips

    async def candidates(self, goal_id: GoalId) -> list[Candidate]:
        """The best first."""
        with store_errors("reading candidates"):
            cursor = self._candidates.find({"goal_id": goal_id}).sort([("score", -1), ("_id", 1)])
            return await readable(cursor, candidate_from)

    async def add_candidates(self, candidates: Sequence[Candidate]) -> None:
        """Remember posts; one that is known already keeps its state."""
        writes = [
            UpdateOne({"_id": c.id}, {"$setOnInsert": candidate_document(c)}, upsert=True) for c in candidates
        ]
        if writes:
            with store_errors("storing candidates"):
                await self._candidates.bulk_write(writes, ordered=False)

    async def save_candidate(self, candidate: Candidate) -> None:
        document = candidate_document(candidate)
        with store_errors("storing a candidate"):
            await self._candidates.replace_one({"_id": document["_id"]}, document, upsert=True)

    async def clips(self, goal_id: GoalId) -> list[Clip]:
        return await self.find_clips({"goal_id": goal_id})

    async def keepers(self) -> list[Clip]:
        return await self.find_clips({"state": ClipState.KEEPER.value})

    async def find_clips(self, query: dict[str, Any]) -> list[Clip]:
        with store_errors("reading clips"):
            return await readable(self._clips.find(query).sort("_id", 1), clip_from)

    async def save_clip(self, clip: Clip) -> None:
        document = clip_document(clip)
        with store_errors("storing a clip"):
            await self._clips.replace_one({"_id": document["_id"]}, document, upsert=True)

    async def forget_clip(self, clip_id: ClipId) -> None:
        """For a clip whose file was lost before it reached the library: its post is downloaded again."""
        with store_errors("forgetting a clip"):
            await self._clips.delete_one({"_id": clip_id})
