"""After a crash: every promise a record makes is kept, every file and object no record names is removed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from footyd.model import Clip, ClipState, Fixture, Goal, GoalId, ObjectKey
from footyd.pipeline.house import sweep_work
from footyd.pipeline.needs_review import tell_untold
from footyd.pipeline.shelf import finish_move, remove_object, shelve, unshelve
from footyd.pipeline.tools import Tools
from footyd.pipeline.verdicts import want_again

UNWANTED = (ClipState.DUPLICATE, ClipState.REFUSED, ClipState.EXPIRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class MendReport:
    """What a start had to mend."""

    fixtures: int = 0
    goals: int = 0
    clips: int = 0
    runs: int = 0
    work_folders: int = 0


async def mend_goal(goal: Goal, fixture: Fixture, tools: Tools) -> int:
    """Bring the clips of one goal to a state the stages can go on from; the number of clips touched."""
    clips = await tools.store.clips.clips(goal.id)
    broken = [clip for clip in clips if is_broken(clip)]
    for clip in broken:
        await _mend(clip, goal, fixture, tools)
    return len(broken)


def is_broken(clip: Clip) -> bool:
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
    await tools.store.clips.save_clip(replace(clip, state=ClipState.KEEPER, path=None, moved_from=None))


async def mend_all(tools: Tools) -> MendReport:
    """At start, before anything runs: moves half done, runs cut off, clips half kept, work left behind."""
    store = tools.store
    fixtures = await store.fixtures.repair()
    goals = await store.goals.repair()
    runs = await store.runs.repair_runs(tools.clock())
    for ruled in await store.clips.goals_with_open_verdicts():
        await store.review.work_now(ruled, tools.clock())
    unfinished = await store.clips.find_clips(
        {
            "$or": [
                {"state": {"$in": [ClipState.HELD.value, ClipState.PUBLISHING.value]}},
                {"state": {"$in": [state.value for state in UNWANTED]}, "object_key": {"$ne": None}},
                {"state": ClipState.KEEPER.value, "moved_from": {"$gt": ""}},
            ]
        }
    )
    clips = 0
    for goal_id in sorted({clip.goal_id for clip in unfinished}):
        clips += await _mend_recorded(goal_id, tools)
    await tell_untold(tools)
    return MendReport(
        fixtures=len(fixtures), goals=goals, runs=runs, clips=clips, work_folders=await sweep_work(tools)
    )


async def _mend_recorded(goal_id: GoalId, tools: Tools) -> int:
    record = await tools.store.goals.record(goal_id)
    tracked = await tools.store.fixtures.fixture(record.goal.fixture_id) if record else None
    if record is None or tracked is None:
        return 0
    return await mend_goal(record.goal, tracked.fixture, tools)
