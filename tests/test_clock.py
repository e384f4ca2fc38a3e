"""Clocks that jump by hours, and a start before the time is known: nothing lost, nothing asked twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from footyd import clock, schedule
from footyd.adapters.mongo import Store, open_store
from footyd.clock import Moment, Stamps, is_trusted, longest_wait, wait_for_clock
from footyd.config import Config
from footyd.errors import StoreError
from footyd.model import (
    CandidateState,
    FixtureState,
    Goal,
    GoalId,
    GoalOutcome,
    GoalRecord,
    GoalState,
    NoResults,
    PostId,
    Query,
    Rejection,
)
from footyd.pipeline import next_plan
from footyd.pipeline.ledger import read_ledger
from footyd.schedule import Schedule
from footyd.stages.advance import is_read_twice
from footyd.stages.search import Look, SourceChain
from tests.builders import KICKOFF, a_candidate, a_fixture, a_goal
from tests.stages.search_sources import Board, Scripted, nothing
from tests.test_schedule import Rehearsal, works
from tests.waiting import until

T = KICKOFF + timedelta(hours=1)
HOURS = timedelta(hours=5)
WINDOW = timedelta(minutes=3)
LONGEST = longest_wait(Config().search)


@pytest.fixture
async def store(mongo_uri: str, mongo_database: str) -> AsyncIterator[Store]:
    async with open_store(mongo_uri, mongo_database, timeout_seconds=10, runs_kept_days=90) as store:
        yield store


@dataclass
class Watch:
    """A footyd whose clock a test sets, with the records it stamps."""

    store: Store
    now: datetime = T
    stamps: Stamps | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def start(self) -> None:
        self.stamps = Stamps(
            self.store.clock, Config, lambda: self.now, trusted=lambda now: now >= clock.EARLIEST
        )

    async def set(self, by: timedelta) -> None:
        assert self.stamps is not None
        before, self.now = self.now, self.now + by
        await self.stamps.move(by, before, between_polls=self.lock)

    async def confirm(self, id: str = "1-101-1-0-1") -> Goal:
        """Seen a minute ago, confirmed now."""
        goal = replace(a_goal(id, at=self.now - timedelta(minutes=1)), confirmed_at=self.now)
        await self.store.goals.save_believed([], [goal], renamed=(), window=WINDOW, now=self.now)
        return goal

    async def record(self, id: str = "1-101-1-0-1") -> GoalRecord:
        record = await self.store.goals.record(GoalId(id))
        assert record is not None
        return record

    async def search(self) -> GoalRecord:
        """Its pass of this moment, without what is found."""
        record = await self.record()
        plan = next_plan(record.plan, record.goal, Config().search, self.now)
        await self.store.goals.save_progress(
            record.goal.id, plan=plan, status=record.status, outcome=record.outcome
        )
        return await self.record()


@pytest.fixture
def watch(store: Store) -> Watch:
    return Watch(store)


# ---------------------------------------------------------------- goals in work


@pytest.mark.parametrize("by", [-HOURS, HOURS], ids=["back", "ahead"])
async def test_the_passes_of_a_goal_go_on_at_their_pace(watch: Watch, by: timedelta) -> None:
    watch.start()
    watch.now += timedelta(minutes=10)
    await watch.confirm()
    await watch.search()
    before = await watch.record()
    await watch.set(by)
    after = await watch.record()
    assert after.plan.next_at == (before.plan.next_at or T) + by
    assert after.plan.window_from == before.plan.window_from + by
    assert after.goal.first_seen == before.goal.first_seen + by
    watch.now += timedelta(minutes=1)
    again = await watch.search()
    assert (before.plan.pass_index, again.plan.pass_index) == (1, 2), "none is left out, none comes twice"
    assert again.plan.next_at == watch.now + timedelta(minutes=1)


async def test_a_post_that_was_too_early_for_a_window_hours_ahead_is_judged_once_more(watch: Watch) -> None:
    """A goal confirmed while the clock stood three hours ahead once ended without its clip."""
    watch.now += HOURS
    watch.start()
    watch.now += timedelta(minutes=5)
    goal = await watch.confirm()
    early = Rejection(reason="too_early", detail="by five hours")
    other = Rejection(reason="no_video")
    for post, rejection in (("1", early), ("2", other)):
        candidate = a_candidate(goal.id, post, state=CandidateState.REJECTED)
        await watch.store.clips.add_candidates([replace(candidate, rejection=rejection)])
    record = await watch.record()
    over = replace(record.plan, searched=True, next_at=None)
    await watch.store.goals.save_progress(
        goal.id, plan=over, status=record.status, outcome=GoalOutcome.NEEDS_REVIEW
    )
    await watch.set(-HOURS)
    ledger = await read_ledger(goal.id, watch.store)
    assert ledger.may_rise == {PostId("1")}
    record = await watch.record()
    assert (record.plan.next_at, record.plan.searched, record.outcome) == (watch.now, False, None)


async def test_a_goal_known_before_the_start_keeps_its_times_and_waits_no_longer(watch: Watch) -> None:
    """Its times are true; what this process put off is what its clock was wrong about."""
    known = await watch.confirm()
    watch.now += HOURS
    watch.start()
    await watch.store.goals.postpone(known.id, watch.now + timedelta(minutes=5), "nitter: down")
    await watch.set(-HOURS)
    record = await watch.record()
    assert record.goal.first_seen == known.first_seen
    assert record.plan.next_at == watch.now + timedelta(minutes=5)


async def test_a_clock_set_ahead_leaves_what_was_known_before_as_it_is(watch: Watch) -> None:
    await watch.confirm()
    before = await watch.record()
    watch.now += timedelta(minutes=30)
    watch.start()
    await watch.set(HOURS)
    assert await watch.record() == before


async def test_goals_seen_before_the_time_was_known_get_their_true_times(watch: Watch) -> None:
    """A Pi without a battery begins in 1970."""
    old = await watch.confirm("9-101-1-0-1")
    watch.now = datetime(1970, 1, 1, 0, 2, tzinfo=UTC)
    watch.start()
    watch.now += timedelta(minutes=3)
    seen = await watch.confirm()
    sighting = replace(a_goal("2-101-1-0-1", fixture=2, at=watch.now), state=GoalState.PENDING)
    await watch.store.goals.save_believed([], [sighting], renamed=(), window=WINDOW, now=watch.now)
    await watch.set(T - watch.now)
    assert watch.now == T
    record = await watch.record()
    assert (record.goal.first_seen, record.goal.confirmed_at) == (T - timedelta(minutes=1), T)
    assert record.goal.id == seen.id
    assert [goal.first_seen for goal in await watch.store.goals.pending()] == [T]
    assert (await watch.record("9-101-1-0-1")).goal == old


async def test_two_settings_in_a_row_end_where_they_began(watch: Watch) -> None:
    watch.start()
    watch.now += timedelta(minutes=1)
    await watch.confirm()
    before = await watch.record()
    await watch.set(HOURS)
    await watch.set(-HOURS)
    assert await watch.record() == before


async def test_a_goal_that_was_searched_under_a_clock_ahead_is_searched_once_more(watch: Watch) -> None:
    """X was asked for the posts of five hours later; there were none, and nobody looked again."""
    watch.start()
    watch.now += timedelta(minutes=10)
    await watch.confirm("1-101-1-0-1")
    await watch.confirm("2-101-1-0-1")
    await watch.store.goals.note_reached(GoalId("1-101-1-0-1"), "searched", watch.now)
    await watch.set(HOURS)
    await watch.store.goals.note_reached(GoalId("2-101-1-0-1"), "searched", watch.now)
    await watch.set(-HOURS)
    assert [(await watch.record(f"{n}-101-1-0-1")).plan.rounds for n in (1, 2)] == [0, 1]


async def test_a_post_judged_by_a_window_that_moved_since_is_judged_once_more(watch: Watch) -> None:
    """The clock was set while an answer was judged: what moved the times had looked for such posts before."""
    goal = await watch.confirm()
    window = (await watch.record()).plan.window_from
    for post, posted_at in (("1", window), ("2", window - timedelta(minutes=2))):
        candidate = a_candidate(goal.id, post, state=CandidateState.REJECTED)
        early = replace(candidate.post, posted_at=posted_at)
        rejection = Rejection(reason="too_early", detail="by five hours")
        await watch.store.clips.add_candidates([replace(candidate, post=early, rejection=rejection)])
    assert (await read_ledger(goal.id, watch.store, window_from=window)).may_rise == {PostId("1")}
    assert (await read_ledger(goal.id, watch.store, window_from=window + HOURS)).may_rise == set()


async def test_a_pass_that_was_going_on_leaves_the_window_where_the_clock_moved_it(watch: Watch) -> None:
    """It wrote back the one it had begun with: 400 days late, and its clips were too early for it."""
    watch.start()
    watch.now += timedelta(minutes=10)
    before = await watch.confirm()
    running = await watch.record()
    await watch.set(HOURS)
    await watch.store.goals.save_progress(
        before.id, plan=replace(running.plan, searched=True), status=running.status, outcome=None
    )
    after = await watch.record()
    assert not after.plan.searched, "it asked for the wrong hours: it is made once more"
    assert after.plan.window_from == running.plan.window_from + HOURS
    assert after.plan.next_at == (running.plan.next_at or T) + HOURS


# ---------------------------------------------------------------- matches


async def test_a_match_that_ended_under_a_clock_ahead_is_not_asked_for_until_that_time(watch: Watch) -> None:
    """A last whistle of five hours ahead was asked for at every poll of these five hours."""
    shown = a_fixture(1, status="FT", score=(0, 0), events=[])
    await watch.store.fixtures.take_in([(FixtureState.ACTIVE, a_fixture(1, status="2H", score=(0, 0)))])
    await watch.store.fixtures.record_readings(await watch.store.fixtures.active(), [shown], T + HOURS)
    assert await watch.store.clock.ahead(T, LONGEST) == ["fixtures_active: 1"]
    await watch.store.clock.cut(T, LONGEST)
    later = T + timedelta(minutes=5)
    await watch.store.fixtures.record_readings(await watch.store.fixtures.active(), [shown], later)
    [tracked] = await watch.store.fixtures.active()
    assert (tracked.final_since, tracked.read_at) == (T, later)
    assert is_read_twice(tracked)


async def test_a_grace_begun_in_1970_is_not_over_when_the_clock_is_set(watch: Watch) -> None:
    watch.now = datetime(1970, 1, 1, tzinfo=UTC)
    watch.start()
    watch.now += timedelta(minutes=2)
    shown = a_fixture(1, status="FT", score=(1, 0), events=[])
    await watch.store.fixtures.take_in([(FixtureState.ACTIVE, a_fixture(1, status="2H", score=(1, 0)))])
    await watch.store.fixtures.record_readings(await watch.store.fixtures.active(), [shown], watch.now)
    await watch.set(T - watch.now)
    [tracked] = await watch.store.fixtures.active()
    assert (tracked.final_since, tracked.read_at) == (T, T)


# ---------------------------------------------------------------- what is ahead at a start


async def test_at_a_start_what_has_not_happened_yet_becomes_now(watch: Watch) -> None:
    watch.now += HOURS
    goal = await watch.confirm()
    await watch.store.runs.begin_run("1", job="poll", trigger="interval", attempt=1, now=watch.now)
    for minutes in range(3):
        await watch.store.runs.note_search("x", watch.now + timedelta(minutes=minutes), keep=3)
    ahead = await watch.store.clock.ahead(T, LONGEST)
    assert ahead == [f"goals: {goal.id}", "runs: 1"]
    await watch.store.clock.cut(T, LONGEST)
    record = await watch.record()
    assert (record.goal.confirmed_at, record.goal.first_seen) == (T, T - timedelta(minutes=1))
    assert record.plan.window_from == T - timedelta(minutes=1) - WINDOW
    assert record.plan.next_at == T
    assert [run["start"] for run in await watch.store.runs.last_runs()] == [T]
    assert await watch.store.runs.searches("x") == [T, T, T]
    assert await watch.store.clock.ahead(T, LONGEST) == []


async def test_a_goal_put_off_for_longer_than_any_source_rests_is_due_now(watch: Watch) -> None:
    goal = await watch.confirm()
    await watch.store.goals.postpone(goal.id, T + LONGEST - timedelta(minutes=1), "spent")
    assert await watch.store.clock.ahead(T, LONGEST) == []
    await watch.store.goals.postpone(goal.id, T + timedelta(days=400), "spent")
    assert await watch.store.clock.ahead(T, LONGEST) == [f"goals: {goal.id}"]
    await watch.store.clock.cut(T, LONGEST)
    assert (await watch.record()).plan.next_at == T


def test_the_longest_wait_follows_the_config() -> None:
    late = Config.model_validate({"search": {"passes_minutes": [0, 3000]}}).search
    assert longest_wait(late) == timedelta(minutes=3060)
    assert longest_wait(Config().search) == timedelta(hours=25)


# ---------------------------------------------------------------- what is spent


async def test_no_search_of_an_account_is_given_back_by_a_clock_set_ahead(watch: Watch) -> None:
    source = Scripted("cookies", nothing("cookies"))
    config = Config().search.model_copy(update={"searches_per_window": 2, "canary_after": 0})
    watch.start()
    chain = SourceChain([source], watch.store.runs, config, lambda: watch.now, Board())
    query = Query(text="goal", since=T)
    for _ in range(2):
        assert isinstance(await chain.ask(query, Look.FIRST), NoResults)
    await watch.set(HOURS)
    chain.forget_searches()
    assert not isinstance(await chain.ask(query, Look.FIRST), NoResults)
    watch.now += timedelta(minutes=15, seconds=1)
    assert isinstance(await chain.ask(query, Look.FIRST), NoResults)


async def test_a_history_of_runs_outlives_a_clock_that_is_wrong(mongo_uri: str, mongo_database: str) -> None:
    async def kept(store: Store) -> int:
        indexes = await store.database.runs.index_information()
        return int(indexes["ttl"]["expireAfterSeconds"]) // (24 * 3600)

    days = {"timeout_seconds": 10.0}
    async with open_store(mongo_uri, mongo_database, runs_kept_days=10_000, **days) as store:
        assert await kept(store) == 10_000
        watch = Watch(store)
        watch.start()
        await watch.set(HOURS)
        assert await kept(store) == Config().daemon.runs_kept_days


@pytest.mark.parametrize(
    ("start", "jumps", "in_doubt"),
    [
        (T, [timedelta(days=400)], True),
        (T, [timedelta(days=400), timedelta(days=-400)], False),
        (T, [HOURS, -HOURS, HOURS], False),
        (datetime(1970, 1, 1, tzinfo=UTC), [T - datetime(1970, 1, 1, tzinfo=UTC)], False),
    ],
)
async def test_after_a_jump_ahead_by_days_nothing_is_too_old(
    store: Store, start: datetime, jumps: list[timedelta], in_doubt: bool
) -> None:
    watch = Watch(store, now=start)
    watch.start()
    for by in jumps:
        await watch.set(by)
    assert watch.stamps is not None
    assert watch.stamps.in_doubt is in_doubt
    indexes = await store.database.runs.index_information()
    days = indexes["ttl"]["expireAfterSeconds"] // (24 * 3600)
    assert days == (clock.FOR_EVER_DAYS if in_doubt else 90)


async def test_a_jump_ahead_by_days_is_in_doubt_before_it_is_noticed(watch: Watch) -> None:
    """Within these seconds a poll completed a match in play, for kick-off was 400 days ago."""
    watch.start()
    watch.now += timedelta(days=400)
    assert watch.stamps is not None
    assert watch.stamps.in_doubt


async def test_nothing_is_too_old_before_the_clock_is_set(store: Store) -> None:
    """A battery that is empty may as well say 2080: the night's retention would have taken every keeper."""
    is_set = False
    stamps = Stamps(store.clock, Config, lambda: T, trusted=lambda _now: is_set)
    assert stamps.in_doubt
    is_set = True
    assert not stamps.in_doubt


# ---------------------------------------------------------------- a database that is away


class Away:
    """A database that takes so many writes more, then none."""

    def __init__(self, store: Store, writes: int) -> None:
        self._left = writes
        store.gate.ask = self._ask

    def _ask(self) -> None:
        if not self._left:
            raise StoreError("the database is away")
        self._left -= 1


@pytest.mark.parametrize("writes", range(9))
@pytest.mark.parametrize("by", [-timedelta(minutes=10), timedelta(minutes=10)], ids=["back", "ahead"])
async def test_a_setting_that_the_database_missed_is_made_good_once(
    watch: Watch, writes: int, by: timedelta
) -> None:
    """The times stayed where they were, for ever. What had moved already must not move twice."""
    watch.start()
    assert watch.stamps is not None
    watch.now += timedelta(minutes=30)
    goal = await watch.confirm()
    plan = (await watch.record()).plan
    Away(watch.store, writes)
    with capture_logs() as logs:
        await watch.set(by)
        await watch.stamps.make_good()
    assert watch.stamps.owed.is_set()
    assert watch.lock.locked(), "no poll begins before the times are right"
    assert [line["event"] for line in logs] == ["times move with the clock", "times not moved yet"]
    watch.store.gate.ask = lambda: None
    await watch.stamps.make_good()
    assert not watch.stamps.owed.is_set()
    assert not watch.lock.locked()
    record = await watch.record()
    assert record.goal.confirmed_at is not None
    assert goal.confirmed_at is not None
    assert record.goal.confirmed_at == goal.confirmed_at + by
    assert record.plan.window_from == plan.window_from + by


# ---------------------------------------------------------------- noticing it


async def test_a_clock_that_was_set_is_told_before_any_job_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "CLOCK_CHECK_SECONDS", 0.01)
    told: list[timedelta] = []
    play = Rehearsal(works)

    async def on_set(by: timedelta, before: datetime) -> None:
        assert play.executed == 0
        assert timedelta(0) <= before + HOURS - play.clock.now < timedelta(minutes=1)
        told.append(by)

    play.schedule = Schedule([play.job], play.runs, play.clock, on_set=on_set)
    async with play.playing("calendar", "job poll"):
        await until(lambda: play.schedule._calendar.running)
        play.clock.now += HOURS
        await until(lambda: play.executed)
    assert [round(by / timedelta(hours=1)) for by in told] == [5]
    assert play.executed == 1, "one poll, not one for each that was missed"


async def test_what_was_stamped_since_the_last_look_at_the_clock_moves_with_it_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A goal taken back in the second before the clock was set from 1970 lost its clips at once."""
    monkeypatch.setattr(schedule, "CLOCK_CHECK_SECONDS", 0.05)
    ahead, told = [timedelta(0)], list[datetime]()
    play = Rehearsal(works)

    async def on_set(_: timedelta, before: datetime) -> None:
        told.append(before)

    play.schedule = Schedule([play.job], play.runs, lambda: datetime.now(UTC) + ahead[0], on_set=on_set)
    async with play.playing("calendar", "job poll"):
        await until(lambda: play.schedule._calendar.running)
        stamped, ahead[0] = datetime.now(UTC), HOURS
        await until(lambda: play.executed)
    assert told[0] >= stamped


def test_a_night_asleep_is_no_setting_of_the_clock() -> None:
    evening = Moment(wall=T, awake=100.0, passed=100.0)
    morning = Moment(wall=T + timedelta(hours=8), awake=101.0, passed=100.0 + 8 * 3600)
    assert morning.ahead_of(evening) > timedelta(hours=7)
    assert morning.set_since(evening) == timedelta(0)


# ---------------------------------------------------------------- before the time is known


@pytest.mark.parametrize(
    ("now", "is_set", "setter", "trusted"),
    [
        (T, True, "systemd-timesyncd", True),
        (T, False, "systemd-timesyncd", False),
        (T, False, "", True),  # nobody will ever set it
        (T, None, "chrony", True),  # not told
        (datetime(1970, 1, 1, tzinfo=UTC), True, "", False),
    ],
)
def test_whom_to_trust(now: datetime, is_set: bool | None, setter: str, trusted: bool) -> None:
    assert is_trusted(now, lambda: is_set, lambda: setter) is trusted


@pytest.mark.parametrize(("set_after", "trusted"), [(0, True), (3, True), (1000, False)])
async def test_a_start_waits_for_the_clock_but_not_for_ever(set_after: int, trusted: bool) -> None:
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    with capture_logs() as logs:
        assert await wait_for_clock(lambda: len(waited) >= set_after, wait) is trusted
    assert sum(waited) == min(set_after, clock.WAIT_SECONDS)
    warned = [entry for entry in logs if entry["log_level"] == "warning"]
    assert len(warned) == (0 if trusted else 1)
