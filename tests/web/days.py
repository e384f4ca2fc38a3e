"""Match days in the database, as a poll and the pipeline would have left them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from footyd.adapters.feed_payload import parse_fixture
from footyd.adapters.mongo import Store
from footyd.model import (
    FixtureId,
    FixtureState,
    Goal,
    GoalOutcome,
    GoalState,
    ProcessingStatus,
    TeamId,
)
from tests.builders import KICKOFF, a_goal, payload

TEAMS = ("Vrelograd", "Port Maren", "Ostheim Athletic", "Real Qarth", "Sankt Lorenz", "Llanfair United")
SCORERS = ("A. Striker", "J. Álvarez-Núñez", "Ø. Bjørnsson", None, "M. van der Bergh", "K. O'Neill")
STATUS_OF = {FixtureState.STAGING: "NS", FixtureState.ACTIVE: "1H", FixtureState.COMPLETED: "FT"}
SEARCHED = ("searched", "downloaded", "deduped", "stored")


async def add_match(
    store: Store,
    number: int,
    *,
    state: FixtureState = FixtureState.ACTIVE,
    status: str = "",
    score: tuple[int, int] | None = None,
    minute: int | None = None,
    kickoff: datetime = KICKOFF,
    league: int = 39,
) -> FixtureId:
    """A match whose teams are numbered 10 × number and 10 × number + 1."""
    found = payload(
        number,
        status=status or STATUS_OF[state],
        score=score,
        minute=minute,
        kickoff=kickoff,
        league=league,
        events=[],
    )
    found["league"] |= {"name": f"League {league}", "country": "Land" if league % 2 else "Eland"}
    for side, (shift, word) in {"home": (0, ""), "away": (1, " II")}.items():
        name = TEAMS[(number + shift) % len(TEAMS)] + (word if number % 3 == 0 else "")
        found["teams"][side] = {"id": number * 10 + shift, "name": name}
    await store.fixtures.take_in([(state, parse_fixture(found))])
    return FixtureId(number)


def goal_of(
    match: int, score: tuple[int, int], *, home: bool = True, minute: int = 23, state: GoalState, **facts: Any
) -> Goal:
    team = match * 10 + (0 if home else 1)
    made = a_goal(f"{match}-{team}-{score[0]}-{score[1]}-1", fixture=match, score=score, state=state)
    name = TEAMS[(match + (0 if home else 1)) % len(TEAMS)]
    player = SCORERS[(match + minute) % len(SCORERS)]
    return replace(made, team_id=TeamId(team), team=name, minute=minute, player=player, **facts)


async def add_goals(store: Store, *goals: Goal) -> None:
    """As the confirmation leaves them: pending ones sighted, others with a fresh plan."""
    await store.goals.save_believed([], goals, renamed=(), window=timedelta(minutes=3), now=KICKOFF)


async def progress(
    store: Store,
    goal: Goal,
    *,
    reached: Sequence[str] = SEARCHED,
    outcome: GoalOutcome | None = None,
    next_at: datetime | None = None,
) -> None:
    """What the pipeline made of it so far, each stage four seconds after the one before."""
    flags = {name: name in reached for name in SEARCHED}
    record = await store.goals.record(goal.id)
    assert record is not None
    plan = replace(record.plan, pass_index=1, searched=False, next_at=next_at)
    status = ProcessingStatus(
        twitter_scraped=flags["searched"],
        videos_downloaded=flags["downloaded"],
        videos_filtered=flags["deduped"],
        videos_uploaded=flags["stored"],
        completed=outcome is not None,
    )
    await store.goals.save_progress(goal.id, plan=plan, status=status, outcome=outcome)
    begun = goal.confirmed_at or goal.first_seen
    times: Mapping[str, datetime] = {
        name: begun + timedelta(seconds=4 * (n + 1)) for n, name in enumerate(reached)
    }
    await store.database.goals.update_one({"_id": goal.id}, {"$set": {"reached": dict(times)}})


async def a_saturday(store: Store, now: datetime) -> None:
    """Matches and goals in every state there is."""
    beat = {
        "pid": 7,
        "beat_at": now,
        "started_at": KICKOFF,
        "next_runs": {"poll": now + timedelta(minutes=4)},
    }
    await store.runs.note("daemon", {**beat, "quota": {"day_limit": 7500, "day_left": 6480}})
    await add_match(store, 1, score=(2, 1), minute=38)
    await add_match(store, 2, status="HT", score=(0, 1), minute=45, league=40)
    await add_match(store, 3, score=(0, 0), minute=12)
    await add_match(store, 4, state=FixtureState.STAGING, kickoff=KICKOFF + timedelta(hours=3))
    await add_match(store, 5, state=FixtureState.STAGING, kickoff=KICKOFF + timedelta(hours=5), league=40)
    early = KICKOFF - timedelta(hours=3)
    await add_match(store, 6, state=FixtureState.COMPLETED, score=(3, 1), kickoff=early)
    await add_match(store, 7, state=FixtureState.STAGING, status="PST", kickoff=early, league=40)
    confirmed, pending = GoalState.CONFIRMED, GoalState.PENDING
    first = goal_of(1, (1, 0), minute=9, state=confirmed)
    second = goal_of(1, (1, 1), home=False, minute=23, state=confirmed)
    third = goal_of(1, (2, 1), minute=37, state=pending, first_seen=now - timedelta(seconds=70))
    gone = goal_of(3, (1, 0), minute=4, state=GoalState.DISCARDED)
    fourth = goal_of(2, (0, 1), home=False, minute=44, state=confirmed)
    old = [goal_of(6, (n, 0), minute=20 * n, state=confirmed) for n in (1, 2, 3)]
    taken = goal_of(6, (3, 1), home=False, minute=88, state=confirmed)
    await add_goals(store, first, second, third, gone, fourth, *old, taken)
    await progress(store, first, outcome=GoalOutcome.STORED)
    await progress(store, second, reached=("searched", "downloaded"), next_at=now)
    await progress(store, fourth, reached=(), next_at=now)
    for goal in old[:2]:
        await progress(store, goal, outcome=GoalOutcome.STORED)
    await progress(store, old[2], reached=("searched",), outcome=GoalOutcome.NEEDS_REVIEW)
    await progress(store, taken, reached=("searched",), next_at=now)
    await store.goals.cancel(taken.id, now)


async def a_full_day(store: Store, matches: int = 300) -> None:
    """As many matches as a whole weekend has; every second one with two goals."""
    goals = []
    for number in range(1, matches + 1):
        state = (FixtureState.ACTIVE, FixtureState.COMPLETED, FixtureState.STAGING)[number % 3]
        kickoff = KICKOFF + timedelta(minutes=number % 200 - 100)
        score = None if state is FixtureState.STAGING else (2, 0)
        await add_match(store, number, state=state, score=score, kickoff=kickoff, league=30 + number % 20)
        if score:
            goals += [goal_of(number, (n, 0), minute=15 * n, state=GoalState.CONFIRMED) for n in (1, 2)]
    await add_goals(store, *goals)
