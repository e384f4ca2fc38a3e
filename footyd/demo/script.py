"""The words of a written match: clubs, events and when the feed shows them, and the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from footyd.model import GoalKind, Score

FIRST_HALF_ENDS = 48.0
SECOND_HALF_STARTS = 58.0
FULL_TIME = SECOND_HALF_STARTS + 48.0
"""Minutes after a match's own kick-off: 45+3, a short break, 45+3."""

_KINDS = {"Normal Goal": GoalKind.NORMAL, "Penalty": GoalKind.PENALTY, "Own Goal": GoalKind.OWN}


def script_minute(minute: int, extra: int | None = None) -> float:
    """When the match clock shows this minute, counted from the match's own kick-off."""
    played = minute + (extra or 0)
    return played if minute <= 45 else played - 45 + SECOND_HALF_STARTS


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptLeague:
    id: int
    name: str
    country: str
    round: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptClub:
    id: int
    name: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptEvent:
    """One event; `club` is who benefits. `named_at` and `taken_back_at` count from the match's kick-off.

    A `verdict` is the detail of the Var event that then stands in its place.
    """

    minute: int
    club: ScriptClub
    player: tuple[int, str]
    extra: int | None = None
    type: str = "Goal"
    detail: str = "Normal Goal"
    assist: tuple[int, str] | None = None
    named_at: float = 0.0
    taken_back_at: float | None = None
    verdict: str = ""
    nobody_posts: bool = False

    @property
    def shown_at(self) -> float:
        return script_minute(self.minute, self.extra)

    @property
    def is_goal(self) -> bool:
        """Counts while it is shown; a missed penalty has the type Goal and never counts."""
        return self.type == "Goal" and self.detail in _KINDS

    @property
    def stays_a_goal(self) -> bool:
        return self.is_goal and self.taken_back_at is None

    @property
    def kind(self) -> GoalKind:
        return _KINDS[self.detail]

    @property
    def clock(self) -> str:
        return f"{self.minute}+{self.extra}'" if self.extra else f"{self.minute}'"

    def counts_at(self, minute: float) -> bool:
        gone = self.taken_back_at is not None and minute >= self.taken_back_at
        return self.is_goal and minute >= self.shown_at and not gone


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptFixture:
    """`starts_at` is the day's script minute of its kick-off; `overruns` keeps it in play for ever."""

    id: int
    league: ScriptLeague
    home: ScriptClub
    away: ScriptClub
    kickoff: datetime
    starts_at: float
    events: tuple[ScriptEvent, ...]
    overruns: bool = False

    @property
    def ends_at(self) -> float:
        return self.starts_at + FULL_TIME

    def own_minute(self, day_minute: float) -> float:
        own = day_minute - self.starts_at
        return min(own, FULL_TIME - 1) if self.overruns else own

    def in_play(self, day_minute: float) -> bool:
        return 0 <= self.own_minute(day_minute) < FULL_TIME

    def score_at(self, day_minute: float) -> Score:
        own = self.own_minute(day_minute)
        counting = [event for event in self.events if event.counts_at(own)]
        home = sum(event.club == self.home for event in counting)
        return Score(home=home, away=len(counting) - home)

    def score_after(self, event: ScriptEvent) -> Score:
        """The score that a goal which stays makes."""
        until = [other for other in self.events if other.stays_a_goal and other.shown_at <= event.shown_at]
        home = sum(other.club == self.home for other in until)
        return Score(home=home, away=len(until) - home)
