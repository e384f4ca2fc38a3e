"""What a person's review asks of a goal: work without a search, and to be told of once."""

from __future__ import annotations

from datetime import datetime

from footyd.adapters.mongo.client import Database, store_errors
from footyd.model import GoalId, GoalOutcome, GoalState

CONFIRMED = {"state": GoalState.CONFIRMED.value}


class ReviewStore:
    """All methods raise StoreError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._goals = database.goals

    async def work_now(self, goal_id: GoalId, now: datetime) -> bool:
        """Due at once without a search; no pass is used up. False for a goal that was taken back.

        It waits for nobody meanwhile. A pass whose query is not spent yet is stepped back from, so that it
        follows as the next one. As with a further round, a pass that is running learns that its plan is not
        the last word any more.
        """
        due = {
            "search.next_at": now,
            "search.searched": True,
            "processing_status.completed": False,
            "outcome": None,
            "error": "",
        }
        with store_errors("making a goal due"):
            for searched, step in ((True, 0), (False, -1)):
                found = await self._goals.update_one(
                    {"_id": goal_id, **CONFIRMED, "search.searched": searched},
                    {"$set": due, "$inc": {"search.rounds": 1, "search.pass_index": step}},
                )
                if found.matched_count:
                    return True
        return False

    async def close(self, goal_id: GoalId) -> bool:
        """A goal that needed a person needs none any more; False when it did not."""
        query = {"_id": goal_id, **CONFIRMED, "outcome": GoalOutcome.NEEDS_REVIEW.value}
        with store_errors("closing a goal"):
            found = await self._goals.update_one(query, {"$set": {"outcome": GoalOutcome.NO_CLIP.value}})
        return bool(found.matched_count)

    async def note_need(self, goal_id: GoalId, now: datetime) -> bool:
        """Whether the goal needs a person and nobody was told so before; from now on somebody was."""
        query = {"_id": goal_id, "outcome": GoalOutcome.NEEDS_REVIEW.value, "review_told_at": None}
        with store_errors("noting that a goal needs review"):
            found = await self._goals.update_one(query, {"$set": {"review_told_at": now}})
        return bool(found.modified_count)
