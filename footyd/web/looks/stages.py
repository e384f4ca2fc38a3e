"""A goal's way as a line: sighted → confirmed → searched → downloaded → deduped → stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from footyd.model import Goal, GoalOutcome, GoalRecord, GoalState


class StageState(StrEnum):
    """`ended`: the goal got no further, and nothing is going on."""

    DONE = "done"
    NOW = "now"
    WAITING = "waiting"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class StageLook:
    """One stage; `at` when it was reached first, `took_seconds` since the stage before; null: not known."""

    name: str
    state: StageState
    at: datetime | None = None
    took_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reached:
    name: str
    done: bool
    at: datetime | None


def stages_of(goal: Goal, record: GoalRecord | None) -> tuple[StageLook, ...]:
    """All six; `record` is None for a goal that is only sighted."""
    steps = _steps(goal, record)
    open_ = next((n for n, step in enumerate(steps) if not step.done), len(steps))
    rest = _rest(goal, record)
    looks = []
    before: datetime | None = None
    for number, step in enumerate(steps):
        state = StageState.DONE if step.done else rest if number == open_ else StageState.WAITING
        took = (step.at - before).total_seconds() if step.at and before else None
        looks.append(StageLook(name=step.name, state=state, at=step.at, took_seconds=_positive(took)))
        before = step.at if step.done else None
    return tuple(looks)


def _positive(seconds: float | None) -> float | None:
    return None if seconds is None else max(seconds, 0.0)


def _steps(goal: Goal, record: GoalRecord | None) -> list[_Reached]:
    confirmed = goal.confirmed_at is not None
    steps = [
        _Reached(name="sighted", done=True, at=goal.first_seen),
        _Reached(name="confirmed", done=confirmed, at=goal.confirmed_at),
    ]
    if record is None:
        return [*steps, *(_Reached(name=name, done=False, at=None) for name in LATER)]
    status, reached = record.status, record.reached
    flags = {
        "searched": status.twitter_scraped,
        "downloaded": status.videos_downloaded,
        "deduped": status.videos_filtered and status.videos_downloaded,
        "stored": status.videos_uploaded,
    }
    return steps + [
        _Reached(name=name, done=flags[name] or name in reached, at=reached.get(name)) for name in LATER
    ]


LATER = ("searched", "downloaded", "deduped", "stored")


def _rest(goal: Goal, record: GoalRecord | None) -> StageState:
    """What the first stage that is not reached stands in."""
    if goal.state in (GoalState.DISCARDED, GoalState.CANCELLED):
        return StageState.ENDED
    if record is None or record.plan.next_at is not None:
        return StageState.NOW
    return StageState.ENDED if record.outcome is not GoalOutcome.STORED else StageState.WAITING
