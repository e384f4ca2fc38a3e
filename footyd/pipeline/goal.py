"""One goal, top to bottom: search, download, fingerprint, select, publish; then the next pass or the end."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

from footyd.config import SearchConfig
from footyd.errors import GoalError
from footyd.model import (
    CandidateState,
    ClipState,
    Fixture,
    Goal,
    GoalOutcome,
    GoalRecord,
    SearchPlan,
)
from footyd.pipeline.acquire import Acquired, acquire_clips
from footyd.pipeline.keep import Kept, keep_clips
from footyd.pipeline.ledger import read_ledger
from footyd.pipeline.mend import mend_goal
from footyd.pipeline.needs_review import tell_needs_review
from footyd.pipeline.tools import GoalReport, Tools, reasons_of
from footyd.pipeline.verdicts import apply_verdicts
from footyd.stages.search import GoalContext, SearchOutcome, search_goal

SAME_DAY = timedelta(hours=12)


async def work_goal(record: GoalRecord, tools: Tools) -> GoalReport:
    """One pass. Every step records what it did, so that a crash anywhere is taken up at the step it cut."""
    fixture = await _fixture_of(record.goal, tools)
    await mend_goal(record.goal, fixture, tools)
    await apply_verdicts(record.goal.id, tools)
    record, outcome = await _search(record, fixture, tools)
    if outcome is not None and not outcome.used:
        return GoalReport(goal_id=record.goal.id, pass_index=record.plan.pass_index, postponed=outcome.reason)
    acquired = await acquire_clips(record.goal, tools)
    kept = await keep_clips(record.goal, fixture, tools)
    await _finish_pass(record, tools)
    await tell_needs_review(record, fixture, tools)
    return _report(record, outcome, acquired, kept)


async def _fixture_of(goal: Goal, tools: Tools) -> Fixture:
    tracked = await tools.store.fixtures.fixture(goal.fixture_id)
    if tracked is None:
        raise GoalError(
            f"goal {goal.id}: its fixture {goal.fixture_id} is not in the database",
            remedy=f"Fetch its day with: footyd ingest --date {goal.first_seen:%Y-%m-%d}",
        )
    return tracked.fixture


async def _search(
    record: GoalRecord, fixture: Fixture, tools: Tools
) -> tuple[GoalRecord, SearchOutcome | None]:
    """Spend the pass's query, unless a crash came after it was spent (then there is no outcome)."""
    if record.plan.searched:
        return record, None
    goal = record.goal
    ledger = await read_ledger(goal.id, tools.store)
    day = await tools.store.fixtures.between(fixture.kickoff - SAME_DAY, fixture.kickoff + SAME_DAY)
    context = GoalContext(
        goal=goal,
        fixture=fixture,
        others=tuple(t.fixture for t in day if t.fixture.id != fixture.id),
        window_from=record.plan.window_from,
    )
    outcome = await search_goal(context, tools.chain, tools.config.search, tools.config.clips, ledger.known)
    outcome = replace(outcome, candidates=await ledger.remember(outcome.candidates, tools.store))
    if outcome.used:
        record = replace(
            record,
            plan=replace(record.plan, searched=True),
            status=replace(record.status, twitter_scraped=True),
        )
    else:
        record = replace(record, plan=replace(record.plan, next_at=outcome.retry_at), error=outcome.reason)
    await _save(record, tools)
    return record, outcome


async def _finish_pass(record: GoalRecord, tools: Tools) -> None:
    """The flags as they now are, and when the goal is due again."""
    clips = await tools.store.clips.clips(record.goal.id)
    stored = any(clip.state is ClipState.KEEPER for clip in clips)
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
    await _save(replace(record, plan=plan, status=status, outcome=outcome, error=""), tools)
    shutil.rmtree(tools.config.work_dir / record.goal.id, ignore_errors=True)
    if stored and not record.status.videos_uploaded:
        await tools.announce(
            "Goal stored", f"{record.goal.team} {record.goal.score_after}, {record.goal.clock}"
        )


async def _save(record: GoalRecord, tools: Tools) -> None:
    await tools.store.goals.save_progress(
        record.goal.id, plan=record.plan, status=record.status, outcome=record.outcome, error=record.error
    )


def next_plan(plan: SearchPlan, goal: Goal, config: SearchConfig, now: datetime) -> SearchPlan:
    """The next pass, counted from the confirmation; one makes up for all that were slept through."""
    start = goal.confirmed_at or goal.first_seen
    times = [start + timedelta(minutes=minutes) for minutes in config.passes_minutes]
    index = plan.pass_index + 1
    if index >= len(times):
        return replace(plan, searched=True, next_at=None)
    while index + 1 < len(times) and times[index + 1] <= now:
        index += 1
    return replace(plan, pass_index=index, searched=False, next_at=times[index])


def _report(record: GoalRecord, outcome: SearchOutcome | None, acquired: Acquired, kept: Kept) -> GoalReport:
    found = outcome.candidates if outcome else ()
    return GoalReport(
        goal_id=record.goal.id,
        pass_index=record.plan.pass_index,
        source=outcome.source if outcome else None,
        new_posts=len(found),
        accepted=sum(1 for c in found if c.state is CandidateState.ACCEPTED),
        rejected=reasons_of(found, CandidateState.REJECTED),
        downloaded=acquired.downloaded,
        failed=Counter(acquired.failed),
        groups=kept.groups,
        duplicates=kept.duplicates,
        stored=kept.stored,
        removed=kept.removed,
    )
