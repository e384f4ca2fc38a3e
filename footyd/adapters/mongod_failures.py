"""Why a mongod ended on its own: its exit code and its last words, told as an error with a remedy."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from footyd.errors import FootydError, InUseError, PermanentError, StoreError

WAYS_OUT = "Set mongo.uri to a MongoDB of your own: 4.4 runs on a Pi 4, so does FerretDB; or use another host"


def explain(returncode: int, output: Path) -> FootydError:
    """The error for a mongod that ended on its own, from its exit code and what it wrote last."""
    said = _last_words(output)
    if returncode in (-4, 132):
        return PermanentError(
            "this CPU is too old for MongoDB 5 and later (ARMv8.2-A as in a Pi 5, or x86_64 with AVX)",
            remedy=WAYS_OUT,
        )
    for sign, error, message, remedy in _SIGNS:
        if sign in said:
            return error(f"{message}: {_essence(said)}", remedy=remedy)
    return StoreError(f"mongod ended ({_ending(returncode)}): {_essence(said)}", remedy=f"See {output}")


_SIGNS: tuple[tuple[str, type[FootydError], str, str], ...] = (
    (
        "error while loading shared libraries",
        PermanentError,
        "mongod lacks a library",
        "Install libcurl4 and libssl3 (Debian 12 and later)",
    ),
    ("Exec format error", PermanentError, "mongod is not made for this machine", WAYS_OUT),
    (
        "No space left on device",
        PermanentError,
        "the disk of the embedded MongoDB is full",
        "Free some space, then start footyd again",
    ),
    (
        "DBPathInUse",
        InUseError,
        "another mongod uses the same data",
        "Stop it, or set state.dir to another directory",
    ),
    (
        "featureCompatibilityVersion",
        PermanentError,
        "the data is of another MongoDB version",
        "Run the MongoDB it was written with and set mongo.uri to it, or move the db directory away",
    ),
)


def _last_words(output: Path) -> str:
    with suppress(OSError), output.open("rb") as file:
        file.seek(-min(200_000, output.stat().st_size), os.SEEK_END)
        return file.read().decode(errors="replace")
    return ""


def _essence(said: str) -> str:
    """The last error or fatal line of mongod's JSON log, else the last line of plain text."""
    essence = "it said nothing"
    for line in said.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            essence = line.strip() or essence
            continue
        if entry.get("s") in ("E", "F"):
            detail = entry.get("attr", {}).get("error", "")
            essence = f"{entry['msg']} {detail}".strip()
    return essence[:300]


def _ending(returncode: int) -> str:
    return f"signal {-returncode}" if returncode < 0 else f"exit code {returncode}"
