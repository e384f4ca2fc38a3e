"""The score ahead of the events: a goal is expected, polled for sooner, never invented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from footyd.model import Decision, DecisionKind, Score
from footyd.stages.confirm.reading import Reading

_FIXTURES_REMEMBERED = 500
"""More than are ever in play at once; those of past days fall out."""


def expectations(
    told: Mapping[str, str], readings: Sequence[Reading], now: datetime
) -> tuple[Mapping[str, str], list[Decision]]:
    """Told once for each new score; one that the fixture had before is not new."""
    remembered = dict(told)
    decisions = []
    for reading in readings:
        key, score = str(reading.observation.fixture_id), reading.observation.score
        before = remembered.get(key)
        if score is None or not reading.ahead or (highest := _highest(before, score)) == before:
            continue
        remembered.pop(key, None)
        remembered[key] = highest
        decisions.append(_decision(reading, score, now))
    return dict(list(remembered.items())[-_FIXTURES_REMEMBERED:]), decisions


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


def _highest(before: str | None, score: Score) -> str:
    home, away = map(int, (before or "0-0").split("-"))
    return str(Score(home=max(home, score.home), away=max(away, score.away)))
