"""Chromium's processes as the kernel tells of them, with small ones in its place."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from footyd.adapters.x_browser_processes import children, command_line, end, held, memory, tree
from tests.waiting import until


@pytest.fixture
def family() -> Iterator[subprocess.Popen[bytes]]:
    """A shell with a child, both for ever; and one that left it for a session of its own."""
    script = "sleep 1000 & setsid sh -c 'sleep 1001 & exec sleep 1002' & wait"
    with subprocess.Popen(["/bin/sh", "-c", script]) as shell:
        yield shell
        for pid in tree(shell.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, 9)


def sleeps(pid: int) -> set[str]:
    return {line[1] for line in map(command_line, tree(pid)) if line[0] == "sleep"}


async def test_a_tree_is_all_that_descends_and_is_weighed_together(family: subprocess.Popen[bytes]) -> None:
    await until(lambda: sleeps(family.pid) == {"1000", "1001", "1002"})
    assert family.pid in children(os.getpid())
    weight = memory(tree(family.pid))
    assert weight.processes == 4
    assert 0 < weight.pss_bytes < weight.rss_bytes


async def test_without_pss_what_is_not_shared_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = memory([os.getpid()])
    original = Path.read_text

    def refused(path: Path, *args: str) -> str:
        if path.name == "smaps_rollup":
            raise PermissionError(13, "Permission denied")
        return original(path, *args)

    monkeypatch.setattr(Path, "read_text", refused)
    estimate = memory([os.getpid()])
    assert estimate.processes == 1
    assert exact.pss_bytes / 2 < estimate.pss_bytes < estimate.rss_bytes


async def test_what_ends_by_itself_is_waited_for_and_the_rest_is_killed(
    family: subprocess.Popen[bytes],
) -> None:
    await until(lambda: sleeps(family.pid) == {"1000", "1001", "1002"})
    with held(tree(family.pid)) as handles:
        assert await end(handles, within_seconds=0.01) == 4
        assert await end(handles, within_seconds=60) == 0
    family.wait()
    assert tree(family.pid) == [family.pid]


async def test_waiting_for_the_end_can_be_cancelled(family: subprocess.Popen[bytes]) -> None:
    with held([family.pid]) as handles:
        waiting = asyncio.create_task(end(handles, within_seconds=60))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert family.poll() is None


def test_who_is_gone_is_no_error() -> None:
    with subprocess.Popen(["/bin/true"]) as short:
        short.wait()
    with held([short.pid]) as handles:
        assert handles == []
    assert memory([short.pid]).processes == 0
    assert command_line(short.pid) == []
