"""When the feed fails in bulk: removals do not count until three clean polls have passed."""

from __future__ import annotations

from collections.abc import Sequence

from footyd.model import GoalState
from footyd.stages.confirm.reading import Reading

_CLEAN_POLLS = 3
_FIXTURES = 2
_CONFIRMED_GOALS = 3


def next_guard(guard: int, readings: Sequence[Reading]) -> int:
    """Raised by a bulk regression, lowered by every poll that shows something and is none."""
    if is_bulk(readings):
        return _CLEAN_POLLS
    return max(0, guard - 1) if readings else guard


def is_bulk(readings: Sequence[Reading]) -> bool:
    """Two fixtures regress or three confirmed goals vanish.

    Only goals that were not already gone count, or two goals rightly taken back in one poll would hold the
    guard up for ever.
    """
    fresh = [[vote.goal for vote in reading.against if not vote.goal.missed] for reading in readings]
    confirmed = sum(goal.state is GoalState.CONFIRMED for goals in fresh for goal in goals)
    return sum(bool(goals) for goals in fresh) >= _FIXTURES or confirmed >= _CONFIRMED_GOALS
