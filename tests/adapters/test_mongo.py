"""The stores on a real mongod."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from footyd.adapters.mongo import Store, open_store
from footyd.errors import PermanentError, StoreError
from footyd.model import (
    CandidateState,
    ClipState,
    Fixture,
    FixtureId,
    FixtureState,
    GoalOutcome,
    GoalState,
    SourceRest,
)
from tests.builders import KICKOFF, a_candidate, a_clip, a_fixture, a_goal, goal_event, payload

NOW = KICKOFF + timedelta(minutes=40)
WINDOW = timedelta(minutes=3)
STAGING, ACTIVE, COMPLETED = FixtureState.STAGING, FixtureState.ACTIVE, FixtureState.COMPLETED


@pytest.fixture
async def store(mongo_uri: str, mongo_database: str) -> AsyncIterator[Store]:
    async with open_store(mongo_uri, mongo_database, timeout_seconds=10, runs_kept_days=90) as opened:
        yield opened


async def confirmed(store: Store, *goals: str) -> None:
    """Put goals of fixture 1 into the queue."""
    made = [a_goal(id) for id in goals]
    await store.goals.save_believed([], made, renamed=(), window=WINDOW, now=NOW)


# ---------------------------------------------------------------- fixtures


async def test_ingesting_a_day_twice_changes_nothing(store: Store) -> None:
    day = [(STAGING, a_fixture(1)), (COMPLETED, a_fixture(2, status="FT", score=(0, 0)))]
    assert await store.fixtures.take_in(day) == 2
    assert await store.fixtures.take_in(day) == 0
    assert await store.fixtures.counts() == {STAGING: 1, ACTIVE: 0, COMPLETED: 1}


async def test_ingesting_again_updates_a_fixture_where_it_is(store: Store) -> None:
    await store.fixtures.take_in([(STAGING, a_fixture(1))])
    await store.fixtures.move(FixtureId(1), STAGING, ACTIVE)
    later = KICKOFF + timedelta(hours=1)
    await store.fixtures.take_in([(STAGING, a_fixture(1, kickoff=later))])
    [found] = await store.fixtures.active()
    assert found.fixture.kickoff == later
    assert (await store.fixtures.counts())[STAGING] == 0


async def test_a_reply_without_events_keeps_the_events_already_held(store: Store) -> None:
    await store.fixtures.take_in([(ACTIVE, a_fixture(1, status="1H", score=(1, 0), events=[goal_event(9)]))])
    await store.fixtures.take_in([(ACTIVE, a_fixture(1, status="1H", score=(1, 0)))])
    [found] = await store.fixtures.active()
    assert found.fixture.events is not None
    assert len(found.fixture.events) == 1


async def test_the_payload_is_kept_as_received(store: Store) -> None:
    received = payload(1, status="1H", score=(1, 0), events=[goal_event(9)])
    received["fixture"]["venue"] = {"id": 3, "name": "Ground", "city": "Town"}
    await store.fixtures.take_in([(ACTIVE, a_fixture(1, status="1H", score=(1, 0), events=[goal_event(9)]))])
    document = await store.database.fixtures_active.find_one({"_id": 1})
    assert document is not None
    del received["fixture"]["venue"]
    assert document["payload"] == received


async def read(store: Store, shown: list[Fixture], now: datetime) -> int:
    """As a poll does it: the active fixtures were read just before."""
    return await store.fixtures.record_readings(await store.fixtures.active(), shown, now)


async def test_an_unchanged_fixture_costs_no_write(store: Store) -> None:
    playing = a_fixture(1, status="1H", score=(0, 0), events=[], minute=9)
    await store.fixtures.take_in([(ACTIVE, playing)])
    assert await read(store, [playing], NOW) == 1, "the first reading is noted"
    assert await read(store, [playing], NOW + timedelta(minutes=5)) == 0
    moved_on = a_fixture(1, status="1H", score=(0, 0), events=[], minute=14)
    assert await read(store, [moved_on], NOW + timedelta(minutes=5)) == 1


async def test_a_reading_writes_what_differs_and_keeps_what_the_reply_leaves_out(store: Store) -> None:
    await store.fixtures.take_in([(ACTIVE, a_fixture(1, status="1H", score=(0, 0), events=[goal_event(9)]))])
    await read(store, [a_fixture(1, status="2H", score=(1, 0), minute=50)], NOW)
    document = await store.database.fixtures_active.find_one({"_id": 1})
    assert document is not None
    assert (document["status"], document["score"], document["minute"]) == ("2H", {"home": 1, "away": 0}, 50)
    assert document["payload"]["fixture"]["status"]["short"] == "2H"
    assert document["payload"]["events"] == [goal_event(9)], "a reply without events wipes none"


async def test_the_first_final_reading_starts_the_grace(store: Store) -> None:
    await store.fixtures.take_in([(ACTIVE, a_fixture(1, status="2H", score=(0, 0), events=[]))])
    over = a_fixture(1, status="FT", score=(0, 0), events=[])
    await read(store, [over], NOW)
    await read(store, [over], NOW + timedelta(minutes=5))
    [found] = await store.fixtures.active()
    assert found.final_since == NOW


async def test_a_second_reading_of_an_end_is_noted_and_a_third_costs_no_write(store: Store) -> None:
    await store.fixtures.take_in([(ACTIVE, a_fixture(1, status="2H", score=(0, 0), events=[]))])
    over = a_fixture(1, status="FT", score=(0, 0), events=[])
    moments = [NOW + timedelta(minutes=5 * poll) for poll in range(3)]
    assert [await read(store, [over], at) for at in moments] == [1, 1, 0]
    [found] = await store.fixtures.active()
    assert (found.final_since, found.read_at) == (NOW, moments[1])


async def test_a_match_whistled_off_too_early_has_not_ended(store: Store) -> None:
    await store.fixtures.take_in([(ACTIVE, a_fixture(1, status="FT", score=(0, 0), events=[]))])
    await read(store, [a_fixture(1, status="FT", score=(0, 0), events=[])], NOW)
    await read(store, [a_fixture(1, status="2H", score=(0, 0), events=[])], NOW + timedelta(minutes=5))
    [found] = await store.fixtures.active()
    assert found.final_since is None


async def test_a_fixture_lost_by_the_feed_is_found_again_by_a_reading(store: Store) -> None:
    playing = a_fixture(1, status="1H", score=(0, 0), events=[])
    await store.fixtures.take_in([(ACTIVE, playing)])
    await store.fixtures.note_lost([FixtureId(1)], NOW)
    [lost] = await store.fixtures.active()
    assert lost.lost_at == NOW
    await read(store, [playing], NOW + timedelta(hours=6))
    [found] = await store.fixtures.active()
    assert found.lost_at is None


async def test_a_move_cut_between_insert_and_delete_is_finished(store: Store) -> None:
    await store.fixtures.take_in([(STAGING, a_fixture(1)), (STAGING, a_fixture(2))])
    staged = await store.database.fixtures_staging.find_one({"_id": 1})
    assert staged is not None
    await store.database.fixtures_active.insert_one(staged)
    assert await store.fixtures.repair() == [1]
    assert await store.fixtures.counts() == {STAGING: 1, ACTIVE: 1, COMPLETED: 0}
    assert await store.fixtures.repair() == []


async def test_a_postponement_cut_in_the_middle_goes_back_to_staging(store: Store) -> None:
    await store.fixtures.take_in([(ACTIVE, a_fixture(1, status="PST"))])
    document = await store.database.fixtures_active.find_one({"_id": 1})
    assert document is not None
    await store.database.fixtures_staging.insert_one(document)
    await store.fixtures.repair()
    assert await store.fixtures.counts() == {STAGING: 1, ACTIVE: 0, COMPLETED: 0}


async def test_a_match_abandoned_and_scheduled_anew_is_staged_again(store: Store) -> None:
    await store.fixtures.take_in([(COMPLETED, a_fixture(1, status="ABD", score=(0, 0)))])
    await store.fixtures.take_in([(STAGING, a_fixture(1, kickoff=KICKOFF + timedelta(days=20)))])
    assert await store.fixtures.counts() == {STAGING: 1, ACTIVE: 0, COMPLETED: 0}


# ---------------------------------------------------------------- goals


async def test_a_value_read_back_equals_the_one_saved(store: Store) -> None:
    goal = a_goal(state=GoalState.PENDING)
    await store.goals.save_believed([], [goal], renamed=(), window=WINDOW, now=NOW)
    assert await store.goals.believed([goal.fixture_id]) == [goal]


async def test_a_confirmed_goal_leaves_pending_and_is_due_at_once(store: Store) -> None:
    pending = a_goal(state=GoalState.PENDING)
    await store.goals.save_believed([], [pending], renamed=(), window=WINDOW, now=NOW)
    goal = replace(pending, state=GoalState.CONFIRMED, confirmed_at=NOW)
    await store.goals.save_believed([pending], [goal], renamed=(), window=WINDOW, now=NOW)
    assert await store.database.pending_goals.count_documents({}) == 0
    [due] = await store.queue.due(NOW, limit=5, busy=())
    assert due.goal == goal
    assert due.plan.window_from == goal.first_seen - WINDOW


async def test_saving_the_same_belief_twice_does_not_restart_the_search(store: Store) -> None:
    await confirmed(store, "1-101-1-0-1")
    [record] = await store.queue.due(NOW, limit=5, busy=())
    done = replace(record.plan, next_at=None)
    await store.goals.save_progress(
        record.goal.id, plan=done, status=record.status, outcome=GoalOutcome.STORED
    )
    await confirmed(store, "1-101-1-0-1")
    assert await store.queue.due(NOW, limit=5, busy=()) == []


async def test_a_goal_confirmed_just_before_a_crash_is_not_pending_too(store: Store) -> None:
    await confirmed(store, "1-101-1-0-1")
    pending = a_goal(state=GoalState.PENDING)
    await store.goals.save_believed([], [pending], renamed=(), window=WINDOW, now=NOW)
    assert await store.goals.repair() == 1
    assert await store.goals.fixtures_with_pending([pending.fixture_id]) == set()


async def test_a_cancelled_goal_is_searched_no_more(store: Store) -> None:
    await confirmed(store, "1-101-1-0-1")
    [record] = await store.queue.due(NOW, limit=5, busy=())
    gone = replace(record.goal, state=GoalState.CANCELLED)
    await store.goals.save_believed([record.goal], [gone], renamed=(), window=WINDOW, now=NOW)
    await store.goals.save_progress(
        gone.id, plan=record.plan, status=record.status, outcome=GoalOutcome.STORED
    )
    assert await store.queue.due(NOW, limit=5, busy=()) == []
    assert await store.queue.next_due(searched=False) is None
    found = await store.goals.record(gone.id)
    assert found is not None
    assert found.outcome is GoalOutcome.CANCELLED, "work that was still running does not revive it"
    assert await store.goals.cancelled_before(NOW + timedelta(seconds=1)) == [gone.id]


async def test_a_corrected_scorer_is_worth_one_more_round(store: Store) -> None:
    await confirmed(store, "1-101-1-0-1")
    [record] = await store.queue.due(NOW, limit=5, busy=())
    plan = replace(record.plan, next_at=None, pass_index=9, searched=True)
    await store.goals.save_progress(
        record.goal.id, plan=plan, status=record.status, outcome=GoalOutcome.STORED
    )
    renamed = replace(record.goal, player="B. Other")
    await store.goals.save_believed([record.goal], [renamed], renamed={renamed.id}, window=WINDOW, now=NOW)
    [again] = await store.queue.due(NOW, limit=5, busy=())
    assert (again.goal.player, again.plan.pass_index, again.plan.searched) == ("B. Other", 9, False)


@pytest.mark.parametrize("asked_by", ["the feed", "a person"])
async def test_a_round_asked_for_during_the_last_pass_is_not_lost(store: Store, asked_by: str) -> None:
    """The pass went on for a minute and ended by storing that no more was due."""
    await confirmed(store, "1-101-1-0-1")
    [running] = await store.queue.due(NOW, limit=5, busy=())
    if asked_by == "a person":
        await store.goals.search_again(running.goal.id, NOW)
    else:
        goal = replace(running.goal, player="B. Other")
        await store.goals.save_believed([running.goal], [goal], renamed={goal.id}, window=WINDOW, now=NOW)
    await store.goals.save_progress(
        running.goal.id,
        plan=replace(running.plan, next_at=None, searched=True),
        status=replace(running.status, videos_uploaded=True, completed=True),
        outcome=GoalOutcome.STORED,
    )
    [again] = await store.queue.due(NOW, limit=5, busy=())
    assert (again.plan.searched, again.outcome) == (False, None)
    assert (again.status.videos_uploaded, again.status.completed) == (True, False)
    await store.goals.save_progress(
        again.goal.id, plan=replace(again.plan, next_at=None), status=again.status, outcome=GoalOutcome.STORED
    )
    assert await store.queue.due(NOW, limit=5, busy=()) == []


async def test_goals_without_a_keeper_go_first_and_then_the_newest(store: Store) -> None:
    await confirmed(store, "old", "new", "kept")
    for name, minutes in (("old", 1), ("new", 2), ("kept", 3)):
        await store.database.goals.update_one(
            {"_id": name}, {"$set": {"confirmed_at": KICKOFF + timedelta(minutes=minutes)}}
        )
    await store.database.goals.update_one(
        {"_id": "kept"}, {"$set": {"processing_status.videos_uploaded": True}}
    )
    due = await store.queue.due(NOW, limit=5, busy=())
    assert [record.goal.id for record in due] == ["new", "old", "kept"]
    assert [r.goal.id for r in await store.queue.due(NOW, limit=5, busy={due[0].goal.id})] == ["old", "kept"]


async def test_a_record_spoilt_by_hand_costs_only_itself(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    await confirmed(store, "good", "spoilt")
    await store.database.goals.update_one({"_id": "spoilt"}, {"$set": {"minute": "late"}})
    assert [record.goal.id for record in await store.queue.due(NOW, limit=5, busy=())] == ["good"]
    assert "record unreadable" in capsys.readouterr().out


async def test_the_operators_queries_work_as_the_readme_writes_them(store: Store) -> None:
    await confirmed(store, "a", "b")
    [first, _] = await store.queue.due(NOW, limit=5, busy=())
    done = replace(
        first.status, twitter_scraped=True, videos_downloaded=True, videos_uploaded=True, completed=True
    )
    await store.goals.save_progress(
        first.goal.id, plan=replace(first.plan, next_at=None), status=done, outcome=GoalOutcome.STORED
    )
    db = store.database
    assert await db.goals.count_documents({"processing_status.completed": True}) == 1
    assert await db.goals.count_documents({"processing_status.twitter_scraped": False}) == 1
    assert await db.goals.count_documents({"processing_status.videos_downloaded": True}) == 1
    assert await db.goals.count_documents({"processing_status.videos_filtered": False}) == 2
    assert await db.goals.count_documents({"processing_status.videos_uploaded": True}) == 1
    assert await db.goals.count_documents({"outcome": "stored"}) == 1


# ---------------------------------------------------------------- candidates and clips


async def test_a_post_seen_again_keeps_what_became_of_it(store: Store) -> None:
    candidate = a_candidate()
    await store.clips.add_candidates([candidate])
    await store.clips.save_candidate(replace(candidate, state=CandidateState.DOWNLOADED))
    await store.clips.add_candidates([candidate])
    [found] = await store.clips.candidates(candidate.goal_id)
    assert found == replace(candidate, state=CandidateState.DOWNLOADED)


async def test_a_clip_read_back_equals_the_one_saved(store: Store) -> None:
    clip = a_clip(state=ClipState.KEEPER, rank=1, group=1)
    await store.clips.save_clip(clip)
    assert await store.clips.clips(clip.goal_id) == [clip]
    assert await store.clips.keepers() == [clip]


# ---------------------------------------------------------------- runs and state


async def test_a_run_cut_off_is_lost_and_not_running_for_ever(store: Store) -> None:
    await store.runs.begin_run("r1", job="poll", trigger="interval", attempt=1, now=NOW)
    await store.runs.begin_run("r2", job="poll", trigger="interval", attempt=1, now=NOW)
    await store.runs.end_run("r2", outcome="ok", metadata={"fixtures_processed": 8}, error="", now=NOW)
    assert await store.runs.repair_runs(NOW) == 1
    by_id = {run["_id"]: run for run in await store.runs.last_runs()}
    assert (by_id["r1"]["outcome"], by_id["r2"]["outcome"]) == ("lost", "ok")
    assert by_id["r2"]["metadata"] == {"fixtures_processed": 8}


async def test_runs_are_forgotten_after_the_days_that_the_daemon_says(
    mongo_uri: str, mongo_database: str
) -> None:
    """A second daemon that was refused, or a command, had cut another's history to its own length."""

    async def kept(store: Store) -> int:
        indexes = await store.database.runs.index_information()
        return int(indexes["ttl"]["expireAfterSeconds"]) // (24 * 3600)

    for days in (90, 30):
        async with open_store(mongo_uri, mongo_database, timeout_seconds=10, runs_kept_days=days) as store:
            assert await kept(store) == 90
    async with open_store(mongo_uri, mongo_database, timeout_seconds=10, runs_kept_days=30) as store:
        await store.clock.keep_runs(30)
        assert await kept(store) == 30


async def test_a_resting_source_is_remembered_and_cleared(store: Store) -> None:
    rest = SourceRest(source="nitter", until=NOW, step=2, reason="503")
    await store.runs.save_rest(rest)
    assert await store.runs.rests() == {"nitter": rest}
    await store.runs.clear_rest("nitter")
    assert await store.runs.rests() == {}


# ---------------------------------------------------------------- the connection


async def test_writes_are_journalled(store: Store) -> None:
    assert store.database.client.write_concern.document["j"] is True


async def test_a_database_that_does_not_answer_is_named_with_its_remedy() -> None:
    with pytest.raises(StoreError) as caught:
        async with open_store("mongodb://127.0.0.1:9/", "footyd", timeout_seconds=0.5, runs_kept_days=90):
            pass
    assert "MongoDB does not answer" in caught.value.line()
    assert "mongo.uri" in caught.value.line()


async def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(PermanentError, match=r"mongo\.uri"):
        async with open_store("mongodb://[", "footyd", timeout_seconds=1, runs_kept_days=90):
            pass


async def test_a_password_with_a_slash_in_it_is_not_told() -> None:
    """The driver takes the rest of it for the database's name, and quotes that."""
    uri = "mongodb://footyd:pass/w0rd@db.example/"
    with pytest.raises(PermanentError, match=r"mongo\.uri") as caught:
        async with open_store(uri, "footyd", timeout_seconds=1, runs_kept_days=90):
            pass
    assert "w0rd" not in caught.value.line()
    assert "%2F" in caught.value.line()
