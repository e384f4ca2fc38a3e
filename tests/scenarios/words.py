"""The words and values of the scenario book, and how footyd's goals and decisions are written in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from footyd.model import DEFERRED, FINAL, IN_PLAY, SCHEDULED, Decision, Goal, GoalKind

FIRST_DAY = datetime(2026, 3, 7, tzinfo=UTC)
KICKOFF = FIRST_DAY + timedelta(hours=15)

ROWS = (
    "shows a goal for the first time",
    "shows it again in the next cycle",
    "no longer shows it in the next cycle",
    "scorer unknown first, named later; name without id for ever",
    "minute moves by up to 5, or 45+2 becomes 45+1",
    "scorer corrected",
    "drops a goal while the score still counts it",
    "a confirmed goal vanishes and the score falls, two cycles in a row",
    "a cancelled goal comes back",
    "a Var event says that a goal was taken back",
    "own goal",
    "missed penalties and shoot-outs",
    "one more Goal event than the score, nameless",
    "score ahead of the events",
    "malformed reply",
    "two or more fixtures regress, or three confirmed goals vanish, in one poll",
    "PST, TBD, CANC, ABD, AWD, WO, SUSP, INT",
    "finished with events missing",
    "a fixture completes",
)
"""The left column of the design page's table "Believing a goal", shortened, and the sentence below it."""

KINDS = ("belief", "day")
STATUSES = FINAL | IN_PLAY | SCHEDULED | DEFERRED
ACTS: Mapping[str, str] = MappingProxyType(
    {"not shown": "poll", "missed": "missed", "look": "look", "ingest": "ingest"}
)
"""What may stand after the time instead of a status and a score."""
FAULTS = (
    "errors not empty",
    "rate limit",
    "results differ from length",
    "events null",
    "a match twice",
    "HTML",
    "cut off",
    "asked match missing",
)
DECISIONS = ("sighted", "confirmed", "discarded", "cancelled", "updated", "renamed", "refused", "expected")


class BookError(ValueError):
    """The file is wrong, or what it expects did not happen: `NN-name.txt:12: …`."""

    def __init__(self, name: str, line: int, message: str) -> None:
        super().__init__(f"{name}:{line}: {message}")


class Disagreement(AssertionError):
    """footyd did something else than the file expects."""

    def __init__(self, name: str, line: int, message: str) -> None:
        super().__init__(f"{name}:{line}: {message}")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLine:
    minute: int
    extra: int | None
    team: str
    player: str | None
    player_id: int | None
    type: str
    detail: str
    comments: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A match in a poll; `told`: the file says what its events are, `left_out`: the reply has no such key."""

    match: int
    status: str
    score: str | None
    kickoff: datetime | None = None
    events: tuple[EventLine, ...] = ()
    told: bool = False
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class Expected:
    line: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One entry: a poll with what it shows, or something else that happens at a time.

    `fault` is how a malformed reply is spoilt; of "search ends" it is the goal.
    """

    line: int
    act: str
    at: datetime
    matches: tuple[Shown, ...] = ()
    fault: str = ""
    told: tuple[Expected, ...] = ()
    facts: tuple[Expected, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    name: str
    title: str
    rows: tuple[str, ...]
    why: str
    kind: str
    steps: tuple[Step, ...]
    believed: tuple[Expected, ...]
    rejected: tuple[Expected, ...]

    @property
    def matches(self) -> list[int]:
        return sorted({shown.match for step in self.steps for shown in step.matches})


# ---------------------------------------------------------------- times


def when(at: datetime) -> str:
    """A time as the book writes it: `15:25`, or `day 8 15:25`."""
    day = (at - FIRST_DAY).days + 1
    return f"{at:%H:%M}" if day == 1 else f"day {day} {at:%H:%M}"


# ---------------------------------------------------------------- goals and decisions


def told(decision: Decision) -> str:
    """`confirmed Home 1-0 Kane 23'`; other matches than the first are named."""
    kind = "renamed" if decision.renamed else decision.kind.value
    if decision.goal:
        return _of(decision.fixture_id, f"{kind} {described(decision.goal)}{_feeds_word(decision)}")
    sides = {None: "", 1: "Home ", 2: "Away "}
    side = sides[decision.team_id and decision.team_id % 100]
    return _of(decision.fixture_id, f"{kind} {side}{decision.score_after}")


def described(goal: Goal) -> str:
    """`Home 1-0 Kane 23'`, with what is not usual behind commas."""
    kind = {GoalKind.NORMAL: "", GoalKind.OWN: ", own goal", GoalKind.PENALTY: ", penalty"}[goal.kind]
    generation = "" if goal.generation == 1 else f", generation {goal.generation}"
    return f"{goal.team} {goal.score_after} {goal.player or '?'} {goal.clock}{kind}{generation}"


def stated(goal: Goal) -> str:
    """A goal not believed, with its state."""
    return _of(goal.fixture_id, f"{goal.state} {described(goal)}")


def believed(goal: Goal) -> str:
    return _of(goal.fixture_id, described(goal))


def _of(match: int | None, text: str) -> str:
    return text if match == 1 else f"match {match}: {text}"


def _feeds_word(decision: Decision) -> str:
    word = re.search(r"\(the feed says: (.+)\)", decision.reason)
    return f", the feed says {word[1]}" if word else ""
