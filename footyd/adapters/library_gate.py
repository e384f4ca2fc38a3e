"""The library behind the gate of the database: who lost its lease changes nothing there either."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from footyd.adapters.mongo.gate import Gate

AnyLibrary = TypeVar("AnyLibrary")

CHANGES = frozenset({"claim", "copy", "delete", "prepare", "put", "sweep"})


class _Library:
    def __init__(self, library: Any, gate: Gate) -> None:
        self._library = library
        self._gate = gate

    def __getattr__(self, name: str) -> Any:
        if name in CHANGES:
            self._gate.ask()
        return getattr(self._library, name)


def behind(gate: Gate, library: AnyLibrary) -> AnyLibrary:
    """The same library, in which nothing is changed while the gate is closed."""
    return cast(AnyLibrary, _Library(library, gate))
