"""The second step of a download: the best file, for the clips alone that are going to be kept."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from footyd.errors import WorkerError
from footyd.model import Candidate, Clip, ClipState, Rejection, Variant
from footyd.pipeline.acquire import as_clip, read_file
from footyd.pipeline.tools import Tools
from footyd.pipeline.verdicts import limits_for
from footyd.stages.download import Fetched, download_better
from footyd.stages.fingerprint import match_fingerprints


async def fetch_better(clip: Clip, tools: Tools) -> Clip | None:
    """The better file of the same video as a clip of its own, recorded; None when there is none to be had.

    The small one then is its duplicate. When it fails for a passing reason, the next pass tries once more.
    """
    candidates = await tools.store.clips.candidates(clip.goal_id)
    candidate = next((c for c in candidates if c.clip_id == clip.id or c.post.id == clip.post_id), None)
    if clip.better is None or candidate is None:
        return None
    folder = tools.config.work_dir / clip.goal_id / f"{candidate.post.id}-better"
    try:
        found = await _fetch(clip, clip.better, candidate, folder, tools)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if isinstance(found, Rejection):
        if not found.temporary:
            await tools.store.clips.save_clip(replace(clip, better=None))
        return None
    await _take_over(clip, found, candidate, tools)
    return found


async def _fetch(
    clip: Clip, better: Variant, candidate: Candidate, folder: Path, tools: Tools
) -> Clip | Rejection:
    folder.mkdir(parents=True, exist_ok=True)
    file = await download_better(better, tools.downloader, folder, tools.config.download)
    if isinstance(file, Rejection):
        return file
    read = await read_file(file, limits_for(candidate, tools.config.clips), tools)
    if isinstance(read, Rejection):
        return read
    if read.facts.sha256 == clip.facts.sha256:
        return Rejection(reason="same_file")
    found = await as_clip(candidate, Fetched(file=file), read, tools)
    if isinstance(found, Rejection):
        return found
    if await tools.store.clips.find_clips({"_id": found.id}):
        return Rejection(reason="known_file", detail="it came with another post, and was judged with it")
    fault = await _fault(clip, found, tools)
    if fault and found.path:
        found.path.unlink(missing_ok=True)
    return fault or found


async def _fault(clip: Clip, found: Clip, tools: Tools) -> Rejection | None:
    """What keeps it from being the same video in a better size.

    Prints of two versions cannot tell: a keeper's is remade first, what waits for its first pass is believed.
    """
    if clip.fingerprint.version != found.fingerprint.version:
        older = Rejection(reason="not_compared", temporary=True, detail="the keeper's fingerprint is older")
        return older if clip.state is ClipState.KEEPER else None
    try:
        [match] = await tools.workers.run(
            match_fingerprints,
            [(clip.fingerprint, found.fingerprint)],
            timeout_seconds=tools.config.workers.task_timeout_seconds,
        )
    except WorkerError as exc:
        return Rejection(reason="not_compared", temporary=True, detail=str(exc))
    if match.score >= tools.config.clips.minimum_match:
        return None
    return Rejection(reason="another_video", detail="the larger file shows something else than the small one")


async def _take_over(clip: Clip, found: Clip, candidate: Candidate, tools: Tools) -> None:
    """Each write leaves records that the next start can go on from."""
    await tools.store.clips.save_clip(found)
    await tools.store.clips.save_candidate(replace(candidate, clip_id=found.id))
    if clip.state is ClipState.KEEPER:  # it has its place until the better one has won it
        await tools.store.clips.save_clip(replace(clip, better=None))
        return
    small = replace(clip, state=ClipState.DUPLICATE, keeper_id=found.id, path=None, better=None)
    await tools.store.clips.save_clip(small)
    if clip.path:
        clip.path.unlink(missing_ok=True)
