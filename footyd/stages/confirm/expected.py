"""The score ahead of the events: a goal is expected, polled for sooner, never invented."""

from __future__ import annotations

from datetime import datetime

from footyd.model import Decision, DecisionKind, Score
from footyd.stages.confirm.reading import Reading
from footyd.stages.confirm.values import Expected


def expect(reading: Reading, told: Expected | None, now: datetime) -> tuple[Expected, Decision] | None:
    """Told once for each new score; one that the fixture had before is not new."""
    score = reading.observation.score
    if score is None or not reading.ahead:
        return None
    highest = _highest(told.score, score) if told else score
    if told and highest == told.score:
        return None
    return Expected(fixture_id=reading.observation.fixture_id, score=highest), _decision(reading, score, now)


def _decision(reading: Reading, score: Score, now: datetime) -> Decision:
    """The team is named when only one has goals to come."""
    teams = [side.side.team.id for side in reading.ahead]
    return Decision(
        kind=DecisionKind.EXPECTED,
        at=now,
        fixture_id=reading.observation.fixture_id,
        team_id=teams[0] if len(teams) == 1 else None,
        score_after=score,
        reason="the score is ahead of the events",
    )


def _highest(one: Score, other: Score) -> Score:
    return Score(home=max(one.home, other.home), away=max(one.away, other.away))
