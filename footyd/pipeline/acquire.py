"""Accepted posts become clips on disk: downloaded, decoded, fingerprinted, recorded."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from footyd.config import ClipsConfig
from footyd.errors import WorkerError
from footyd.model import Candidate, CandidateState, Clip, ClipId, ClipState, Goal, Rejection
from footyd.pipeline.told import download_told, is_worth_telling
from footyd.pipeline.tools import Tools
from footyd.pipeline.verdicts import REFUSED_FILE, is_accepted_by_person, is_chosen, limits_for
from footyd.stages.download import Fetched, download_candidate
from footyd.stages.fingerprint import Fingerprinted, fingerprint_file

T = TypeVar("T")

DISK_FULL = "disk_full"
TRIES_PER_POST = 3
"""Passes in which a post that failed for a passing reason is tried again; each try has retries of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquired:
    """`waiting` counts posts that are wanted still, because the disk has no room for them."""

    downloaded: int
    failed: Counter[str]
    waiting: int = 0


async def acquire_clips(goal: Goal, tools: Tools) -> Acquired:
    """Fetch the best posts still wanted, as many at once as there are worker processes; a person's first."""
    ledger = await tools.store.clips.candidates(goal.id)
    wanted = [c for c in ledger if c.state is CandidateState.ACCEPTED]
    wanted.sort(key=is_accepted_by_person, reverse=True)
    wanted = wanted[: tools.config.download.candidates_per_pass]
    if wanted and not await tools.has_room():
        return Acquired(downloaded=0, failed=Counter(), waiting=len(wanted))
    slots = asyncio.Semaphore(tools.config.workers.processes)
    results = await _all([_acquire_one(c, slots, tools) for c in wanted])
    failed = Counter(result.reason for result in results if isinstance(result, Rejection))
    downloaded = len(results) - failed.total()
    return Acquired(downloaded=downloaded, waiting=failed.pop(DISK_FULL, 0), failed=failed)


async def _all(work: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """The results of all; the first failure ends the others before it is raised."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _acquire_one(candidate: Candidate, slots: asyncio.Semaphore, tools: Tools) -> Clip | Rejection:
    folder = tools.config.work_dir / candidate.goal_id / candidate.post.id
    async with slots:
        try:
            result = await _fetch_and_read(candidate, folder, tools)
            if isinstance(result, Clip):
                await tools.store.clips.save_clip(result)
                outcome = replace(
                    candidate, state=CandidateState.DOWNLOADED, clip_id=result.id, rejection=None
                )
            else:
                outcome = failed(candidate, result)
            if is_worth_telling(candidate, outcome):
                await tools.store.timeline.note(download_told(candidate, result, tools.clock()))
            await tools.store.clips.save_candidate(outcome)
            return result
        finally:
            shutil.rmtree(folder, ignore_errors=True)


async def _fetch_and_read(candidate: Candidate, folder: Path, tools: Tools) -> Clip | Rejection:
    folder.mkdir(parents=True, exist_ok=True)
    with tools.timing("download"):
        fetched = await download_candidate(candidate, tools.downloader, folder, tools.config.download)
    if isinstance(fetched, Rejection):
        return fetched
    read = await read_file(fetched.file, limits_for(candidate, tools.config.clips), tools)
    if isinstance(read, Rejection):
        return read
    return await as_clip(candidate, fetched, read, tools)


async def read_file(file: Path, limits: ClipsConfig, tools: Tools) -> Fingerprinted | Rejection:
    """Decoded in a worker process, which a broken file may kill."""
    seconds = tools.config.workers.task_timeout_seconds
    try:
        with tools.timing("fingerprint"):
            return await tools.workers.run(fingerprint_file, file, limits, timeout_seconds=seconds)
    except WorkerError as exc:
        return Rejection(reason="undecodable", temporary=not exc.timed_out, detail=str(exc))


async def as_clip(
    candidate: Candidate, fetched: Fetched, read: Fingerprinted, tools: Tools
) -> Clip | Rejection:
    """The clip of these bytes: the one already known, or a new one whose file is kept.

    Bytes that a person refused stay refused, unless a person wants them now; those of a duplicate are taken
    again when a person chose it.
    """
    id = ClipId(f"{candidate.goal_id}:{read.facts.sha256}")
    for known in await tools.store.clips.find_clips({"_id": id}):
        if known.state is ClipState.REFUSED and not is_accepted_by_person(candidate):
            return REFUSED_FILE
        if known.state is not ClipState.REFUSED and not _is_wanted_back(known, candidate):
            return known
    path = tools.config.work_dir / candidate.goal_id / f"{read.facts.sha256}{fetched.file.suffix}"
    fetched.file.replace(path)
    return Clip(
        id=id,
        goal_id=candidate.goal_id,
        post_id=candidate.post.id,
        facts=read.facts,
        fingerprint=read.fingerprint,
        state=ClipState.HELD,
        path=path,
        better=fetched.better,
    )


def _is_wanted_back(known: Clip, candidate: Candidate) -> bool:
    return known.state is ClipState.DUPLICATE and is_chosen(candidate)


def failed(candidate: Candidate, rejection: Rejection) -> Candidate:
    """A passing reason leaves the post wanted for a later pass, until it has been tried often enough.

    A full disk is no fault of the post: it waits, however often.
    """
    if rejection.reason == DISK_FULL:
        return candidate
    attempts = candidate.attempts + 1
    again = rejection.temporary and attempts < TRIES_PER_POST
    state = CandidateState.ACCEPTED if again else CandidateState.FAILED
    return replace(candidate, state=state, rejection=rejection, attempts=attempts)
