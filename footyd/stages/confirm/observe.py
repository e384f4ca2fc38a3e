"""One fixture of one reply, read as goals per team: what counts as a goal, in which phase, for whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from footyd.model import FINAL, IN_PLAY, Event, Fixture, FixtureId, GoalKind, PlayerId, Score, Team

_PLAYED = frozenset({"FT", "AET", "PEN"})
_NO_MORE_GOALS = FINAL | {"P"}
_DECIDED_AT_A_DESK = frozenset({"AWD", "WO", "CANC"})
_NAMELESS = frozenset({"", "unknown", "unknown player", "n/a", "tbd"})


class Clock(Protocol):
    """Anything that stands at a minute of a match."""

    @property
    def minute(self) -> int: ...

    @property
    def extra(self) -> int | None: ...


class Phase(IntEnum):
    """The parts of a match between which no event may wander."""

    FIRST_HALF = 1
    SECOND_HALF = 2
    EXTRA_TIME = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A goal as this poll shows it; `index` is its place in the list, `ordinal` among its team's goals."""

    index: int
    ordinal: int
    minute: int
    extra: int | None
    player_id: PlayerId | None
    player: str | None
    kind: GoalKind
    duplicate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One team's goals in clock order; `count` is what the score says (None: it says nothing)."""

    team: Team
    home: bool
    count: int | None
    sightings: tuple[Sighting, ...]
    takebacks: tuple[Event, ...]

    @property
    def unlisted(self) -> int:
        """Goals that the score counts and the events leave out."""
        return max(0, (self.count or 0) - len(self.sightings))

    @property
    def surplus(self) -> int:
        """Goals that the events list and the score does not count."""
        return 0 if self.count is None else max(0, len(self.sightings) - self.count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """A fixture as one poll shows it.

    `conclusive`: the status lets the score speak against a goal; `settled`: no goal can be added any more,
    so that an event beyond the score is not there; `over`: the match has ended in whatever way.
    """

    fixture_id: FixtureId
    score: Score | None
    conclusive: bool
    settled: bool
    over: bool
    sides: tuple[Side, Side]


def observe(fixture: Fixture) -> Observation | None:
    """None when the reply carries no event list, which tells nothing."""
    if fixture.events is None:
        return None
    score = _score(fixture)
    return Observation(
        fixture_id=fixture.id,
        score=score,
        conclusive=score is not None and fixture.status in IN_PLAY | _PLAYED,
        settled=fixture.status in _NO_MORE_GOALS,
        over=fixture.status in FINAL,
        sides=(
            _side(fixture.home, fixture.events, home=True, count=score.home if score else None),
            _side(fixture.away, fixture.events, home=False, count=score.away if score else None),
        ),
    )


def phase(at: Clock) -> Phase:
    """45+2 is the first half and 46 the second; extra time is one phase."""
    if at.minute <= 45:
        return Phase.FIRST_HALF
    return Phase.SECOND_HALF if at.minute <= 90 else Phase.EXTRA_TIME


def clock_order(at: Clock) -> tuple[int, int, int]:
    return phase(at), at.minute, at.extra or 0


def distance(one: Clock, other: Clock) -> int:
    """Minutes between two clocks of a phase; added minutes that only one side tells do not separate."""
    apart = abs(one.minute + (one.extra or 0) - other.minute - (other.extra or 0))
    if (one.extra is None) != (other.extra is None):
        return min(apart, abs(one.minute - other.minute))
    return apart


def _score(fixture: Fixture) -> Score | None:
    """A score given at a desk says nothing of the goals that were shot."""
    return None if fixture.status in _DECIDED_AT_A_DESK else fixture.score


def _side(team: Team, events: tuple[Event, ...], *, home: bool, count: int | None) -> Side:
    own = [(index, event) for index, event in enumerate(events) if event.team_id == team.id]
    goals = sorted((pair for pair in own if _is_goal(pair[1])), key=lambda pair: clock_order(pair[1]))
    return Side(
        team=team,
        home=home,
        count=count,
        sightings=_sightings(goals),
        takebacks=_takebacks(event for _, event in own),
    )


def _sightings(goals: list[tuple[int, Event]]) -> tuple[Sighting, ...]:
    seen: list[Event] = []
    sightings = []
    for ordinal, (index, event) in enumerate(goals, start=1):
        sightings.append(_sighting(index, ordinal, event, duplicate=event in seen))
        seen.append(event)
    return tuple(sightings)


def _sighting(index: int, ordinal: int, event: Event, *, duplicate: bool) -> Sighting:
    name = (event.player or "").strip()
    known = name.casefold() not in _NAMELESS
    return Sighting(
        index=index,
        ordinal=ordinal,
        minute=event.minute,
        extra=event.extra,
        player_id=event.player_id if known else None,
        player=name if known else None,
        kind=_kind(event),
        duplicate=duplicate,
    )


def _is_goal(event: Event) -> bool:
    """Misses, shoot-out kicks and goals taken back are none; unknown details are."""
    if event.type.casefold() != "goal" or "shootout" in (event.comments or "").casefold():
        return False
    detail = event.detail.casefold()
    return not any(word in detail for word in ("missed", "cancel", "disallow"))


def _kind(event: Event) -> GoalKind:
    detail = event.detail.casefold()
    if detail == "own goal":
        return GoalKind.OWN
    return GoalKind.PENALTY if detail == "penalty" else GoalKind.NORMAL


def _takebacks(events: Iterable[Event]) -> tuple[Event, ...]:
    words = ("goal cancel", "goal disallow")
    return tuple(e for e in events if e.type.casefold() == "var" and e.detail.casefold().startswith(words))
