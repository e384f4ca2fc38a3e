"""The three fixture collections: a match is always in at least one, and after a repair in exactly one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo import UpdateOne

from footyd.adapters.mongo.client import Database, store_errors
from footyd.adapters.mongo.codec import (
    Document,
    changed,
    fixture_fields,
    payload_fields,
    readable,
    tracked_from,
)
from footyd.adapters.mongo.together import Together
from footyd.model import FINAL, SCHEDULED, Fixture, FixtureId, FixtureState, TrackedFixture

COLLECTION = {state: f"fixtures_{state.value}" for state in FixtureState}
ONWARDS = (FixtureState.COMPLETED, FixtureState.ACTIVE, FixtureState.STAGING)
"""The order of repair: a match found in two collections is kept where it got furthest."""


class FixtureStore:
    """Fixtures by state. All methods raise StoreError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._one = Together(self._each)

    def _in(self, state: FixtureState) -> Any:
        return self._database[COLLECTION[state]]

    async def take_in(self, fixtures: Sequence[tuple[FixtureState, Fixture]]) -> int:
        """Insert unknown fixtures in the state given, update known ones where they are; how many were new."""
        with store_errors("storing fixtures"):
            known = await self._documents([fixture.id for _, fixture in fixtures])
            new = 0
            for state, fixture in fixtures:
                if fixture.id not in known:
                    new += await self._insert(state, fixture)
                    continue
                held_in, document = known[fixture.id]
                await self._update(held_in, fixture, document)
                if held_in is FixtureState.COMPLETED and fixture.status in SCHEDULED:
                    await self._move(fixture.id, held_in, FixtureState.STAGING, {})
        return new

    async def _documents(self, ids: Iterable[FixtureId]) -> dict[FixtureId, tuple[FixtureState, Document]]:
        found: dict[FixtureId, tuple[FixtureState, Document]] = {}
        wanted = {"_id": {"$in": list(ids)}}
        for state in reversed(ONWARDS):
            async for document in self._in(state).find(wanted):
                found[FixtureId(document["_id"])] = (state, document)
        return found

    async def _insert(self, state: FixtureState, fixture: Fixture) -> int:
        document = {**fixture_fields(fixture), "payload": dict(fixture.payload)}
        result = await self._in(state).update_one(
            {"_id": fixture.id}, {"$setOnInsert": document}, upsert=True
        )
        return 0 if result.matched_count else 1

    async def _update(self, state: FixtureState, fixture: Fixture, held: Document, **noted: Any) -> None:
        fields = changed(held, {**fixture_fields(fixture), **payload_fields(fixture), **noted})
        if fields:
            await self._in(state).update_one({"_id": fixture.id}, {"$set": fields})

    async def record_readings(
        self, active: Sequence[TrackedFixture], shown: Sequence[Fixture], now: datetime
    ) -> int:
        """What a poll showed of the active fixtures; unchanged ones cost no write. The number written."""
        held = {tracked.fixture.id: tracked for tracked in active}
        writes = [
            UpdateOne({"_id": fixture.id}, {"$set": fields})
            for fixture in shown
            if fixture.id in held and (fields := _reading(held[fixture.id], fixture, now))
        ]
        if writes:
            with store_errors("storing a poll"):
                await self._in(FixtureState.ACTIVE).bulk_write(writes, ordered=False)
        return len(writes)

    async def note_lost(self, ids: Collection[FixtureId], now: datetime) -> None:
        """The feed answers without these fixtures: they are asked for rarely from now on."""
        with store_errors("storing a poll"):
            await self._in(FixtureState.ACTIVE).update_many(
                {"_id": {"$in": list(ids)}}, {"$set": {"lost_at": now}}
            )

    async def staged(self, before: datetime) -> list[TrackedFixture]:
        """Staged fixtures that kick off before the given time."""
        return await self._find(FixtureState.STAGING, {"kickoff": {"$lte": before}})

    async def active(self) -> list[TrackedFixture]:
        return await self._find(FixtureState.ACTIVE, {})

    async def next_kickoff(self) -> datetime | None:
        with store_errors("reading fixtures"):
            document = await self._in(FixtureState.STAGING).find_one(
                {"status": {"$in": list(SCHEDULED)}}, sort=[("kickoff", 1)], projection=["kickoff"]
            )
        return document["kickoff"] if document else None

    async def between(self, start: datetime, end: datetime) -> list[TrackedFixture]:
        """Every fixture that kicks off in the interval, whatever its state, by kick-off."""
        kickoff = {"kickoff": {"$gte": start, "$lt": end}}
        found = [tracked for state in FixtureState for tracked in await self._find(state, kickoff)]
        return sorted(found, key=lambda t: (t.fixture.kickoff, t.fixture.id))

    async def fixture(self, id: FixtureId) -> TrackedFixture | None:
        return await self._one(id)

    async def _each(self, ids: Sequence[FixtureId]) -> list[TrackedFixture | None]:
        with store_errors("reading fixtures"):
            found = await self._documents(set(ids))
        return [tracked_from(found[id][1], found[id][0]) if id in found else None for id in ids]

    async def counts(self) -> dict[FixtureState, int]:
        with store_errors("counting fixtures"):
            return {state: await self._in(state).count_documents({}) for state in FixtureState}

    async def _find(self, state: FixtureState, query: Document) -> list[TrackedFixture]:
        with store_errors("reading fixtures"):
            cursor = self._in(state).find(query).sort([("kickoff", 1), ("_id", 1)])
            return await readable(cursor, lambda document: tracked_from(document, state))

    async def move(
        self, fixture: FixtureId, origin: FixtureState, to: FixtureState, *, parity: bool | None = None
    ) -> None:
        """Insert, then delete: never a moment in neither. `parity` is kept with a completed fixture."""
        noted = {} if parity is None else {"parity": parity}
        with store_errors("moving a fixture"):
            await self._move(fixture, origin, to, noted)

    async def _move(
        self, fixture: FixtureId, origin: FixtureState, to: FixtureState, noted: Document
    ) -> None:
        document = await self._in(origin).find_one({"_id": fixture})
        if document is None:
            return
        await self._in(to).replace_one({"_id": fixture}, {**document, **noted}, upsert=True)
        await self._in(origin).delete_one({"_id": fixture})

    async def repair(self) -> list[FixtureId]:
        """Finish moves that were cut between insert and delete; the ids concerned.

        Postponed matches go backwards (active → staging): there the status decides.
        """
        repaired = []
        with store_errors("repairing fixtures"):
            for later, earlier in (
                (ONWARDS[0], ONWARDS[1]),
                (ONWARDS[0], ONWARDS[2]),
                (ONWARDS[1], ONWARDS[2]),
            ):
                for id in await self._in_both(later, earlier):
                    document = await self._in(earlier).find_one({"_id": id})
                    gone_back = earlier is FixtureState.STAGING and document["status"] in BACKWARDS[later]
                    await self._in(later if gone_back else earlier).delete_one({"_id": id})
                    repaired.append(id)
        return repaired

    async def _in_both(self, a: FixtureState, b: FixtureState) -> Collection[FixtureId]:
        ids = await self._in(b).distinct("_id")
        return [d["_id"] async for d in self._in(a).find({"_id": {"$in": ids}}, projection=["_id"])]


def _reading(held: TrackedFixture, shown: Fixture, now: datetime) -> Document:
    """What a reading changes of a fixture; all but our own notes follows from the payload."""
    fields: Document = {}
    if news := changed(held.fixture.payload, shown.payload):
        fields = changed(fixture_fields(held.fixture), fixture_fields(shown))
        fields |= {f"payload.{key}": value for key, value in news.items()}
    final_since = (held.final_since or now) if shown.status in FINAL else None
    if final_since != held.final_since:
        fields["final_since"] = final_since
    if held.lost_at is not None:
        fields["lost_at"] = None
    if fields or _is_stale(held.read_at, now) or _is_second_whistle(held):
        fields["read_at"] = now
    return fields


BACKWARDS = {FixtureState.ACTIVE: frozenset({"PST"}), FixtureState.COMPLETED: SCHEDULED}
"""The statuses with which a fixture goes back to staging, by the state it leaves."""


def _is_second_whistle(held: TrackedFixture) -> bool:
    """Read for the first time since it was seen finished: a match completes when that changes nothing."""
    read_at, final_since = held.read_at, held.final_since
    return read_at is not None and final_since is not None and read_at <= final_since


def _is_stale(read_at: datetime | None, now: datetime) -> bool:
    """`read_at` only rations the rare readings: once an hour is exact enough and spares a write per poll."""
    return read_at is None or now - read_at > timedelta(hours=1)
