"""The real footyd, with a named point before and after each of its effects:

    python -m tests.faults.daemon run --config FILE

An effect is a write to MongoDB, a call that changes the library, a change of a file or folder of ours. With
FAULT_RECORD=FILE every point passed is written down; with FAULT_AT="POINT#3" the process kills itself with
SIGKILL when it comes to that point for the third time; with FAULT_WORKER="NAME:SECONDS:FILE" the first worker
process to run the task NAME does so, so long after it began, and leaves FILE; FAULT_LEASE shortens the lease
on a shared database. Without them it is footyd, with
shorter waits.
"""

from __future__ import annotations

import functools
import importlib
import os
import select
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from types import FrameType
from typing import Any

RECORD, AT, WORKER, ROOTS = "FAULT_RECORD", "FAULT_AT", "FAULT_WORKER", "FAULT_ROOTS"
LEASE = "FAULT_LEASE"
WRITES = (
    *("bulk_write", "insert_one", "insert_many", "update_one", "update_many", "replace_one", "delete_one"),
    *("delete_many", "find_one_and_update", "find_one_and_replace", "find_one_and_delete", "drop", "rename"),
    *("create_index", "create_indexes", "drop_index", "drop_indexes"),
)
CHANGES = ("prepare", "put", "delete", "copy")
FILES = frozenset({"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink"})
HURRIED: dict[str, dict[str, Any]] = {
    "footyd.goal_queue": {
        "AFTER_FAILURE": timedelta(seconds=2),
        "LONGEST_REST_SECONDS": 4.0,
        "UNREADABLE_REST_SECONDS": 1.0,
    },
    "footyd.pipeline.goal": {"ROOM_WAIT": timedelta(seconds=1)},
    "footyd.schedule": {"RETRY_MINUTES": (0.02, 0.05), "CLOCK_CHECK_SECONDS": 1},
    "footyd.feed_rest": {"BACKOFF_MINUTES": (0.02, 0.03, 0.05)},
}
"""Waits of minutes that are no part of the config: a day of seconds cannot wait for them."""


class Points:
    """Counts the points by name; writes them down, or ends the process at the one it was told."""

    def __init__(self, record: str, at: str) -> None:
        self._record = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if record else None
        name, _, nth = at.rpartition("#")
        self._at = (name, int(nth)) if at else None
        self._passed: Counter[str] = Counter()
        self._lock = threading.Lock()

    def passed(self, name: str) -> None:
        with self._lock:
            self._passed[name] += 1
            if self._at == (name, self._passed[name]):
                os.kill(os.getpid(), signal.SIGKILL)
            if self._record is not None:
                os.write(self._record, f"{name}#{self._passed[name]}\n".encode())


def site_of(frame: FrameType | None) -> str:
    """The function of footyd that wants the effect: the innermost one that is no adapter, if there is one."""
    adapter = ""
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.startswith("footyd."):
            place = f"{module.removeprefix('footyd.')}:{frame.f_code.co_name}"
            if not module.startswith("footyd.adapters"):
                return place
            adapter = adapter or place
        frame = frame.f_back
    return adapter


# ---------------------------------------------------------------- effects


def watch_mongo(points: Points) -> None:
    """Every method of a collection that writes."""
    from motor.motor_asyncio import AsyncIOMotorCollection  # noqa: PLC0415  # before it, hurried() is not seen

    for name in WRITES:
        wrapped = getattr(AsyncIOMotorCollection, name)
        setattr(AsyncIOMotorCollection, name, _around(wrapped, points, _collection_name))


def _collection_name(collection: Any) -> str:
    return str(collection.name)


def watch_library(points: Points) -> None:
    from footyd.adapters.library_folder import FolderLibrary  # noqa: PLC0415  # as above
    from footyd.adapters.library_s3 import S3Library  # noqa: PLC0415  # as above

    for library in (FolderLibrary, S3Library):
        for name in CHANGES:
            wrapped = getattr(library, name)
            setattr(library, name, _around(wrapped, points, lambda _: "library"))


def _around(
    wrapped: Callable[..., Awaitable[Any]], points: Points, name_of: Callable[[Any], str]
) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(wrapped)
    async def effect(own: Any, *args: Any, **options: Any) -> Any:
        name = f"{site_of(sys._getframe(1))} {name_of(own)}.{wrapped.__name__}"
        points.passed(f"{name} before")
        done = await wrapped(own, *args, **options)
        points.passed(f"{name} after")
        return done

    return effect


def watch_files(points: Points, roots: tuple[str, ...]) -> None:
    """Python tells an audit hook of every file operation before it is done: none can be forgotten."""

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event in FILES and _is_ours(event, args, roots):
            site = site_of(sys._getframe(1))
            if site:
                points.passed(f"{site} {event.removeprefix('os.')} before")

    sys.addaudithook(hook)


def _is_ours(event: str, args: tuple[Any, ...], roots: tuple[str, ...]) -> bool:
    path = args[0]
    if event == "open" and not (args[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        return False
    if not isinstance(path, (str, bytes, os.PathLike)):
        return False
    found = os.fsdecode(path)
    folder = args[-1] if event in {"os.remove", "os.mkdir", "os.rmdir"} else -1
    if isinstance(folder, int) and folder >= 0 and not found.startswith("/"):
        return True  # relative to a folder that rmtree holds open
    return found.startswith(roots)


# ---------------------------------------------------------------- workers


def watch_worker(told: str) -> None:
    """In a worker process: die while the task is at work, the first time that any process runs it."""
    name, seconds, spent = told.split(":", 2)
    module = {
        "fetch_in_worker": "footyd.adapters.ytdlp_worker",
        "fingerprint_file": "footyd.stages.fingerprint",
        "match_fingerprints": "footyd.stages.fingerprint",
        "poster_of": "footyd.stages.fingerprint.poster",
    }[name]
    task = getattr(importlib.import_module(module), name)

    @functools.wraps(task)
    def dying(*args: Any) -> Any:
        try:
            os.close(os.open(spent, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            return task(*args)
        threading.Timer(float(seconds), os.kill, (os.getpid(), signal.SIGKILL)).start()
        return task(*args)

    setattr(sys.modules[task.__module__], name, dying)  # where a pickled task is looked up


# ---------------------------------------------------------------- the process


def hurry() -> None:
    for module, constants in HURRIED.items():
        loaded = importlib.import_module(module)
        for name, value in constants.items():
            getattr(loaded, name)  # a constant that was renamed must not go unnoticed
            setattr(loaded, name, value)
    if seconds := float(os.environ.get(LEASE, "0")):
        usual = importlib.import_module("footyd.lease").USUAL
        for name, share in {"lease": 1.0, "renew": 0.25, "watch": 1.0}.items():
            getattr(usual, name)
            object.__setattr__(usual, name, share * seconds)


def sleep_beside_libfaketime(seconds: Any, /) -> None:
    """Its clock_nanosleep refuses what time.sleep asks of the monotonic clock when that is not faked."""
    select.select([], [], [], seconds)


def main() -> None:
    points = Points(os.environ.get(RECORD, ""), os.environ.get(AT, ""))
    hurry()
    watch_mongo(points)
    watch_library(points)
    watch_files(points, tuple(filter(None, os.environ.get(ROOTS, "").split(os.pathsep))))
    from footyd.cli import main as footyd  # noqa: PLC0415  # as above

    footyd()


if "faketime" in os.environ.get("LD_PRELOAD", ""):
    time.sleep = sleep_beside_libfaketime

if __name__ == "__main__":
    main()
elif os.environ.get(WORKER) and __name__ == "__mp_main__":
    watch_worker(os.environ[WORKER])
