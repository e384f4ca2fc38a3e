"""A keeper in the library: the clip, its poster and its sidecar, which come, move and go together."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from footyd.errors import LibraryError, WorkerError
from footyd.model import Clip, ClipId, ClipState, Fixture, Goal, ObjectKey
from footyd.pipeline.tools import Tools
from footyd.stages.fingerprint.poster import poster_of
from footyd.stages.publish import (
    metadata_for,
    object_key,
    poster_key,
    publish_clip,
    side_keys,
    sidecar,
    sidecar_key,
)


async def shelve(clip: Clip, goal: Goal, fixture: Fixture, tools: Tools) -> Clip:
    """Put the clip under the key its record promises, beside it what belongs to it, and record the keeper.

    The clip comes last: where it lies, its poster and sidecar lie too. Needs the file.
    """
    if clip.object_key is None or clip.path is None:
        message = f"clip {clip.id} is being published without a key or a file"
        raise ValueError(message)
    await put_poster(clip.object_key, clip, clip.path, tools)
    await put_sidecar(clip.object_key, clip, goal, fixture, tools)
    metadata = metadata_for(clip, goal, fixture, source_url=await _post_url(clip, tools))
    with tools.timing("publish"):
        await publish_clip(tools.library, clip, clip.object_key, metadata)
    keeper = replace(clip, state=ClipState.KEEPER, path=None, kept_at=clip.kept_at or tools.clock())
    await tools.store.clips.save_clip(keeper)
    clip.path.unlink(missing_ok=True)
    return keeper


async def put_poster(key: ObjectKey, clip: Clip, video: Path, tools: Tools) -> None:
    """A clip without a readable frame goes without: it is judged elsewhere."""
    try:
        picture = await tools.workers.run(
            poster_of, video, timeout_seconds=tools.config.workers.task_timeout_seconds
        )
    except WorkerError:
        return
    if picture:
        await _put_bytes(poster_key(key), picture, "image/webp", clip, tools)


async def put_sidecar(key: ObjectKey, clip: Clip, goal: Goal, fixture: Fixture, tools: Tools) -> None:
    facts = sidecar(clip, goal, fixture, source_url=await _post_url(clip, tools))
    text = json.dumps(facts, ensure_ascii=False, indent=2) + "\n"
    await _put_bytes(sidecar_key(key), text.encode(), "application/json", clip, tools)


async def _put_bytes(key: ObjectKey, content: bytes, content_type: str, clip: Clip, tools: Tools) -> None:
    folder = tools.config.work_dir / clip.goal_id
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{clip.facts.sha256}.side"
    try:
        file.write_bytes(content)
        await tools.library.put(key, file, content_type=content_type, metadata={"goal-id": clip.goal_id})
    finally:
        file.unlink(missing_ok=True)


async def _post_url(clip: Clip, tools: Tools) -> str:
    ledger = await tools.store.clips.candidates(clip.goal_id)
    return next((c.post.url for c in ledger if c.post.id == clip.post_id), "")


async def unshelve(key: ObjectKey, clip_id: ClipId, tools: Tools) -> None:
    """Delete the clip, then what lay beside it, unless the keeper of another goal lies under the same key."""
    wanted = {"$in": [ClipState.KEEPER.value, ClipState.PUBLISHING.value]}
    query = {"object_key": key, "_id": {"$ne": clip_id}, "state": wanted}
    if await tools.store.clips.find_clips(query):
        return
    for each in (key, *side_keys(key)):
        await tools.library.delete(each)


async def remove_object(duplicate: Clip, tools: Tools) -> None:
    """Delete what a duplicate still has in the library; safe to repeat."""
    if duplicate.object_key:
        await unshelve(duplicate.object_key, duplicate.id, tools)
        await tools.store.clips.save_clip(replace(duplicate, object_key=None))


# ---------------------------------------------------------------- a goal renamed


async def move_renamed(goal: Goal, fixture: Fixture, tools: Tools) -> None:
    """Keepers whose key tells of another scorer or minute than the goal has by now go where it says."""
    for clip in await tools.store.clips.clips(goal.id):
        if clip.state is not ClipState.KEEPER or clip.object_key is None or clip.rank is None:
            continue
        template = tools.config.library.key_template
        key = object_key(template, goal=goal, fixture=fixture, rank=clip.rank, sha256=clip.facts.sha256)
        if key != clip.object_key:
            promised = replace(clip, state=ClipState.PUBLISHING, object_key=key, moved_from=clip.object_key)
            await tools.store.clips.save_clip(promised)
            await finish_move(promised, goal, fixture, tools)


async def finish_move(clip: Clip, goal: Goal, fixture: Fixture, tools: Tools) -> None:
    """Copy what the record says was moved, then record it, then delete the old; safe to repeat."""
    source, target = clip.moved_from, clip.object_key
    if source is None or target is None:
        return
    if clip.state is ClipState.PUBLISHING:
        await _copy(source, target, clip, tools)
        await put_sidecar(target, clip, goal, fixture, tools)
        clip = replace(clip, state=ClipState.KEEPER, path=None)
        await tools.store.clips.save_clip(clip)
    await unshelve(source, clip.id, tools)
    await tools.store.clips.save_clip(replace(clip, moved_from=None))


async def _copy(source: ObjectKey, target: ObjectKey, clip: Clip, tools: Tools) -> None:
    if await tools.library.size(poster_key(source)) is not None:
        await tools.library.copy(poster_key(source), poster_key(target))
    await tools.library.copy(source, target)
    stored = await tools.library.size(target)
    if stored != clip.facts.size_bytes:
        raise LibraryError(
            f"clip {clip.id} has {clip.facts.size_bytes} bytes, its copy {target!r} has {stored}",
            remedy="It is copied again at the next try; footyd library verify tells if it is whole",
        )
