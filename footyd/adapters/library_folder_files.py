"""Files and folders as a folder library needs them: whole, flushed, and outliving a power cut."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import stat
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from footyd.adapters.library_owner import MARKER
from footyd.errors import LibraryError
from footyd.model import ObjectKey

PREFIX, SUFFIX = ".footyd-", ".part"
"""Of partial files: hidden, and known for ours."""
_BLOCK_BYTES = 1 << 20
_READ_BYTES = 1 << 18
"""At a time for somebody who watches: little to keep in memory for each."""
_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
"""What FAT and some network shares answer."""


def parts_of(key: ObjectKey) -> list[str]:
    parts = key.split("/")
    if any(part in {"", ".", ".."} or "\0" in part for part in parts):
        raise LibraryError(f"not a key of a library: {key!r}", remedy="Check library.key_template.")
    return parts


def make_folders(folder: Path) -> None:
    missing = [part for part in (folder, *folder.parents) if not part.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for part in missing:
        sync_folder(part.parent)


def copy(source: IO[bytes], partial: IO[bytes], stop: threading.Event) -> None:
    while block := source.read(_BLOCK_BYTES):
        if stop.is_set():
            raise InterruptedError("nobody waits for this copy any more")
        partial.write(block)
    partial.flush()


def place_once(place: Path, content: bytes) -> None:
    """Make the file, whole or not at all; of two who try at once one gets FileExistsError."""
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=PREFIX, suffix=SUFFIX)
    try:
        with os.fdopen(handle, "wb") as partial:
            partial.write(content)
            partial.flush()
            os.fsync(partial.fileno())
            with contextlib.suppress(PermissionError):
                os.fchmod(partial.fileno(), 0o644)
        _link(Path(name), place)
    finally:
        Path(name).unlink(missing_ok=True)
    sync_folder(place.parent)


def _link(partial: Path, place: Path) -> None:
    """Where there are no links the look comes a moment before the deed."""
    try:
        place.hardlink_to(partial)
    except OSError as exc:
        if exc.errno not in _NO_LINKS:
            raise
        if place.exists():
            raise FileExistsError(errno.EEXIST, "exists", str(place)) from exc
        partial.rename(place)


def open_plain(file: Path, start: int) -> IO[bytes]:
    """From its byte `start` on; never what a symbolic link stands for, nor a pipe that would block."""
    handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise FileNotFoundError(errno.ENOENT, "not a file", str(file))
    source = os.fdopen(handle, "rb", buffering=0)
    source.seek(start)
    return source


def next_block(source: IO[bytes], at_most: float, _stop: threading.Event) -> bytes:
    return source.read(int(min(at_most, _READ_BYTES)))


def describe(partial: IO[bytes], attributes: Mapping[str, str]) -> None:
    with contextlib.suppress(OSError):  # not every file system has them, nor room for all
        for name, text in attributes.items():
            os.setxattr(partial.fileno(), f"user.{name}", text.encode())


def sync_folder(folder: Path) -> None:
    """Make a name in `folder` outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as exc:
        if exc.errno != errno.EINVAL:  # network shares that cannot
            raise
    finally:
        os.close(handle)


def remove_stale(partial: Path) -> None:
    """Remove a partial file whose writer has died: a living one holds its lock."""
    with contextlib.suppress(FileNotFoundError, BlockingIOError), partial.open("rb") as left:
        fcntl.flock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
        partial.unlink()


def is_stale(partial: Path) -> bool:
    """Whether nobody writes it any more."""
    try:
        with partial.open("rb") as left:
            fcntl.flock(left, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (FileNotFoundError, BlockingIOError):
        return False
    return True


def partials(library: Path) -> Iterator[Path]:
    """Partial files at any depth, those that are being written too."""
    for folder, _, names in os.walk(library):
        yield from (Path(folder, name) for name in names if is_partial(name))


def walk(folder: Path, above: str = "") -> Iterator[tuple[ObjectKey, int]]:
    """Every whole file under `folder` but its marker, in the order of the keys' bytes, with its size."""
    with os.scandir(folder) as found:
        entries = sorted(
            found, key=lambda e: os.fsencode(e.name + "/" if e.is_dir(follow_symlinks=False) else e.name)
        )
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from walk(Path(entry.path), f"{above}{entry.name}/")
        elif entry.is_file(follow_symlinks=False) and not is_ours(entry.name, above):
            yield ObjectKey(above + entry.name), entry.stat(follow_symlinks=False).st_size


def is_ours(name: str, above: str) -> bool:
    """No clip, nor what a person put there."""
    return is_partial(name) or above + name == MARKER


def is_partial(name: str) -> bool:
    return name.startswith(PREFIX) and name.endswith(SUFFIX)


def sha256_of(file: Path, stop: threading.Event) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as source:
        while block := source.read(_BLOCK_BYTES):
            if stop.is_set():
                raise InterruptedError("nobody waits for this sum any more")
            digest.update(block)
    return digest.hexdigest()


def attributes_of(file: Path) -> dict[str, str]:
    """What `describe` wrote, for a copy to carry on."""
    with contextlib.suppress(OSError):
        names = [name for name in os.listxattr(file) if name.startswith("user.")]
        return {
            name.removeprefix("user."): os.getxattr(file, name).decode(errors="replace") for name in names
        }
    return {}
