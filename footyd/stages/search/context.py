"""What the judgement of a post rests on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from footyd.model import Fixture, Goal


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalContext:
    """A goal in its match; `others` are the day's other fixtures, `window_from` the oldest post wanted."""

    goal: Goal
    fixture: Fixture
    others: tuple[Fixture, ...]
    window_from: datetime
