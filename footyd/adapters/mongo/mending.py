"""What a crash or a clock leaves in the records, found by small reads: ids and states, never fingerprints."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from footyd.adapters.mongo.client import Database, store_errors
from footyd.model import ClipId, ClipState, FixtureId, GoalId, GoalState, ObjectKey

PROMISED = (ClipState.HELD, ClipState.PUBLISHING)
UNWANTED = (ClipState.DUPLICATE, ClipState.REFUSED, ClipState.EXPIRED)
IN_WORK = {"state": GoalState.CONFIRMED.value, "search.next_at": {"$ne": None}}

_BATCH = 1000
_HALF = {"state": 1, "path": 1, "object_key": 1, "moved_from": 1}
_TWICE = (
    ("fixtures_active", "fixtures_staging"),
    ("fixtures_completed", "fixtures_staging"),
    ("fixtures_completed", "fixtures_active"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfKept:
    """A clip that is neither whole in the library nor gone, as its record has it."""

    clip_id: ClipId
    state: ClipState
    path: Path | None
    object_key: ObjectKey | None
    moved_from: ObjectKey | None


class MendStore:
    """All methods raise StoreError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def fixtures_in_two(self) -> list[FixtureId]:
        """Matches that a cut-off move left in two collections."""
        with store_errors("looking for cut-off moves"):
            found = [id for later, earlier in _TWICE for id in await self._in_both(later, earlier)]
        return [FixtureId(id) for id in sorted(set(found))]

    async def goals_in_two(self) -> list[GoalId]:
        """Goals that are confirmed and pending still."""
        with store_errors("looking for cut-off confirmations"):
            return [GoalId(id) for id in await self._in_both("goals", "pending_goals")]

    async def _in_both(self, large: str, small: str) -> list[Any]:
        ids = await self._database[small].distinct("_id")
        cursor = self._database[large].find({"_id": {"$in": ids}}, {"_id": 1})
        return [document["_id"] async for document in cursor]

    async def runs_open(self) -> list[str]:
        """Jobs whose end was never recorded, with when they began."""
        with store_errors("looking for cut-off runs"):
            cursor = self._database.runs.find({"outcome": "running"}, {"job": 1, "start": 1})
            return [f"{d['job']} of {d['start']:%Y-%m-%d %H:%M}" async for d in cursor.sort("start", 1)]

    async def half_kept(self) -> list[HalfKept]:
        """Clips held or promised, moved half, or unwanted with an object."""
        query = {
            "$or": [
                {"state": {"$in": [state.value for state in PROMISED]}},
                {"state": {"$in": [state.value for state in UNWANTED]}, "object_key": {"$gt": ""}},
                {"moved_from": {"$gt": ""}},
            ]
        }
        with store_errors("looking for clips half kept"):
            cursor = self._database.clips.find(query, _HALF, batch_size=_BATCH)
            return [_half_kept(document) async for document in cursor]

    async def promised_files(self) -> set[Path]:
        """Files in work that a record names."""
        query = {"state": {"$in": [state.value for state in PROMISED]}, "path": {"$gt": ""}}
        with store_errors("reading clips"):
            return {Path(d["path"]) async for d in self._database.clips.find(query, {"path": 1})}

    async def quarantine_over(self, before: datetime) -> list[GoalId]:
        """Goals taken back before then whose clips still lie in the library."""
        taken_back = {"state": GoalState.CANCELLED.value, "cancelled_at": {"$lt": before}}
        with store_errors("reading cancelled goals"):
            ids = [d["_id"] async for d in self._database.goals.find(taken_back, {"_id": 1})]
            kept = {"goal_id": {"$in": ids}, "object_key": {"$gt": ""}}
            return [GoalId(id) for id in sorted(await self._database.clips.distinct("goal_id", kept))]

    async def old_prints(self, version: int) -> list[ClipId]:
        """Clips of goals in work whose fingerprint is of another version: they are compared with nothing."""
        with store_errors("reading fingerprints"):
            goals = [d["_id"] async for d in self._database.goals.find(IN_WORK, {"_id": 1})]
            query = {
                "goal_id": {"$in": goals},
                "state": ClipState.KEEPER.value,
                "fingerprint.version": {"$ne": version},
            }
            return [ClipId(d["_id"]) async for d in self._database.clips.find(query, {"_id": 1})]

    async def server_version(self) -> tuple[int, ...]:
        with store_errors("asking for the version"):
            told = await self._database.client.server_info()
        return tuple(told["versionArray"])

    async def known_goals(self, ids: Collection[GoalId]) -> set[GoalId]:
        """Those of them that this database has, as confirmed or cancelled."""
        with store_errors("reading goals"):
            cursor = self._database.goals.find({"_id": {"$in": list(ids)}}, {"_id": 1})
            return {GoalId(document["_id"]) async for document in cursor}


def _half_kept(document: Mapping[str, Any]) -> HalfKept:
    path = document.get("path")
    return HalfKept(
        clip_id=ClipId(document["_id"]),
        state=ClipState(document["state"]),
        path=Path(path) if path else None,
        object_key=document.get("object_key"),
        moved_from=document.get("moved_from"),
    )
