"""A gate before every write: who must not write any more is stopped before the driver sends anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from motor.motor_asyncio import AsyncIOMotorCollection

from footyd.adapters.mongo.client import Database

WRITES = frozenset(
    {
        "bulk_write",
        "delete_many",
        "delete_one",
        "find_one_and_delete",
        "find_one_and_replace",
        "find_one_and_update",
        "insert_many",
        "insert_one",
        "replace_one",
        "update_many",
        "update_one",
    }
)

READING_COMMANDS = frozenset({"dbStats", "ping"})


class Gate:
    """Open unless `ask`, which is called before each write, raises."""

    def __init__(self) -> None:
        self.ask: Callable[[], None] = _let_pass


class _Collection:
    def __init__(self, collection: Any, gate: Gate) -> None:
        self._collection = collection
        self._gate = gate

    def __getattr__(self, name: str) -> Any:
        if name in WRITES:
            self._gate.ask()
        return getattr(self._collection, name)


class _Database:
    def __init__(self, database: Database, gate: Gate) -> None:
        self._database = database
        self._gate = gate

    def __getitem__(self, name: str) -> _Collection:
        return _Collection(self._database[name], self._gate)

    def command(self, name: str, *arguments: Any, **options: Any) -> Any:
        if name not in READING_COMMANDS:
            self._gate.ask()
        return self._database.command(name, *arguments, **options)

    def __getattr__(self, name: str) -> Any:
        """A collection, as with the driver's own; whatever else a database does is handed on."""
        found = getattr(self._database, name)
        return _Collection(found, self._gate) if isinstance(found, AsyncIOMotorCollection) else found


def behind(gate: Gate, database: Database) -> Database:
    """The same database, its collections written to only while the gate lets it."""
    return cast(Database, _Database(database, gate))


def _let_pass() -> None: ...
