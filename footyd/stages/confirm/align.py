"""Which believed goal each event of a team is: order-preserving, within a phase, within the tolerance."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from footyd.model import Goal, GoalState
from footyd.stages.confirm.observe import Phase, Side, Sighting, clock_order, distance, phase
from footyd.stages.confirm.scorer import agrees, contradicts

_MINUTE_COST = 2
_ORDINAL_COST = 5
"""Another score-after weighs as much as two and a half minutes: a goal inserted before a known one is told
from a known one that moved by a minute or two while another was scored."""
_MOVED_COST = 1
"""For not standing still at all: 90 and 90+2 are no minute apart, and a line at the very clock of a known
goal is that goal before any other, unless it names another scorer."""


_SAME_MINUTE_MOST = 3
"""More goals of one team in one minute are taken as listed."""


class _Weight(NamedTuple):
    """How good an assignment is, compared from the left; confirmed goals go first only where asked.

    All else being equal the line that names our scorer is the goal we know, then any named one.
    """

    confirmed: int = 0
    matched: int = 0
    saved: int = 0
    named: int = 0


class _Assignment(NamedTuple):
    weight: _Weight
    pairs: tuple[tuple[Goal, Sighting], ...]


_NOTHING = _Assignment(_Weight(), ())


def align(side: Side, live: Sequence[Goal], tolerance: int) -> dict[int, Goal]:
    """The believed goal of each recognised sighting, by the sighting's index.

    Where the score cannot carry all live goals, the confirmed ones are recognised first: a line that the feed
    sends a second time with another minute does not take a confirmed goal's place.
    """
    if not live or not side.sightings:
        return {}
    gone = 0 if side.count is None else max(0, len(live) - side.count)
    ordered = sorted(live, key=lambda goal: (clock_order(goal), _ordinal(goal, side)))
    found: dict[int, Goal] = {}
    for part in Phase:
        goals = [goal for goal in ordered if phase(goal) is part]
        shown = [sighting for sighting in side.sightings if phase(sighting) is part]
        if not goals or not shown:
            continue
        options = (_assign(goals, one, side=side, tolerance=tolerance, gone=gone) for one in _orders(shown))
        best = max(options, key=lambda option: option.weight)
        found |= {sighting.index: goal for goal, sighting in best.pairs}
    return found


def _orders(shown: Sequence[Sighting]) -> Iterator[Sequence[Sighting]]:
    """As listed first, then otherwise: nothing orders lines of one minute that name different scorers."""
    groups = [tuple(group) for _, group in itertools.groupby(shown, key=clock_order)]
    for choice in itertools.product(*(_permuted(group) for group in groups)):
        order = itertools.chain.from_iterable(choice)
        yield [
            one if one is there else replace(one, ordinal=there.ordinal)
            for one, there in zip(order, shown, strict=True)
        ]


def _permuted(group: tuple[Sighting, ...]) -> Iterator[tuple[Sighting, ...]]:
    scorers = {sighting.player for sighting in group}
    all_told = len(scorers) == len(group) <= _SAME_MINUTE_MOST
    return itertools.permutations(group) if all_told else iter([group])


def _assign(
    goals: Sequence[Goal], shown: Sequence[Sighting], *, side: Side, tolerance: int, gone: int
) -> _Assignment:
    """The classic alignment of two sequences: each cell is the best of skipping one and of matching both."""
    above = [_NOTHING] * (len(shown) + 1)
    for goal in goals:
        row = [_NOTHING]
        for column, sighting in enumerate(shown):
            options = [above[column + 1], row[column]]
            if distance(goal, sighting) <= tolerance:
                options.append(_matched(above[column], goal, sighting, side=side, gone=gone))
            row.append(max(options, key=lambda option: option.weight))
        above = row
    return above[-1]


def _matched(before: _Assignment, goal: Goal, sighting: Sighting, *, side: Side, gone: int) -> _Assignment:
    weight = _Weight(
        confirmed=before.weight.confirmed + (gone > 0 and goal.state is GoalState.CONFIRMED),
        matched=before.weight.matched + 1,
        saved=before.weight.saved - _cost(goal, sighting, side, gone),
        named=before.weight.named + (sighting.player is not None) + agrees(goal, sighting),
    )
    return _Assignment(weight, (*before.pairs, (goal, sighting)))


def _cost(goal: Goal, sighting: Sighting, side: Side, gone: int) -> int:
    """Goals left out of the events may have come before, `gone` ones of ours, or lines beyond the score."""
    ordinal = _ordinal(goal, side)
    fits = sighting.ordinal - side.surplus <= ordinal <= sighting.ordinal + side.unlisted + gone
    if (goal.minute, goal.extra) == (sighting.minute, sighting.extra) and not contradicts(goal, sighting):
        return 0
    return _MOVED_COST + _MINUTE_COST * distance(goal, sighting) + _ORDINAL_COST * (not fits)


def _ordinal(goal: Goal, side: Side) -> int:
    return goal.score_after.home if side.home else goal.score_after.away
