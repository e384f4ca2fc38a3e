"""What a poll says about each goal of a fixture: shown, held back by the score, kept, or spoken against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from footyd.model import Goal, GoalId, GoalState
from footyd.stages.confirm.align import align
from footyd.stages.confirm.observe import Clock, Observation, Side, Sighting, clock_order, distance, phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An event with the goal it was recognised as (None: new); `supported`: the score counts it."""

    sighting: Sighting
    goal: Goal | None
    supported: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """A live goal that is gone and that the score no longer counts; `word` is the feed's, if any."""

    goal: Goal
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SideReading:
    """One team: `kept` are live goals that are gone without a vote, `ahead` what the score has beyond all."""

    side: Side
    shown: tuple[Shown, ...]
    kept: tuple[Goal, ...]
    against: tuple[Against, ...]
    ahead: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One fixture; `used` are the ids it has ever given."""

    observation: Observation
    sides: tuple[SideReading, SideReading]
    used: frozenset[GoalId]

    @property
    def against(self) -> tuple[Against, ...]:
        return self.sides[0].against + self.sides[1].against

    @property
    def ahead(self) -> tuple[SideReading, ...]:
        return tuple(side for side in self.sides if side.ahead)


def read(observation: Observation, goals: Sequence[Goal], tolerance: int) -> Reading:
    live = [goal for goal in goals if goal.state in {GoalState.PENDING, GoalState.CONFIRMED}]
    home, away = observation.sides
    return Reading(
        observation=observation,
        sides=(
            _read_side(home, observation, live, tolerance),
            _read_side(away, observation, live, tolerance),
        ),
        used=frozenset(goal.id for goal in goals),
    )


def _read_side(side: Side, observation: Observation, live: Sequence[Goal], tolerance: int) -> SideReading:
    own = [goal for goal in live if goal.team_id == side.team.id]
    entries = _supported(side, align(side, own, tolerance))
    shown = tuple(entry for entry in entries if _is_present(entry, side, observation, tolerance))
    recognised = {entry.goal.id for entry in shown if entry.goal}
    missing = [goal for goal in own if goal.id not in recognised]
    slots = (side.count or 0) - sum(entry.supported for entry in shown)
    against = _against(side, missing, slots, tolerance) if observation.conclusive else ()
    gone = {vote.goal.id for vote in against}
    return SideReading(
        side=side,
        shown=shown,
        kept=tuple(goal for goal in missing if goal.id not in gone),
        against=against,
        ahead=max(0, slots - len(missing)) if observation.conclusive else 0,
    )


def _supported(side: Side, known: dict[int, Goal]) -> list[Shown]:
    """The score supports as many events as it counts, the best founded first; without one, all but copies."""
    ranked = sorted(side.sightings, key=lambda sighting: _doubt(sighting, known.get(sighting.index)))
    if side.count is None:
        ranked = [sighting for sighting in ranked if sighting.index in known or not sighting.duplicate]
    supported = {sighting.index for sighting in ranked[: side.count]}
    return [
        Shown(sighting=one, goal=known.get(one.index), supported=one.index in supported)
        for one in side.sightings
    ]


def _doubt(sighting: Sighting, goal: Goal | None) -> tuple[bool, bool, bool, bool, int]:
    confirmed = goal is not None and goal.state is GoalState.CONFIRMED
    return not confirmed, sighting.duplicate, sighting.player is None, goal is None, sighting.ordinal


def _is_present(entry: Shown, side: Side, observation: Observation, tolerance: int) -> bool:
    """Beyond the score only a known goal or a named one counts as seen.

    None does when no goal can be added any more, or when the feed says that it was taken back.
    """
    if entry.supported:
        return True
    if observation.settled or _word(side, entry.sighting, tolerance):
        return False
    return entry.goal is not None or (entry.sighting.player is not None and not entry.sighting.duplicate)


def _against(side: Side, missing: list[Goal], slots: int, tolerance: int) -> tuple[Against, ...]:
    """As many as the score has no place for: those the feed took back first, then pending, then late ones."""
    if not missing:
        return ()
    suspects = [Against(goal=goal, word=_word(side, goal, tolerance)) for goal in missing]
    suspects.sort(key=lambda vote: _place(vote.goal), reverse=True)
    suspects.sort(key=lambda vote: (not vote.word, vote.goal.state is GoalState.CONFIRMED))
    return tuple(suspects[: max(0, len(missing) - max(0, slots))])


def _place(goal: Goal) -> tuple[tuple[int, int, int], int]:
    return clock_order(goal), goal.score_after.home + goal.score_after.away


def _word(side: Side, goal: Clock, tolerance: int) -> str:
    for event in side.takebacks:
        if phase(event) is phase(goal) and distance(event, goal) <= tolerance:
            return event.detail
    return ""
