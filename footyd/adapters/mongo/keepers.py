"""The library's clips as pages and feeds show them: by match, and by when they came."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from footyd.adapters.mongo.client import Database, store_errors
from footyd.adapters.mongo.codec import Document
from footyd.adapters.mongo.fixtures import COLLECTION
from footyd.adapters.mongo.pages import LINE
from footyd.model import ClipState, FixtureId, FixtureState, GoalId, ObjectKey

KEPT = {"state": ClipState.KEEPER.value}
CLIP = dict.fromkeys(("goal_id", "object_key", "facts", "rank", "kept_at"), 1)
NAMES = dict.fromkeys(("home.name", "away.name", "league", "league_id", "kickoff"), 1)
NEWEST = [("kickoff", -1), ("_id", -1)]
Place = tuple[datetime, FixtureId]
"""Of a match in the order by kick-off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """A clip that lies in the library, without its fingerprint; `kept_at` is None of before it was noted."""

    goal_id: GoalId
    sha256: str
    key: ObjectKey
    rank: int
    width: int
    height: int
    duration_seconds: float
    size_bytes: int
    container: str
    kept_at: datetime | None


class KeeperStore:
    """Reads only. All methods raise StoreError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def goals(self) -> list[GoalId]:
        """Every goal with a clip in the library; from an index alone."""
        steps: list[dict[str, Any]] = [{"$match": KEPT}, {"$group": {"_id": "$goal_id"}}]
        with store_errors("reading the library's records"):
            return [GoalId(d["_id"]) async for d in self._database.clips.aggregate(steps, batchSize=10_000)]

    async def of_goals(self, goals: Collection[GoalId]) -> list[Keeper]:
        """By goal and rank."""
        query = {"goal_id": {"$in": list(goals)}, **KEPT}
        with store_errors("reading clips"):
            cursor = self._database.clips.find(query, CLIP).sort([("goal_id", 1), ("rank", 1), ("_id", 1)])
            return [_keeper(document) async for document in cursor if document.get("object_key")]

    async def newest(self, limit: int) -> list[Keeper]:
        """Those that came last."""
        with store_errors("reading clips"):
            cursor = self._database.clips.find(KEPT, CLIP).sort([("kept_at", -1)]).limit(limit)
            return [_keeper(document) async for document in cursor if document.get("object_key")]

    async def scorers(self, goals: Collection[GoalId]) -> dict[GoalId, str]:
        """Team and scorer of each goal, for a search among them."""
        query = {"_id": {"$in": list(goals)}}
        with store_errors("reading goals"):
            cursor = self._database.goals.find(query, {"team": 1, "player": 1}, batch_size=10_000)
            return {GoalId(d["_id"]): f"{d['team']} {d['player'] or ''}" async for d in cursor}

    async def names(self, fixtures: Collection[FixtureId]) -> dict[FixtureId, Document]:
        """Teams, league and kick-off of each match, for a search among them."""
        found: dict[FixtureId, Document] = {}
        with store_errors("reading fixtures"):
            for state in FixtureState:
                query = {"_id": {"$in": list(fixtures)}}
                cursor = self._database[COLLECTION[state]].find(query, NAMES, batch_size=10_000)
                found |= {FixtureId(d["_id"]): d async for d in cursor}
        return found

    async def matches(
        self, fixtures: Collection[FixtureId], wanted: Mapping[str, Any], before: Place | None, limit: int
    ) -> list[Document]:
        """Those of the fixtures that fit, the newest first; of each what a list shows."""
        query: dict[str, Any] = {"$and": [{"_id": {"$in": list(fixtures)}}, dict(wanted), _before(before)]}
        found: dict[Any, Document] = {}
        with store_errors("reading fixtures"):
            for state in FixtureState:
                cursor = self._database[COLLECTION[state]].find(query, LINE).sort(NEWEST).limit(limit)
                found |= {d["_id"]: d async for d in cursor}
        return sorted(found.values(), key=lambda d: (d["kickoff"], d["_id"]), reverse=True)[:limit]


def _before(place: Place | None) -> dict[str, Any]:
    if place is None:
        return {}
    kickoff, fixture = place
    return {"$or": [{"kickoff": {"$lt": kickoff}}, {"kickoff": kickoff, "_id": {"$lt": fixture}}]}


def _keeper(document: Document) -> Keeper:
    facts = document["facts"]
    return Keeper(
        goal_id=GoalId(document["goal_id"]),
        sha256=facts["sha256"],
        key=ObjectKey(document["object_key"]),
        rank=document.get("rank") or 1,
        width=facts["width"],
        height=facts["height"],
        duration_seconds=facts["duration_seconds"],
        size_bytes=facts["size_bytes"],
        container=facts["container"],
        kept_at=document.get("kept_at"),
    )


def by_fixture(goals: Sequence[GoalId]) -> dict[FixtureId, list[GoalId]]:
    """The goals of each match, by what their ids begin with."""
    found: dict[FixtureId, list[GoalId]] = {}
    for goal in goals:
        match = goal.partition("-")[0]
        if match.isdecimal():
            found.setdefault(FixtureId(int(match)), []).append(goal)
    return found
