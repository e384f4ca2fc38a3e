"""Fingerprints of an older version: made anew from the file, for they are compared with nothing."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace

import structlog

from footyd.adapters.mongo import Store
from footyd.errors import LibraryError
from footyd.model import Clip, ClipId, ClipState, Rejection
from footyd.pipeline.acquire import read_file
from footyd.pipeline.tools import Tools
from footyd.stages.fingerprint import FINGERPRINT_VERSION

log = structlog.get_logger()


async def old_prints(store: Store) -> list[ClipId]:
    """Of goals in work; those of others are made anew when their goal is searched again."""
    return await store.mend.old_prints(FINGERPRINT_VERSION)


async def reprint_all(clips: Sequence[str], tools: Tools) -> None:
    for clip_id in clips:
        for clip in await tools.store.clips.find_clips({"_id": clip_id}):
            await reprint(clip, tools)


def is_outdated(clip: Clip) -> bool:
    return clip.state is ClipState.KEEPER and clip.fingerprint.version != FINGERPRINT_VERSION


async def reprint(clip: Clip, tools: Tools) -> None:
    """Without a file that can be read it stays as it is."""
    if clip.object_key is None:
        return
    folder = tools.config.work_dir / clip.goal_id / "reprint"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"clip.{clip.facts.container}"
    try:
        await tools.library.fetch(clip.object_key, file)
        read = await read_file(file, tools.config.clips, tools)
    except LibraryError as exc:
        log.warning("older fingerprint stays", clip_id=clip.id, reason=exc.line())
        return
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if not isinstance(read, Rejection):
        await tools.store.clips.save_clip(replace(clip, fingerprint=read.fingerprint))
