"""The config, the files with secrets, and the places footyd writes to."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from footyd.adapters.machine import may_others_read
from footyd.config import Config
from footyd.config_load import secret_files, secrets_in
from footyd.disk import free_bytes
from footyd.doctor.lines import Line, fail, ok, warn

TEMP_BYTES = 64_000_000
"""For a profile of Chromium and a sidecar or two."""
NARROW = 2
"""So many times what has to stay free is not much."""


def hidden(config: Config) -> Line | None:
    """Another user's state is not to be judged from outside: what cannot be seen is not missing."""
    seen = (config.state.dir / "db", config.library_dir, config.session_file, config.search.cookies.file)
    for place in filter(None, seen):
        try:
            place.stat()
        except PermissionError:
            return fail("state", f"{place} may not be looked at", "Be its user, or root: sudo footyd doctor")
        except OSError:
            continue
    return None


def look(config: Config, file: Path | None) -> Iterator[Line]:
    yield from _config(config, file)
    yield from _secrets(config, file)
    yield from _places(config)


def _config(config: Config, file: Path | None) -> Iterator[Line]:
    where = str(file) if file else "no file, the defaults"
    key = config.api_football.key
    if key is None or not key.get_secret_value().strip():
        remedy = "Set api_football.key: in a secret file of that name, or FOOTYD_API_FOOTBALL__KEY"
        yield fail("config", f"{where}: api_football.key is not set", remedy)
    else:
        yield ok("config", f"{where}: good")
    if not config.ways_to_x:
        yield warn("config", "no way to X is set up: no clip will be found", "See footyd login --check")


# ---------------------------------------------------------------- secrets


def _secrets(config: Config, file: Path | None) -> Iterator[Line]:
    """Nobody but footyd's user may read them; systemd itself sees to its credentials."""
    held = [file] if file and secrets_in(file) else []
    open_to_others = []
    for secret in (*held, *_own_files(config), *secret_files()):
        try:
            open_to_others += [secret] if may_others_read(secret) else []
        except OSError as exc:
            yield fail("secrets", f"{secret}: {exc.strerror}", "Let footyd's user read it")
    for secret in open_to_others:
        yield warn("secrets", f"{secret} may be read by other users", f"chmod 600 {secret}")
    cookies = config.search.cookies.file
    if cookies and cookies.is_file() and not os.access(cookies, os.W_OK):
        yield warn("secrets", f"{cookies} cannot be written", "X renews a cookie in it: chown it to footyd")
    if not open_to_others:
        yield ok("secrets", "only footyd's user may read them")


def _own_files(config: Config) -> list[Path]:
    files = [config.search.cookies.file, config.session_file]
    return [file for file in files if file and file.exists()]


# ---------------------------------------------------------------- places


def _places(config: Config) -> Iterator[Line]:
    floor = config.download.min_free_bytes
    yield _place("state", config.state.dir, floor, "state.dir")
    if config.library.kind == "folder":
        yield _place("library", config.library_dir, floor, "library.dir")
    yield _place("temporary files", Path(tempfile.gettempdir()), TEMP_BYTES, "TMPDIR")


def _place(what: str, place: Path, floor: int, key: str) -> Line:
    there = next(path for path in (place, *place.parents) if path.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        return fail(what, f"{there} cannot be written", f"Give it to footyd's user, or set {key}")
    try:
        free = free_bytes(place)
    except OSError as exc:
        return fail(what, f"{there}: {exc.strerror}", f"Check its disk, or set {key}")
    told = f"{place}: {free / 1e6:,.0f} MB free"
    if free < floor:
        remedy = f"Free {(floor - free) / 1e6:,.0f} MB, or set {key} to another disk: downloads wait"
        return fail(what, told, remedy)
    if free < NARROW * floor:
        return warn(what, told, f"Below {floor / 1e6:,.0f} MB downloads wait")
    return ok(what, told)
