"""One goal through all stages."""

from __future__ import annotations

from datetime import timedelta

import pytest

from footyd.config import SearchConfig
from footyd.errors import GoalError
from footyd.model import CandidateState, ClipState, GoalOutcome, Rejection, SearchPlan
from footyd.pipeline import next_plan
from footyd.stages.search import Unreachable
from tests.builders import a_goal
from tests.pipeline.desk import CONFIRMED, Desk


async def test_the_report_of_a_pass_reads_as_written(desk: Desk) -> None:
    desk.finds("main.mp4", "main_small.mp4", "main_marked.mp4", "other.mp4", "broken.mp4", "gone.mp4")
    report = await desk.work()
    names = sorted(key.split("/")[-2] for key in report.stored)
    assert names == ["023 A. Striker", "023 A. Striker"]
    text = "\n".join(line for line in report.text().splitlines() if "stored" not in line)
    assert text == (
        "pass 0: 6 new posts from nitter\n"
        "  accepted 6, rejected 0\n"
        "  downloaded 4, failed 2 (dead_link 1, unreadable 1)\n"
        "  groups 2, duplicates 2"
    )


async def test_the_best_copy_of_each_scene_lies_in_the_library(desk: Desk) -> None:
    desk.finds("main_small.mp4", "main.mp4", "other.mp4")
    await desk.work()
    clips = await desk.store.clips.clips((await desk.record()).goal.id)
    keepers = {clip.object_key: clip for clip in clips if clip.state is ClipState.KEEPER}
    assert sorted(str(key) for key in keepers) == await desk.keys()
    assert sorted(clip.facts.width for clip in keepers.values()) == [480, 480]
    [hidden] = [clip for clip in clips if clip.state is ClipState.DUPLICATE]
    assert hidden.keeper_id in {clip.id for clip in keepers.values()}


async def test_a_better_copy_found_later_replaces_the_keeper_and_its_object(desk: Desk) -> None:
    desk.finds("main.mp4")
    await desk.work()
    [before] = await desk.keys()
    desk.now += timedelta(minutes=1)
    desk.finds("main_large.mp4")
    report = await desk.work()
    [after] = await desk.keys()
    assert report.removed == (before,)
    assert report.stored == (after,)
    assert "/1-" in after, "it takes over the rank"


async def test_a_worse_copy_found_later_changes_nothing(desk: Desk) -> None:
    desk.finds("main.mp4")
    await desk.work()
    before = await desk.keys()
    desk.finds("main_small.mp4")
    report = await desk.work()
    assert await desk.keys() == before
    assert (report.stored, report.removed) == ((), ())


async def test_nothing_is_left_in_the_work_folder(desk: Desk) -> None:
    desk.finds("main.mp4", "main_small.mp4", "broken.mp4")
    await desk.work()
    assert [path for path in desk.config.work_dir.rglob("*") if path.is_file()] == []


async def test_the_flags_follow_the_stages_and_the_end_is_told(desk: Desk) -> None:
    desk.finds("main.mp4")
    await desk.work()
    status = (await desk.record()).status
    assert status.twitter_scraped
    assert status.videos_uploaded
    assert not status.completed
    for _ in range(2):
        desk.now += timedelta(minutes=1)
        await desk.work()
    record = await desk.record()
    assert record.status.completed
    assert record.outcome is GoalOutcome.STORED
    assert record.plan.next_at is None
    assert desk.announced == [("Goal stored", "Home 1-0, 23'")]


async def test_a_goal_nobody_posted_ends_with_a_person(desk: Desk) -> None:
    for _ in range(3):
        await desk.work()
        desk.now += timedelta(minutes=1)
    record = await desk.record()
    assert record.outcome is GoalOutcome.NEEDS_REVIEW
    assert not record.status.videos_uploaded
    assert len(desk.chain.queries) == 3


async def test_a_search_that_reached_nobody_uses_no_pass(desk: Desk) -> None:
    later = desk.now + timedelta(minutes=5)
    desk.chain.replies.append(Unreachable(retry_at=later, reason="nitter: 503"))
    report = await desk.work()
    record = await desk.record()
    assert report.text() == "pass 0: postponed, nitter: 503"
    assert (record.plan.pass_index, record.plan.next_at) == (0, later)


async def test_a_post_that_failed_for_a_passing_reason_is_tried_in_the_next_pass(desk: Desk) -> None:
    desk.finds("main.mp4")
    desk.shelf.rejections = {
        url: Rejection(reason="unreachable", temporary=True)
        for url in ("main.mp4", "https://x.com/fan/status/900")
    }
    await desk.work()
    desk.shelf.rejections = {}
    await desk.work()
    assert len(await desk.keys()) == 1


async def test_a_post_is_not_tried_for_ever(desk: Desk) -> None:
    desk.finds("main.mp4")
    passing = Rejection(reason="unreachable", temporary=True)
    desk.shelf.rejections = {"main.mp4": passing, "https://x.com/fan/status/900": passing}
    for _ in range(3):
        await desk.work()
    [candidate] = await desk.store.clips.candidates((await desk.record()).goal.id)
    assert (candidate.state, candidate.attempts) == (CandidateState.FAILED, 3)


async def test_the_same_bytes_posted_twice_are_one_clip(desk: Desk) -> None:
    (desk.net / "copy.mp4").write_bytes((desk.net / "main.mp4").read_bytes())
    desk.finds("main.mp4", "copy.mp4")
    await desk.work()
    goal = (await desk.record()).goal.id
    assert len(await desk.store.clips.clips(goal)) == 1
    candidates = await desk.store.clips.candidates(goal)
    assert [c.state for c in candidates] == [CandidateState.DOWNLOADED] * 2


async def test_a_goal_without_its_fixture_fails_with_the_remedy(desk: Desk) -> None:
    record = await desk.record()
    await desk.store.database.fixtures_active.delete_many({})
    with pytest.raises(GoalError) as caught:
        await desk.work()
    assert str(record.goal.fixture_id) in caught.value.line()
    assert "footyd ingest --date" in caught.value.line()


PLAN = SearchPlan(pass_index=0, searched=True, next_at=CONFIRMED, window_from=CONFIRMED)


@pytest.mark.parametrize(
    ("minutes_gone", "index", "due_minutes"),
    [(0, 1, 1), (0.9, 1, 1), (1.5, 1, 1), (2.5, 2, 2), (30, 2, 2)],
)
def test_one_pass_makes_up_for_all_that_were_slept_through(
    minutes_gone: float, index: int, due_minutes: float
) -> None:
    goal = a_goal(at=CONFIRMED - timedelta(minutes=5))
    now = CONFIRMED + timedelta(minutes=minutes_gone)
    plan = next_plan(PLAN, goal, SearchConfig(passes_minutes=(0, 1, 2)), now)
    assert (plan.pass_index, plan.searched) == (index, False)
    assert plan.next_at == CONFIRMED + timedelta(minutes=due_minutes)
