"""What becomes of one goal at one poll: gone, shown again, changed; and what is told of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from footyd.model import Decision, DecisionKind, Goal, GoalState
from footyd.stages.confirm.reading import Against, Shown
from footyd.stages.confirm.scorer import changed, merged, renamed

_POLLS_TO_CANCEL = 2
_LONELY = timedelta(hours=2)
"""How long after its only sighting a goal of an ended match may still be shown again."""


def remove(vote: Against, *, removals_count: bool) -> Goal:
    """Pending goals go at once, confirmed ones at the second poll in a row; under the guard both wait."""
    goal = vote.goal
    if not removals_count:
        return replace(goal, missed=max(1, goal.missed))
    gone = replace(goal, missed=goal.missed + 1)
    if goal.state is GoalState.PENDING:
        return replace(gone, state=GoalState.DISCARDED)
    return replace(gone, state=GoalState.CANCELLED) if gone.missed >= _POLLS_TO_CANCEL else gone


def resight(goal: Goal, entry: Shown, now: datetime) -> Goal:
    """Shown again; a pending goal is believed when the score agrees."""
    seen = merged(goal, entry.sighting)
    if goal.state is GoalState.PENDING and entry.supported:
        return replace(seen, state=GoalState.CONFIRMED, confirmed_at=max(now, goal.first_seen))
    return seen


def keep(goal: Goal, now: datetime, *, over: bool) -> Goal:
    """Gone, but nothing speaks against it; a sighting that stays alone does not keep an ended match open."""
    if over and goal.state is GoalState.PENDING and now - goal.first_seen >= _LONELY:
        return replace(goal, state=GoalState.DISCARDED)
    return changed(goal, missed=0)


def tell(before: Goal | None, after: Goal, now: datetime, reason: str = "") -> Decision | None:
    """At most one decision per goal and poll; that a goal was missing for one poll is not told."""
    if before is None or after.state is not before.state:
        kind = DecisionKind(after.state) if before else DecisionKind.SIGHTED
        return _decision(kind, after, now, reason)
    if after is before or replace(after, missed=before.missed) == before:
        return None
    return replace(_decision(DecisionKind.UPDATED, after, now), renamed=renamed(before, after))


def lapse(goal: Goal) -> str:
    """Why a goal that stood is told."""
    return "never shown again, and the match is over" if goal.state is GoalState.DISCARDED else ""


def reason(vote: Against) -> str:
    gone = "gone, and the score no longer counts it"
    return f"{gone} (the feed says: {vote.word})" if vote.word else gone


def _decision(kind: DecisionKind, goal: Goal, now: datetime, why: str = "") -> Decision:
    return Decision(
        kind=kind,
        at=now,
        fixture_id=goal.fixture_id,
        goal=goal,
        team_id=goal.team_id,
        score_after=goal.score_after,
        reason=why,
    )
