"""footyd in memory: the real stages poll a season's player, and what came of it is held against the truth."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from footyd.adapters.feed_payload import parse_reply
from footyd.adapters.feed_refusal import feed_error
from footyd.config import Config
from footyd.demo.script import ScriptEvent, ScriptFixture, script_minute
from footyd.demo.season import Season
from footyd.demo.season_noise import NoisyMatch
from footyd.demo.season_player import POLL_MINUTES, GoalKey, SeasonPlayer
from footyd.errors import FeedError, FeedMalformed
from footyd.model import (
    FINAL,
    Decision,
    DecisionKind,
    Fixture,
    FixtureId,
    FixtureState,
    Goal,
    GoalState,
    LeagueId,
    Score,
    TrackedFixture,
)
from footyd.stages.advance import advance
from footyd.stages.confirm import Belief, confirm
from footyd.stages.confirm.observe import distance, phase
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


# ---------------------------------------------------------------- the truth


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of a season; `wrong` are lines about every difference, empty when all is well.

    `delays` are minutes from each goal to its confirmation.
    """

    truth: int
    found: int
    believed: int
    confirmations: int
    doubled: int
    unjustified: int
    delays: tuple[float, ...]
    wrong: tuple[str, ...]

    @property
    def precision(self) -> float:
        return self.found / self.believed if self.believed else 1.0

    @property
    def recall(self) -> float:
        return self.found / self.truth if self.truth else 1.0


def judge(player: SeasonPlayer, goals: Sequence[Goal], decisions: Sequence[Decision]) -> Verdict:
    """Goal by goal: fixture, team, score after, order, and the name that the feed gave last."""
    standing = _by_fixture(goal for goal in goals if goal.state is GoalState.CONFIRMED)
    wrong: list[str] = []
    delays: list[float] = []
    found = 0
    for match, truth in zip(player.matches, player.season.fixtures, strict=True):
        for place, goal in _pairs(truth, standing[FixtureId(truth.id)], wrong):
            told = player.names.get(GoalKey(fixture_id=truth.id, place=place))
            faults = _faults(truth, place, goal, told)
            wrong += faults
            found += not faults
            delays.append(_delay(player.season, match, truth.events[place], goal))
    kinds = Counter(d.kind for d in decisions)
    cancelled = [goal for goal in goals if goal.state is GoalState.CANCELLED]
    wrong += [f"cancelled: {_line(goal)}" for goal in cancelled if not _was_invented(player, goal)]
    doubled = sum(count - 1 for count in _confirmations(decisions).values())
    return Verdict(
        truth=player.season.goals,
        found=found,
        believed=sum(map(len, standing.values())),
        confirmations=kinds[DecisionKind.CONFIRMED],
        doubled=doubled + kinds[DecisionKind.CONFIRMED] - found - len(cancelled),
        unjustified=sum(not _was_invented(player, goal) for goal in cancelled),
        delays=tuple(delays),
        wrong=tuple(wrong),
    )


def _by_fixture(goals: Iterator[Goal]) -> Mapping[FixtureId, list[Goal]]:
    found: defaultdict[FixtureId, list[Goal]] = defaultdict(list)
    for goal in goals:
        found[goal.fixture_id].append(goal)
    return found


def _pairs(truth: ScriptFixture, goals: Sequence[Goal], wrong: list[str]) -> Iterator[tuple[int, Goal]]:
    """The n-th goal of a team is its n-th true one."""
    for club in (truth.home, truth.away):
        places = [place for place, goal in enumerate(truth.events) if goal.club == club]
        own = sorted((goal for goal in goals if goal.team_id == club.id), key=lambda g: _ordinal(truth, g))
        if len(places) != len(own):
            lines = ", ".join(map(_line, own))
            wrong.append(f"{truth.id} {club.name}: {len(places)} true goals, believed are: {lines}")
        yield from zip(places, own, strict=False)


def _ordinal(truth: ScriptFixture, goal: Goal) -> int:
    return goal.score_after.home if goal.team_id == truth.home.id else goal.score_after.away


def _faults(truth: ScriptFixture, place: int, goal: Goal, told: str | None) -> list[str]:
    event = truth.events[place]
    line = f"{truth.id} {event.clock} {event.player[1]}: believed {_line(goal)}"
    faults = []
    if phase(event) is not phase(goal) or distance(event, goal) > CONFIG.confirm.minute_tolerance:
        faults.append(f"{line}, another minute")
    if str(goal.score_after) not in _scores_after(truth, place):
        faults.append(f"{line}, wrong score after")
    if goal.player != told:
        faults.append(f"{line}, but the feed named {told}")
    return faults


def _scores_after(truth: ScriptFixture, place: int) -> set[str]:
    """One, or two where the other side scored in the same minute: the source does not tell who was first."""
    event = truth.events[place]
    is_home = event.club == truth.home
    own = sum(goal.club == event.club for goal in truth.events[: place + 1])
    others = [goal for goal in truth.events if goal.club != event.club]
    before = sum(goal.shown_at < event.shown_at for goal in others)
    level = sum(goal.shown_at == event.shown_at for goal in others)
    return {
        str(Score(home=own, away=other) if is_home else Score(home=other, away=own))
        for other in range(before, before + level + 1)
    }


def _delay(season: Season, match: NoisyMatch, event: ScriptEvent, goal: Goal) -> float:
    assert goal.confirmed_at is not None
    fell_at = match.script.starts_at + script_minute(event.minute, event.extra)
    return season.minute(goal.confirmed_at) - fell_at


def _confirmations(decisions: Sequence[Decision]) -> Counter[str]:
    return Counter(d.goal.id for d in decisions if d.goal and d.kind is DecisionKind.CONFIRMED)


def _was_invented(player: SeasonPlayer, goal: Goal) -> bool:
    """A goal that the feed showed in two polls or more and then took back."""
    match = next(match for match in player.matches if match.script.id == goal.fixture_id)
    return any(
        event.club.id == goal.team_id
        and event.minute == goal.minute
        and event.taken_back_at is not None
        and event.taken_back_at - event.shown_at > POLL_MINUTES
        for event in match.invented
    )


def _line(goal: Goal) -> str:
    return f"{goal.id} {goal.score_after} {goal.clock} {goal.player or '?'}"
