"""After a crash: every promise a clip's record makes is kept, or its post is fetched again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import structlog

from footyd.adapters.mongo import Store
from footyd.adapters.mongo.mending import UNWANTED, HalfKept
from footyd.errors import LibraryError
from footyd.model import Clip, ClipId, ClipState, Fixture, Goal, GoalId, ObjectKey
from footyd.pipeline.reprint import is_outdated, reprint
from footyd.pipeline.shelf import finish_move, remove_object, shelve, unshelve
from footyd.pipeline.tools import Tools
from footyd.pipeline.verdicts import want_again

log = structlog.get_logger()


async def mend_goal(goal: Goal, fixture: Fixture, tools: Tools) -> int:
    """Bring the clips of one goal to a state the stages can go on from; the number of clips touched."""
    clips = await tools.store.clips.clips(goal.id)
    broken = [clip for clip in clips if is_broken(clip)]
    for clip in broken:
        await _mend(clip, goal, fixture, tools)
    return len(broken)


def is_broken(clip: Clip) -> bool:
    return is_half(clip) or is_outdated(clip)


def is_half(clip: Clip | HalfKept) -> bool:
    """A promise not yet kept, a file that is gone, or an object that should be gone."""
    if clip.state is ClipState.HELD:
        return clip.path is None or not clip.path.exists()
    if clip.state in UNWANTED:
        return bool(clip.object_key)
    return clip.state is ClipState.PUBLISHING or clip.moved_from is not None


async def _mend(clip: Clip, goal: Goal, fixture: Fixture, tools: Tools) -> None:
    if clip.state in UNWANTED:
        await remove_object(clip, tools)
    elif clip.state is ClipState.HELD:
        await want_again(clip, tools)
    elif not is_half(clip):
        await reprint(clip, tools)
    elif clip.path is not None and clip.path.exists():
        await shelve(clip, goal, fixture, tools)
    elif clip.moved_from and await _is_whole(clip.moved_from, clip, tools):
        await finish_move(clip, goal, fixture, tools)
    elif clip.object_key and await _is_whole(clip.object_key, clip, tools):
        await _adopt(clip, tools)
    else:
        for key in filter(None, (clip.object_key, clip.moved_from)):
            await unshelve(key, clip.id, tools)
        await want_again(clip, tools)


async def _is_whole(key: ObjectKey, clip: Clip, tools: Tools) -> bool:
    return await tools.library.size(key) == clip.facts.size_bytes


async def _adopt(clip: Clip, tools: Tools) -> None:
    """The object is there and its record lags behind; what lay under an earlier name goes."""
    if clip.moved_from:
        await unshelve(clip.moved_from, clip.id, tools)
    kept_at = clip.kept_at or tools.clock()
    keeper = replace(clip, state=ClipState.KEEPER, path=None, moved_from=None, kept_at=kept_at)
    await tools.store.clips.save_clip(keeper)


async def half_kept(store: Store) -> list[ClipId]:
    """Clips that a crash left half kept, of goals that are recorded."""
    found = [one.clip_id for one in await store.mend.half_kept() if is_half(one)]
    goals = await store.mend.known_goals({goal_of(clip_id) for clip_id in found})
    return [clip_id for clip_id in found if goal_of(clip_id) in goals]


async def mend_clips(clips: Sequence[str], tools: Tools) -> None:
    """Goal by goal; what the library does not take now, the next pass or the next start makes up for."""
    for goal_id in sorted({goal_of(clip_id) for clip_id in clips}):
        try:
            await _mend_recorded(goal_id, tools)
        except LibraryError as exc:
            log.warning("clips not mended", goal_id=goal_id, reason=exc.line())


def goal_of(clip_id: str) -> GoalId:
    return GoalId(clip_id.rpartition(":")[0])


async def _mend_recorded(goal_id: GoalId, tools: Tools) -> int:
    record = await tools.store.goals.record(goal_id)
    tracked = await tools.store.fixtures.fixture(record.goal.fixture_id) if record else None
    if record is None or tracked is None:
        return 0
    return await mend_goal(record.goal, tracked.fixture, tools)
