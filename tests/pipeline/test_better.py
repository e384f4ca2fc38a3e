"""Two steps to a keeper: a small file to compare, the best one for what is going to be kept."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import Any, cast

import pytest

from footyd.errors import WorkerError
from footyd.model import CandidateState, ClipState, Found, Media, Rejection, Variant
from footyd.pipeline import Tools, better, mend_all
from tests.pipeline.desk import Desk, a_good_post
from tests.pipeline.test_mend import Killed, kill_at
from tests.stages.test_select import clip as a_clip

LARGE = Variant(url="main_large.mp4", content_type="video/mp4", bit_rate=900_000, width=960, height=540)
MIDDLE = Variant(url="main.mp4", content_type="video/mp4", bit_rate=400_000, width=640, height=360)
SMALL = Variant(url="main_small.mp4", content_type="video/mp4", bit_rate=100_000, width=320, height=180)


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """One that looks at 180 lines first."""
    download = desk.config.download.model_copy(update={"first_look_lines": 180})
    desk.config = desk.config.model_copy(update={"download": download})
    return desk


def finds(desk: Desk, id: str, *variants: Variant) -> None:
    post = replace(a_good_post(id, variants[0].url), media=(Media(url=variants[0].url, variants=variants),))
    desk.chain.replies.append(Found(posts=(post,), source="cookies"))


async def states(desk: Desk) -> dict[str, int]:
    """Height of each clip's picture by its state."""
    clips = await desk.store.clips.clips((await desk.record()).goal.id)
    return {clip.state.value: clip.facts.height for clip in clips}


async def test_what_is_going_to_be_kept_is_fetched_in_the_best_size(desk: Desk) -> None:
    finds(desk, "900", LARGE, SMALL)
    await desk.work()
    assert desk.shelf.fetched == [SMALL.url, LARGE.url]
    assert await states(desk) == {"keeper": 540, "duplicate": 180}
    assert len(await desk.keys()) == 1
    [candidate] = await desk.store.clips.candidates((await desk.record()).goal.id)
    [keeper] = await desk.store.clips.keepers()
    assert (candidate.state, candidate.clip_id) == (CandidateState.DOWNLOADED, keeper.id)


async def test_a_print_of_an_older_version_does_not_make_it_another_video() -> None:
    before, now = a_clip("before"), a_clip("now")
    old = replace(before, fingerprint=replace(before.fingerprint, version=now.fingerprint.version - 1))
    tools = cast(Tools, None)  # nothing is compared
    assert await better._fault(old, now, tools) is None
    waits = await better._fault(replace(old, state=ClipState.KEEPER), now, tools)
    assert waits is not None
    assert (waits.reason, waits.temporary) == ("not_compared", True)


async def test_of_a_duplicate_the_best_size_is_never_fetched(desk: Desk) -> None:
    finds(desk, "900", LARGE, SMALL)
    await desk.work()
    finds(desk, "901", MIDDLE, SMALL)
    before = len(desk.shelf.fetched)
    await desk.work()
    assert desk.shelf.fetched[before:] == [SMALL.url]
    [keeper] = await desk.store.clips.keepers()
    assert keeper.facts.height == 540


async def test_a_keeper_loses_its_place_to_what_a_later_post_has(desk: Desk) -> None:
    desk.finds("main.mp4")
    await desk.work()
    finds(desk, "999", LARGE, SMALL)
    await desk.work()
    [keeper] = await desk.store.clips.keepers()
    assert keeper.facts.height == 540
    assert len(await desk.keys()) == 1


async def test_without_the_better_file_the_small_one_is_kept(desk: Desk) -> None:
    finds(desk, "900", replace(LARGE, url="gone.mp4"), SMALL)
    await desk.work()
    assert await states(desk) == {"keeper": 180}
    [keeper] = await desk.store.clips.keepers()
    assert keeper.better is None, "it is gone for good"


async def test_a_larger_file_that_shows_something_else_is_not_taken(desk: Desk) -> None:
    finds(desk, "900", replace(LARGE, url="other.mp4"), SMALL)
    await desk.work()
    assert await states(desk) == {"keeper": 180}


async def test_a_better_file_that_fails_for_now_is_tried_with_the_next_pass(desk: Desk) -> None:
    desk.shelf.rejections[LARGE.url] = Rejection(reason="unreachable", temporary=True)
    finds(desk, "900", LARGE, SMALL)
    await desk.work()
    assert await states(desk) == {"keeper": 180}
    desk.shelf.rejections.clear()
    await desk.work()
    assert await states(desk) == {"keeper": 540, "duplicate": 180}
    assert len(await desk.keys()) == 1


async def test_a_better_file_that_came_with_another_post_is_left_to_its_own_clip(desk: Desk) -> None:
    """It would have been unlinked, or have become the keeper of the one that it had lost to."""
    shutil.copy(desk.net / "other.mp4", desk.net / "other_again.mp4")
    finds(desk, "800", replace(LARGE, url="other_again.mp4"), SMALL)
    desk.finds("other.mp4")
    posts = [post for reply in desk.chain.replies if isinstance(reply, Found) for post in reply.posts]
    desk.chain.replies[:] = [Found(posts=tuple(posts), source="cookies")]
    await desk.work()
    clips = await desk.store.clips.clips((await desk.record()).goal.id)
    assert [clip.state for clip in clips] == [ClipState.KEEPER] * 2
    assert len(await desk.keys()) == 2


async def test_a_comparison_that_crashes_leaves_the_better_file_for_the_next_pass(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(pair: Any) -> Any:
        raise WorkerError("crashed")

    finds(desk, "900", LARGE, SMALL)
    with monkeypatch.context() as broken:
        broken.setattr("footyd.pipeline.better.match_fingerprints", crash)
        await desk.work()
    assert await states(desk) == {"keeper": 180}
    await desk.work()
    assert await states(desk) == {"keeper": 540, "duplicate": 180}


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("call", [1, 2, 3, 4, 5])
async def test_a_kill_between_the_two_steps_ends_as_if_nothing_happened(
    desk: Desk, call: int, after: bool
) -> None:
    finds(desk, "900", LARGE, SMALL)
    restore = kill_at(desk.store.clips, "save_clip", call=call, after=after)
    with pytest.raises(Killed):
        await desk.work()
    restore()
    await mend_all(desk.tools())
    if await desk.store.queue.due(desk.now, limit=1, busy=()):
        await desk.work()
    clips = await desk.store.clips.clips((await desk.record()).goal.id)
    kept = [clip for clip in clips if clip.state is ClipState.KEEPER]
    assert [clip.facts.height for clip in kept] == [540]
    assert await desk.keys() == [clip.object_key for clip in kept]
    assert [path for path in desk.config.work_dir.rglob("*") if path.is_file()] == []
