"""One goal, top to bottom: search, download, fingerprint, select, publish; then the next pass or the end."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

from footyd.config import SearchConfig
from footyd.model import ClipState, Goal, GoalOutcome, GoalRecord, SearchPlan
from footyd.pipeline.acquire import acquire_clips
from footyd.pipeline.keep import keep_clips
from footyd.pipeline.mend import mend_goal
from footyd.pipeline.needs_review import tell_needs_review
from footyd.pipeline.search import ask_for, fixture_of, save, take_answer
from footyd.pipeline.tools import GoalReport, Tools
from footyd.pipeline.verdicts import apply_verdicts
from footyd.stages.search import Look

ROOM_WAIT = timedelta(minutes=1)
"""Between two looks of a goal at a full disk."""
NO_ROOM = "the disk is low"


async def work_goal(record: GoalRecord, tools: Tools) -> GoalReport:
    """One whole pass of one goal, as a person asks for it: it may spend the last search there is."""
    searched = None
    if not record.plan.searched:
        record, searched = await take_answer(record, await ask_for([record], tools, Look.FIRST), tools)
        if searched.postponed:
            return searched
    return await work_pass(record, tools, searched)


async def work_pass(record: GoalRecord, tools: Tools, searched: GoalReport | None = None) -> GoalReport:
    """What follows a search. Every step records what it did: a crash anywhere is taken up at the step it cut.

    `searched` is the report of the search that came before, if it was not another process's.
    """
    goal = record.goal
    fixture = await fixture_of(goal, tools)
    await mend_goal(goal, fixture, tools)
    await apply_verdicts(goal.id, tools)
    acquired = await acquire_clips(goal, tools)
    if acquired.downloaded:
        await tools.reach(record, "downloaded")
    with tools.timing("keep"):
        kept = await keep_clips(record, fixture, tools)
    waits = acquired.waiting > 0 or await _better_waits(goal, tools)
    if waits:
        await tools.store.goals.postpone(goal.id, tools.clock() + ROOM_WAIT, NO_ROOM)
    else:
        await _finish_pass(record, tools)
        await tell_needs_review(record, fixture, tools)
    report = searched or GoalReport(goal_id=goal.id, pass_index=record.plan.pass_index)
    return replace(
        report,
        postponed=NO_ROOM if waits else "",
        downloaded=acquired.downloaded,
        failed=Counter(acquired.failed),
        groups=kept.groups,
        duplicates=kept.duplicates,
        stored=kept.stored,
        removed=kept.removed,
    )


async def _better_waits(goal: Goal, tools: Tools) -> bool:
    """Whether a keeper's better file was left where it is because the disk is low."""
    if await tools.has_room():
        return False
    clips = await tools.store.clips.clips(goal.id)
    return any(clip.state is ClipState.KEEPER and clip.better for clip in clips)


async def _finish_pass(record: GoalRecord, tools: Tools) -> None:
    """The flags as they now are, and when the goal is due again."""
    clips = await tools.store.clips.clips(record.goal.id)
    stored = any(clip.state in (ClipState.KEEPER, ClipState.EXPIRED) for clip in clips)
    plan = next_plan(record.plan, record.goal, tools.config.search, tools.clock())
    over = plan.next_at is None
    status = replace(
        record.status,
        videos_downloaded=bool(clips),
        videos_filtered=True,
        videos_uploaded=stored,
        completed=over,
    )
    outcome = (GoalOutcome.STORED if stored else GoalOutcome.NEEDS_REVIEW) if over else None
    await save(replace(record, plan=plan, status=status, outcome=outcome, error=""), tools)
    shutil.rmtree(tools.config.work_dir / record.goal.id, ignore_errors=True)
    if stored and not record.status.videos_uploaded:
        await tools.announce(
            "Goal stored", f"{record.goal.team} {record.goal.score_after}, {record.goal.clock}"
        )


def next_plan(plan: SearchPlan, goal: Goal, config: SearchConfig, now: datetime) -> SearchPlan:
    """The next pass, counted from the confirmation; one makes up for all that were slept through.

    A confirmation that has not come yet is from before the clock was set back: then it is counted from now.
    """
    start = min(goal.confirmed_at or goal.first_seen, now)
    times = [start + timedelta(minutes=minutes) for minutes in config.passes_minutes]
    index = plan.pass_index + 1
    if index >= len(times):
        return replace(plan, searched=True, next_at=None)
    while index + 1 < len(times) and times[index + 1] <= now:
        index += 1
    return replace(plan, pass_index=index, searched=False, next_at=times[index])
