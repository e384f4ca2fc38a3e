"""Figures of the records as a whole: how many are where, how it was day by day, and the server itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from footyd.adapters.mongo.client import Database, store_errors
from footyd.adapters.mongo.fixtures import COLLECTION
from footyd.model import ClipState, FixtureState, GoalId, GoalOutcome, GoalState, Slot

EVER = datetime(1970, 1, 1, tzinfo=UTC)
KEEPERS = {"state": ClipState.KEEPER.value}
BY_GOAL = {"goal_id": 1, "state": 1}
STEPS = (
    ("search", "twitter_scraped"),
    ("download", "videos_downloaded"),
    ("fingerprint", "videos_filtered"),
    ("select", "videos_uploaded"),
)
"""The stages a goal passes in work, each with the flag that says that it has."""
REACHED = ("searched", "downloaded", "deduped", "stored")


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalDay:
    """The goals that were confirmed on one day, `2026-11-21`, and how long each took to be believed."""

    day: str
    goals: int
    stored: int
    needs_review: int
    taken_back: int
    delays_seconds: tuple[float, ...]
    ids: tuple[GoalId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The keepers in the library."""

    keepers: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What the database tells of itself; `size_bytes` is what it takes on its disk."""

    version: str
    size_bytes: int
    records: int


class FigureStore:
    """Reads only, from indexes wherever there are many records. All methods raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def fixtures(self) -> dict[FixtureState, int]:
        """How many matches are to come and in play, without reading them."""
        with store_errors("counting fixtures"):
            return {
                state: await self._database[COLLECTION[state]].count_documents({}, hint="_id_")
                for state in (FixtureState.STAGING, FixtureState.ACTIVE)
            }

    async def slots(self, until: datetime) -> list[Slot]:
        """Every match that is active, or staged and kicks off by then."""
        fields = {"_id": 0, "kickoff": 1, "status": 1}
        soon = {"kickoff": {"$lte": until}}
        found: list[Slot] = []
        with store_errors("reading fixtures"):
            for state, query in ((FixtureState.STAGING, soon), (FixtureState.ACTIVE, {})):
                cursor = self._database[COLLECTION[state]].find(query, fields)
                found += [Slot(kickoff=d["kickoff"], status=d["status"]) async for d in cursor]
        return found

    # -------------------------------------------------- goals on their way

    async def sighted(self, since: datetime) -> dict[str, int]:
        """`pending` ones of now, and those `seen` since then that are not confirmed."""
        pending = {"state": GoalState.PENDING.value}
        with store_errors("counting goals"):
            return {
                "pending": await self._database.pending_goals.count_documents(pending),
                "seen": await self._database.pending_goals.count_documents({"first_seen": {"$gte": since}}),
            }

    async def in_work(self) -> dict[str, int]:
        """Goals with work to come, by the stage that they have not passed yet; `library`: all are passed."""
        left = [
            {"case": {"$ne": [f"$processing_status.{flag}", True]}, "then": stage} for stage, flag in STEPS
        ]
        steps: list[dict[str, Any]] = [
            {"$match": {"search.next_at": {"$gt": EVER}, "state": GoalState.CONFIRMED.value}},
            {"$group": {"_id": {"$switch": {"branches": left, "default": "library"}}, "count": {"$sum": 1}}},
        ]
        with store_errors("counting goals"):
            found = {d["_id"]: d["count"] async for d in self._database.goals.aggregate(steps)}
        return {stage: found.get(stage, 0) for stage in (*(name for name, _ in STEPS), "library")}

    async def reached(self, since: datetime) -> dict[str, int]:
        """How many goals were `confirmed` since then, and how many of these got how far."""
        counts = {name: {"$sum": {"$cond": [{"$gt": [f"$reached.{name}", None]}, 1, 0]}} for name in REACHED}
        steps: list[dict[str, Any]] = [
            {"$match": {"confirmed_at": {"$gte": since}}},
            {"$group": {"_id": None, "confirmed": {"$sum": 1}, **counts}},
        ]
        with store_errors("counting goals"):
            found = await self._database.goals.aggregate(steps).to_list(1)
        return {name: found[0][name] if found else 0 for name in ("confirmed", *REACHED)}

    # -------------------------------------------------- day by day

    async def goal_days(self, since: datetime, time_zone: str) -> list[GoalDay]:
        """By the day of their confirmation in that zone, in order; days without goals are left out."""
        day = {"$dateToString": {"date": "$confirmed_at", "format": "%Y-%m-%d", "timezone": time_zone}}
        steps: list[dict[str, Any]] = [
            {"$match": {"confirmed_at": {"$gte": since}}},
            {
                "$group": {
                    "_id": day,
                    "goals": {"$sum": 1},
                    "stored": _count("$outcome", GoalOutcome.STORED.value),
                    "needs_review": _count("$outcome", GoalOutcome.NEEDS_REVIEW.value),
                    "taken_back": _count("$state", GoalState.CANCELLED.value),
                    "delays": {"$push": {"$subtract": ["$confirmed_at", "$first_seen"]}},
                    "ids": {"$push": "$_id"},
                }
            },
            {"$sort": {"_id": 1}},
        ]
        with store_errors("reading the days"):
            return [_goal_day(d) async for d in self._database.goals.aggregate(steps)]

    async def keepers_of(self, goals: Collection[GoalId]) -> dict[GoalId, int]:
        """How many keepers each of very many goals has, from the index that the planner shuns."""
        steps: list[dict[str, Any]] = [
            {"$match": {"goal_id": {"$in": list(goals)}, **KEEPERS}},
            {"$group": {"_id": "$goal_id", "count": {"$sum": 1}}},
        ]
        with store_errors("counting clips"):
            cursor = self._database.clips.aggregate(steps, hint=BY_GOAL)
            return {GoalId(d["_id"]): int(d["count"]) async for d in cursor}

    # -------------------------------------------------- library and server

    async def kept(self) -> Kept:
        """From an index alone."""
        steps: list[dict[str, Any]] = [
            {"$match": KEEPERS},
            {"$group": {"_id": None, "keepers": {"$sum": 1}, "total": {"$sum": "$facts.size_bytes"}}},
        ]
        with store_errors("measuring the library"):
            found = await self._database.clips.aggregate(steps).to_list(1)
        return (
            Kept(keepers=found[0]["keepers"], size_bytes=found[0]["total"])
            if found
            else Kept(keepers=0, size_bytes=0)
        )

    async def server(self) -> Server:
        with store_errors("asking the database about itself"):
            told: Mapping[str, Any] = await self._database.command("dbStats")
            build: Mapping[str, Any] = await self._database.client.server_info()
        return Server(
            version=str(build["version"]),
            size_bytes=int(told["storageSize"] + told["indexSize"]),
            records=int(told["objects"]),
        )

    async def ping(self) -> None:
        """As short as a question can be."""
        with store_errors("asking for a sign of life"):
            await self._database.command("ping")


def _count(field: str, value: str) -> dict[str, Any]:
    return {"$sum": {"$cond": [{"$eq": [field, value]}, 1, 0]}}


def _goal_day(document: Mapping[str, Any]) -> GoalDay:
    return GoalDay(
        day=document["_id"],
        goals=document["goals"],
        stored=document["stored"],
        needs_review=document["needs_review"],
        taken_back=document["taken_back"],
        delays_seconds=tuple(delay / 1000 for delay in document["delays"] if delay is not None),
        ids=tuple(GoalId(id) for id in document["ids"]),
    )
