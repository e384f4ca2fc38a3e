"""Decisions as rows for machines: one per decision, one per refused reply."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from footyd.config import ConfirmConfig
from footyd.errors import FeedError
from footyd.model import Decision, DecisionKind
from footyd.replay.judge import START, judged


def replay(files: Sequence[Path], config: ConfirmConfig) -> Iterator[dict[str, Any]]:
    """One row per decision, file after file, as one feed; a refused reply is one row and votes on nothing."""
    for poll in judged(files, config):
        if poll.refusal:
            yield _refused(poll.at, poll.refusal)
        yield from map(_row, poll.outcome.decisions)


def _row(decision: Decision) -> dict[str, Any]:
    goal = decision.goal
    return {
        "at": decision.at.isoformat(),
        "fixture_id": decision.fixture_id,
        "decision": str(decision.kind),
        "goal_id": goal.id if goal else None,
        "team_id": decision.team_id,
        "score_after": str(decision.score_after) if decision.score_after else None,
        "player": goal.player if goal else None,
        "minute": goal.minute if goal else None,
        "extra": goal.extra if goal else None,
    }


def _refused(at: datetime | None, error: FeedError) -> dict[str, Any]:
    nothing = Decision(kind=DecisionKind.REFUSED, at=at or START, fixture_id=None)
    return {**_row(nothing), "at": at.isoformat() if at else None, "reason": error.line()}
