"""What goes into and comes out of one poll's judgement; serialisable values only."""

from __future__ import annotations

from dataclasses import dataclass

from footyd.model import Decision, FixtureId, Goal, Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The highest score of a fixture that was announced as ahead of its events."""

    fixture_id: FixtureId
    score: Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """All we hold between polls.

    `goals` are those of the fixtures concerned in every state, `guard` the clean polls still needed before
    removals count again, `expected` what was announced as expected (so that it is said once).
    """

    goals: tuple[Goal, ...] = ()
    guard: int = 0
    expected: tuple[Expected, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The new belief and what is to be told; a goal may change (`missed`) without a decision."""

    belief: Belief
    decisions: tuple[Decision, ...]
