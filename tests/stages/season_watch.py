"""footyd in memory: the real stages poll a season's player, and what came of it is held against the truth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from footyd.adapters.feed_payload import parse_reply
from footyd.adapters.feed_refusal import feed_error
from footyd.config import Config
from footyd.demo.season_player import POLL_MINUTES, SeasonPlayer
from footyd.errors import FeedError, FeedMalformed
from footyd.model import (
    FINAL,
    Decision,
    Fixture,
    FixtureId,
    FixtureState,
    Goal,
    GoalState,
    LeagueId,
    TrackedFixture,
)
from footyd.stages.advance import advance
from footyd.stages.confirm import Belief, confirm
from footyd.stages.ingest import ingest_day
from footyd.stages.monitor import has_work, observe

SEASONS = (Path(__file__).parents[2] / "../shared/data/seasons").resolve()
CONFIG = Config()
SEED_NAMES = ("2015-16", "2016-17", "2017-18")


def season_file(seed: int) -> Path:
    return SEASONS / f"premier_league_{SEED_NAMES[seed % len(SEED_NAMES)]}_goals.jokecamp.json"


@dataclass(kw_only=True)
class PlayedFeed:
    """The player's bodies through footyd's own parser, with the id check of its client."""

    player: SeasonPlayer
    clock: Callable[[], datetime]

    async def live(self, leagues: Collection[LeagueId] | None) -> tuple[Fixture, ...]:
        return self._ask(live="-".join(map(str, leagues)) if leagues else "all")

    async def by_ids(self, ids: Sequence[FixtureId]) -> tuple[Fixture, ...]:
        fixtures = self._ask(**{"ids" if len(ids) > 1 else "id": "-".join(map(str, ids))})
        if {fixture.id for fixture in fixtures} != set(ids):
            raise feed_error(FeedMalformed, "the reply misses a fixture")
        return fixtures

    async def day(self, date: date, time_zone: str) -> tuple[Fixture, ...]:
        return self._ask(date=date.isoformat(), timezone=time_zone)

    def _ask(self, **asked: str) -> tuple[Fixture, ...]:
        reply = self.player.answer(asked, self.clock())
        return parse_reply(reply.body, status=reply.status)


@dataclass(kw_only=True)
class Memory:
    """What footyd keeps in its database: fixtures by state, goals, the rest of the belief."""

    shelves: dict[FixtureState, dict[FixtureId, TrackedFixture]] = field(
        default_factory=lambda: {state: {} for state in FixtureState}
    )
    goals: dict[FixtureId, list[Goal]] = field(default_factory=lambda: defaultdict(list))
    beside: Belief = field(default_factory=Belief)

    async def take_in(self, fixtures: Sequence[tuple[FixtureState, Fixture]]) -> int:
        for state, fixture in fixtures:
            self.shelves[state].setdefault(fixture.id, TrackedFixture(fixture=fixture, state=state))
        return len(fixtures)

    async def staged(self, before: datetime) -> Sequence[TrackedFixture]:
        return [t for t in self.shelves[FixtureState.STAGING].values() if t.fixture.kickoff <= before]

    async def active(self) -> Sequence[TrackedFixture]:
        return list(self.shelves[FixtureState.ACTIVE].values())

    async def move(
        self, fixture: FixtureId, origin: FixtureState, to: FixtureState, *, parity: bool | None = None
    ) -> None:
        self.shelves[to][fixture] = self.shelves[origin].pop(fixture)

    async def confirmed_goals(self, fixtures: Collection[FixtureId]) -> Sequence[Goal]:
        return [goal for goal in self.goals_of(fixtures) if goal.state is GoalState.CONFIRMED]

    async def fixtures_with_pending(self, fixtures: Collection[FixtureId]) -> Collection[FixtureId]:
        return {goal.fixture_id for goal in self.goals_of(fixtures) if goal.state is GoalState.PENDING}

    def goals_of(self, fixtures: Collection[FixtureId]) -> list[Goal]:
        return [goal for fixture in fixtures for goal in self.goals[fixture]]

    def record(self, fixtures: Sequence[Fixture], lost: Collection[FixtureId], now: datetime) -> None:
        shelf = self.shelves[FixtureState.ACTIVE]
        for fixture in fixtures:
            held = shelf[fixture.id]
            final_since = held.final_since or (now if fixture.status in FINAL else None)
            shelf[fixture.id] = replace(
                held, fixture=fixture, read_at=now, final_since=final_since, lost_at=None
            )
        for id in lost:
            shelf[id] = replace(shelf[id], lost_at=now)

    def save(self, belief: Belief) -> None:
        self.beside = replace(belief, goals=())
        by_fixture = defaultdict(list)
        for goal in belief.goals:
            by_fixture[goal.fixture_id].append(goal)
        self.goals.update(by_fixture)


@dataclass(kw_only=True)
class SeasonWatch:
    """Somebody who follows a season with footyd's stages, a poll every five minutes while there is work."""

    player: SeasonPlayer
    memory: Memory = field(default_factory=Memory)
    decisions: list[Decision] = field(default_factory=list)
    refused: list[FeedError] = field(default_factory=list)
    cycles: int = 0
    now: datetime = field(init=False)
    feed: PlayedFeed = field(init=False)

    def __post_init__(self) -> None:
        self.now = self.player.season.begins
        self.feed = PlayedFeed(player=self.player, clock=lambda: self.now)

    async def play(self) -> SeasonWatch:
        for matches in self.player.season.rounds:
            self.now = matches[0].kickoff
            await ingest_day(self.now.date(), self.feed, self.memory, CONFIG.follow, CONFIG.ingest)
            while await self._goes_on():
                await self.cycle()
                self.now += timedelta(minutes=POLL_MINUTES)
        return self

    async def _goes_on(self) -> bool:
        shelves = self.memory.shelves
        return bool(shelves[FixtureState.STAGING] or shelves[FixtureState.ACTIVE])

    async def cycle(self) -> None:
        """As `footyd.matchday` does it."""
        memory = self.memory
        await advance(memory, memory, CONFIG.poll, self.now)
        active = await memory.active()
        if not has_work(active, CONFIG.poll, self.now):
            return
        self.cycles += 1
        seen = await observe(active, self.feed, CONFIG.poll, self.now)
        self.refused += seen.refused
        memory.record(seen.fixtures, seen.lost, self.now)
        goals = memory.goals_of([fixture.id for fixture in seen.fixtures])
        belief = replace(memory.beside, goals=tuple(goals))
        outcome = confirm(belief, seen.fixtures, self.now, CONFIG.confirm)
        memory.save(outcome.belief)
        self.decisions += outcome.decisions
        await advance(memory, memory, CONFIG.poll, self.now)

    @property
    def believed(self) -> list[Goal]:
        return [goal for goals in self.memory.goals.values() for goal in goals]
