"""One day of football: its matches by what they are doing, and the way of each goal."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from footyd.adapters.mongo import Store
from footyd.config import Config
from footyd.model import (
    FINAL,
    IN_PLAY,
    FixtureId,
    FixtureState,
    Goal,
    GoalId,
    GoalRecord,
    GoalState,
)
from footyd.stages.ingest import today
from footyd.web.looks.now import NowLook, look_now
from footyd.web.looks.stages import StageLook, stages_of

GOALS_KEPT = 1000
PHASES = ("playing", "upcoming", "finished", "deferred")
DEFERRED_STATUSES = frozenset({"PST", "SUSP", "INT", "CANC", "ABD", "AWD", "WO"})


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalLook:
    """A goal as the day shows it; `side` is whose it was: home or away. `search_pass` counts from 1."""

    id: GoalId
    fixture_id: FixtureId
    team: str
    side: str
    player: str | None
    clock: str
    kind: str
    score_after: str
    state: str
    outcome: str | None
    error: str
    clips: int
    search_pass: int | None
    next_at: datetime | None
    stages: tuple[StageLook, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FixtureLook:
    """`phase`: playing, upcoming, finished or deferred; `score` is null before kick-off."""

    id: FixtureId
    state: FixtureState
    phase: str
    kickoff: datetime
    status: str
    minute: int | None
    league_id: int
    league: str
    country: str
    round: str
    home: str
    away: str
    score: str | None
    goals: tuple[GoalLook, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeagueLook:
    id: int
    name: str
    country: str
    fixtures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLook:
    """`day` begins at midnight in `time_zone`; today's also holds what is still in play from yesterday."""

    day: date
    today: date
    time_zone: str
    now: NowLook
    leagues: tuple[LeagueLook, ...]
    fixtures: tuple[FixtureLook, ...]
    goals_by_state: Mapping[str, int]

    @property
    def is_today(self) -> bool:
        return self.day == self.today

    def phases(self) -> list[tuple[str, list[FixtureLook]]]:
        """The matches by phase, phases without any left out."""
        found = [(phase, [f for f in self.fixtures if f.phase == phase]) for phase in PHASES]
        return [(phase, fixtures) for phase, fixtures in found if fixtures]


async def look_day(store: Store, config: Config, now: datetime, day: date | None = None) -> DayLook:
    """Some ten small reads and the day's matches and goals. Raises StoreError."""
    first = today(now, config.ingest)
    day = day or first
    start, end = bounds(day, config.ingest.time_zone)
    documents = await store.pages.matches(start, end, playing=day == first)
    goals = await _goals(store, [FixtureId(d["_id"]) for _, d in documents])
    fixtures = tuple(_fixture(state, d, goals.get(d["_id"], ())) for state, d in documents)
    shown = [goal for fixture in fixtures for goal in fixture.goals]
    return DayLook(
        day=day,
        today=first,
        time_zone=config.ingest.time_zone,
        now=await look_now(store, config, now),
        leagues=_leagues(fixtures),
        fixtures=fixtures,
        goals_by_state=Counter(goal.outcome or goal.state for goal in shown),
    )


def bounds(day: date, time_zone: str) -> tuple[datetime, datetime]:
    """Midnight to midnight where the user lives."""
    zone = ZoneInfo(time_zone)
    start = datetime(day.year, day.month, day.day, tzinfo=zone)
    after = day + timedelta(days=1)
    return start, datetime(after.year, after.month, after.day, tzinfo=zone)


def narrowed(look: DayLook, league: int | None, team: str) -> DayLook:
    """The matches of one league, and of teams whose name holds the text."""
    wanted = team.strip().casefold()
    kept = [
        fixture
        for fixture in look.fixtures
        if league in {None, fixture.league_id}
        and (not wanted or wanted in f"{fixture.home}\0{fixture.away}".casefold())
    ]
    return replace(look, fixtures=tuple(kept))


# ---------------------------------------------------------------- from records


async def _goals(store: Store, fixtures: Sequence[FixtureId]) -> dict[FixtureId, list[_Found]]:
    """By fixture: the goals in work and those only sighted, in the order of the score."""
    records = await store.goals.records({"fixture_id": {"$in": list(fixtures)}})
    sighted = await store.pages.sighted(fixtures)
    keepers = await store.pages.keeper_counts([record.goal.id for record in records])
    found = [_Found(goal=r.goal, record=r, clips=keepers.get(r.goal.id, 0)) for r in records]
    found += [_Found(goal=goal, record=None, clips=0) for goal in sighted]
    by_fixture: dict[FixtureId, list[_Found]] = defaultdict(list)
    for one in sorted(found, key=_in_order):
        by_fixture[one.goal.fixture_id].append(one)
    return by_fixture


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    goal: Goal
    record: GoalRecord | None
    clips: int


def _in_order(found: _Found) -> tuple[int, int, int, str]:
    goal = found.goal
    return (goal.score_after.home + goal.score_after.away, goal.minute, goal.extra or 0, goal.id)


def _fixture(state: FixtureState, document: Mapping[str, Any], goals: Iterable[_Found]) -> FixtureLook:
    league = document.get("payload", {}).get("league", {})
    score, home = document.get("score"), document["home"]
    return FixtureLook(
        id=FixtureId(document["_id"]),
        state=state,
        phase=phase_of(document["status"], state),
        kickoff=document["kickoff"],
        status=document["status"],
        minute=document.get("minute"),
        league_id=document["league_id"],
        league=document["league"],
        country=league.get("country") or "",
        round=league.get("round") or "",
        home=home["name"],
        away=document["away"]["name"],
        score=f"{score['home']}-{score['away']}" if score else None,
        goals=tuple(_goal(one, "home" if one.goal.team_id == home["id"] else "away") for one in goals),
    )


def phase_of(status: str, state: FixtureState) -> str:
    if status in DEFERRED_STATUSES:
        return "deferred"
    if status in IN_PLAY:
        return "playing"
    return "finished" if status in FINAL or state is FixtureState.COMPLETED else "upcoming"


@lru_cache(maxsize=GOALS_KEPT)
def _goal(found: _Found, side: str) -> GoalLook:
    """Most goals of a day are as they were when it was looked at last."""
    goal, record = found.goal, found.record
    waits = record is not None and record.plan.next_at is not None and goal.state is GoalState.CONFIRMED
    return GoalLook(
        id=goal.id,
        fixture_id=goal.fixture_id,
        team=goal.team,
        side=side,
        player=goal.player,
        clock=goal.clock,
        kind=goal.kind.value,
        score_after=str(goal.score_after),
        state=goal.state.value,
        outcome=record.outcome.value if record and record.outcome else None,
        error=record.error if record else "",
        clips=found.clips,
        search_pass=record.plan.pass_index + 1 if record and waits else None,
        next_at=record.plan.next_at if record and waits else None,
        stages=stages_of(goal, record),
    )


def _leagues(fixtures: Iterable[FixtureLook]) -> tuple[LeagueLook, ...]:
    counts = Counter((f.country, f.league, f.league_id) for f in fixtures)
    return tuple(
        LeagueLook(id=id, name=name, country=country, fixtures=count)
        for (country, name, id), count in sorted(counts.items())
    )
