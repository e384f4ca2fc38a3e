"""The folders that Chromium writes into while it runs; one that is killed leaves them behind."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

from footyd.adapters.x_browser_processes import PROC, command_line, end, held

PROFILE = "--user-data-dir="
LOCK = "SingletonSocket"
"""A link in the profile that leads to a folder of its own in the place for temporary files."""


def folders_of(pids: Iterable[int]) -> set[Path]:
    """Where these processes keep the profile that was made for them, and its lock."""
    lines = (argument for pid in pids for argument in command_line(pid))
    profiles = {Path(line.removeprefix(PROFILE)) for line in lines if line.startswith(PROFILE)}
    return profiles | {lock for profile in profiles if (lock := _lock_of(profile))}


def _lock_of(profile: Path) -> Path | None:
    with suppress(OSError):
        return (profile / LOCK).readlink().parent
    return None


async def cleared(folders: Collection[Path], *, within_seconds: float) -> None:
    """Remove them once nobody writes there: a Chromium whose driver was killed ends a little later than that.

    Of one that ends as it should Playwright has removed the profile already.
    """
    with held(_users_of(folders)) as users:
        await end(users, within_seconds=within_seconds)
    for folder in folders:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _users_of(folders: Collection[Path]) -> list[int]:
    pids = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdecimal()] if folders else []
    wanted = {f"{PROFILE}{folder}" for folder in folders}
    return [pid for pid in pids if wanted.intersection(command_line(pid))]
