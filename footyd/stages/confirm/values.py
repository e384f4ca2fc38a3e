"""What goes into and comes out of one poll's judgement; serialisable values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from footyd.model import Decision, Goal


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """All we hold between polls.

    `goals` are those of the fixtures concerned in every state, `guard` the clean polls still needed before
    removals count again, `expected` the highest score told as ahead of its events ("2-1", by fixture id as
    text: the form in which a database keeps it unchanged).
    """

    goals: tuple[Goal, ...] = ()
    guard: int = 0
    expected: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The new belief and what is to be told; a goal may change (`missed`) without a decision."""

    belief: Belief
    decisions: tuple[Decision, ...]
