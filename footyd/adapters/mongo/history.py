"""The history of runs, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from footyd.adapters.mongo.client import Database, store_errors
from footyd.adapters.mongo.codec import Document

TRIES_AT_MOST = 500
NEWEST_FIRST = [("start", -1), ("_id", 1)]


class HistoryStore:
    """Reads only. All methods raise StoreError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._runs = database.runs

    async def runs(
        self, *, job: str, outcome: str, after: tuple[datetime, str] | None, limit: int
    ) -> list[Document]:
        """Runs as stored, the newest first, those that follow the one with that start and id; empty: any."""
        query: dict[str, Any] = {name: value for name, value in (("job", job), ("outcome", outcome)) if value}
        if after is not None:
            start, id = after
            query["start"] = {"$lte": start}
            query["$or"] = [{"start": {"$lt": start}}, {"_id": {"$gt": id}}]
        with store_errors("reading runs"):
            return await self._runs.find(query).sort(NEWEST_FIRST).limit(limit).to_list(limit)

    async def run(self, run_id: str) -> Document | None:
        with store_errors("reading a run"):
            return await self._runs.find_one({"_id": run_id})

    async def tries(self, run: Document, *, within: timedelta) -> list[Document]:
        """The attempts that the run is one of, in order: the runs from a first try to the next first."""
        around = {"$gte": run["start"] - within, "$lte": run["start"] + within}
        query = {"job": run["job"], "start": around, "subject": {"$in": ["", None]}}
        with store_errors("reading runs"):
            found = await self._runs.find(query).sort("start", 1).to_list(TRIES_AT_MOST)
        return next((chain for chain in _chains(found) if run["_id"] in {one["_id"] for one in chain}), [run])

    async def spent(self, since: datetime) -> int:
        """Calls to the feed that runs since then have counted."""
        steps: list[dict[str, Any]] = [
            {"$match": {"start": {"$gte": since}}},
            {"$group": {"_id": None, "calls": {"$sum": "$metadata.calls"}}},
        ]
        with store_errors("counting calls"):
            found = await self._runs.aggregate(steps).to_list(1)
        return int(found[0]["calls"]) if found else 0


def _chains(runs: Sequence[Document]) -> list[list[Document]]:
    chains: list[list[Document]] = [[]]
    for run in runs:
        if run["attempt"] == 1:
            chains.append([])
        chains[-1].append(run)
    return chains
