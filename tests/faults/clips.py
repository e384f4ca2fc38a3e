"""The clips of the short day, made once for all days."""

from __future__ import annotations

import asyncio
import fcntl
from datetime import UTC, datetime
from pathlib import Path

from footyd.adapters.workers import open_workers
from footyd.config import WorkersConfig
from footyd.demo.clip_maker import make_clip
from tests.faults.short_day import short_day


async def make_short_clips(folder: Path) -> None:
    """Those that do not lie there yet; whoever else makes them is waited for."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)
        recipes = short_day(1, datetime.now(UTC)).recipes
        missing = [recipe for recipe in recipes if not (folder / recipe.file_name).exists()]
        async with open_workers(WorkersConfig(processes=2)) as workers:
            made = (workers.run(make_clip, one, folder, timeout_seconds=120) for one in missing)
            await asyncio.gather(*made)
