"""`candidates` and `clips`: every post ever judged, every file ever held."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from pymongo import UpdateOne

from footyd.adapters.mongo.client import Database, store_errors
from footyd.adapters.mongo.codec import candidate_document, candidate_from, clip_document, clip_from, readable
from footyd.adapters.mongo.together import Together
from footyd.model import (
    Candidate,
    CandidateState,
    Clip,
    ClipId,
    ClipState,
    GoalId,
    PersonVerdict,
    PostId,
    Rejection,
)

UNWANTED = {"verdict.accepted": False}
BLOCKS_AUTHOR = {"verdict.blocks_author": True}


class ClipStore:
    """The ledger of posts and of files. All methods raise StoreError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._candidates = database.candidates
        self._clips = database.clips
        self._ledgers = Together(self._each_ledger)
        self._refused = Together(self._read_refused)
        self._blocked = Together(self._read_blocked)

    # -------------------------------------------------- the ledger

    async def candidates(self, goal_id: GoalId) -> list[Candidate]:
        """The best first."""
        return await self._ledgers(goal_id)

    async def _each_ledger(self, goals: Sequence[GoalId]) -> list[list[Candidate]]:
        of_goal: defaultdict[GoalId, list[Candidate]] = defaultdict(list)
        for candidate in await self._find_candidates({"goal_id": {"$in": list(set(goals))}}):
            of_goal[candidate.goal_id].append(candidate)
        return [list(of_goal[goal]) for goal in goals]

    async def candidates_of(self, post_id: PostId) -> list[Candidate]:
        """What became of a post, for each goal it was judged for."""
        return await self._find_candidates({"post.id": post_id})

    async def _find_candidates(self, query: dict[str, Any]) -> list[Candidate]:
        with store_errors("reading candidates"):
            cursor = self._candidates.find(query).sort([("score", -1), ("_id", 1)])
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
        """What the pipeline made of it. A verdict given meanwhile stays, with the state it led to."""
        document = candidate_document(candidate)
        id, verdict, clip_id = document.pop("_id"), document.pop("verdict"), document.pop("clip_id")
        with store_errors("storing a candidate"):
            found = await self._candidates.update_one(
                {"_id": id, "verdict.at": verdict["at"] if verdict else None},
                {"$set": {**document, "clip_id": clip_id}},
            )
            if not found.matched_count:
                fresh = {**document, "verdict": verdict}
                await self._candidates.update_one(
                    {"_id": id}, {"$set": {"clip_id": clip_id}, "$setOnInsert": fresh}, upsert=True
                )

    # -------------------------------------------------- verdicts of persons

    async def save_verdict(
        self,
        candidate_id: str,
        verdict: PersonVerdict,
        *,
        state: CandidateState,
        rejection: Rejection | None,
    ) -> None:
        """Over whatever stood there; a post accepted anew may be downloaded as often as a fresh one."""
        fields = {
            "verdict": asdict(verdict),
            "state": state.value,
            "rejection": asdict(rejection) if rejection else None,
            "attempts": 0,
        }
        with store_errors("storing a verdict"):
            await self._candidates.update_one({"_id": candidate_id}, {"$set": fields})

    async def rejected_posts(self) -> frozenset[PostId]:
        """Posts a person rejected, for whichever goal; read from an index alone."""
        return await self._refused(None)

    async def _read_refused(self, askers: Sequence[None]) -> list[frozenset[PostId]]:
        with store_errors("reading the blocklist"):
            found = frozenset(await self._candidates.distinct("post.id", UNWANTED))
        return [found for _ in askers]

    async def blocked_authors(self) -> frozenset[str]:
        """Handles of authors a person blocked, as written; read from an index alone."""
        return await self._blocked(None)

    async def _read_blocked(self, askers: Sequence[None]) -> list[frozenset[str]]:
        with store_errors("reading the blocklist"):
            found = frozenset(await self._candidates.distinct("post.author", BLOCKS_AUTHOR))
        return [found for _ in askers]

    async def goals_with_open_verdicts(self) -> list[GoalId]:
        """Where an accepted post is not fetched yet, or the clip of a rejected one is not gone yet."""
        accepted = {"verdict.accepted": True, "state": CandidateState.ACCEPTED.value}
        with store_errors("reading verdicts"):
            unwanted = await self._candidates.distinct("clip_id", UNWANTED)
            kept = {"_id": {"$in": unwanted}, "state": {"$ne": ClipState.REFUSED.value}}
            goals = await self._candidates.distinct("goal_id", accepted)
            goals += await self._clips.distinct("goal_id", kept)
        return sorted({GoalId(goal) for goal in goals})

    # -------------------------------------------------- files

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
