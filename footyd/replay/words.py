"""Decisions in plain words: which rule decided, and what in the payload it rests on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from footyd.config import ConfirmConfig
from footyd.model import Decision, DecisionKind, Event, Fixture, FixtureId, Goal, GoalId, GoalKind, GoalState
from footyd.replay.judge import Judged
from footyd.replay.summary import is_missed_penalty, is_shootout, is_var
from footyd.stages.confirm.observe import Sighting, observe
from footyd.stages.confirm.reading import Reading, SideReading, read

_KINDS = {GoalKind.NORMAL: "a plain goal", GoalKind.PENALTY: "penalty", GoalKind.OWN: "own goal"}
_OfFixture = TypeVar("_OfFixture", Goal, Decision)


@dataclass(kw_only=True)
class Teller:
    """Tells polls one after the other; what is set aside is told once, however often the feed repeats it."""

    config: ConfirmConfig
    _told: set[tuple[FixtureId, str]] = field(default_factory=set)

    def lines(self, poll: Judged) -> Iterator[str]:
        """One line for the poll, one for each fixture with something to tell, one below it for each thing."""
        when = f"{poll.at:%Y-%m-%d %H:%M} UTC" if poll.at else "at no known time"
        if poll.refusal:
            yield f"{when}, refused: {poll.refusal.line()}"
            return
        count = len(poll.fixtures)
        yield f"{when}, {poll.path.name}: {count} fixture{'s' * (count != 1)}"
        if silent := sum(fixture.events is None for fixture in poll.fixtures):
            yield f"{silent} of them without an event list, which tell nothing"
        yield from _guard(poll)
        known, decided = _by_fixture(poll.before.goals), _by_fixture(poll.outcome.decisions)
        for fixture in poll.fixtures:
            goals = known[fixture.id]
            told = [*_decided(decided[fixture.id], fixture, goals), *self._aside(fixture, goals)]
            if told:
                yield f"{fixture.id} {_title(fixture)}"
                yield from (f"  {line}" for line in told)

    def _aside(self, fixture: Fixture, goals: Sequence[Goal]) -> Iterator[str]:
        """What stands in the payload and became no decision."""
        for line in (*_set_aside(fixture), *_held(fixture, goals, self.config)):
            if (fixture.id, line) not in self._told:
                self._told.add((fixture.id, line))
                yield line


def _by_fixture(things: Sequence[_OfFixture]) -> Mapping[FixtureId, list[_OfFixture]]:
    found: defaultdict[FixtureId, list[_OfFixture]] = defaultdict(list)
    for thing in things:
        if thing.fixture_id is not None:
            found[thing.fixture_id].append(thing)
    return found


def _title(fixture: Fixture) -> str:
    score = fixture.score or "v"
    minute = f" {fixture.minute}'" if fixture.minute is not None else ""
    place = ", ".join(filter(None, (fixture.league.name, fixture.league.country)))
    return f"{fixture.home.name} {score} {fixture.away.name}, {fixture.status}{minute} ({place})"


def _guard(poll: Judged) -> Iterator[str]:
    guard = poll.outcome.belief.guard
    if guard > poll.before.guard:
        yield f"too much is gone at once: additions only, until {guard} clean polls have passed"
    elif guard:
        yield f"additions only: {guard} more clean polls are wanted"


# ---------------------------------------------------------------- decisions


def _decided(decisions: Sequence[Decision], fixture: Fixture, goals: Sequence[Goal]) -> Iterator[str]:
    before = {goal.id: goal for goal in goals}
    for decision in decisions:
        yield f"{decision.kind:<10} {_words(decision, fixture, before)}"


def _words(decision: Decision, fixture: Fixture, before: Mapping[GoalId, Goal]) -> str:
    goal = decision.goal
    if goal is None:
        shown = f"the score is ahead of the {_shown(fixture)} goals shown"
        return f"{decision.score_after}: {shown}; polled sooner, never invented"
    return f"{_goal(goal)}: {_why(decision, goal, fixture, before)}"


def _why(decision: Decision, goal: Goal, fixture: Fixture, before: Mapping[GoalId, Goal]) -> str:
    match decision.kind:
        case DecisionKind.SIGHTED:
            return "first shown; waits for a second poll"
        case DecisionKind.CONFIRMED:
            return f"shown again, and {_score_says(fixture)}"
        case DecisionKind.DISCARDED:
            return f"{decision.reason}; seen once, so nothing was searched"
        case DecisionKind.CANCELLED:
            return f"{decision.reason}, in two polls running; search stops, clips go to quarantine"
        case _:
            return f"the same goal, {_changes(before[goal.id], goal, renamed=decision.renamed)}"


def _score_says(fixture: Fixture) -> str:
    return f"the score {fixture.score} counts it" if fixture.score else "no score speaks against it"


def _changes(before: Goal, after: Goal, *, renamed: bool) -> str:
    changes = []
    if before.player != after.player:
        again = ", searched once more" if renamed else ""
        changes.append(f"its scorer {before.player or 'unnamed'} before{again}")
    if before.clock != after.clock:
        changes.append(f"moved from {before.clock}")
    if before.score_after != after.score_after:
        changes.append(f"the score after it was {before.score_after}")
    if before.kind is not after.kind:
        changes.append(f"{_KINDS[before.kind]} before")
    return "; ".join(changes) or "its scorer's id is known now"


def _shown(fixture: Fixture) -> int:
    seen = observe(fixture)
    return sum(len(side.sightings) for side in seen.sides) if seen else 0


def _goal(goal: Goal) -> str:
    kind = "" if goal.kind is GoalKind.NORMAL else f" ({_KINDS[goal.kind]})"
    return f"{goal.score_after} {goal.clock} {goal.player or 'nobody named'}{kind} for {goal.team}"


# ---------------------------------------------------------------- what is no decision


def _set_aside(fixture: Fixture) -> Iterator[str]:
    """Lines that look like goals or speak of them, and are none."""
    for event in fixture.events or ():
        if is_missed_penalty(event):
            yield f"set aside  {_line(event)}: a missed penalty has the type Goal and is none"
        elif is_var(event):
            yield f"VAR        {_line(event)}, {event.detail}: corroborates at most, decides nothing alone"
    if kicks := sum(map(is_shootout, fixture.events or ())):
        yield f"set aside  {kicks} shoot-out lines: never goals"


def _held(fixture: Fixture, goals: Sequence[Goal], config: ConfirmConfig) -> Iterator[str]:
    """Goals in doubt: beyond the score, or gone without a decision."""
    seen = observe(fixture)
    if seen is None:
        return
    reading = read(seen, goals, config.minute_tolerance)
    for side in reading.sides:
        yield from (f"held back  {line}" for line in _beyond(side, reading))
        yield from (f"kept       {_goal(goal)}: gone, but the score still counts it" for goal in side.kept)
        waiting = [vote.goal for vote in side.against if _waits(vote.goal)]
        yield from (
            f"doubted    {_goal(goal)}: gone from the score too; cancelled if so in the next poll"
            for goal in waiting
        )


def _waits(goal: Goal) -> bool:
    return goal.state is GoalState.CONFIRMED and not goal.missed


def _beyond(side: SideReading, reading: Reading) -> Iterator[str]:
    counted = {entry.sighting.index for entry in side.shown if entry.supported}
    shown = side.side.sightings
    numbers = f"{len(shown)} goals shown, the score counts {side.side.count or 0}"
    for sighting in shown:
        if sighting.index not in counted:
            who = f"{sighting.player or 'nobody named'} for {side.side.team.name}"
            yield f"{_clock(sighting)} {who}: {numbers}; {_wanted(sighting, reading)}"


def _wanted(sighting: Sighting, reading: Reading) -> str:
    if reading.observation.settled:
        return "no goal can be added any more"
    if sighting.duplicate:
        return "listed twice, one goal"
    return "not believed until the score agrees"


def _line(event: Event) -> str:
    return f"{_clock(event)} {event.player or 'nobody named'} for {event.team_name}"


def _clock(at: Event | Sighting) -> str:
    return f"{at.minute}+{at.extra}'" if at.extra else f"{at.minute}'"
