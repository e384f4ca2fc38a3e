"""What happened to a goal, as it is told afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from footyd.model.ids import GoalId

Fact = str | int | float


class HappeningKind(StrEnum):
    """The first six follow from the dates in goals and clips, the others are noted in `timeline`."""

    SIGHTED = "sighted"
    CONFIRMED = "confirmed"
    STORED = "stored"
    EXPIRED = "expired"
    NEEDS_REVIEW = "needs_review"
    CANCELLED = "cancelled"

    NAMED = "named"
    RENAMED = "renamed"
    SEARCHED = "searched"
    POSTPONED = "postponed"
    DOWNLOADED = "downloaded"
    FAILED = "failed"
    DUPLICATE = "duplicate"
    REPLACED = "replaced"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    LINKED = "linked"
    CHOSEN = "chosen"
    SEARCH_ASKED = "search_asked"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One line of a goal's timeline; `subject` is the post or the clip that it is about.

    With a `step` it happens once in that step: what a crash lets happen again is not told twice.
    """

    goal_id: GoalId
    at: datetime
    kind: HappeningKind
    subject: str = ""
    step: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict, hash=False)

    @property
    def id(self) -> str:
        return f"{self.goal_id}:{self.kind}:{self.subject}:{self.step or self.at.isoformat()}"
