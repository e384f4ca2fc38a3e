"""Poll by poll on a real mongod; the feed is a script of replies."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NoReturn, cast

import pytest

from footyd.adapters.api_football import ApiFootball
from footyd.adapters.mongo import Store, open_store
from footyd.config import Config
from footyd.errors import (
    FeedError,
    FeedKeyRefused,
    FeedMalformed,
    FeedPlanRefused,
    FeedQuotaSpent,
    FeedRateLimited,
    FeedUnavailable,
)
from footyd.matchday import CycleReport, Matchday
from footyd.model import Fixture, FixtureId, FixtureState, GoalState, LeagueId
from tests.builders import KICKOFF, a_fixture, goal_event
from tests.mongo_commands import Commands, counted_commands

MINUTE = timedelta(minutes=1)
LIVE = ("live",)
TODAY = KICKOFF.date()


@pytest.fixture
async def store(mongo_uri: str, mongo_database: str) -> AsyncIterator[Store]:
    async with open_store(mongo_uri, mongo_database, timeout_seconds=10, runs_kept_days=90) as opened:
        yield opened


@dataclass
class Feed:
    """What each question is answered with now; an error is raised instead."""

    days: dict[date, Sequence[Fixture] | FeedError] = field(default_factory=dict)
    shown: Sequence[Fixture] | FeedError = ()
    single: dict[int, Fixture] = field(default_factory=dict)
    asked: list[tuple[Any, ...]] = field(default_factory=list)

    @property
    def calls(self) -> int:
        return len(self.asked)

    async def day(self, date: date, time_zone: str) -> tuple[Fixture, ...]:
        self.asked.append(("day", date))
        return self._answer(self.days.get(date, ()))

    async def live(self, leagues: Collection[LeagueId] | None) -> tuple[Fixture, ...]:
        self.asked.append(LIVE)
        return self._answer(self.shown)

    async def by_ids(self, ids: Sequence[FixtureId]) -> tuple[Fixture, ...]:
        self.asked.append(("ids", *ids))
        if not set(ids) <= set(self.single):
            raise FeedMalformed("the reply misses a fixture")
        return tuple(self.single[id] for id in ids)

    @staticmethod
    def _answer(reply: Sequence[Fixture] | FeedError) -> tuple[Fixture, ...]:
        if isinstance(reply, FeedError):
            raise reply
        return tuple(reply)


@dataclass
class Day:
    """A match day whose clock moves when told; each poll is made by a Matchday that remembers nothing."""

    store: Store
    feed: Feed = field(default_factory=Feed)
    now: datetime = KICKOFF
    announced: list[str] = field(default_factory=list)
    begun: int = 0
    config: Config = field(default_factory=lambda: Config.model_validate({"ingest": {"lookahead_days": 1}}))

    def matchday(self) -> Matchday:
        async def announce(title: str, body: str) -> None:
            self.announced.append(title)

        feed = cast(ApiFootball, self.feed)
        return Matchday(
            store=self.store,
            feed=feed,
            config=lambda: self.config,
            clock=lambda: self.now,
            announce=announce,
        )

    async def poll(self, *, after: timedelta = 5 * MINUTE) -> CycleReport | None:
        async def begin() -> None:
            self.begun += 1

        self.now += after
        return await self.matchday().cycle(begin)

    async def refused(self, error: FeedError, *, after: timedelta = 5 * MINUTE) -> None:
        before, self.feed.shown = self.feed.shown, error
        with pytest.raises(type(error)):
            await self.poll(after=after)
        self.feed.shown = before

    async def plays(self, *fixtures: Fixture) -> None:
        await self.store.fixtures.take_in([(FixtureState.ACTIVE, fixture) for fixture in fixtures])
        self.feed.shown = fixtures

    async def rest(self) -> timedelta | None:
        until = (await self.store.runs.noted("feed")).get("rest_until")
        return until - self.now if until else None


@pytest.fixture
def day(store: Store) -> Day:
    return Day(store)


def playing(
    id: int = 1, *, score: tuple[int, int] = (0, 0), goals: Sequence[int] = (), **facts: Any
) -> Fixture:
    return a_fixture(id, status="1H", score=score, events=[goal_event(minute) for minute in goals], **facts)


def kinds(report: CycleReport | None) -> list[str]:
    assert report is not None
    return [decision.kind.value for decision in report.decisions]


# ---------------------------------------------------------------- believing across restarts


async def test_a_restart_between_the_two_cycles_confirms_the_goal_all_the_same(day: Day) -> None:
    await day.plays(playing(score=(1, 0), goals=[9]))
    assert kinds(await day.poll()) == ["sighted"]
    assert await day.store.goals.records() == []
    assert kinds(await day.poll()) == ["confirmed"]
    [record] = await day.store.goals.records()
    assert record.plan.next_at == day.now, "its first search is due at once"
    assert [goal for goal in await day.store.goals.pending() if goal.state is GoalState.PENDING] == []


async def test_a_restart_in_between_discards_a_goal_that_is_gone(day: Day) -> None:
    await day.plays(playing(score=(1, 0), goals=[9]))
    await day.poll()
    day.feed.shown = [playing()]
    assert kinds(await day.poll()) == ["discarded"]
    assert await day.store.goals.records() == []


async def test_a_kill_between_the_guard_and_the_goals_cancels_nothing_falsely(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = [playing(n, score=(1, 0), goals=[9]) for n in (1, 2)]
    await day.plays(*whole)
    for _ in range(2):
        await day.poll()
    day.feed.shown = [playing(n) for n in (1, 2)]

    async def killed(*_: object, **__: object) -> NoReturn:
        raise asyncio.CancelledError

    monkeypatch.setattr(day.store.runs, "note", killed)
    with pytest.raises(asyncio.CancelledError):
        await day.poll()
    monkeypatch.undo()
    assert kinds(await day.poll()) == [], "two matches that regress at once are a failure of the feed"
    day.feed.shown = whole
    assert kinds(await day.poll()) == []
    assert [record.goal.state for record in await day.store.goals.records()] == [GoalState.CONFIRMED] * 2


async def test_a_goal_a_person_took_back_stays_so_while_the_feed_shows_it(day: Day) -> None:
    await day.plays(playing(score=(1, 0), goals=[9]))
    for _ in range(2):
        await day.poll()
    [record] = await day.store.goals.records()
    await day.store.goals.cancel(record.goal.id, day.now)
    day.feed.shown = [playing(score=(1, 0), goals=[11])]
    assert [kind for _ in range(3) for kind in kinds(await day.poll())] == ["updated"]
    [record] = await day.store.goals.records()
    assert (record.goal.state, record.plan.next_at) == (GoalState.CANCELLED, None)


async def test_a_goal_taken_back_is_announced_once(day: Day) -> None:
    await day.plays(playing(score=(1, 0), goals=[9]))
    for _ in range(2):
        await day.poll()
    day.feed.shown = [playing()]
    decided = [kind for _ in range(4) for kind in kinds(await day.poll())]
    assert decided == ["cancelled"]
    assert day.announced == ["Goal", "Goal taken back"]
    [record] = await day.store.goals.records()
    assert (record.goal.state, record.plan.next_at) == (GoalState.CANCELLED, None)


# ---------------------------------------------------------------- spending calls


async def test_without_an_active_fixture_there_is_no_call_and_no_run(day: Day) -> None:
    await day.store.fixtures.take_in([(FixtureState.STAGING, a_fixture(1, kickoff=KICKOFF + 60 * MINUTE))])
    assert await day.poll() is None
    assert (day.feed.calls, day.begun) == (0, 0)


async def test_a_match_that_becomes_active_before_its_kickoff_costs_no_call_yet(day: Day) -> None:
    await day.store.fixtures.take_in([(FixtureState.STAGING, a_fixture(1, kickoff=KICKOFF + 8 * MINUTE))])
    report = await day.poll()
    assert report is not None
    assert report.metadata()["activated"] == 1
    assert (day.feed.calls, day.begun) == (0, 1)


async def test_an_unchanged_poll_costs_no_write(day: Day) -> None:
    await day.plays(playing(score=(1, 0), goals=[9]))
    for _ in range(2):
        await day.poll()
    report = await day.poll()
    assert report is not None
    assert (report.writes, report.calls, report.decisions) == (0, 1, ())


async def test_the_metadata_of_a_run_counts_what_operators_ask_for(day: Day) -> None:
    await day.plays(playing(1, score=(1, 0), goals=[9]), playing(2))
    report = await day.poll()
    assert report is not None
    assert report.metadata() == {
        "fixtures_processed": 2,
        "activated": 0,
        "completed": 0,
        "settled": 0,
        "refused": 0,
        "calls": 1,
        "writes": 3,
        "sighted": 1,
    }


async def test_a_fixed_interval_is_known_without_a_look_into_the_database(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_look(*_: object) -> NoReturn:
        raise AssertionError("read for nothing")

    day.config = Config.model_validate({"poll": {"interval_seconds": 42}})
    monkeypatch.setattr(day.store.fixtures, "staged", no_look)
    monkeypatch.setattr(day.store.fixtures, "active", no_look)
    assert await day.matchday().interval_seconds() == 42


# ---------------------------------------------------------------- back-off


async def test_a_refused_poll_rests_on_a_ladder_that_survives_restarts(day: Day) -> None:
    await day.plays(playing())
    for minutes in (1, 5, 15, 60, 60):
        await day.refused(FeedUnavailable("no answer"), after=61 * MINUTE)
        assert await day.rest() == minutes * MINUTE
    asked = day.feed.calls
    assert await day.poll(after=59 * MINUTE) is None
    assert day.feed.calls == asked, "not asked while it rests"


async def test_a_good_poll_steps_off_the_ladder(day: Day) -> None:
    await day.plays(playing())
    for _ in range(3):
        await day.refused(FeedUnavailable("no answer"), after=61 * MINUTE)
    await day.poll(after=61 * MINUTE)
    assert await day.rest() is None
    await day.refused(FeedUnavailable("no answer"))
    assert await day.rest() == MINUTE


async def test_a_refusal_that_names_its_end_rests_until_then(day: Day) -> None:
    await day.plays(playing())
    midnight = KICKOFF + timedelta(hours=10)
    await day.refused(FeedQuotaSpent("spent", retry_at=midnight))
    assert await day.poll(after=timedelta(hours=9)) is None
    assert await day.poll(after=timedelta(hours=1)) is not None


async def test_a_refused_key_is_announced_once_even_when_it_was_not_the_first_failure(day: Day) -> None:
    await day.plays(playing())
    await day.refused(FeedUnavailable("no answer"))
    for _ in range(3):
        await day.refused(FeedKeyRefused("wrong key"), after=61 * MINUTE)
    assert day.announced == ["The feed refuses us"]
    await day.poll(after=61 * MINUTE)
    await day.refused(FeedKeyRefused("wrong key"), after=61 * MINUTE)
    refused, well = "The feed refuses us", "The feed answers again"
    assert day.announced == [refused, well, refused], "after a good poll it is news again"


async def test_a_feed_that_stays_unwell_is_announced_once_and_its_recovery_too(day: Day) -> None:
    await day.plays(playing())
    for _ in range(2):
        await day.refused(FeedUnavailable("no answer"), after=61 * MINUTE)
    assert day.announced == [], "two in a row are everyday"
    for _ in range(3):
        await day.refused(FeedUnavailable("no answer"), after=61 * MINUTE)
    await day.poll(after=61 * MINUTE)
    assert day.announced == ["The feed is unwell", "The feed answers again"]


async def test_a_rest_from_before_the_clock_was_set_back_is_over(day: Day) -> None:
    await day.plays(playing())
    await day.refused(FeedUnavailable("no answer"))
    assert await day.poll(after=timedelta(0)) is None
    assert await day.poll(after=-timedelta(hours=1)) is not None


async def test_a_new_key_does_not_wait_for_the_rest_of_the_old_one(day: Day) -> None:
    await day.plays(playing())
    await day.refused(FeedKeyRefused("wrong key"))
    await day.matchday().rest.end_for_person()
    assert await day.poll(after=timedelta(0)) is not None


async def test_a_rest_that_waits_for_nobody_is_not_cut_short(day: Day) -> None:
    await day.plays(playing())
    await day.refused(FeedUnavailable("no answer"))
    await day.matchday().rest.end_for_person()
    assert await day.poll(after=timedelta(0)) is None


async def test_one_match_that_cannot_be_settled_does_not_put_the_others_to_rest(day: Day) -> None:
    await day.plays(playing(1), playing(2))
    day.feed.shown = [playing(1, score=(1, 0), goals=[9])]
    assert kinds(await day.poll()) == ["sighted"]
    assert await day.rest() is None
    assert kinds(await day.poll()) == ["confirmed"]


async def test_a_rate_limit_at_settling_is_heeded(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    async def limited(ids: Sequence[FixtureId]) -> tuple[Fixture, ...]:
        raise FeedRateLimited("too many requests", retry_at=day.now + MINUTE)

    monkeypatch.setattr(day.feed, "by_ids", limited)
    await day.plays(playing(1), playing(2))
    day.feed.shown = [playing(1)]
    report = await day.poll()
    assert report is not None
    assert report.metadata()["refused"] == 1
    assert await day.rest() == MINUTE


# ---------------------------------------------------------------- a whole match


async def test_a_match_goes_all_the_way(day: Day) -> None:
    """Ingested the day before, played, one goal, over; then nothing is asked any more."""
    day.now = KICKOFF - timedelta(hours=14)
    assert await day.matchday().is_today_missing()
    day.feed.days = {TODAY: [a_fixture(1), a_fixture(2, status="CANC")]}
    reports = await day.matchday().ingest()
    assert [report.new for report in reports] == [2, 0]
    assert not await day.matchday().is_today_missing()
    assert await day.poll() is None

    day.now = KICKOFF - 8 * MINUTE
    told: list[str] = []
    script: list[tuple[Fixture, ...]] = [
        (playing(minute=2),),
        (playing(score=(1, 0), goals=[6], minute=7),),
        (playing(score=(1, 0), goals=[6], minute=12),),
        (),
        (),
    ]
    day.feed.single = {1: a_fixture(1, status="FT", score=(1, 0), events=[goal_event(6)], minute=90)}
    await day.poll()
    for shown in script:
        day.feed.shown = shown
        told += kinds(await day.poll())
    assert told == ["sighted", "confirmed"]
    counts = await day.store.fixtures.counts()
    assert (counts[FixtureState.COMPLETED], counts[FixtureState.ACTIVE]) == (2, 0)
    completed = await day.store.database.fixtures_completed.find_one({"_id": 1})
    assert completed is not None
    assert (completed["status"], completed["parity"]) == ("FT", True)
    asked = day.feed.calls
    assert await day.poll() is None
    assert day.feed.calls == asked
    assert Counter(question[0] for question in day.feed.asked) == {"day": 2, "live": 4, "ids": 2}


# ---------------------------------------------------------------- ingest


async def test_a_plan_that_refuses_tomorrow_does_not_cost_today(day: Day) -> None:
    day.feed.days = {
        TODAY: [a_fixture(1, kickoff=KICKOFF + 60 * MINUTE)],
        TODAY + timedelta(days=1): FeedPlanRefused("this plan shows no later days"),
    }
    reports = await day.matchday().ingest()
    assert [(report.day, report.new) for report in reports] == [(TODAY, 1)]
    assert not await day.matchday().is_today_missing()


async def test_a_day_whose_ingest_was_refused_is_still_missing(day: Day) -> None:
    day.feed.days = {TODAY: FeedUnavailable("no answer")}
    with pytest.raises(FeedUnavailable):
        await day.matchday().ingest()
    assert await day.matchday().is_today_missing()
    assert day.feed.asked == [("day", TODAY)], "and the days after it are not asked for"


async def test_days_asked_for_by_hand_are_fetched_as_asked(day: Day) -> None:
    wanted = [TODAY - timedelta(days=2), TODAY + timedelta(days=9)]
    await day.matchday().ingest(wanted)
    assert day.feed.asked == [("day", one) for one in wanted]
    assert await day.matchday().is_today_missing()


# ---------------------------------------------------------------- in bulk


@pytest.fixture
def commands() -> Iterator[Commands]:
    """For clients opened after it."""
    with counted_commands() as commands:
        yield commands


@pytest.mark.parametrize(
    ("goals", "decision"),
    [(0, None), (1, "sighted"), (1, "confirmed")],
    ids=["nothing", "all new", "all confirmed"],
)
async def test_a_poll_over_a_thousand_matches_takes_few_operations(
    commands: Commands, mongo_uri: str, mongo_database: str, goals: int, decision: str | None
) -> None:
    """However many matches, and whether each of them has a goal or nothing happened."""
    many = range(1, 1_001)
    async with open_store(mongo_uri, mongo_database, timeout_seconds=30, runs_kept_days=90) as store:
        day = Day(store)
        await day.plays(*(playing(id) for id in many))
        await day.poll()
        day.feed.shown = [playing(id, score=(goals, 0), goals=[9] * goals) for id in many]
        for _ in range(2 if decision == "confirmed" else 1):
            commands.sent.clear()
            report = await day.poll()
    assert report is not None
    assert Counter(kinds(report)) == Counter({decision: 1_000} if decision else {})
    assert commands.sent.total() - commands.sent["getMore"] <= 11, commands.sent
    assert report.calls == 1
    assert len(day.announced) == (decision == "confirmed"), "a thousand goals are one announcement"
