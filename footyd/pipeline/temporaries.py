"""Temporary files that a kill left behind, outside of the work folder: ours by name, and old enough."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from footyd.config import Config
from footyd.model import utcnow

STALE = timedelta(days=1)
"""None is needed for longer than minutes."""
SCRATCH = re.compile(r"footyd-[a-z0-9_]{8}")
"""As `tempfile` names our folders; those of a demo or of a socket have longer names."""
ARTIFACTS = re.compile(r"playwright-artifacts-[A-Za-z0-9]{6}")
"""Playwright makes one for each Chromium, and leaves it when it is killed; footyd puts nothing into it."""
NAMES = ("TMPDIR", "TEMP", "TMP")
PARTIAL_MONGOD = "mongod.partial"


def temporaries(config: Config) -> list[Path]:
    """Scratch folders, what Playwright left, secrets half written, and a copy of mongod that never ended.

    Old by the clock that dated them, whatever time a test plays in.
    """
    before = utcnow() - STALE
    found = [*_scratch(_place()), *_half_written(config)]
    return sorted(path for path in found if _is_stale(path, before))


def remove_temporaries(paths: Sequence[str]) -> None:
    for path in map(Path, paths):
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def _place() -> Path:
    """Where `tempfile` works, without its trial: a kill in the middle of that leaves a file there."""
    named = filter(None, map(os.environ.get, NAMES))
    return Path(tempfile.tempdir or next(named, "") or tempfile.gettempdir())


def _scratch(place: Path) -> Iterator[Path]:
    folders = [path for path in _inside(place) if path.is_dir()]
    yield from (path for path in folders if SCRATCH.fullmatch(path.name))
    yield from (path for path in folders if ARTIFACTS.fullmatch(path.name) and not _inside(path))


def _half_written(config: Config) -> Iterator[Path]:
    """A secret is written beside its place as `.name.` and eight letters (x_cookie_files.write_secret)."""
    yield from (path for path in _inside(config.state.dir) if path.name == PARTIAL_MONGOD)
    for file in filter(None, (config.session_file, config.search.cookies.file)):
        partial = re.compile(rf"\.{re.escape(file.name)}\.[a-z0-9_]{{8}}")
        yield from (path for path in _inside(file.parent) if partial.fullmatch(path.name))


def _inside(folder: Path) -> Sequence[Path]:
    with suppress(OSError):
        return sorted(folder.iterdir())
    return ()


def _is_stale(path: Path, before: datetime) -> bool:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    return found.st_uid == os.geteuid() and datetime.fromtimestamp(found.st_mtime, UTC) < before
