"""One goal through all stages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from footyd.config import SearchConfig
from footyd.errors import GoalError
from footyd.model import (
    CandidateState,
    ClipState,
    Found,
    GoalId,
    GoalOutcome,
    ProcessingStatus,
    Rejection,
    Score,
    SearchPlan,
)
from footyd.pipeline import ask_for, look_of, next_plan, take_answer, with_company
from footyd.stages.search import Look, Unreachable
from tests.builders import a_goal
from tests.pipeline.desk import CONFIRMED, Desk, a_good_post


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


async def test_each_stage_is_dated_when_it_is_reached_first(desk: Desk) -> None:
    desk.finds("main.mp4")
    await desk.work()
    first = (await desk.record()).reached
    assert list(first) == ["searched", "downloaded", "deduped", "stored"]
    assert set(first.values()) == {desk.now}
    desk.now += timedelta(minutes=1)
    desk.finds("other.mp4")
    await desk.work()
    assert (await desk.record()).reached == first


async def test_a_goal_nobody_posted_ends_with_a_person(desk: Desk) -> None:
    for _ in range(3):
        await desk.work()
        desk.now += timedelta(minutes=1)
    record = await desk.record()
    assert record.outcome is GoalOutcome.NEEDS_REVIEW
    assert not record.status.videos_uploaded
    assert (record.plan.empty_from, record.plan.empty_at) == ("nitter", CONFIRMED + timedelta(minutes=2))
    assert len(desk.chain.queries) == 3


async def test_a_search_that_reached_nobody_uses_no_pass(desk: Desk) -> None:
    later = desk.now + timedelta(minutes=5)
    desk.chain.replies.append(Unreachable(retry_at=later, reason="nitter: 503"))
    report = await desk.work()
    record = await desk.record()
    assert report.text() == "pass 0: postponed, nitter: 503"
    assert (record.plan.pass_index, record.plan.next_at) == (0, later)


async def test_one_search_serves_two_goals_of_a_match_and_each_takes_what_is_its_own(desk: Desk) -> None:
    first = (await desk.record()).goal
    second = replace(first, id=GoalId("1-101-2-0-1"), score_after=Score(home=2, away=0), player="B. Winger")
    await desk.store.goals.save_believed(
        [first], [first, second], renamed=(), window=timedelta(minutes=3), now=desk.now
    )
    mine, other = a_good_post("1", "main.mp4"), a_good_post("2", "other.mp4")
    other = replace(other, text="GOAL! B. Winger scores 23' Home 2-0 Away")
    desk.chain.replies.append(Found(posts=(mine, other), source="nitter"))
    tools = desk.tools()
    lead = await desk.store.goals.record(first.id)
    assert lead is not None
    records = await with_company(lead, tools)
    answered = await ask_for(records, tools, look_of(records))
    for record in answered.records:
        await take_answer(record, answered, tools)
    [query] = desk.chain.queries
    assert "Striker" in query.text
    assert "Winger" in query.text
    for goal, post in ((first, "1"), (second, "2")):
        taken = await desk.store.clips.candidates(goal.id)
        assert [(c.post.id, c.state) for c in taken] == [(post, CandidateState.ACCEPTED)], "no other one's"
        after = await desk.store.goals.record(goal.id)
        assert after is not None
        assert (after.plan.searched, after.plan.next_at) == (True, desk.now)


async def test_a_goal_that_was_not_asked_for_does_not_use_its_pass(desk: Desk) -> None:
    goals = [
        replace((await desk.record()).goal, player=f"{letter * 60}ö", id=GoalId(f"1-101-{n}-0-1"))
        for n, letter in enumerate("abcdefgh", 1)
    ]
    records = [replace(await desk.record(), goal=goal) for goal in goals]
    answered = await ask_for(records, desk.tools(), Look.FIRST)
    [query] = desk.chain.queries
    asked = [record for record in records if str(record.goal.player) in query.text]
    assert list(answered.records) == asked
    assert 1 < len(asked) < len(records)


@pytest.mark.parametrize("change", ["cancelled", "renamed"])
async def test_an_answer_does_not_overrule_what_happened_to_its_goal_meanwhile(
    desk: Desk, change: str
) -> None:
    before = await desk.record()
    desk.finds("main.mp4")
    answered = await ask_for([before], desk.tools(), Look.FIRST)
    goal = before.goal
    if change == "cancelled":
        await desk.store.goals.cancel(goal.id, desk.now)
    else:
        named = replace(goal, player="B. Corrected")
        await desk.store.goals.save_believed(
            [goal], [named], renamed={goal.id}, window=timedelta(minutes=3), now=desk.now
        )
    await take_answer(before, answered, desk.tools())
    after = await desk.record()
    assert after.plan.searched is False
    assert after.plan.next_at == (None if change == "cancelled" else desk.now)


@pytest.mark.parametrize(
    ("statuses", "look"),
    [
        ([(False, False), (True, True)], Look.FIRST),
        ([(True, False), (True, True)], Look.OPEN),
        ([(True, True), (True, True)], Look.KEPT),
    ],
)
async def test_a_search_is_as_urgent_as_the_most_urgent_goal_it_serves(
    desk: Desk, statuses: list[tuple[bool, bool]], look: Look
) -> None:
    record = await desk.record()
    served = [
        replace(record, status=ProcessingStatus(twitter_scraped=looked, videos_uploaded=stored))
        for looked, stored in statuses
    ]
    assert look_of(served) is look


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


def test_a_pass_during_which_the_clock_was_set_back_is_followed_soon() -> None:
    """Seen: three hours ahead for some seconds; the pass that ran meanwhile put the next one off by them."""
    goal = a_goal(at=CONFIRMED - timedelta(minutes=5))
    now = CONFIRMED - timedelta(hours=3)
    plan = next_plan(PLAN, goal, SearchConfig(passes_minutes=(0, 1, 2)), now)
    assert plan.next_at == now + timedelta(minutes=1)
