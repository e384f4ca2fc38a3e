"""`runs` (the history of scheduled jobs) and `state` (small facts that must survive a restart)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from pymongo import ReturnDocument, UpdateOne

from footyd.adapters.mongo.client import Database, store_errors
from footyd.adapters.mongo.codec import readable, rest_from
from footyd.adapters.mongo.together import Together
from footyd.model import SourceRest

ALERTS_KEPT = 30
IDENTITY = "identity"
_PAID = "paid:"
_PAID_KEPT = timedelta(days=31)


class RunStore:
    """One document per execution of a job, and the daemon's small memory."""

    def __init__(self, database: Database) -> None:
        self._runs = database.runs
        self._state = database.state
        self._rests = Together(self._read_rests)
        self._searches = Together(self._note_searches)

    async def begin_run(
        self, run_id: str, *, job: str, trigger: str, attempt: int, now: datetime, subject: str = ""
    ) -> None:
        """Safe to repeat: an answer lost on the way does not make a second run. `subject`: for that only."""
        document = {
            "job": job,
            "trigger": trigger,
            "start": now,
            "end": None,
            "attempt": attempt,
            "outcome": "running",
            "metadata": {},
            "subject": subject,
        }
        with store_errors("recording a run"):
            await self._runs.update_one({"_id": run_id}, {"$setOnInsert": document}, upsert=True)

    async def end_run(
        self, run_id: str, *, outcome: str, metadata: Mapping[str, Any], error: str, now: datetime
    ) -> None:
        fields = {"end": now, "outcome": outcome, "metadata": dict(metadata), "error": error}
        with store_errors("recording a run"):
            await self._runs.update_one({"_id": run_id}, {"$set": fields})

    async def repair_runs(self, now: datetime) -> int:
        """Runs that a crash cut off are `lost`; how many."""
        with store_errors("repairing runs"):
            result = await self._runs.update_many(
                {"outcome": "running"}, {"$set": {"outcome": "lost", "end": now, "error": "footyd was ended"}}
            )
        return int(result.modified_count)

    async def last_runs(self, *, job: str | None = None, limit: int = 20) -> list[dict[str, Any]]:
        """The newest first, as stored."""
        query = {"job": job} if job else {}
        with store_errors("reading runs"):
            cursor = self._runs.find(query).sort([("start", -1), ("_id", 1)]).limit(limit)
            return await cursor.to_list(limit)

    async def run_counts(self) -> dict[str, int]:
        with store_errors("counting runs"):
            cursor = self._runs.aggregate(
                [{"$group": {"_id": "$job", "count": {"$sum": 1}}}, {"$sort": {"_id": 1}}]
            )
            return {d["_id"]: d["count"] async for d in cursor}

    # -------------------------------------------------- small facts

    async def note(self, name: str, fields: Mapping[str, Any]) -> None:
        with store_errors(f"storing {name}"):
            await self._state.update_one({"_id": name}, {"$set": dict(fields)}, upsert=True)

    async def noted(self, name: str) -> dict[str, Any]:
        with store_errors(f"reading {name}"):
            return await self._state.find_one({"_id": name}) or {}

    async def identity(self, fresh: str) -> str:
        """The id of this database, made once: `fresh` where it has none yet."""
        with store_errors("reading the database's id"):
            found = await self._state.find_one_and_update(
                {"_id": IDENTITY},
                {"$setOnInsert": {"id": fresh}},
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        return str(found["id"])

    async def note_alert(self, title: str, body: str, now: datetime) -> None:
        """Remember that people were told so, and what they were told lately."""
        told = {"$each": [{"title": title, "body": body, "at": now}], "$slice": -ALERTS_KEPT}
        with store_errors("storing an alert"):
            await self._state.update_one({"_id": "alerts"}, {"$push": {"told": told}}, upsert=True)

    async def alerts(self) -> list[dict[str, Any]]:
        """What people were told lately, the newest first."""
        return list(reversed((await self.noted("alerts")).get("told", [])))

    async def rests(self) -> dict[str, SourceRest]:
        """The sources that rest or rested lately, by name."""
        return await self._rests(None)

    async def _read_rests(self, askers: Sequence[None]) -> list[dict[str, SourceRest]]:
        with store_errors("reading sources"):
            cursor = self._state.find({"_id": {"$regex": "^source:"}})
            found = await readable(cursor, rest_from)
        return [{rest.source: rest for rest in found} for _ in askers]

    async def save_rest(self, rest: SourceRest) -> None:
        await self.note(f"source:{rest.source}", asdict(rest))

    async def clear_rest(self, source: str) -> None:
        with store_errors("storing a source"):
            await self._state.delete_one({"_id": f"source:{source}"})

    async def searches(self, account: str) -> list[datetime]:
        """When the account made its last searches, the oldest first."""
        found: list[datetime] = (await self.noted(f"account:{account}")).get("searches", [])
        return found

    async def note_search(self, account: str, at: datetime, *, keep: int) -> None:
        """Remember one search, and the last `keep` of the account."""
        await self._searches((account, at, keep))

    async def _note_searches(self, searches: Sequence[tuple[str, datetime, int]]) -> list[None]:
        with store_errors("storing a search"):
            await self._state.bulk_write([_pushed(*search) for search in searches])
        return [None for _ in searches]

    # -------------------------------------------------- posts paid for, by UTC day

    async def posts_paid(self, day: date) -> int:
        """How many different posts the day has paid for, with those that are only promised."""
        with store_errors("reading the day's spending"):
            found = await self._state.find_one({"_id": f"{_PAID}{day}"}) or {}
        return len(found.get("posts", ())) + int(found.get("promised", 0))

    async def promise_posts(self, day: date, posts: int) -> None:
        """Count so many posts before they are asked for: what a crash leaves unsettled stays counted."""
        with store_errors("storing the day's spending"):
            change = {"$inc": {"promised": posts}}
            result = await self._state.update_one({"_id": f"{_PAID}{day}"}, change, upsert=True)
            if result.upserted_id is not None:
                oldest = f"{_PAID}{day - _PAID_KEPT}"
                await self._state.delete_many({"_id": {"$gte": _PAID, "$lt": oldest}})

    async def settle_posts(self, day: date, promised: int, posts: Sequence[str]) -> None:
        """Instead of those promised these posts were paid for; one that the day has already costs nothing."""
        change = {"$inc": {"promised": -promised}, "$addToSet": {"posts": {"$each": list(posts)}}}
        with store_errors("storing the day's spending"):
            await self._state.update_one({"_id": f"{_PAID}{day}"}, change, upsert=True)


def _pushed(account: str, at: datetime, keep: int) -> UpdateOne:
    push = {"searches": {"$each": [at], "$sort": 1, "$slice": -keep}}
    return UpdateOne({"_id": f"account:{account}"}, {"$push": push}, upsert=True)
