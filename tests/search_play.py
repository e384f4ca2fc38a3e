"""The player of searching days: see `search_days`. What it notes is what the tests and the bench look at."""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast

from footyd.adapters.mongo import Store
from footyd.config import Config
from footyd.model import (
    CandidateState,
    FixtureId,
    Goal,
    GoalId,
    GoalOutcome,
    GoalRecord,
    ProcessingStatus,
    SearchPlan,
)
from footyd.pipeline import Tools, ask_for, look_of, next_plan, take_answer, with_company
from footyd.stages.search import SourceChain
from footyd.stages.search.chain import ASKED_AT_ONCE
from tests.search_days import (
    PAID,
    RATE_WINDOW,
    SATURDAY,
    SOURCES,
    WINDOW,
    Outage,
    Shelf,
    Way,
    a_goal,
    a_match,
    posts_of,
)
from tests.stages.search_sources import Board, Book, Clock

SEARCH = timedelta(seconds=2)
PASS_WORK = timedelta(seconds=3)
CLIP_WORK = timedelta(seconds=20)
"""A clip on a Pi: downloaded, decoded and fingerprinted."""
WORKERS = 2


@dataclass(kw_only=True)
class Days:
    """What was played: goals with their first search, passes and how each ended."""

    ways: list[Way]
    goals: list[Goal]
    clips: int = 0
    first_search: dict[GoalId, datetime] = field(default_factory=dict)
    passes: int = 0
    postponed: Counter[str] = field(default_factory=Counter)
    burned: Counter[str] = field(default_factory=Counter)
    misled: set[GoalId] = field(default_factory=set)
    given_back: set[GoalId] = field(default_factory=set)
    shared: int = 0
    announced: list[tuple[str, str]] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    with_clip: set[GoalId] = field(default_factory=set)

    def delays(self) -> list[float]:
        """Seconds from each goal's confirmation to its first search."""
        confirmed = {goal.id: goal.confirmed_at or goal.first_seen for goal in self.goals}
        return sorted((at - confirmed[id]).total_seconds() for id, at in self.first_search.items())

    def searches(self) -> list[datetime]:
        return sorted(at for way in self.ways for at in (*way.asked, *way.canaries))

    def busiest(self, account: str = "") -> int:
        """The most searches in any rate window, of one account or of all."""
        times = sorted(
            at for way in self.ways if account in {"", way.account} for at in (*way.asked, *way.canaries)
        )
        return max((sum(one <= at < one + RATE_WINDOW for at in times) for one in times), default=0)


class Player:
    """Plays goals against sources, from the first confirmation till no goal has a pass left."""

    def __init__(self, ways: Sequence[Way], goals: Sequence[Goal], shelf: Shelf, clock: Clock) -> None:
        self.config = Config.model_validate({"search": {"nitter": {"base_urls": ["http://nitter.example"]}}})
        self.clock = clock
        self.book, self.board, self.shelf = Book(), Board(), shelf
        for way in ways:
            way.book = self.book
        self.days = Days(ways=list(ways), goals=list(goals))
        self.chain = SourceChain(
            ways, self.book, self.config.search, clock, self.board, on_silence=self._give_back
        )
        self._coming = sorted(goals, key=lambda goal: goal.confirmed_at or goal.first_seen, reverse=True)
        self._searchers = [clock.now] * ASKED_AT_ONCE
        self._workers = [clock.now] * WORKERS
        self._asking: dict[FixtureId, datetime] = {}
        self._in_work: list[tuple[datetime, GoalId]] = []
        self._persons = sorted({o.end for way in ways for o in way.outages if o.kind == "locked"})

    async def _give_back(self, source: str, since: datetime) -> None:
        """Work on such a pass is over when it ends: what it finds then is not the last word."""
        await self.shelf.give_back(source, since, self.clock.now)
        again = {id for id, record in self.shelf.held.items() if not record.plan.searched}
        self._in_work = [(at, id) for at, id in self._in_work if id not in again]
        heapq.heapify(self._in_work)

    def tools(self) -> Tools:
        nobody = cast(Any, None)
        return Tools(
            store=cast(Store, self.shelf),
            chain=self.chain,
            downloader=nobody,
            workers=nobody,
            library=nobody,
            announce=self.board,
            config=self.config,
            clock=self.clock,
        )

    async def play(self) -> Days:
        while (at := self._next_moment()) is not None:
            self.clock.now = max(self.clock.now, at)
            await self._persons_act()
            self._confirm()
            self._finish_work()
            await self._search_due()
        self.days.announced = self.board.told
        self.days.given_back = set(self.shelf.given_back)
        self.days.outcomes = Counter(str(record.outcome) for record in self.shelf.ended)
        self.days.with_clip = {r.goal.id for r in self.shelf.ended if r.status.videos_uploaded}
        return self.days

    def _next_moment(self) -> datetime | None:
        moments = [self._in_work[0][0]] if self._in_work else []
        if self._coming:
            moments.append(self._coming[-1].confirmed_at or self._coming[-1].first_seen)
        free = min(self._searchers)
        for record in self.shelf.held.values():
            if record.plan.next_at and not record.plan.searched:
                asked_till = self._asking.get(record.goal.fixture_id, free)
                moments.append(max(record.plan.next_at, free, asked_till))
        if moments and self._persons:
            moments.append(self._persons[0])
        return min(moments, default=None)

    async def _persons_act(self) -> None:
        while self._persons and self._persons[0] <= self.clock.now:
            self._persons.pop(0)
            await self.chain.wake()
            for id, record in self.shelf.held.items():
                if record.plan.next_at and record.error and not record.plan.searched:
                    plan = replace(record.plan, next_at=self.clock.now)
                    self.shelf.held[id] = replace(record, plan=plan)

    def _confirm(self) -> None:
        while self._coming and (at := self._coming[-1].confirmed_at) and at <= self.clock.now:
            goal = self._coming.pop()
            plan = SearchPlan(pass_index=0, searched=False, next_at=at, window_from=goal.first_seen - WINDOW)
            self.shelf.held[goal.id] = GoalRecord(goal=goal, plan=plan, status=ProcessingStatus())

    # -------------------------------------------------- searching

    async def _search_due(self) -> None:
        now = self.clock.now
        self._asking = {match: till for match, till in self._asking.items() if till > now}
        for record in self.shelf.to_search(now):
            free = min(self._searchers)
            if free > now:
                return
            current = self.shelf.held[record.goal.id]
            if record.goal.fixture_id not in self._asking and not current.plan.searched:
                await self._search(current)
                if any(way.asked and way.asked[-1] == now for way in self.days.ways):
                    self._searchers[self._searchers.index(free)] = now + SEARCH
                    self._asking[record.goal.fixture_id] = now + SEARCH

    async def _search(self, record: GoalRecord) -> None:
        tools = self.tools()
        records = await with_company(record, tools)
        answered = await ask_for(records, tools, look_of(records))
        for one in answered.records:
            before = one.plan
            after, report = await take_answer(one, answered, tools)
            if report.postponed:
                assert (after.plan.pass_index, after.plan.searched) == (before.pass_index, False)
                self.days.postponed[_kind(report.postponed)] += 1
                continue
            self._note_pass(after, report.source)
            self._to_work(after, report.accepted)
        self.days.shared += len(answered.records) - 1

    def _note_pass(self, record: GoalRecord, source: str | None) -> None:
        self.days.passes += 1
        self.days.first_search.setdefault(record.goal.id, self.clock.now)
        way = next(way for way in self.days.ways if way.name == source)
        if outage := way.outage():
            self.days.burned[outage.kind] += 1
            self.days.misled.add(record.goal.id)

    # -------------------------------------------------- the work after it

    def _to_work(self, record: GoalRecord, clips: int) -> None:
        free = min(self._workers)
        end = max(free, self.clock.now + SEARCH) + PASS_WORK + clips * CLIP_WORK
        self._workers[self._workers.index(free)] = end
        heapq.heappush(self._in_work, (end, record.goal.id))

    def _finish_work(self) -> None:
        while self._in_work and self._in_work[0][0] <= self.clock.now:
            _, id = heapq.heappop(self._in_work)
            record = self.shelf.held[id]
            kept = any(c.state is CandidateState.ACCEPTED for c in self.shelf.found[id].values())
            plan = next_plan(record.plan, record.goal, self.config.search, self.clock.now)
            over = plan.next_at is None
            outcome = (GoalOutcome.STORED if kept else GoalOutcome.NEEDS_REVIEW) if over else None
            status = replace(record.status, videos_uploaded=kept, completed=over)
            after = replace(record, plan=plan, status=status, outcome=outcome)
            if over:
                del self.shelf.held[id]
                self.shelf.ended.append(after)
            else:
                self.shelf.held[id] = after


def _kind(reason: str) -> str:
    return "paced" if "paced" in reason else "bucket spent" if "searches are spent" in reason else "outage"


# ---------------------------------------------------------------- the days that are played


async def play_saturday(
    *, matches: int, clip_minutes: Sequence[float], goals: int = 12, **outages: list[Outage]
) -> Days:
    """So many goals in ten minutes, evenly; clips come at these minutes after each confirmation."""
    clock, shelf = Clock(SATURDAY), Shelf()
    for number in range(matches):
        shelf.matches[FixtureId(number)] = a_match(number, SATURDAY - timedelta(minutes=30))
    scored = []
    for number in range(goals):
        at = SATURDAY + timedelta(minutes=10) * number / max(1, goals - 1)
        match = shelf.matches[FixtureId(number % matches)]
        scored.append(a_goal(100 + number, match, number // matches + 1, at))
    return await _play(clock, shelf, scored, clip_minutes, **outages)


async def _play(
    clock: Clock, shelf: Shelf, goals: Sequence[Goal], clip_minutes: Sequence[float], **outages: list[Outage]
) -> Days:
    posts = [post for goal in goals for post in posts_of(goal, shelf.matches[goal.fixture_id], clip_minutes)]
    ways = [
        Way(
            name=name,
            account=account,
            clock=clock,
            posts=posts,
            outages=outages.get(name, []),
            costs_money=name == PAID,
        )
        for name, account in SOURCES
    ]
    return await Player(ways, goals, shelf, clock).play()


KINDS = ("down", "limited", "locked", "silent", "broken")
KICKOFFS = {5: (13, 15, 15, 15, 18), 6: (14, 15, 15, 17, 20)}
"""Weekday to hours of kick-off; on all other days two matches in the evening."""


def a_week(seed: int, *, days: int = 7) -> tuple[Shelf, list[Goal]]:
    """About 400 goals of seven days, each confirmed at one of the polls, which come every five minutes."""
    rng = random.Random(seed)
    shelf, goals = Shelf(), list[Goal]()
    for day in range(days):
        start = (SATURDAY - timedelta(days=5)).replace(hour=0) + timedelta(days=day)
        for hour in KICKOFFS.get(start.weekday(), (18, 20)):
            for _ in range(6):
                match = a_match(len(shelf.matches), start.replace(hour=hour))
                shelf.matches[match.id] = match
                minutes = sorted(rng.randrange(5, 115) for _ in range(rng.choice((0, 1, 2, 3, 4, 5, 6))))
                for nth, minute in enumerate(minutes, start=1):
                    poll = timedelta(minutes=5 * (minute // 5 + 2))
                    goals.append(a_goal(len(goals), match, nth, match.kickoff + poll))
    return shelf, goals


def random_outages(seed: int, begin: datetime, end: datetime) -> dict[str, list[Outage]]:
    """For each source a series of good and bad times, from minutes to half a day."""
    rng = random.Random(seed)
    found: dict[str, list[Outage]] = {}
    for name, _ in SOURCES:
        at, series = begin, []
        while at < end:
            at += timedelta(minutes=rng.uniform(5, 600))
            till = at + timedelta(minutes=rng.choice((3, 20, 90, 300, 720)) * rng.uniform(0.5, 1.5))
            series.append(Outage(kind=rng.choice(KINDS), begin=at, end=till))
            at = till
        found[name] = series
    return found


async def play_week(seed: int, outages: dict[str, list[Outage]] | None = None, *, days: int = 7) -> Days:
    """Days of goals against sources that fail at random, in every way there is."""
    shelf, goals = a_week(seed, days=days)
    clock = Clock(min(goal.first_seen for goal in goals))
    if outages is None:
        outages = random_outages(seed, clock.now, clock.now + timedelta(days=8))
    return await _play(clock, shelf, goals, (-1, 4, 12), **outages)
