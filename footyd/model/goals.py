"""Goals, what was decided about them, and where they stand in the pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from footyd.model.fixtures import Score
from footyd.model.ids import FixtureId, GoalId, PlayerId, TeamId


class GoalKind(StrEnum):
    NORMAL = "normal"
    PENALTY = "penalty"
    OWN = "own"


class GoalState(StrEnum):
    """`pending` and `discarded` live in `pending_goals`, the others in `goals`."""

    PENDING = "pending"
    DISCARDED = "discarded"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What we believe of one goal.

    Identity is fixture, team, score after and clock, never the player. `team_id` is the beneficiary (of
    an own goal too). `missed` counts the polls in a row in which it was gone and the score no longer held it.
    """

    id: GoalId
    fixture_id: FixtureId
    team_id: TeamId
    team: str
    player_id: PlayerId | None
    player: str | None
    minute: int
    extra: int | None
    score_after: Score
    kind: GoalKind
    generation: int
    state: GoalState
    first_seen: datetime
    confirmed_at: datetime | None = None
    missed: int = 0

    @property
    def clock(self) -> str:
        """The minute as people write it: `45+2'`."""
        return f"{self.minute}+{self.extra}'" if self.extra else f"{self.minute}'"


class DecisionKind(StrEnum):
    SIGHTED = "sighted"
    CONFIRMED = "confirmed"
    DISCARDED = "discarded"
    CANCELLED = "cancelled"
    UPDATED = "updated"
    REFUSED = "refused"
    EXPECTED = "expected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one poll made of one goal; `goal` is None for `refused` and `expected`.

    `renamed` tells that the scorer was corrected.
    """

    kind: DecisionKind
    at: datetime
    fixture_id: FixtureId | None
    goal: Goal | None = None
    team_id: TeamId | None = None
    score_after: Score | None = None
    reason: str = ""
    renamed: bool = False


class GoalOutcome(StrEnum):
    """How a goal's searching ended: with keepers, with nothing (a person must look), or taken back.

    `no_clip`: a person has looked, and there is none.
    """

    STORED = "stored"
    NEEDS_REVIEW = "needs_review"
    NO_CLIP = "no_clip"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPlan:
    """Where a goal stands in its passes.

    `pass_index` is the pass that is due or running, `searched` whether that pass has already spent its query,
    `next_at` when there is work (None: no more), `window_from` the oldest post wanted, `rounds` how often
    one more search was asked for (a scorer corrected, a person's wish), `empty_from` the source that had
    nothing in the last pass, and `empty_at` when: should it prove silent, that pass is given back.
    """

    pass_index: int
    searched: bool
    next_at: datetime | None
    window_from: datetime
    rounds: int = 0
    empty_from: str = ""
    empty_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessingStatus:
    """The five flags operators query, under the names their queries already use."""

    twitter_scraped: bool = False
    videos_downloaded: bool = False
    videos_filtered: bool = False
    videos_uploaded: bool = False
    completed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalRecord:
    """A confirmed goal with what the pipeline made of it so far.

    `reached` tells when a stage was reached first: searched, downloaded, deduped, stored.
    """

    goal: Goal
    plan: SearchPlan
    status: ProcessingStatus
    outcome: GoalOutcome | None = None
    error: str = ""
    reached: Mapping[str, datetime] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDepth:
    """Goals that are due for a search or for the work after it, and when the next one will be."""

    to_search: int
    to_work: int
    next_at: datetime | None
