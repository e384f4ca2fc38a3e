"""The words of footyd as frozen values: fixtures, events, goals, posts, candidates, clips.

Times are aware UTC datetimes, durations end in `_seconds`, sizes in `_bytes`. Nothing here does I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, NewType

FixtureId = NewType("FixtureId", int)
TeamId = NewType("TeamId", int)
LeagueId = NewType("LeagueId", int)
PlayerId = NewType("PlayerId", int)
GoalId = NewType("GoalId", str)
"""`{fixture}-{team}-{home}-{away}-{generation}`, minted at the first sighting and never changed."""
PostId = NewType("PostId", str)
ClipId = NewType("ClipId", str)
"""`{goal id}:{sha256}`."""
ObjectKey = NewType("ObjectKey", str)
"""The place of a keeper in the library: relative, `/`-separated, NFC."""


def utcnow() -> datetime:
    """The wall clock in the milliseconds that MongoDB keeps: a value read back equals the one saved."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


# ---------------------------------------------------------------- fixtures


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    id: TeamId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class League:
    id: LeagueId
    name: str
    country: str
    season: int
    round: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    home: int
    away: int

    def __str__(self) -> str:
        return f"{self.home}-{self.away}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the feed's event list, revocable and without id; `minute` is its `time.elapsed`."""

    minute: int
    extra: int | None
    team_id: TeamId
    team_name: str
    player_id: PlayerId | None
    player: str | None
    type: str
    detail: str
    comments: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixture:
    """A match as one reply shows it.

    `status` is the feed's short code (NS, 1H, FT…); `score` is None before kick-off; `events` is None when
    the reply carries none (`date=` replies); `payload` is the feed's object as received.
    """

    id: FixtureId
    kickoff: datetime
    status: str
    minute: int | None
    league: League
    home: Team
    away: Team
    score: Score | None
    events: tuple[Event, ...] | None
    payload: Mapping[str, Any] = field(repr=False, compare=False)


SCHEDULED = frozenset({"NS", "TBD"})
IN_PLAY = frozenset({"1H", "HT", "2H", "ET", "BT", "P", "LIVE", "INT", "SUSP"})
FINAL = frozenset({"FT", "AET", "PEN", "CANC", "ABD", "AWD", "WO"})
DEFERRED = frozenset({"PST", "TBD", "SUSP", "INT"})
"""API-Football v3 status codes (documentation, "All available fixtures status")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What the feed's headers said last: calls allowed and left, per day and per minute; None: not told."""

    day_limit: int | None = None
    day_left: int | None = None
    minute_limit: int | None = None
    minute_left: int | None = None


class FixtureState(StrEnum):
    """In which of the three fixture collections a match lies."""

    STAGING = "staging"
    ACTIVE = "active"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedFixture:
    """A fixture with what footyd notes of it.

    `read_at` is when a live or id reply showed it last, `final_since` when it was first seen finished,
    `lost_at` when the feed last answered for its id without it.
    """

    fixture: Fixture
    state: FixtureState
    read_at: datetime | None = None
    final_since: datetime | None = None
    lost_at: datetime | None = None


# ---------------------------------------------------------------- goals


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
    """How a goal's searching ended: with keepers, with nothing (a person must look), or taken back."""

    STORED = "stored"
    NEEDS_REVIEW = "needs_review"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPlan:
    """Where a goal stands in its passes.

    `pass_index` is the pass that is due or running, `searched` whether that pass has already spent its query,
    `next_at` when there is work (None: no more), `window_from` the oldest post wanted, `rounds` how often
    one more search was asked for (a scorer corrected, a person's wish).
    """

    pass_index: int
    searched: bool
    next_at: datetime | None
    window_from: datetime
    rounds: int = 0


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
    """A confirmed goal with what the pipeline made of it so far."""

    goal: Goal
    plan: SearchPlan
    status: ProcessingStatus
    outcome: GoalOutcome | None = None
    error: str = ""


# ---------------------------------------------------------------- the search


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """One video of a post; `url` is None when no direct file is known (yt-dlp then opens the post)."""

    url: str | None
    content_type: str | None = None
    duration_seconds: float | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post as a source shows it; `media` is empty without video, `posted_at` may be minute-exact."""

    id: PostId
    url: str
    author: str
    text: str
    posted_at: datetime
    media: tuple[Media, ...]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One search: X's query language in `text`; posts older than `since` are not wanted."""

    text: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    posts: tuple[Post, ...]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoResults:
    """Well-formed and empty: the pass is used and the chain stops."""

    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimited:
    source: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthExpired:
    source: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    source: str
    reason: str


SourceReply = Found | NoResults | RateLimited | AuthExpired | Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRest:
    """A source that rests: until when (None = until a person acts), how far up the ladder, and why."""

    source: str
    until: datetime | None
    step: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """Why a candidate or clip is not wanted: `reason` is a fixed word, `detail` the finding."""

    reason: str
    temporary: bool = False
    detail: str = ""


class CandidateState(StrEnum):
    REJECTED = "rejected"
    ACCEPTED = "accepted"
    FAILED = "failed"
    DOWNLOADED = "downloaded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A post judged for a goal; `attempts` counts downloads tried; `clip_id` names what came of it."""

    goal_id: GoalId
    post: Post
    score: float
    state: CandidateState
    rejection: Rejection | None = None
    attempts: int = 0
    clip_id: ClipId | None = None

    @property
    def id(self) -> str:
        return f"{self.goal_id}:{self.post.id}"


# ---------------------------------------------------------------- clips


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFacts:
    """What decoding a file showed; `frames` are those that could be read, not those the container claims.

    The content is the picture inside its bars, in pixels of the full frame; None: no bars, or unknown.
    """

    width: int
    height: int
    duration_seconds: float
    fps: float
    frames: int
    size_bytes: int
    sha256: str
    container: str = "mp4"
    content_width: int | None = None
    content_height: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """Opaque bytes of one algorithm version; versions are never compared with each other."""

    version: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """How well two fingerprints agree.

    `score` is 0–1, `overlap_seconds` the common stretch, `offset_seconds` where b starts on a's clock, and
    the coverages say which part of each clip the stretch is.
    """

    score: float
    overlap_seconds: float
    offset_seconds: float
    coverage_a: float
    coverage_b: float
    mirrored: bool = False


class ClipState(StrEnum):
    """What has become of a clip.

    held: on disk, undecided · publishing: its `object_key` is promised · keeper: in the library · duplicate:
    another one is kept instead.
    """

    HELD = "held"
    PUBLISHING = "publishing"
    KEEPER = "keeper"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A file we hold or held; `object_key` is set while an object may exist under it."""

    id: ClipId
    goal_id: GoalId
    post_id: PostId
    facts: VideoFacts
    fingerprint: Fingerprint
    state: ClipState
    path: Path | None = None
    group: int | None = None
    rank: int | None = None
    object_key: ObjectKey | None = None
    keeper_id: ClipId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Clips showing the same footage: every member has a direct match with the keeper (or is the keeper)."""

    keeper: ClipId
    members: tuple[ClipId, ...]
