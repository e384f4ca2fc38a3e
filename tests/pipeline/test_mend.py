"""After a crash: at every step the next start goes on from the records."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from footyd.errors import LibraryError
from footyd.model import CandidateState, Clip, ClipId, ClipState, GoalId, GoalState
from footyd.pipeline import end_quarantine, mend_all
from tests.pipeline.desk import CONFIRMED, Desk


class Killed(BaseException):
    """Stands for SIGKILL: no handler of ours catches it."""


def kill_at(owner: Any, name: str, *, call: int, after: bool) -> Callable[[], None]:
    """Let the `call`-th call of a method be the last thing that happens, before or after its effect."""
    real: Callable[..., Awaitable[Any]] = getattr(owner, name)
    count = 0

    async def fatal(*args: Any, **kwargs: Any) -> Any:
        nonlocal count
        count += 1
        mine = count
        if mine == call and not after:
            raise Killed
        result = await real(*args, **kwargs)
        if mine == call:
            raise Killed
        return result

    setattr(owner, name, fatal)
    return lambda: setattr(owner, name, real)


async def undisturbed(desk: Desk) -> list[tuple[str, str | None]]:
    """What the library and the clips look like in the end, ids and keys included."""
    clips = await desk.store.clips.clips((await desk.record()).goal.id)
    return sorted((clip.state.value, clip.object_key) for clip in clips)


BOUNDARIES = [
    (part, method, call, after)
    for part, method, calls in (
        ("clips", "save_clip", 7),
        ("clips", "save_candidate", 3),
        ("clips", "add_candidates", 1),
        ("library", "put", 6),
        ("goals", "save_progress", 2),
    )
    for call in range(1, calls + 1)
    for after in (False, True)
]


@pytest.mark.parametrize(("part", "method", "call", "after"), BOUNDARIES)
async def test_a_kill_at_any_effect_ends_as_if_nothing_happened(
    desk: Desk, part: str, method: str, call: int, after: bool
) -> None:
    owner = desk.library if part == "library" else getattr(desk.store, part)
    restore = kill_at(owner, method, call=call, after=after)
    desk.finds("main.mp4", "main_small.mp4", "other.mp4")
    desk.chain.replies *= 2
    with pytest.raises(Killed):
        await desk.work()
    restore()
    await mend_all(desk.tools())
    due = await desk.store.queue.due(desk.now, limit=1, busy=())
    if due:
        await desk.work()
    states = await undisturbed(desk)
    assert [state for state, _ in states] == ["duplicate", "keeper", "keeper"]
    assert sorted(key for _, key in states if key) == await desk.keys()
    assert [path for path in desk.config.work_dir.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("call", [1, 2, 3, 4, 5])
async def test_a_kill_while_a_keeper_is_replaced_leaves_one_keeper(
    desk: Desk, call: int, after: bool
) -> None:
    desk.finds("main.mp4")
    await desk.work()
    desk.finds("main_large.mp4")
    restore = kill_at(desk.store.clips, "save_clip", call=call, after=after)
    with pytest.raises(Killed):
        await desk.work()
    restore()
    await mend_all(desk.tools())
    if await desk.store.queue.due(desk.now + timedelta(minutes=1), limit=1, busy=()):
        await desk.work()
    states = await undisturbed(desk)
    assert [state for state, _ in states] == ["duplicate", "keeper"]
    assert [key for _, key in states if key] == await desk.keys()


async def renamed(desk: Desk) -> str:
    """A goal with one keeper whose scorer is corrected; the key before."""
    desk.finds("main.mp4")
    await desk.work()
    [key] = await desk.keys()
    before = (await desk.record()).goal
    goal = replace(before, player="B. Other")
    window = timedelta(minutes=3)
    await desk.store.goals.save_believed([before], [goal], renamed=(goal.id,), window=window, now=desk.now)
    return key


async def test_a_corrected_scorer_moves_the_keeper_with_all_that_belongs_to_it(desk: Desk) -> None:
    before = await renamed(desk)
    await desk.work()
    [after] = await desk.keys()
    assert after == before.replace("A. Striker", "B. Other") != before
    [keeper] = await desk.store.clips.keepers()
    assert (keeper.object_key, keeper.moved_from) == (after, None)
    facts = json.loads((desk.config.library_dir / after).with_suffix(".json").read_text())
    assert facts["goal"]["scorer"] == "B. Other"


MOVE_BOUNDARIES = [
    (part, method, call, after)
    for part, method, calls in (
        ("clips", "save_clip", 3),
        ("library", "copy", 2),
        ("library", "put", 1),
        ("library", "delete", 3),
    )
    for call in range(1, calls + 1)
    for after in (False, True)
]


@pytest.mark.parametrize(("part", "method", "call", "after"), MOVE_BOUNDARIES)
async def test_a_kill_at_any_effect_of_a_move_loses_and_leaves_nothing(
    desk: Desk, part: str, method: str, call: int, after: bool
) -> None:
    before = await renamed(desk)
    owner = desk.library if part == "library" else getattr(desk.store, part)
    restore = kill_at(owner, method, call=call, after=after)
    with pytest.raises(Killed):
        await desk.work()
    restore()
    await mend_all(desk.tools())
    await desk.work()
    assert await desk.keys() == [before.replace("A. Striker", "B. Other")]
    [keeper] = await desk.store.clips.keepers()
    assert (keeper.object_key, keeper.moved_from) == ((await desk.keys())[0], None)


async def test_a_keeper_that_is_gone_when_its_goal_is_renamed_is_fetched_again(desk: Desk) -> None:
    before = await renamed(desk)
    (desk.config.library_dir / before).unlink()
    with pytest.raises(LibraryError):
        await desk.work()
    await desk.work()
    assert await desk.keys() == [before.replace("A. Striker", "B. Other")]


async def held(desk: Desk) -> Clip:
    """A clip on disk that no pass has decided on."""
    desk.finds("main.mp4")
    restore = kill_at(desk.store.clips, "save_candidate", call=1, after=True)
    with pytest.raises(Killed):
        await desk.work()
    restore()
    [clip] = await desk.store.clips.clips((await desk.record()).goal.id)
    assert clip.state is ClipState.HELD
    return clip


async def test_a_clip_whose_file_was_lost_is_downloaded_again(desk: Desk) -> None:
    clip = await held(desk)
    assert clip.path is not None
    clip.path.unlink()
    await mend_all(desk.tools())
    [candidate] = await desk.store.clips.candidates(clip.goal_id)
    assert candidate.state is CandidateState.ACCEPTED
    assert await desk.store.clips.clips(clip.goal_id) == []


async def test_an_object_put_before_the_record_is_adopted_when_it_is_whole(desk: Desk) -> None:
    desk.finds("main.mp4")
    await desk.work()
    [keeper] = await desk.store.clips.keepers()
    await desk.store.clips.save_clip(replace(keeper, state=ClipState.PUBLISHING))
    await mend_all(desk.tools())
    assert await desk.store.clips.keepers() == [keeper]


async def test_an_object_that_is_not_what_was_promised_is_removed(desk: Desk) -> None:
    desk.finds("main.mp4")
    await desk.work()
    [keeper] = await desk.store.clips.keepers()
    (desk.config.library_dir / str(keeper.object_key)).write_bytes(b"half")
    await desk.store.clips.save_clip(replace(keeper, state=ClipState.PUBLISHING))
    await mend_all(desk.tools())
    assert await desk.keys() == []
    [candidate] = await desk.store.clips.candidates(keeper.goal_id)
    assert candidate.state is CandidateState.ACCEPTED, "its post is downloaded again"


async def test_files_of_the_user_in_the_library_are_never_touched(desk: Desk) -> None:
    own = desk.config.library_dir / "holiday.mp4"
    own.write_bytes(b"mine")
    await mend_all(desk.tools())
    assert own.read_bytes() == b"mine"


async def test_work_left_behind_is_swept_but_not_what_is_still_held(desk: Desk) -> None:
    clip = await held(desk)
    stale = desk.config.work_dir / "1-101-9-9-1" / "900"
    stale.mkdir(parents=True)
    (stale / "clip.mp4.part").write_bytes(b"x")
    await mend_all(desk.tools())
    assert [path for path in desk.config.work_dir.rglob("*") if path.is_file()] == [Path(str(clip.path))]


async def test_clips_of_a_goal_taken_back_go_when_the_quarantine_ends(desk: Desk) -> None:
    desk.finds("main.mp4", "other.mp4")
    await desk.work()
    goal = (await desk.record()).goal
    await desk.store.goals.cancel(goal.id, CONFIRMED)
    assert await desk.store.goals.cancelled_before(CONFIRMED) == []
    over = await desk.store.goals.cancelled_before(CONFIRMED + timedelta(seconds=1))
    assert await end_quarantine(over, desk.tools()) == 2
    assert await desk.keys() == []
    record = await desk.record()
    assert record.goal.state is GoalState.CANCELLED, "the record stays"


async def test_a_keeper_that_another_goal_names_too_outlives_the_quarantine(desk: Desk) -> None:
    desk.finds("main.mp4")
    await desk.work()
    [keeper] = await desk.store.clips.keepers()
    again = replace(keeper, id=ClipId(f"again:{keeper.facts.sha256}"), goal_id=GoalId("again"))
    await desk.store.clips.save_clip(again)
    await desk.store.goals.cancel(keeper.goal_id, CONFIRMED)
    over = await desk.store.goals.cancelled_before(CONFIRMED + timedelta(seconds=1))
    await end_quarantine(over, desk.tools())
    assert await desk.keys() == [str(keeper.object_key)]
    assert await desk.store.clips.keepers() == [again]
