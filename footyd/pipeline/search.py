"""The search of a pass: one query for the goals of a fixture that are due together, answered to each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from footyd.errors import GoalError
from footyd.model import Candidate, CandidateState, Fixture, Found, Goal, GoalRecord
from footyd.pipeline.ledger import read_ledger
from footyd.pipeline.told import search_told
from footyd.pipeline.tools import GoalReport, Tools, reasons_of
from footyd.stages.search import (
    Answer,
    GoalContext,
    Look,
    SearchOutcome,
    judge_answer,
    score_candidate,
    search_goals,
    within_one_query,
)

SAME_DAY = timedelta(hours=12)
COMPANY_WITHIN = timedelta(seconds=60)
COMPANY_AT_MOST = 4
"""A query holds so many scorers with room for their spellings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What one search brought for the goals it asked for, with the day's matches it is judged by."""

    records: tuple[GoalRecord, ...]
    fixture: Fixture
    others: tuple[Fixture, ...]
    answer: Answer


async def with_company(record: GoalRecord, tools: Tools) -> list[GoalRecord]:
    """The goal, and those of its fixture that are due with it or in a moment: one search serves them all."""
    until = tools.clock() + COMPANY_WITHIN
    return [record, *await tools.store.queue.company(record, until, limit=COMPANY_AT_MOST - 1)]


async def ask_for(records: Sequence[GoalRecord], tools: Tools, look: Look) -> Answered:
    """Spend one search on these goals of a fixture, the first ones where it has no room for all.

    The day is read only when there is something to judge.
    """
    fixture = await fixture_of(records[0].goal, tools)
    goals = within_one_query([one.goal for one in records], fixture, tools.config.search.aliases)
    records = records[: len(goals)]
    since = min(record.plan.window_from for record in records)
    with tools.timing("search"):
        answer = await search_goals(goals, fixture, since, tools.chain, tools.config.search, look=look)
    others = await _others(fixture, tools) if isinstance(answer, Found) and answer.posts else ()
    return Answered(records=tuple(records), fixture=fixture, others=others, answer=answer)


def look_of(records: Sequence[GoalRecord]) -> Look:
    """The most urgent one among them."""
    if any(not record.status.twitter_scraped for record in records):
        return Look.FIRST
    return Look.KEPT if all(record.status.videos_uploaded for record in records) else Look.OPEN


async def fixture_of(goal: Goal, tools: Tools) -> Fixture:
    """As last shown; raises GoalError when it is not in the database."""
    tracked = await tools.store.fixtures.fixture(goal.fixture_id)
    if tracked is None:
        raise GoalError(
            f"goal {goal.id}: its fixture {goal.fixture_id} is not in the database",
            remedy=f"Fetch its day with: footyd ingest --date {goal.first_seen:%Y-%m-%d}",
        )
    return tracked.fixture


async def _others(fixture: Fixture, tools: Tools) -> tuple[Fixture, ...]:
    day = await tools.store.fixtures.between(fixture.kickoff - SAME_DAY, fixture.kickoff + SAME_DAY)
    return tuple(tracked.fixture for tracked in day if tracked.fixture.id != fixture.id)


async def take_answer(record: GoalRecord, answered: Answered, tools: Tools) -> tuple[GoalRecord, GoalReport]:
    """Candidates first, then the pass: a crash in between repeats the search and finds its posts known."""
    goal = record.goal
    ledger = await read_ledger(goal.id, tools.store, window_from=record.plan.window_from)
    context = GoalContext(
        goal=goal, fixture=answered.fixture, others=answered.others, window_from=record.plan.window_from
    )
    config = tools.config
    outcome = judge_answer(
        context,
        answered.answer,
        config.search,
        config.clips,
        known=ledger.known,
        blocked=ledger.blocked,
        seen=ledger.seen,
    )
    own = [candidate for candidate in outcome.candidates if _is_own(candidate, context, answered, tools)]
    found = replace(outcome, candidates=await ledger.remember(own, tools.store))
    after = _after(record, found, tools)
    report = _report(after, found)
    if told := search_told(record, report, tools.clock()):
        await tools.store.timeline.note(told)
    await save(after, tools)
    return after, report


def _is_own(candidate: Candidate, context: GoalContext, answered: Answered, tools: Tools) -> bool:
    """Whether a post belongs into this goal's ledger: not if it is rejected and fits another one better."""
    if candidate.state is CandidateState.ACCEPTED:
        return True
    goals = [record.goal for record in answered.records]
    others = [replace(context, goal=goal) for goal in goals if goal.id != context.goal.id]
    search, clips = tools.config.search, tools.config.clips
    return all(
        score_candidate(other, candidate.post, search, clips).score <= candidate.score for other in others
    )


def _after(record: GoalRecord, outcome: SearchOutcome, tools: Tools) -> GoalRecord:
    """A pass taken along before its time is worked on at once, too."""
    plan = record.plan
    if not outcome.used:
        return replace(record, plan=replace(plan, next_at=outcome.retry_at), error=outcome.reason)
    now = tools.clock()
    due = replace(plan, searched=True, next_at=min(plan.next_at or now, now), empty_from="", empty_at=None)
    if outcome.reason and outcome.source:
        due = replace(due, empty_from=outcome.source, empty_at=now)
    return replace(
        record,
        plan=due,
        status=replace(record.status, twitter_scraped=True),
        error="",
        reached={"searched": now, **record.reached},
    )


async def save(record: GoalRecord, tools: Tools) -> None:
    """Guarded: a goal taken back, to be searched anew, or moved with the clock meanwhile stays so."""
    await tools.store.goals.save_progress(
        record.goal.id,
        plan=record.plan,
        status=record.status,
        outcome=record.outcome,
        error=record.error,
        reached=record.reached,
    )
    tools.moved()


def _report(record: GoalRecord, outcome: SearchOutcome) -> GoalReport:
    found = outcome.candidates
    return GoalReport(
        goal_id=record.goal.id,
        pass_index=record.plan.pass_index,
        postponed="" if outcome.used else outcome.reason,
        source=outcome.source,
        new_posts=len(found),
        accepted=sum(1 for c in found if c.state is CandidateState.ACCEPTED),
        rejected=reasons_of(found, CandidateState.REJECTED),
    )
