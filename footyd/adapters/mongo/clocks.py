"""Times in the records when the clock was set: what it stamped moves with it, what is ahead becomes now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from footyd.adapters.mongo.client import DATED, Database, store_errors
from footyd.adapters.mongo.goals import SEARCHABLE, another_round
from footyd.model import GoalId, GoalState

MATCH_TIMES = ("read_at", "final_since", "lost_at")
GOAL_TIMES = ("first_seen", "confirmed_at", "search.window_from", "search.next_at", "search.empty_at")
STAMPS: Mapping[str, Sequence[str]] = {
    "fixtures_active": MATCH_TIMES,
    "goals": ("first_seen", "confirmed_at", "cancelled_at"),
    "pending_goals": ("first_seen",),
    "runs": ("start", "end"),
    "timeline": ("at",),
}
"""When something happened, by collection: never later than now."""
SLACK = timedelta(minutes=1)
"""So far ahead a time may be: clocks are corrected by seconds all the time."""

_IN_WORK = {"state": GoalState.CONFIRMED.value, "search.next_at": {"$ne": None}}
_ACCOUNTS = {"_id": {"$regex": "^account:"}}


@dataclass(slots=True, kw_only=True)
class Move:
    """The clock was set by so much: what it stamped `since` one moment and `until` another goes along."""

    by: timedelta
    since: datetime
    until: datetime
    steps_done: int = 0
    misjudged: list[GoalId] = field(default_factory=list)

    @property
    def ms(self) -> int:
        return self.by // timedelta(milliseconds=1)

    @property
    def between(self) -> dict[str, datetime]:
        return {"$gte": self.since, "$lte": self.until + SLACK}


class ClockStore:
    """All methods raise StoreError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ahead(self, now: datetime, longest_wait: timedelta) -> list[str]:
        """Records of what has not happened yet, and of goals put off for longer; by collection and id."""
        with store_errors("looking for times ahead"):
            found = [
                f"{name}: {document['_id']}"
                for name, fields in STAMPS.items()
                async for document in self._database[name].find(_any_after(fields, now + SLACK), {"_id": 1})
            ]
            put_off = self._database.goals.find(_waits_until(now + longest_wait), {"_id": 1})
            found += [f"goals: {document['_id']}" async for document in put_off]
        return list(dict.fromkeys(found))

    async def cut(self, now: datetime, longest_wait: timedelta) -> None:
        """Times ahead become now; a goal's stay as far apart as they are."""
        with store_errors("setting times back"):
            ahead = _any_after(("first_seen", "confirmed_at"), now + SLACK)
            by: dict[str, Any] = {
                "$subtract": [now, {"$max": ["$first_seen", {"$ifNull": ["$confirmed_at", "$first_seen"]}]}]
            }
            await self._database.goals.update_many(ahead, [{"$set": _moved(GOAL_TIMES, by)}])
            beyond = _waits_until(now + longest_wait)
            await self._database.goals.update_many(beyond, {"$set": {"search.next_at": now}})
            for name, fields in STAMPS.items():
                query = _any_after(fields, now + SLACK)
                await self._database[name].update_many(query, [{"$set": _at_most(fields, now)}])
            await self._cut_searches(now)

    async def _cut_searches(self, now: datetime) -> None:
        sooner = {"$map": {"input": "$searches", "as": "at", "in": {"$min": ["$$at", now]}}}
        query = {**_ACCOUNTS, "searches": {"$gt": now}}
        await self._database.state.update_many(query, [{"$set": {"searches": sooner}}])

    async def move(self, move: Move) -> None:
        """The clock was set: what was stamped between the two moments moves with it.

        Of goals that were known before only the wait is shortened, where the clock went back. Called again
        after a failure it goes on where it was: what has moved must not move twice.
        """
        steps: Sequence[Callable[[Move], Awaitable[None]]] = (
            self._shorten_waits,
            self._misjudge,
            partial(self._move_all, "goals", "first_seen", GOAL_TIMES),
            partial(self._move_all, "pending_goals", "first_seen", ("first_seen",)),
            *(partial(self._move_all, "fixtures_active", field, (field,)) for field in MATCH_TIMES),
            self._move_searches,
            self._judge_again,
        )
        with store_errors("moving times with the clock"):
            for step in steps[move.steps_done :]:
                await step(move)
                move.steps_done += 1

    async def _shorten_waits(self, move: Move) -> None:
        if move.by < timedelta(0):
            now = move.until + move.by
            known = {**_IN_WORK, "first_seen": {"$lt": move.since}, "search.next_at": {"$gt": now}}
            sooner = {"$max": [now, {"$add": ["$search.next_at", move.ms]}]}
            await self._database.goals.update_many(known, [{"$set": {"search.next_at": sooner}}])

    async def _misjudge(self, move: Move) -> None:
        """Goals whose search window lay elsewhere: what was too early for it is judged once more.

        And those without a clip that were first searched under a clock ahead: X was asked for posts to come.
        """
        own = {"first_seen": move.between, **SEARCHABLE}
        moved = await self._database.goals.distinct("_id", own)
        early = {"goal_id": {"$in": moved}, "verdict": None, "rejection.reason": "too_early"}
        ahead = {"reached.searched": {"$gt": move.until + move.by + SLACK}, "reached.stored": None}
        asked = await self._database.goals.distinct("_id", {**own, **ahead}) if move.ms < 0 else []
        move.misjudged = [*asked, *await self._database.candidates.distinct("goal_id", early)]
        await self._database.candidates.update_many(early, {"$set": {"rejection.temporary": True}})

    async def _move_all(self, name: str, stamped: str, fields: Sequence[str], move: Move) -> None:
        query = {stamped: move.between}
        await self._database[name].update_many(query, [{"$set": _moved(fields, move.ms)}])

    async def _judge_again(self, move: Move) -> None:
        if move.misjudged:
            again = {"_id": {"$in": move.misjudged}, **SEARCHABLE}
            await self._database.goals.update_many(again, another_round(move.until + move.by))

    async def keep_runs(self, days: int) -> None:
        """From now on the history of runs, and the timelines of goals, are so long."""
        ttl = {"name": "ttl", "expireAfterSeconds": days * 24 * 3600}
        with store_errors("setting how long runs are kept"):
            for name in DATED:
                await self._database.command("collMod", name, index=ttl)

    async def _move_searches(self, move: Move) -> None:
        """An account's window is one of true time: no search in it is given back."""
        ms, between = move.ms, move.between
        inside = {"$and": [{"$gte": ["$$at", between["$gte"]]}, {"$lte": ["$$at", between["$lte"]]}]}
        moved = {"$cond": [inside, {"$add": ["$$at", ms]}, "$$at"]}
        searches = {"$map": {"input": "$searches", "as": "at", "in": moved}}
        query = {**_ACCOUNTS, "searches": {"$elemMatch": between}}
        await self._database.state.update_many(query, [{"$set": {"searches": searches}}])


def _any_after(fields: Sequence[str], moment: datetime) -> dict[str, Any]:
    return {"$or": [{field: {"$gt": moment}} for field in fields]}


def _waits_until(moment: datetime) -> dict[str, Any]:
    """Or for longer."""
    return {**_IN_WORK, "search.next_at": {"$gt": moment}}


def _moved(fields: Sequence[str], by: object) -> dict[str, Any]:
    return _changed(fields, lambda time: {"$add": [time, by]})


def _at_most(fields: Sequence[str], now: datetime) -> dict[str, Any]:
    return _changed(fields, lambda time: {"$min": [time, now]})


def _changed(fields: Sequence[str], change: Callable[[str], object]) -> dict[str, Any]:
    """Times only; what is not there stays away."""
    times = {field: {"$eq": [{"$type": f"${field}"}, "date"]} for field in fields}
    return {field: {"$cond": [is_time, change(f"${field}"), f"${field}"]} for field, is_time in times.items()}
