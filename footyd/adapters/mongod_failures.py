"""Why a mongod ended on its own: its exit code and its last words, told as an error with a remedy."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from footyd.errors import FootydError, InUseError, PermanentError, StoreError

WAYS_OUT = "Set mongo.uri to a MongoDB of your own: 4.4 runs on a Pi 4, so does FerretDB; or use another host"
OLD_CPU = "this CPU is too old for MongoDB 5 and later (ARMv8.2-A as in a Pi 5, or x86_64 with AVX)"

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
"""What a complaint contains, the error it means, its message and its remedy; the first that fits counts."""


def explain(returncode: int, output: Path) -> FootydError:
    """The error for a mongod that ended on its own, from its exit code and the complaints in its log."""
    if returncode in (-4, 132):
        return PermanentError(OLD_CPU, remedy=WAYS_OUT)
    complaints = _complaints(output)
    last = complaints[-1][:300] if complaints else "it did not say why"
    for sign, error, message, remedy in _SIGNS:
        if any(sign in complaint for complaint in complaints):
            return error(f"{message}: {last}", remedy=remedy)
    how = f"signal {-returncode}" if returncode < 0 else f"exit code {returncode}"
    return StoreError(f"mongod ended ({how}): {last}", remedy=f"See {output}")


def _complaints(output: Path) -> list[str]:
    """Errors and fatal lines of mongod's JSON log, and whatever it or the loader said in plain text."""
    complaints = []
    for line in filter(None, _tail(output).splitlines()):
        try:
            entry = json.loads(line)
        except ValueError:
            complaints.append(line.strip())
            continue
        if isinstance(entry, dict) and entry.get("s") in ("E", "F"):
            attributes = entry.get("attr", {})
            complaints.append(f"{entry.get('msg')} {attributes.get('error', attributes)}")
    return complaints


def _tail(output: Path) -> str:
    """Whole lines out of the last 200 kB."""
    with suppress(OSError), output.open("rb") as file:
        file.seek(-min(200_000, output.stat().st_size), os.SEEK_END)
        if file.tell():
            file.readline()
        return file.read().decode(errors="replace")
    return ""
