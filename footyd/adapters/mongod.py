"""The embedded MongoDB: the wheel's mongod on a unix socket of ours, living and dying with the daemon."""

from __future__ import annotations

import asyncio
import fcntl
import os
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import structlog

from footyd.adapters.mongod_failures import explain
from footyd.adapters.mongod_places import (
    lent_libraries,
    make_private,
    release_socket,
    runnable,
    shipped_mongod,
    socket_place,
)
from footyd.errors import InUseError, StoreError

START_SECONDS = 90.0
TAKEOVER_SECONDS = 30.0
STOP_SECONDS = 20.0

_LEASH = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(1, 15, 0, 0, 0)
if os.getppid() != int(sys.argv[1]): sys.exit("footyd is gone")
try: ctypes.CDLL("libcurl.so.4")
except OSError: os.environ["LD_LIBRARY_PATH"] = sys.argv[2]
try: os.execv(sys.argv[3], sys.argv[3:])
except OSError as exc: sys.exit(f"exec: {exc}")
"""
"""Asks the kernel to SIGTERM mongod when footyd dies (PR_SET_PDEATHSIG outlives exec), then becomes mongod.

Where the system has no libcurl, mongod gets the one that came with us.

A process of its own, because Python code between fork and exec is not safe beside threads.
"""

log = structlog.get_logger()


@contextmanager
def state_lock(state_dir: Path) -> Iterator[None]:
    """One footyd per state directory; the kernel frees it however its holder dies. Raises InUseError."""
    make_private(state_dir)
    path = state_dir / "footyd.lock"
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            holder = path.read_text().strip() or "unknown"
            raise InUseError(
                f"{state_dir} is in use by another footyd (pid {holder})",
                remedy="Stop that one first, or set state.dir to another directory",
            ) from exc
        os.truncate(lock, 0)
        os.write(lock, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(lock)


def lock_holder(state_dir: Path) -> int | None:
    """The process that holds the state directory: a daemon, or a command at work. None when nobody does."""
    with suppress(OSError, ValueError), (state_dir / "footyd.lock").open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(lock.read())
    return None


@asynccontextmanager
async def embedded_mongod(state_dir: Path, *, cache_gb: float = 0.25) -> AsyncIterator[str]:
    """The URI of a mongod that runs for the length of the block, its data in `state_dir/db`.

    Hold `state_lock` around it. When mongod ends on its own, the task that entered is cancelled and the block
    ends with StoreError. Raises PermanentError, InUseError or StoreError when it cannot start.
    """
    make_private(state_dir / "db")
    binary = runnable(shipped_mongod(), state_dir)
    await _previous_gone(state_dir / "db")
    path = socket_place(state_dir)
    mongod = await _spawn(binary, state_dir, path, cache_gb)
    try:
        await _ready(mongod, state_dir, path)
        async with _cancelled_with(mongod, state_dir):
            yield _uri(path)
    finally:
        await _stop(mongod)
        release_socket(state_dir, path)


def socket_uri(state_dir: Path) -> str | None:
    """The URI of the mongod that serves this state directory now, None when none answers."""
    path = state_dir / "mongod.sock"
    with suppress(OSError):
        path = path.readlink()
    return _uri(path) if _answers(path) else None


def _uri(path: Path) -> str:
    return f"mongodb://{quote(str(path), safe='')}"


# ---------------------------------------------------------------- its life


async def _spawn(binary: Path, state_dir: Path, path: Path, cache_gb: float) -> Process:
    """Its log starts afresh, the one before is kept; a session of its own keeps Ctrl-C for footyd alone."""
    output = _log_path(state_dir)
    if output.exists():
        output.replace(output.with_suffix(".log.1"))
    options = ["--dbpath", str(state_dir / "db"), "--bind_ip", str(path), "--port", "0", "--nounixsocket"]
    options += ["--filePermissions", "0700", "--wiredTigerCacheSizeGB", str(cache_gb), "--quiet"]
    options += ["--setParameter", "diagnosticDataCollectionEnabled=false"]
    leash = [sys.executable, "-I", "-S", "-c", _LEASH, str(os.getpid()), lent_libraries(state_dir)]
    with output.open("ab") as sink:
        return await asyncio.create_subprocess_exec(
            *leash,
            str(binary),
            *options,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )


def _log_path(state_dir: Path) -> Path:
    return state_dir / "mongod.log"


async def _previous_gone(data: Path) -> None:
    """A mongod whose daemon was killed is shutting down: let it finish. Raises InUseError."""
    pid = _holder(data)
    if pid is None:
        return
    log.info("waiting for the previous mongod to end", pid=pid)
    try:
        async with asyncio.timeout(TAKEOVER_SECONDS):
            await _process_end(pid)
    except TimeoutError as exc:
        raise InUseError(
            f"another mongod (pid {pid}) holds {data}", remedy=f"Stop it: kill {pid}, then start footyd again"
        ) from exc


def _holder(data: Path) -> int | None:
    """The live mongod of this data: its lock file names a pid, which after a crash may be anybody's."""
    try:
        pid = int((data / "mongod.lock").read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return pid if os.fsencode(data) in command.split(b"\0") else None


async def _process_end(pid: int) -> None:
    """Wait for a process that is not our child."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(handle, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(handle)
        os.close(handle)


async def _ready(mongod: Process, state_dir: Path, path: Path) -> None:
    """The socket takes connections once recovery is done. Raises what `explain` makes of an early end."""
    ended = asyncio.ensure_future(mongod.wait())
    try:
        async with asyncio.timeout(START_SECONDS):
            while not _answers(path):
                await asyncio.wait({ended}, timeout=0.03)
                if ended.done():
                    raise explain(ended.result(), _log_path(state_dir))
    except TimeoutError as exc:
        raise StoreError(
            f"mongod was not ready within {START_SECONDS:.0f} s", remedy=f"See {_log_path(state_dir)}"
        ) from exc
    finally:
        ended.cancel()


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


@asynccontextmanager
async def _cancelled_with(mongod: Process, state_dir: Path) -> AsyncIterator[None]:
    """The pattern of asyncio.timeout: cancel the block's task, then say why in place of CancelledError."""
    owner = asyncio.current_task()
    if owner is None:
        raise RuntimeError("an embedded mongod is entered in a task")
    died: list[int] = []

    async def watch() -> None:
        died.append(await mongod.wait())
        owner.cancel()

    watcher = asyncio.create_task(watch())
    try:
        yield
    except asyncio.CancelledError:
        if died and owner.uncancel() == 0:
            raise explain(died[0], _log_path(state_dir)) from None
        raise
    finally:
        watcher.cancel()


async def _stop(mongod: Process) -> None:
    if mongod.returncode is not None:
        return
    with suppress(ProcessLookupError):
        mongod.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await mongod.wait()
    except TimeoutError:
        log.warning("mongod did not stop and is killed", pid=mongod.pid)
        mongod.kill()
        await mongod.wait()
