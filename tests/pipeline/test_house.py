"""The night's housekeeping on real records, files and objects."""

from __future__ import annotations

import os
import re
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from footyd.clock import FOR_EVER_DAYS
from footyd.errors import LibraryError
from footyd.model import CandidateState, Clip, ClipState, GoalOutcome, ObjectKey
from footyd.pipeline import keep_house, mend_all
from tests.pipeline.desk import CONFIRMED, Desk

LATER = CONFIRMED + timedelta(days=40)


async def clips(desk: Desk) -> list[Clip]:
    return await desk.store.clips.clips((await desk.record()).goal.id)


async def to_the_end(desk: Desk) -> None:
    """Every pass that is left."""
    while (await desk.record()).plan.next_at is not None:
        desk.now += timedelta(minutes=1)
        await desk.work()


@pytest.fixture
async def old(desk: Desk) -> Desk:
    """A goal with two keepers, forty days later, where thirty are kept."""
    library = desk.config.library.model_copy(update={"keep_days": 30})
    desk.config = desk.config.model_copy(update={"library": library})
    desk.finds("main.mp4", "other.mp4")
    await to_the_end(desk)
    assert len(await desk.keys()) == 2
    desk.now = LATER
    return desk


async def test_without_limits_everything_stays(desk: Desk) -> None:
    desk.finds("main.mp4")
    await to_the_end(desk)
    before = await clips(desk)
    desk.now = LATER + timedelta(days=4000)
    assert (await keep_house(desk.tools()))["clips_expired"] == 0
    assert await clips(desk) == before


async def test_what_was_kept_long_enough_goes_with_all_that_lies_beside_it(old: Desk) -> None:
    assert (await keep_house(old.tools()))["clips_expired"] == 2
    assert await old.keys() == []
    for clip in await clips(old):
        assert (clip.state, clip.object_key) == (ClipState.EXPIRED, None)
        assert (clip.expired_at, clip.expired_for) == (LATER, "older than 30 days (library.keep_days)")
    record = await old.record()
    assert (record.outcome, record.plan.next_at) == (GoalOutcome.STORED, None), "it needs nobody's review"
    assert (await keep_house(old.tools()))["clips_expired"] == 0


async def test_what_went_is_not_fetched_again(old: Desk) -> None:
    await keep_house(old.tools())
    await mend_all(old.tools())
    old.shelf.fetched.clear()
    await old.store.goals.search_again((await old.record()).goal.id, old.now)
    old.posted = 900  # the same posts
    old.finds("main.mp4", "other.mp4")
    await old.work()
    assert old.shelf.fetched == []
    assert await old.keys() == []
    assert (await old.record()).outcome is GoalOutcome.STORED


async def test_the_same_bytes_in_another_post_are_not_kept_again(old: Desk) -> None:
    await keep_house(old.tools())
    await old.store.goals.search_again((await old.record()).goal.id, old.now)
    shutil.copy(old.net / "main.mp4", old.net / "main_elsewhere.mp4")
    old.finds("main_elsewhere.mp4")
    await old.work()
    assert old.shelf.fetched[-1] == "main_elsewhere.mp4"
    assert await old.keys() == []
    assert {clip.state for clip in await clips(old)} == {ClipState.EXPIRED}
    ledger = await old.store.clips.candidates((await old.record()).goal.id)
    assert {candidate.state for candidate in ledger} == {CandidateState.DOWNLOADED}


async def test_a_goal_that_is_searched_once_more_keeps_its_clips_until_that_is_over(old: Desk) -> None:
    await old.store.goals.search_again((await old.record()).goal.id, old.now)
    assert (await keep_house(old.tools()))["clips_expired"] == 0
    await to_the_end(old)
    assert (await keep_house(old.tools()))["clips_expired"] == 2


@pytest.mark.parametrize("lasting", [False, True], ids=["next night", "next start"])
async def test_a_library_that_does_not_answer_is_made_up_for(old: Desk, lasting: bool) -> None:
    with pytest.MonkeyPatch.context() as away:
        away.setattr(old.library, "delete", _failing)
        away.setattr(old.library, "size", _failing)
        with pytest.raises(LibraryError):
            await keep_house(old.tools())
    if lasting:
        await mend_all(old.tools())
        assert len(await old.keys()) == 1
    await keep_house(old.tools())
    assert await old.keys() == []
    assert {(clip.state, clip.object_key) for clip in await clips(old)} == {(ClipState.EXPIRED, None)}


async def _failing(key: object) -> None:
    raise LibraryError("the library does not answer")


async def test_clips_that_cannot_be_deleted_keep_no_others_and_are_told_once(
    old: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first failure ended the night: `library.max_bytes` was never applied again."""
    first, second = await old.keys()
    delete = old.library.delete

    async def stuck(key: ObjectKey) -> None:
        if key == first:
            raise LibraryError(f"could not delete {first}: Is a directory", remedy="Move it away.")
        await delete(key)

    monkeypatch.setattr(old.library, "delete", stuck)
    stale = left(old, "900", old.now - timedelta(days=2))
    for _night in range(2):
        with pytest.raises(LibraryError, match=f"^could not delete {re.escape(first)}: Is a directory$"):
            await keep_house(old.tools())
        assert second not in await old.keys()
    assert not stale.exists()
    assert {clip.state for clip in await clips(old)} == {ClipState.EXPIRED}
    monkeypatch.undo()
    await keep_house(old.tools())
    assert await old.keys() == []


async def test_clips_of_a_goal_taken_back_are_recorded_as_gone(desk: Desk) -> None:
    desk.finds("main.mp4")
    await desk.work()
    await desk.store.goals.cancel((await desk.record()).goal.id, CONFIRMED)
    desk.now = CONFIRMED + timedelta(days=8)
    assert (await keep_house(desk.tools()))["clips_removed"] == 1
    [clip] = await clips(desk)
    assert (clip.state, clip.expired_for) == (ClipState.EXPIRED, "its goal was taken back")


async def test_a_clock_that_was_set_without_a_jump_lets_the_history_end_again(desk: Desk) -> None:
    """Slewed into place, nothing told of it: the runs of that start were kept for ever."""
    await desk.store.clock.keep_runs(FOR_EVER_DAYS)
    await keep_house(desk.tools())
    indexes = await desk.store.database.runs.index_information()
    assert indexes["ttl"]["expireAfterSeconds"] == desk.config.daemon.runs_kept_days * 24 * 3600


# ---------------------------------------------------------------- work left behind


def left(desk: Desk, name: str, at: datetime) -> Path:
    """A download cut off at that time."""
    folder = desk.config.work_dir / "1-101-9-9-1" / name
    folder.mkdir(parents=True)
    (folder / "clip.mp4.part").write_bytes(b"x")
    os.utime(folder, (at.timestamp(), at.timestamp()))
    return folder


async def test_at_night_only_work_that_nobody_touched_for_a_day_goes(desk: Desk) -> None:
    stale = left(desk, "900", desk.now - timedelta(hours=25))
    running = left(desk, "901", desk.now - timedelta(hours=1))
    assert (await keep_house(desk.tools()))["work_removed"] == 1
    assert (stale.exists(), running.exists()) == (False, True)
