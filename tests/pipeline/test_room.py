"""A goal whose disk is low: it waits, and nothing of it is used up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from footyd.model import CandidateState, GoalOutcome, Rejection
from footyd.pipeline.acquire import TRIES_PER_POST
from tests.pipeline.desk import Desk

FULL = Rejection(reason="disk_full", temporary=True, detail="no bytes free")


async def states(desk: Desk) -> list[tuple[CandidateState, int]]:
    ledger = await desk.store.clips.candidates((await desk.record()).goal.id)
    return sorted((candidate.state, candidate.attempts) for candidate in ledger)


async def test_a_goal_waits_at_its_step_while_the_disk_is_low(desk: Desk) -> None:
    desk.room = False
    desk.finds("main.mp4")
    for _ in range(TRIES_PER_POST + 1):
        report = await desk.work()
        assert report.text() == "pass 0: postponed, the disk is low"
        record = await desk.record()
        assert (record.plan.pass_index, record.plan.searched) == (0, True)
        assert record.plan.next_at == desk.now + timedelta(minutes=1)
        desk.now += timedelta(minutes=1)
    assert len(desk.chain.queries) == 1, "waiting spends no search"
    assert desk.shelf.fetched == []
    assert await states(desk) == [(CandidateState.ACCEPTED, 0)]


async def test_with_room_again_it_goes_on_where_it_waited_and_loses_nothing(desk: Desk) -> None:
    desk.room = False
    desk.finds("main.mp4", "other.mp4")
    await desk.work()
    desk.room = True
    desk.now += timedelta(minutes=1)
    report = await desk.work()
    assert (report.postponed, report.downloaded, len(report.stored)) == ("", 2, 2)
    assert (await desk.record()).error == ""


async def test_a_disk_that_fills_up_in_a_pass_costs_the_post_no_attempt(desk: Desk) -> None:
    desk.finds("main.mp4", "other.mp4")
    desk.shelf.rejections["other.mp4"] = FULL
    desk.shelf.rejections["https://x.com/fan/status/901"] = FULL
    report = await desk.work()
    assert report.postponed == "the disk is low"
    assert (report.downloaded, len(report.stored)) == (1, 1), "what was there is kept"
    assert await states(desk) == [(CandidateState.ACCEPTED, 0), (CandidateState.DOWNLOADED, 0)]
    desk.shelf.rejections.clear()
    assert len((await desk.work()).stored) == 1


@pytest.mark.parametrize("minutes", [5, 90])
async def test_a_goal_that_waited_past_its_passes_still_has_its_clip(desk: Desk, minutes: int) -> None:
    desk.room = False
    desk.finds("main.mp4")
    await desk.work()
    desk.room = True
    desk.now += timedelta(minutes=minutes)
    while (await desk.record()).plan.next_at is not None:
        await desk.work()
    record = await desk.record()
    assert (record.outcome, record.status.videos_uploaded) == (GoalOutcome.STORED, True)


async def test_without_posts_to_fetch_a_low_disk_stops_no_pass(desk: Desk) -> None:
    desk.room = False
    assert (await desk.work()).postponed == ""
    assert (await desk.record()).plan.pass_index == 1
