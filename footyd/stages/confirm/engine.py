"""One poll: read every fixture, weigh the poll as a whole, then judge each goal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from footyd.config import ConfirmConfig
from footyd.model import Decision, Fixture, FixtureId, Goal
from footyd.stages.confirm.expected import expectations
from footyd.stages.confirm.guard import is_bulk, next_guard
from footyd.stages.confirm.observe import observe
from footyd.stages.confirm.reading import Reading, read
from footyd.stages.confirm.rules import lapse, reason, remove, tell
from footyd.stages.confirm.timeline import timeline
from footyd.stages.confirm.values import Belief, Outcome

Change = tuple[Goal, Decision | None]


def confirm(belief: Belief, fixtures: Sequence[Fixture], now: datetime, config: ConfirmConfig) -> Outcome:
    """Pure: the fixtures of one poll against the belief; what the poll does not show stays as it is."""
    readings = _readings(belief, fixtures, config)
    removals_count = belief.guard == 0 and not is_bulk(readings)
    goals = {goal.id: goal for goal in belief.goals}
    decisions: list[Decision] = []
    for reading in readings:
        for goal, decision in _judge(reading, now, removals_count=removals_count):
            goals[goal.id] = goal
            decisions += [decision] if decision else []
    expected, ahead = expectations(belief.expected, readings, now)
    after = Belief(goals=tuple(goals.values()), guard=next_guard(belief.guard, readings), expected=expected)
    return Outcome(belief=after, decisions=(*decisions, *ahead))


def _readings(belief: Belief, fixtures: Sequence[Fixture], config: ConfirmConfig) -> list[Reading]:
    """Each fixture with an event list once: the live list and a settling reply may both hold it."""
    goals: defaultdict[FixtureId, list[Goal]] = defaultdict(list)
    for goal in belief.goals:
        goals[goal.fixture_id].append(goal)
    seen = {fixture.id: one for fixture in fixtures if (one := observe(fixture))}
    return [read(one, goals.get(key, ()), config.minute_tolerance) for key, one in seen.items()]


def _judge(reading: Reading, now: datetime, *, removals_count: bool) -> Iterator[Change]:
    """Removals first, then every goal that stands, in the order of the match."""
    decided = True
    for vote in reading.against:
        goal = remove(vote, removals_count=removals_count)
        decided = decided and goal.state is not vote.goal.state
        yield goal, tell(vote.goal, goal, now, reason(vote))
    for line in timeline(reading, now, decided=decided):
        yield line.now, tell(line.before, line.now, now, lapse(line.now))
