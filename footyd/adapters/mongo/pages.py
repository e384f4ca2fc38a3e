"""What pages read: many records at once, each without what makes it heavy."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from footyd.adapters.mongo.client import Database, store_errors
from footyd.adapters.mongo.codec import Document, goal_from, readable
from footyd.adapters.mongo.fixtures import COLLECTION
from footyd.model import ClipState, FixtureId, FixtureState, Goal, GoalId, GoalOutcome, ObjectKey

LINE = dict.fromkeys(
    (
        "kickoff",
        "status",
        "minute",
        "league_id",
        "league",
        "home",
        "away",
        "score",
        "payload.league.country",
        "payload.league.round",
        "payload.fixture.venue",
    ),
    1,
)
"""What a list of matches shows; most of a document is its payload."""


WHERE = dict.fromkeys(("goal_id", "state", "object_key", "moved_from", "facts.sha256", "facts.container"), 1)
IN_LIBRARY = [
    {"state": ClipState.KEEPER.value, "object_key": {"$gt": ""}},
    {"state": ClipState.PUBLISHING.value, "moved_from": {"$gt": ""}},
]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredClip:
    """A clip that lies in the library, under `key` at this moment."""

    goal_id: GoalId
    sha256: str
    key: ObjectKey
    container: str


class PageStore:
    """Reads only. All methods raise StoreError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def matches(
        self, start: datetime, end: datetime, *, playing: bool
    ) -> list[tuple[FixtureState, Document]]:
        """Fixtures that kick off in the interval, and with `playing` all active ones, by kick-off."""
        interval = {"kickoff": {"$gte": start, "$lt": end}}
        found: dict[Any, tuple[FixtureState, Document]] = {}
        with store_errors("reading fixtures"):
            for state in FixtureState:
                query = {} if playing and state is FixtureState.ACTIVE else interval
                async for document in self._database[COLLECTION[state]].find(query, LINE):
                    found[document["_id"]] = (state, document)
        return sorted(found.values(), key=lambda one: (one[1]["kickoff"], one[1]["_id"]))

    async def sighted(self, fixtures: Collection[FixtureId]) -> list[Goal]:
        """The goals of these fixtures that no second poll has shown, discarded ones too."""
        with store_errors("reading pending goals"):
            query = {"fixture_id": {"$in": list(fixtures)}}
            return await readable(self._database.pending_goals.find(query), goal_from)

    async def to_review(self) -> int:
        """How many goals wait for a person; from an index alone."""
        with store_errors("counting goals"):
            return await self._database.goals.count_documents({"outcome": GoalOutcome.NEEDS_REVIEW.value})

    async def keeper_counts(self, goals: Collection[GoalId]) -> dict[GoalId, int]:
        """How many keepers each of these goals has; those without any are left out."""
        steps: list[dict[str, Any]] = [
            {"$match": {"goal_id": {"$in": list(goals)}, "state": ClipState.KEEPER.value}},
            {"$group": {"_id": "$goal_id", "count": {"$sum": 1}}},
        ]
        with store_errors("counting clips"):
            return {GoalId(d["_id"]): int(d["count"]) async for d in self._database.clips.aggregate(steps)}

    async def stored(self, goal_id: GoalId, sha256: str) -> StoredClip | None:
        """The keeper of this content, also while it moves to another key."""
        query = {"_id": f"{goal_id}:{sha256}", "$or": IN_LIBRARY}
        with store_errors("reading a clip"):
            found = await self._database.clips.find_one(query, WHERE)
        return _stored(found) if found else None


def _stored(document: Document) -> StoredClip:
    """While it moves, what is there for certain lies under the key of before."""
    moving = document["state"] == ClipState.PUBLISHING.value
    return StoredClip(
        goal_id=GoalId(document["goal_id"]),
        sha256=document["facts"]["sha256"],
        key=ObjectKey(document["moved_from"] if moving else document["object_key"]),
        container=document["facts"]["container"],
    )
