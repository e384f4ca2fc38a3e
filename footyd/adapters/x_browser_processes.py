"""Chromium as the kernel sees it: a tree of processes, what memory it holds, and making sure that it ends.

Read from /proc, which is Linux; a process that ends while it is looked at counts as gone.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Bytes of several processes; `pss_bytes` shares common pages out, `rss_bytes` counts them each time."""

    processes: int
    rss_bytes: int
    pss_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stat:
    pid: int
    parent: int
    session: int


def children(parent: int) -> set[int]:
    return {stat.pid for stat in _stats() if stat.parent == parent}


def command_line(pid: int) -> list[str]:
    try:
        return (PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return []


def tree(root: int) -> list[int]:
    """`root` and its descendants, and who is in the session of one of these without a parent among them."""
    stats = list(_stats())
    found = {root}
    while grown := {s.pid for s in stats if s.pid not in found and (s.parent in found or s.session in found)}:
        found |= grown
    return sorted(found)


def memory(pids: Iterable[int]) -> Memory:
    sizes = [size for size in map(_size, pids) if size is not None]
    return Memory(
        processes=len(sizes),
        rss_bytes=sum(rss for rss, _ in sizes),
        pss_bytes=sum(pss for _, pss in sizes),
    )


@contextmanager
def held(pids: Iterable[int]) -> Iterator[list[int]]:
    """Handles of these processes, which unlike their numbers never come to mean another one."""
    with ExitStack() as stack:
        handles = []
        for pid in pids:
            with suppress(ProcessLookupError):
                handles.append(os.pidfd_open(pid))
                stack.callback(os.close, handles[-1])
        yield handles


async def end(handles: Iterable[int], *, within_seconds: float) -> int:
    """Wait until all are gone; what still lives after `within_seconds` is killed, and counted."""
    handles = list(handles)
    try:
        async with asyncio.timeout(within_seconds):
            await _all_over(handles)
        return 0
    except TimeoutError:
        alive = [handle for handle in handles if not _is_over(handle)]
    for handle in alive:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    await _all_over(alive)
    return len(alive)


def _is_over(handle: int) -> bool:
    return bool(select.select([handle], [], [], 0)[0])


async def _all_over(handles: Iterable[int]) -> None:
    loop = asyncio.get_running_loop()
    for handle in handles:
        over = asyncio.Event()
        loop.add_reader(handle, over.set)
        try:
            await over.wait()
        finally:
            loop.remove_reader(handle)


def _stats() -> Iterator[_Stat]:
    for folder in PROC.iterdir():
        if folder.name.isdecimal() and (stat := _stat(folder)) is not None:
            yield stat


def _stat(folder: Path) -> _Stat | None:
    """None for one that is gone, or dead and only not yet reaped."""
    try:
        fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    state, parent, _group, session = fields[:4]
    return None if state in "ZX" else _Stat(pid=int(folder.name), parent=int(parent), session=int(session))


def _size(pid: int) -> tuple[int, int] | None:
    """RSS and PSS; where the kernel does not tell the latter, what the process shares with nobody."""
    folder = PROC / str(pid)
    with suppress(OSError, KeyError, IndexError, ValueError):
        lines = (folder / "smaps_rollup").read_text().splitlines()[1:]
        told = {
            name: int(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines)
        }
        return told["Rss"], told["Pss"]
    with suppress(OSError, IndexError, ValueError):
        _, resident, shared = (int(pages) for pages in (folder / "statm").read_text().split()[:3])
        return resident * _PAGE_BYTES, (resident - shared) * _PAGE_BYTES
    return None
