"""A job of the schedule, and the ticks that ask for its runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

PERSON = "person"
"""The trigger of runs that somebody asked for by hand."""
WAITING_AT_MOST = 8

Metadata = Mapping[str, Any]
Begin = Callable[[], Awaitable[None]]
Action = Callable[[Begin], Awaitable[Metadata | None]]
"""Calls `begin` once it knows that there is work; returns counts, or None when there was nothing to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Asks for a run, which will have this id; `subject` narrows it to one thing, such as a day."""

    trigger: str
    attempt: int = 1
    subject: str = ""
    run_id: str = field(default_factory=lambda: str(uuid4()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A run that was asked for and has not begun."""

    job: str
    tick: Tick


@dataclass(kw_only=True)
class Job:
    """A named piece of work, run every so many seconds or by a cron line (five fields) and its time zone.

    `retried`: a passing failure is tried again after a ladder of waits. `action_on` makes the action for one
    subject, which is never retried: who asked for it sees that it failed.
    """

    name: str
    action: Action
    action_on: Callable[[str], Action] | None = None
    every_seconds: Callable[[], float] | None = None
    cron: Callable[[], tuple[str, str]] | None = None
    retried: bool = False
    ticks: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(maxsize=WAITING_AT_MOST))
    waiting: dict[str, Tick] = field(default_factory=dict)
    next_at: datetime | None = None
    retry: asyncio.TimerHandle | None = None

    def tick(self, trigger: str, attempt: int = 1, subject: str = "") -> Tick | None:
        """Ask for a run; one that is already asked for serves both. None when too many wait."""
        if (known := self.waiting.get(subject)) is not None:
            if trigger == PERSON:  # who looks on is told what came of it
                self.waiting[subject] = replace(known, trigger=PERSON)
            return self.waiting[subject]
        if self.ticks.full():
            return None
        tick = self.waiting[subject] = Tick(trigger=trigger, attempt=attempt, subject=subject)
        self.ticks.put_nowait(subject)
        return tick

    def tick_after(self, seconds: float, trigger: str) -> None:
        """Ask for a run a little later, beside the job's own times."""
        asyncio.get_running_loop().call_later(seconds, self.tick, trigger)

    def action_for(self, tick: Tick) -> Action:
        return self.action_on(tick.subject) if self.action_on and tick.subject else self.action
