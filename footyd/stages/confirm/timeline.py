"""The goals of a fixture in the order of the match: each one's score-after, and ids for new ones."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from footyd.model import Goal, GoalId, GoalState, Score
from footyd.stages.confirm.observe import Side, Sighting, clock_order
from footyd.stages.confirm.reading import Reading, Shown
from footyd.stages.confirm.rules import keep, resight

_UNMINTED = GoalId("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A goal that stands: as believed before (None: new) and as it is now; `counted`: the score holds it."""

    before: Goal | None
    now: Goal
    home: bool
    counted: bool
    index: int = 0

    @property
    def order(self) -> tuple[tuple[int, int, int], bool, int]:
        """By the clock; at the same clock known goals keep their order and new ones follow as listed."""
        score = self.now.score_after
        return (
            clock_order(self.now),
            self.before is None,
            self.index if not self.before else score.home + score.away,
        )


def timeline(reading: Reading, now: datetime, *, decided: bool) -> Iterator[Line]:
    """The goals that stand, with score-after and id.

    While a removal is undecided or the score holds a known goal back, known goals keep their score-after: a
    flapping feed would otherwise change the whole match twice.
    """
    lines = sorted(_lines(reading, now), key=lambda line: line.order)
    steady = decided and all(line.counted for line in lines if line.before)
    used = set(reading.used)
    tally = Score(home=0, away=0)
    for line in lines:
        after = _plus_one(tally, home=line.home)
        tally = after if line.counted else tally
        if line.before is None:
            goal = _minted(line.now, after, used)
            used.add(goal.id)
            yield replace(line, now=goal)
        else:
            moved = steady and after != line.now.score_after
            yield replace(line, now=replace(line.now, score_after=after)) if moved else line


def _lines(reading: Reading, now: datetime) -> Iterator[Line]:
    for side in reading.sides:
        for goal in side.kept:
            yield Line(
                before=goal,
                now=keep(goal, now, over=reading.observation.over),
                home=side.side.home,
                counted=True,
            )
        for entry in side.shown:
            yield _shown_line(reading, side.side, entry, now)


def _shown_line(reading: Reading, side: Side, entry: Shown, now: datetime) -> Line:
    return Line(
        before=entry.goal,
        now=resight(entry.goal, entry, now) if entry.goal else _draft(reading, side, entry.sighting, now),
        home=side.home,
        counted=entry.supported,
        index=entry.sighting.index,
    )


def _draft(reading: Reading, side: Side, sighting: Sighting, now: datetime) -> Goal:
    return Goal(
        id=_UNMINTED,
        fixture_id=reading.observation.fixture_id,
        team_id=side.team.id,
        team=side.team.name,
        player_id=sighting.player_id,
        player=sighting.player,
        minute=sighting.minute,
        extra=sighting.extra,
        score_after=Score(home=0, away=0),
        kind=sighting.kind,
        generation=0,
        state=GoalState.PENDING,
        first_seen=now,
    )


def _minted(draft: Goal, after: Score, used: set[GoalId]) -> Goal:
    """The first generation of this score-after whose id no goal of the fixture ever had."""
    stem = f"{draft.fixture_id}-{draft.team_id}-{after}"
    generation = next(n for n in itertools.count(1) if GoalId(f"{stem}-{n}") not in used)
    return replace(draft, id=GoalId(f"{stem}-{generation}"), generation=generation, score_after=after)


def _plus_one(score: Score, *, home: bool) -> Score:
    return Score(home=score.home + home, away=score.away + (not home))
