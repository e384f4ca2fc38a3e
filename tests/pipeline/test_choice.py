"""A person's choice of another keeper: carried out by the next pass, held against everything better."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from footyd.errors import FootydError
from footyd.goal_acts import cancel, choose, close
from footyd.model import Clip, ClipId, ClipState, GoalId, GoalOutcome, HappeningKind
from footyd.pipeline import keep, mend_all
from footyd.review import accept, reject, search_again
from tests.pipeline.desk import Desk
from tests.pipeline.test_mend import Killed, kill_at

GOAL = GoalId("1-101-1-0-1")


async def by_post(desk: Desk) -> dict[str, Clip]:
    """The clips by the post they came with, the latest one of each."""
    return {clip.post_id: clip for clip in await desk.store.clips.clips(GOAL)}


async def two_of_one_footage(desk: Desk) -> Clip:
    """900 is kept, 901 its smaller copy, which is returned."""
    desk.finds("main.mp4", "main_small.mp4")
    await desk.work()
    clips = await by_post(desk)
    assert (clips["900"].state, clips["901"].state) == (ClipState.KEEPER, ClipState.DUPLICATE)
    return clips["901"]


async def kept(desk: Desk) -> list[str]:
    """The posts whose clips are kept; the library holds just these."""
    keepers = await desk.store.clips.keepers()
    assert sorted(clip.object_key or "" for clip in keepers) == await desk.keys()
    return sorted(clip.post_id for clip in keepers)


async def told(desk: Desk) -> list[HappeningKind]:
    return [one.kind for one in await desk.store.timeline.of(GOAL)]


async def test_a_copy_that_a_person_chose_is_fetched_again_and_takes_the_keepers_place(desk: Desk) -> None:
    small = await two_of_one_footage(desk)
    rank = (await by_post(desk))["900"].rank
    ruled = await choose(desk.store, GOAL, small.id, desk.now)
    assert ruled.due == (GOAL,)
    assert await kept(desk) == ["900"], "the keeper stays until the other one is stored"
    await desk.work()
    assert await kept(desk) == ["901"]
    clips = await by_post(desk)
    assert (clips["901"].rank, clips["901"].evidence) == (rank, "a person chose it")
    assert clips["900"].keeper_id == small.id
    assert clips["900"].match is not None
    assert clips["900"].match.score > 0.9


async def test_a_choice_holds_over_better_clips_and_further_searches(desk: Desk) -> None:
    small = await two_of_one_footage(desk)
    await choose(desk.store, GOAL, small.id, desk.now)
    await desk.work()
    desk.now += timedelta(minutes=1)
    desk.finds("main_large.mp4", "main.mp4", "other.mp4")
    await desk.work()
    assert await kept(desk) == ["901", "904"], "other footage is kept beside it"
    await search_again(desk.store, GOAL, desk.now)
    desk.finds("main_large.mp4")
    await desk.work()
    assert await kept(desk) == ["901", "904"]


async def test_the_keeper_itself_can_be_chosen_and_then_stays(desk: Desk) -> None:
    await two_of_one_footage(desk)
    await choose(desk.store, GOAL, (await by_post(desk))["900"].id, desk.now)
    await desk.work()
    desk.now += timedelta(minutes=1)
    desk.finds("main_large.mp4")
    await desk.work()
    assert await kept(desk) == ["900"]
    assert desk.shelf.fetched.count("main.mp4") == 1


async def test_a_clip_chosen_while_a_pass_was_about_to_replace_it_is_kept_in_the_end(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two_of_one_footage(desk)
    keeper = (await by_post(desk))["900"]
    publish = keep._publish

    async def chosen_meanwhile(*given: Any, **more: Any) -> Clip:
        await choose(desk.store, GOAL, keeper.id, desk.now)
        return await publish(*given, **more)

    monkeypatch.setattr(keep, "_publish", chosen_meanwhile)
    desk.now += timedelta(minutes=1)
    desk.finds("main_large.mp4")
    await desk.work()
    monkeypatch.undo()
    desk.now += timedelta(minutes=1)
    while await desk.store.queue.due(desk.now, limit=1):
        await desk.work()
    assert await kept(desk) == ["900"]
    fetched = desk.shelf.fetched.count("main.mp4")
    await search_again(desk.store, GOAL, desk.now)
    await desk.work()
    assert desk.shelf.fetched.count("main.mp4") == fetched, "once is enough"


async def test_the_latest_choice_counts(desk: Desk) -> None:
    small = await two_of_one_footage(desk)
    keeper = (await by_post(desk))["900"]
    for wanted in (small.id, keeper.id):
        desk.now += timedelta(seconds=5)
        await choose(desk.store, GOAL, wanted, desk.now)
        await desk.work()
    assert await kept(desk) == ["900"]


async def test_accepting_a_chosen_post_keeps_it_chosen_and_rejecting_it_ends_that(desk: Desk) -> None:
    small = await two_of_one_footage(desk)
    await choose(desk.store, GOAL, small.id, desk.now)
    await desk.work()
    await accept(desk.store, "901", desk.now + timedelta(seconds=1))
    desk.now += timedelta(minutes=1)
    desk.finds("main_large.mp4")
    await desk.work()
    assert await kept(desk) == ["901"]
    await reject(desk.store, "901", desk.now + timedelta(seconds=2))
    desk.now += timedelta(minutes=1)
    while await desk.store.queue.due(desk.now, limit=1):
        await desk.work()
    assert await kept(desk) == ["902"], "the best of what is left"


async def test_a_choice_that_cannot_be_fetched_leaves_the_keeper(desk: Desk) -> None:
    small = await two_of_one_footage(desk)
    await choose(desk.store, GOAL, small.id, desk.now)
    (desk.net / "main_small.mp4").rename(desk.net / "gone.mp4")
    try:
        await desk.work()
    finally:
        (desk.net / "gone.mp4").rename(desk.net / "main_small.mp4")
    assert await kept(desk) == ["900"]
    assert HappeningKind.FAILED in await told(desk)


async def test_what_only_the_former_keeper_hid_is_fetched_again(desk: Desk) -> None:
    """Matching is not transitive: a copy of the former keeper need be none of the chosen clip."""
    small = await two_of_one_footage(desk)
    desk.finds("other.mp4")
    desk.now += timedelta(minutes=1)
    await desk.work()
    other, keeper = (await by_post(desk))["902"], (await by_post(desk))["900"]
    hidden = {"state": ClipState.DUPLICATE.value, "keeper_id": keeper.id, "object_key": None, "rank": None}
    await desk.library.delete(other.object_key)  # type: ignore[arg-type]  # a keeper has a key
    for side in desk.config.library_dir.rglob(f"*{other.facts.sha256[:8]}.*"):
        side.unlink()
    await desk.store.database.clips.update_one({"_id": other.id}, {"$set": hidden})
    await choose(desk.store, GOAL, small.id, desk.now)
    while await desk.store.queue.due(desk.now, limit=1):
        await desk.work()
    assert await kept(desk) == ["901", "902"]


async def choose_and_work(desk: Desk, clip: Clip) -> None:
    await choose(desk.store, GOAL, clip.id, desk.now)
    await desk.work()


BOUNDARIES = [
    (part, method, call, call % 2 == 0 or calls == 1)
    for part, method, calls in (
        ("timeline", "note", 3),
        ("clips", "save_verdict", 1),
        ("review", "work_now", 1),
        ("clips", "save_clip", 5),
        ("clips", "save_candidate", 1),
        ("library", "put", 3),
        ("library", "delete", 3),
    )
    for call in range(1, calls + 1)
]
"""Before the one effect is after the one that came before it."""


@pytest.mark.parametrize(("part", "method", "call", "after"), BOUNDARIES)
async def test_a_kill_anywhere_in_a_choice_ends_with_one_keeper_and_no_stray_object(
    desk: Desk, part: str, method: str, call: int, after: bool
) -> None:
    small = await two_of_one_footage(desk)
    owner = desk.library if part == "library" else getattr(desk.store, part)
    restore = kill_at(owner, method, call=call, after=after)
    with pytest.raises(Killed):
        await choose_and_work(desk, small)
    restore()
    await mend_all(desk.tools())
    if await desk.store.queue.due(desk.now, limit=1):
        await desk.work()
    recorded = any(c.verdict and c.verdict.chosen for c in await desk.store.clips.candidates(GOAL))
    assert await kept(desk) == (["901"] if recorded else ["900"])
    assert recorded or part in {"timeline", "clips"}
    assert [path for path in desk.config.work_dir.rglob("*") if path.is_file()] == []


# ---------------------------------------------------------------- what cannot be chosen, and ends


async def test_what_is_not_there_cannot_be_chosen(desk: Desk) -> None:
    small = await two_of_one_footage(desk)
    with pytest.raises(FootydError, match="no clip nothing to choose"):
        await choose(desk.store, GOAL, ClipId("nothing"), desk.now)
    await reject(desk.store, "901", desk.now)
    await desk.work()
    with pytest.raises(FootydError, match="to choose"):
        await choose(desk.store, GOAL, small.id, desk.now)
    await cancel(desk.store, GOAL, desk.now)
    with pytest.raises(FootydError, match="taken back"):
        await choose(desk.store, GOAL, small.id, desk.now)
    with pytest.raises(FootydError, match="cancelled already"):
        await cancel(desk.store, GOAL, desk.now)


async def test_a_goal_without_any_clip_is_closed_until_it_is_searched_again(desk: Desk) -> None:
    with pytest.raises(FootydError, match="does not wait"):
        await close(desk.store, GOAL, desk.now)
    while (await desk.record()).plan.next_at is not None:
        await desk.work()
        desk.now += timedelta(minutes=1)
    await close(desk.store, GOAL, desk.now)
    assert (await desk.record()).outcome is GoalOutcome.NO_CLIP
    await search_again(desk.store, GOAL, desk.now)
    await desk.work()
    assert (await desk.record()).outcome is GoalOutcome.NEEDS_REVIEW


async def test_the_timeline_tells_what_happened(desk: Desk) -> None:
    small = await two_of_one_footage(desk)
    desk.now += timedelta(seconds=1)
    await choose(desk.store, GOAL, small.id, desk.now)
    desk.now += timedelta(seconds=1)
    await desk.work()
    assert sorted(await told(desk)) == [
        "chosen",
        "downloaded",
        "downloaded",
        "downloaded",
        "duplicate",
        "replaced",
        "searched",
    ]
    timeline = {one.kind: one for one in await desk.store.timeline.of(GOAL)}
    assert timeline[HappeningKind.SEARCHED].facts == {
        "pass": 1,
        "source": "nitter",
        "posts": 2,
        "accepted": 2,
    }
    hidden = timeline[HappeningKind.DUPLICATE].facts
    assert (hidden["width"], hidden["height"]) == (320, 180)
    assert "of the one kept" in str(hidden["reason"])
    assert float(hidden["match"]) > 0.9
