"""The lease on a database: one document, changed by single operations that look at the server's clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter
from pymongo import ReturnDocument

from footyd.adapters.mongo.client import Database, store_errors
from footyd.model import Holder, Lease

ID = "lease"
FREE = ""
NOW = "$$NOW"

_HOLDER = TypeAdapter(Holder)
_LEFT = {"$set": {"left_ms": {"$subtract": ["$until", NOW]}}}


class LeaseStore:
    """All methods raise StoreError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._state = database.state

    async def look(self) -> Lease | None:
        """The lease as it stands; None where nobody ever took it."""
        with store_errors("reading the lease"):
            found = await self._state.aggregate([{"$match": {"_id": ID}}, _LEFT]).to_list(1)
        return _lease(found[0]) if found else None

    async def take(self, token: str, holder: Holder, seconds: float, *, over: Lease | None = None) -> Lease:
        """Take the lease if it is free or still the hold `over`; the lease as it stands after that.

        Another one's that ends later than it could is from before the server's clock was set back: it is cut.
        """
        until = _in(seconds)
        ours = {
            "_id": ID,
            "token": token,
            "renewals": 0,
            "holder": {"$literal": asdict(holder)},
            "since": NOW,
            "until": until,
        }
        theirs = {"$mergeObjects": ["$$ROOT", {"until": {"$min": ["$until", until]}}]}
        change = [{"$replaceWith": {"$cond": [_is_free(over), ours, theirs]}}]
        with store_errors("taking the lease"):
            await self._state.find_one_and_update({"_id": ID}, change, upsert=True)
            found = await self._state.aggregate([{"$match": {"_id": ID}}, _LEFT]).to_list(1)
        return _lease(found[0])

    async def renew(self, token: str, seconds: float) -> bool:
        """Whether it was ours still and is prolonged."""
        change: list[Mapping[str, Any]] = [
            {"$set": {"until": _in(seconds), "renewals": {"$add": ["$renewals", 1]}}}
        ]
        with store_errors("renewing the lease"):
            found = await self._state.find_one_and_update(
                {"_id": ID, "token": token}, change, return_document=ReturnDocument.AFTER
            )
        return found is not None

    async def release(self, token: str) -> None:
        """For the next one to take without a wait; the document stays and tells who had it last."""
        with store_errors("releasing the lease"):
            await self._state.update_one(
                {"_id": ID, "token": token}, [{"$set": {"token": FREE, "until": NOW}}]
            )


def _in(seconds: float) -> dict[str, Any]:
    return {"$add": [NOW, int(seconds * 1000)]}


def _is_free(over: Lease | None) -> dict[str, Any]:
    free: list[dict[str, Any]] = [{"$eq": [{"$ifNull": ["$token", FREE]}, FREE]}]
    if over is not None:
        same = [{"$eq": ["$token", over.token]}, {"$eq": ["$renewals", over.renewals]}]
        free.append({"$and": same})
    return {"$or": free}


def _lease(document: Mapping[str, Any]) -> Lease:
    return Lease(
        token=document["token"],
        renewals=int(document["renewals"]),
        holder=_HOLDER.validate_python(document["holder"]),
        since=document["since"],
        until=document["until"],
        left_seconds=document["left_ms"] / 1000,
    )
