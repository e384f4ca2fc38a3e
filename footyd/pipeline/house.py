"""Housekeeping, every night: what was kept long enough goes, and what nobody names any more."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from footyd.adapters.mongo import Store
from footyd.config import Config
from footyd.errors import LibraryError
from footyd.model import Clip, ClipId, ClipState, GoalId, GoalState
from footyd.pipeline.shelf import remove_object
from footyd.pipeline.tools import Tools
from footyd.stages.expire import keepers_to_expire

QUARANTINE = timedelta(days=7)
STALE_WORK = timedelta(days=1)
"""No download and no pass lasts that long."""
TAKEN_BACK = "its goal was taken back"

log = structlog.get_logger()


async def keep_house(tools: Tools) -> Mapping[str, int]:
    """The counts of what went. Raises LibraryError when all is done and some deletions failed.

    A deletion that failed is made up for at the next run.
    """
    before = tools.clock() - QUARANTINE
    removals = _Removals(tools)
    await tools.store.clock.keep_runs(tools.config.daemon.runs_kept_days)  # or for ever, since the start
    await _finish_deletions(removals)
    over = await tools.store.goals.cancelled_before(before)
    counts = {
        "clips_removed": await _end_quarantine(over, removals),
        "sightings_forgotten": await tools.store.goals.forget_discarded(before),
        "clips_expired": await _expire_keepers(removals),
        "work_removed": await remove_work(tools, untouched_since=tools.clock() - STALE_WORK),
    }
    removals.tell()
    return counts


class _Removals:
    """Deletions of one run: one that fails does not keep the others from being tried."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self._failed: dict[ClipId, LibraryError] = {}

    async def remove(self, clip: Clip) -> None:
        """Raises LibraryError only where the library as a whole does not answer."""
        if clip.object_key is None or clip.id in self._failed:
            return
        try:
            await remove_object(clip, self.tools)
        except LibraryError as exc:
            await self.tools.library.size(clip.object_key)
            self._failed[clip.id] = exc

    def tell(self) -> None:
        if self._failed:
            first = next(iter(self._failed.values()))
            others = f"; {len(self._failed) - 1} more were not deleted" if len(self._failed) > 1 else ""
            raise LibraryError(f"{str(first).rstrip('.')}{others}", remedy=first.remedy) from first


# ---------------------------------------------------------------- keepers


async def end_quarantine(goals: Sequence[GoalId], tools: Tools) -> int:
    """Delete the keepers of goals taken back long ago; the records stay. The number of clips that went."""
    removals = _Removals(tools)
    removed = await _end_quarantine(goals, removals)
    removals.tell()
    return removed


async def _end_quarantine(goals: Sequence[GoalId], removals: _Removals) -> int:
    tools, removed = removals.tools, 0
    for goal_id in goals:
        record = await tools.store.goals.record(goal_id)
        if record is None or record.goal.state is not GoalState.CANCELLED:
            continue
        for clip in await tools.store.clips.clips(goal_id):
            if clip.object_key:
                await _expire(clip, TAKEN_BACK, removals)
                removed += 1
    return removed


async def _expire_keepers(removals: _Removals) -> int:
    """By `library.keep_days` and `library.max_bytes`; how many went."""
    tools, library = removals.tools, removals.tools.config.library
    if not (library.keep_days or library.max_bytes):
        return 0
    going = keepers_to_expire(await tools.store.shelf.kept(), library, tools.clock())
    return sum([await _expire_by_id(clip_id, reason, removals) for clip_id, reason in going])


async def _expire_by_id(clip_id: ClipId, reason: str, removals: _Removals) -> bool:
    """As it is by now: one that is being moved waits for the next night."""
    found = await removals.tools.store.clips.find_clips({"_id": clip_id, "state": ClipState.KEEPER.value})
    for clip in found:
        if clip.moved_from is None:
            await _expire(clip, reason, removals)
            return True
    return False


async def _expire(clip: Clip, reason: str, removals: _Removals) -> None:
    """Record it, delete the object, then forget the key: a crash in between is made up for."""
    tools, now = removals.tools, removals.tools.clock()
    expired = replace(clip, state=ClipState.EXPIRED, path=None, expired_at=now, expired_for=reason)
    await tools.store.clips.save_clip(expired)
    await removals.remove(expired)
    log.info("clip expired", goal_id=clip.goal_id, object_key=clip.object_key, reason=reason)


async def _finish_deletions(removals: _Removals) -> None:
    """Of a night in which the library did not answer."""
    query = {"state": ClipState.EXPIRED.value, "object_key": {"$gt": ""}}
    for clip in await removals.tools.store.clips.find_clips(query):
        await removals.remove(clip)


# ---------------------------------------------------------------- work left behind


async def stale_work(store: Store, config: Config, *, untouched_since: datetime | None = None) -> list[Path]:
    """Work that belongs to no clip; while goals are worked on, only what is old."""
    named, root = await store.mend.promised_files(), config.work_dir
    folders = sorted(root.iterdir()) if root.is_dir() else []
    entries = [entry for folder in folders for entry in _entries(folder)]
    return [entry for entry in entries if entry not in named and _is_old(entry, untouched_since)]


async def remove_work(tools: Tools, *, untouched_since: datetime | None = None) -> int:
    """How many entries, and the folders that are empty then."""
    stale = await stale_work(tools.store, tools.config, untouched_since=untouched_since)
    for entry in stale:
        shutil.rmtree(entry, ignore_errors=True) if entry.is_dir() else entry.unlink(missing_ok=True)
    root = tools.config.work_dir
    for folder in sorted(root.iterdir()) if root.is_dir() else []:
        if _is_old(folder, untouched_since):
            with suppress(OSError):  # it holds something still
                folder.rmdir()
    return len(stale)


def _entries(folder: Path) -> Iterator[Path]:
    """A file where only folders belong is one itself."""
    yield from sorted(folder.iterdir()) if folder.is_dir() else (folder,)


def _is_old(entry: Path, untouched_since: datetime | None) -> bool:
    if untouched_since is None:
        return True
    try:
        return datetime.fromtimestamp(entry.lstat().st_mtime, UTC) < untouched_since
    except FileNotFoundError:  # its goal's pass has just ended
        return False
