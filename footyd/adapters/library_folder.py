"""The library as a folder: whole files under readable names, nothing else that a person would see.

A clip is written to a hidden partial file beside its place, flushed to disk, then renamed. What S3 keeps as
metadata goes into extended attributes (`getfattr -d FILE`) where the file system has them, for people only.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import functools
import itertools
import math
import os
import shutil
import stat
import tempfile
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, TypeVar

from footyd.adapters.library_folder_files import (
    PREFIX,
    SUFFIX,
    attributes_of,
    copy,
    describe,
    is_stale,
    make_folders,
    next_block,
    open_plain,
    partials,
    parts_of,
    place_once,
    remove_stale,
    sha256_of,
    sync_folder,
    walk,
)
from footyd.adapters.library_owner import MARKER, owner_in, text_of
from footyd.adapters.tries import tried
from footyd.config import Retry
from footyd.errors import LibraryError
from footyd.model import Leftover, ObjectKey, Owner

T = TypeVar("T")

_TIMEOUT_SECONDS = 300
_LISTED = 1000
"""Files that one turn of a thread lists."""
_PASSING = frozenset(
    {errno.EIO, errno.ESTALE, errno.EBUSY, errno.EAGAIN, errno.ETIMEDOUT, errno.ENOLCK, errno.EHOSTDOWN}
)
"""What a network share or a shaky USB disk answers once and not again."""
_REMEDIES = {
    errno.ENOSPC: "Free space on its disk, or set library.dir to a larger one.",
    errno.EDQUOT: "Raise the quota of footyd's user, or set library.dir to another disk.",
    errno.EROFS: "Its disk is mounted read-only: remount it, or set library.dir to another one.",
    errno.EACCES: "Let footyd's user write there, or set library.dir to another folder.",
    errno.EPERM: "Let footyd's user write there, or set library.dir to another folder.",
    errno.ENOTDIR: "A file stands where a folder is needed: move it away.",
    errno.EEXIST: "A file stands where a folder is needed: move it away.",
    errno.EISDIR: "A folder stands where the clip belongs: move it away.",
    errno.ENAMETOOLONG: "Shorten library.key_template: its file system takes shorter names.",
}
_OTHER_REMEDY = "Check the disk under library.dir."


class FolderLibrary:
    """A `Library` under `root`; keys and symbolic links never lead out of it."""

    def __init__(self, root: Path, retry: Retry, *, timeout_seconds: float = _TIMEOUT_SECONDS) -> None:
        self._root = root
        self._retry = retry
        self._timeout_seconds = timeout_seconds
        self._folders = threading.Lock()  # no folder is removed between its making and its first file
        # Threads of its own: stuck in a dead disk, the loop's would be missed by every name look-up.
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="library")

    async def prepare(self) -> None:
        await self._run("prepare", self._root, lambda _stop: self._prepare())

    async def owner(self) -> Owner | None:
        return await self._run("read", self._root / MARKER, lambda _stop: self._owner())

    async def claim(self, owner: Owner, *, over: bool = False) -> Owner | None:
        await self._run("write", self._root / MARKER, lambda _stop: self._claim(owner, over=over))
        return await self.owner()

    async def put(
        self, key: ObjectKey, file: Path, *, content_type: str, metadata: Mapping[str, str]
    ) -> None:
        """Copy `file`; its attributes are `user.mime_type` and `user.footyd.*`."""
        attributes = {"mime_type": content_type} | {f"footyd.{name}": text for name, text in metadata.items()}
        await self._run("write", self._root / key, lambda stop: self._put(key, file, attributes, stop))

    async def size(self, key: ObjectKey) -> int | None:
        return await self._run("look up", self._root / key, lambda _stop: self._size(key))

    async def delete(self, key: ObjectKey) -> None:
        """Remove the file and the folders this leaves empty, never the library itself."""
        await self._run("delete", self._root / key, lambda _stop: self._delete(key))

    async def copy(self, source: ObjectKey, target: ObjectKey) -> None:
        """Read and written, not linked: a library may lie on any file system; attributes come along."""
        place = self._root / target
        await self._run("copy to", place, lambda stop: self._copy(source, target, stop))

    async def fetch(self, key: ObjectKey, into: Path) -> None:
        await self._run("read", self._root / key, lambda _stop: shutil.copyfile(self._inside(key), into))

    async def sha256(self, key: ObjectKey) -> str:
        return await self._run("read", self._root / key, lambda stop: sha256_of(self._inside(key), stop))

    async def read(
        self, key: ObjectKey, *, start: int = 0, stop: int | None = None
    ) -> AsyncGenerator[bytes, None]:
        place = self._root / key
        file = await self._run("read", place, lambda _stop: open_plain(self._inside(key), start))
        try:
            left = math.inf if stop is None else stop - start
            while block := await self._run("read", place, functools.partial(next_block, file, left)):
                yield block
                left -= len(block)
        finally:
            file.close()

    async def objects(self) -> AsyncIterator[tuple[ObjectKey, int]]:
        """What a person put there included; files of a write that is going on are not."""
        walking = walk(self._root)
        while some := await self._run(
            "list", self._root, lambda _stop: list(itertools.islice(walking, _LISTED))
        ):
            for key, size in some:
                yield key, size

    async def leftovers(self) -> list[Leftover]:
        return await self._run("look through", self._root, lambda _stop: self._stale())

    async def sweep(self, leftover: Leftover) -> None:
        file = Path(leftover.name)
        await self._run("remove", file, lambda _stop: self._sweep(file))

    async def url(self, key: ObjectKey) -> str:
        return self._root.joinpath(*parts_of(key)).absolute().as_uri()

    async def _run(self, action: str, place: Path, work: Callable[[threading.Event], T]) -> T:
        try:
            return await tried(lambda: self._on_thread(work), _is_passing, self._retry)
        except TimeoutError as exc:
            waited = f"{self._timeout_seconds:g} s"
            raise LibraryError(f"could not {action} {place} within {waited}", remedy=_OTHER_REMEDY) from exc
        except OSError as exc:
            found = f"{exc.strerror or exc}" + (f" ({exc.filename})" if exc.filename else "")
            remedy = _REMEDIES.get(exc.errno or 0, _OTHER_REMEDY)
            raise LibraryError(f"could not {action} {place}: {found}", remedy=remedy) from exc

    async def _on_thread(self, work: Callable[[threading.Event], T]) -> T:
        """Run `work`, and set its event when nobody waits for it any more."""
        stop = threading.Event()
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await asyncio.get_running_loop().run_in_executor(self._threads, work, stop)
        finally:
            stop.set()

    # ------------------------------------------------------------ on a thread

    def _prepare(self) -> None:
        self._root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=self._root):
            pass  # footyd may write here

    def _owner(self) -> Owner | None:
        try:
            return owner_in(self._inside(MARKER).read_bytes())
        except FileNotFoundError:
            return None

    def _claim(self, owner: Owner, *, over: bool) -> None:
        place = self._inside(MARKER)
        if over:
            with self._replacing(place) as partial:
                partial.write(text_of(owner))
            sync_folder(place.parent)
        elif not place.exists():
            with contextlib.suppress(FileExistsError):
                place_once(place, text_of(owner))

    def _stale(self) -> list[Leftover]:
        found = partials(Path(os.path.realpath(self._root)))
        return [Leftover(name=str(file)) for file in found if is_stale(file)]

    def _sweep(self, file: Path) -> None:
        remove_stale(file)
        self._remove_empty(file.parent)

    def _put(self, key: ObjectKey, file: Path, attributes: Mapping[str, str], stop: threading.Event) -> None:
        target = self._inside(key)
        with file.open("rb") as source, self._replacing(target) as partial:
            copy(source, partial, stop)
            describe(partial, attributes)
            with contextlib.suppress(PermissionError):  # FAT has no modes to change
                os.fchmod(partial.fileno(), 0o644)
        sync_folder(target.parent)

    def _copy(self, source: ObjectKey, target: ObjectKey, stop: threading.Event) -> None:
        file = self._inside(source)
        self._put(target, file, attributes_of(file), stop)

    @contextlib.contextmanager
    def _replacing(self, target: Path) -> Iterator[IO[bytes]]:
        """A hidden file that takes `target`'s place when all went well.

        It is locked, so that another footyd's `prepare` tells it from one that a crash left.
        """
        with self._folders:
            make_folders(target.parent)
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=PREFIX, suffix=SUFFIX)
        with contextlib.ExitStack() as stack:
            stack.callback(self._remove_empty, target.parent)
            stack.callback(Path(name).unlink, missing_ok=True)
            with os.fdopen(handle, "wb") as partial:
                with contextlib.suppress(OSError):  # some network shares know no locks
                    fcntl.flock(partial, fcntl.LOCK_EX)
                yield partial
                os.fsync(partial.fileno())
                Path(name).replace(target)
            stack.pop_all()

    def _size(self, key: ObjectKey) -> int | None:
        try:
            found = self._inside(key).lstat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return found.st_size if stat.S_ISREG(found.st_mode) else None

    def _delete(self, key: ObjectKey) -> None:
        target = self._inside(key)
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            target.unlink()
            sync_folder(target.parent)
        self._remove_empty(target.parent)

    def _remove_empty(self, folder: Path) -> None:
        library = Path(os.path.realpath(self._root))
        with self._folders, contextlib.suppress(OSError):  # the first that is not empty ends it
            while library in folder.parents:
                if folder.exists():
                    folder.rmdir()
                folder = folder.parent

    def _inside(self, key: ObjectKey) -> Path:
        """The place of `key`, every folder on its way resolved; the last name is taken as it stands."""
        parts = parts_of(key)
        if not self._root.is_dir():
            raise LibraryError(
                f"the library {self._root} is gone", remedy="Mount its disk, or start footyd anew to make it."
            )
        library = Path(os.path.realpath(self._root))
        folder = Path(os.path.realpath(library.joinpath(*parts[:-1])))
        if folder != library and library not in folder.parents:
            raise LibraryError(
                f"{key!r} would leave the library {self._root} for {folder}",
                remedy="Remove the symbolic link on its way.",
            )
        return folder / parts[-1]


def _is_passing(exc: Exception) -> bool:
    return isinstance(exc, OSError) and exc.errno in _PASSING
