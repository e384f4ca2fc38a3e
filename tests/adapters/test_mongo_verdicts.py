"""Verdicts of persons on a real mongod: kept over whatever the pipeline writes, read from indexes alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from footyd.adapters.mongo import Store, open_store
from footyd.model import CandidateState, ClipId, GoalId, GoalRecord, PersonVerdict, Rejection
from tests.builders import KICKOFF, a_candidate, a_goal

NOW = KICKOFF + timedelta(minutes=40)
GOAL = GoalId("1-101-1-0-1")
NO = PersonVerdict(accepted=False, at=NOW)
BY_PERSON = Rejection(reason="by_person")


@pytest.fixture
async def store(mongo_uri: str, mongo_database: str) -> AsyncIterator[Store]:
    async with open_store(mongo_uri, mongo_database, timeout_seconds=10, runs_kept_days=90) as opened:
        yield opened


async def confirmed(store: Store) -> GoalRecord:
    goal = a_goal(GOAL)
    await store.goals.save_believed([], [goal], renamed=(), window=timedelta(minutes=3), now=NOW)
    return await recorded(store)


async def recorded(store: Store) -> GoalRecord:
    record = await store.goals.record(GOAL)
    assert record
    return record


async def test_a_verdict_given_while_a_post_is_in_work_is_not_written_over(store: Store) -> None:
    seen = a_candidate()
    await store.clips.add_candidates([seen])
    await store.clips.save_verdict(seen.id, NO, state=CandidateState.REJECTED, rejection=BY_PERSON)
    downloaded = replace(seen, state=CandidateState.DOWNLOADED, clip_id=ClipId(f"{GOAL}:ab"))
    await store.clips.save_candidate(downloaded)
    [found] = await store.clips.candidates(GOAL)
    assert (found.verdict, found.state, found.rejection) == (NO, CandidateState.REJECTED, BY_PERSON)
    assert found.clip_id == downloaded.clip_id, "what became of it is still known"


async def test_the_pipeline_goes_on_with_a_post_whose_verdict_it_knows(store: Store) -> None:
    yes = PersonVerdict(accepted=True, at=NOW)
    await store.clips.add_candidates([a_candidate(state=CandidateState.REJECTED)])
    await store.clips.save_verdict(a_candidate().id, yes, state=CandidateState.ACCEPTED, rejection=None)
    [wanted] = await store.clips.candidates(GOAL)
    downloaded = replace(wanted, state=CandidateState.DOWNLOADED)
    await store.clips.save_candidate(downloaded)
    assert await store.clips.candidates(GOAL) == [downloaded]


async def test_a_judgement_made_before_the_verdict_does_not_overturn_it(store: Store) -> None:
    seen = a_candidate(state=CandidateState.REJECTED)
    await store.clips.add_candidates([seen])
    await store.clips.save_verdict(seen.id, NO, state=CandidateState.REJECTED, rejection=BY_PERSON)
    risen = replace(seen, state=CandidateState.ACCEPTED)
    await store.clips.save_candidate(risen)
    await store.clips.add_candidates([risen])
    [found] = await store.clips.candidates(GOAL)
    assert (found.verdict, found.state) == (NO, CandidateState.REJECTED)


async def test_the_blocklist_is_what_persons_said_last(store: Store) -> None:
    blocking = replace(NO, blocks_author=True)
    for post, verdict in (("901", NO), ("902", blocking), ("903", PersonVerdict(accepted=True, at=NOW))):
        candidate = a_candidate(post=post)
        await store.clips.add_candidates([candidate])
        await store.clips.save_verdict(candidate.id, verdict, state=candidate.state, rejection=None)
    assert await store.clips.rejected_posts() == {"901", "902"}
    assert await store.clips.blocked_authors() == {"fan"}
    late = PersonVerdict(accepted=True, at=NOW + timedelta(minutes=1))
    await store.clips.save_verdict(a_candidate(post="902").id, late, state=candidate.state, rejection=None)
    assert await store.clips.rejected_posts() == {"901"}
    assert await store.clips.blocked_authors() == frozenset()


@pytest.mark.parametrize(
    ("field", "value", "told"), [("accepted", False, "post.id"), ("blocks_author", True, "post.author")]
)
async def test_the_blocklist_reads_no_document(store: Store, field: str, value: bool, told: str) -> None:
    await store.clips.add_candidates([a_candidate(post=str(n)) for n in range(50)])
    await store.clips.save_verdict(
        a_candidate(post="7").id,
        replace(NO, blocks_author=True),
        state=CandidateState.REJECTED,
        rejection=None,
    )
    question = {"distinct": "candidates", "key": told, "query": {f"verdict.{field}": value}}
    explained: dict[str, Any] = await store.database.command("explain", question, verbosity="executionStats")
    assert explained["executionStats"]["totalDocsExamined"] == 0


async def test_a_verdict_stays_open_until_its_clip_is_refused(store: Store) -> None:
    assert await store.clips.goals_with_open_verdicts() == []
    await store.clips.add_candidates([a_candidate()])
    await store.clips.save_verdict(
        a_candidate().id,
        PersonVerdict(accepted=True, at=NOW),
        state=CandidateState.ACCEPTED,
        rejection=None,
    )
    assert await store.clips.goals_with_open_verdicts() == [GOAL]


async def test_work_by_hand_steps_back_before_the_pass_that_was_to_come(store: Store) -> None:
    before = (await confirmed(store)).plan
    assert await store.review.work_now(GOAL, NOW)
    plan = (await recorded(store)).plan
    assert (plan.pass_index, plan.searched, plan.next_at) == (before.pass_index - 1, True, NOW)
    assert await store.review.work_now(GOAL, NOW)
    assert (await recorded(store)).plan.pass_index == before.pass_index - 1, "once is enough"


async def test_a_pass_in_progress_does_not_undo_work_by_hand(store: Store) -> None:
    running = await confirmed(store)
    await store.review.work_now(GOAL, NOW)
    over = replace(running.plan, searched=True, next_at=None)
    await store.goals.save_progress(GOAL, plan=over, status=running.status, outcome=None)
    assert (await recorded(store)).plan.next_at == NOW


async def test_a_goal_taken_back_is_not_worked_on(store: Store) -> None:
    await confirmed(store)
    await store.goals.cancel(GOAL, NOW)
    assert not await store.review.work_now(GOAL, NOW)
    assert (await recorded(store)).plan.next_at is None
