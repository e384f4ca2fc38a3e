"""The connection: write concern, time-outs, indexes, one class of error for all the driver raises."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import ConfigurationError, InvalidURI, OperationFailure, PyMongoError

from footyd.errors import PermanentError, StoreError

Database = AsyncIOMotorDatabase[dict[str, Any]]


def _of_verdicts(field: str, value: bool, told: str) -> IndexModel:
    """Holds the few posts with such a verdict only, and is all that is read of them."""
    only = {f"verdict.{field}": value}
    keys = [(f"verdict.{field}", ASCENDING), (told, ASCENDING)]
    return IndexModel(keys, partialFilterExpression=only)


NEWEST = [("start", DESCENDING), ("_id", ASCENDING)]
_of_days = IndexModel(
    [
        ("confirmed_at", DESCENDING),
        ("_id", ASCENDING),
        ("first_seen", ASCENDING),
        ("state", ASCENDING),
        ("outcome", ASCENDING),
    ]
)
"""All that the figures of thirty days are made of, and the newest goals in their order."""

INDEXES = {
    "fixtures_staging": [IndexModel([("kickoff", ASCENDING)])],
    "fixtures_completed": [IndexModel([("kickoff", ASCENDING)])],
    "pending_goals": [IndexModel([("fixture_id", ASCENDING)])],
    "goals": [
        IndexModel([("fixture_id", ASCENDING)]),
        IndexModel([("search.next_at", ASCENDING)]),
        IndexModel([("outcome", ASCENDING), ("state", ASCENDING)]),
        _of_days,
        IndexModel([("outcome", ASCENDING)], partialFilterExpression={"outcome": "needs_review"}),
    ],
    "candidates": [
        IndexModel([("goal_id", ASCENDING)]),
        IndexModel([("post.id", ASCENDING)]),
        _of_verdicts("accepted", False, "post.id"),
        _of_verdicts("blocks_author", True, "post.author"),
    ],
    "timeline": [IndexModel([("goal_id", ASCENDING), ("at", ASCENDING)])],
    "clips": [
        IndexModel([("goal_id", ASCENDING), ("state", ASCENDING)]),
        IndexModel([(name, ASCENDING) for name in ("state", "facts.size_bytes", "goal_id", "_id")]),
        IndexModel([("object_key", ASCENDING)]),
        IndexModel([("state", ASCENDING), ("object_key", ASCENDING)]),
        IndexModel([("state", ASCENDING), ("kept_at", DESCENDING)]),
        IndexModel([("moved_from", ASCENDING)], partialFilterExpression={"moved_from": {"$gt": ""}}),
    ],
    "runs": [
        IndexModel([*NEWEST, ("job", ASCENDING), ("metadata.calls", ASCENDING)]),
        IndexModel([("job", ASCENDING), *NEWEST]),
        IndexModel([("outcome", ASCENDING), *NEWEST, ("job", ASCENDING)]),
    ],
}

OTHER_LENGTH = 85
"""IndexOptionsConflict: there is such an index, with another length."""
DATED = {"runs": "start", "timeline": "at"}
"""Histories, with the date from which on `daemon.runs_kept_days` count."""


@contextmanager
def store_errors(doing: str) -> Iterator[None]:
    """Every error of the driver becomes a StoreError that says what was being done."""
    try:
        yield
    except PyMongoError as exc:
        raise StoreError(
            f"the database failed while {doing}: {_short(exc)}", remedy="See mongo.uri in the config"
        ) from exc


@asynccontextmanager
async def connect(uri: str, database: str, *, timeout_seconds: float) -> AsyncIterator[Database]:
    """A database whose every acknowledged write is on disk (journal, and majority on a replica set).

    `timeoutMS` bounds each operation: without it a frozen server hangs an insert (45 s and more, measured).
    """
    client: AsyncIOMotorClient[dict[str, Any]]
    try:
        client = AsyncIOMotorClient(
            uri, tz_aware=True, journal=True, timeoutMS=int(timeout_seconds * 1000), appname="footyd"
        )
    except (ConfigurationError, InvalidURI, ValueError) as exc:
        raise PermanentError(
            f"mongo.uri cannot be used: {_unquoted(exc)}",
            remedy="Write it as mongodb://host:port; in a password / : @ and % become %2F %3A %40 and %25",
        ) from exc
    try:
        hello = await _hello(client)
        options = client.codec_options
        concern = None
        if "setName" in hello:
            concern = client.write_concern.__class__(w="majority", j=True)
        yield client.get_database(database, codec_options=options, write_concern=concern)
    finally:
        client.close()


def _unquoted(error: Exception) -> str:
    """A password with a slash in it is quoted as a database's name."""
    return re.sub(r"""(["']).*\1""", "(what it says)", str(error))


def _short(error: PyMongoError) -> str:
    """The driver appends its settings and the whole topology to its sentence."""
    return str(error).split(" (configured timeouts")[0].split(", Timeout:")[0]


async def _hello(client: AsyncIOMotorClient[dict[str, Any]]) -> dict[str, Any]:
    try:
        return dict(await client.admin.command("hello"))
    except OperationFailure as exc:
        raise PermanentError(
            f"MongoDB refuses us: {exc.details.get('errmsg') if exc.details else exc}",
            remedy="Check user, password and authSource in mongo.uri",
        ) from exc
    except PyMongoError as exc:
        raise StoreError(
            f"MongoDB does not answer: {_short(exc)}",
            remedy="Start it, or correct mongo.uri",
        ) from exc


async def ensure_indexes(database: Database, *, runs_kept_days: int) -> None:
    """Idempotent; how long an existing history is kept stays as it is: that is the daemon's to say."""
    seconds = runs_kept_days * 24 * 3600
    with store_errors("making indexes"):
        for name, indexes in INDEXES.items():
            await database[name].create_indexes(indexes)
        for name, field in DATED.items():
            await _ensure_expiry(database, name, field, seconds)


async def _ensure_expiry(database: Database, name: str, field: str, seconds: int) -> None:
    try:
        await database[name].create_index(field, expireAfterSeconds=seconds, name="ttl")
    except OperationFailure as exc:
        if exc.code != OTHER_LENGTH:
            raise
