"""Files, their fingerprints, and how they agree."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from footyd.model.ids import ClipId, GoalId, ObjectKey, PostId
from footyd.model.quality import Quality
from footyd.model.search import Variant


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
    quality: Quality | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """Opaque bytes of one algorithm version; versions are never compared with each other."""

    version: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where b's picture lies in a's, both without their bars, in shares of a's width and height.

    Below 0 or beyond 1: b shows more than a on that side, so a is a crop of it. A tilt: a filmed screen.
    """

    left: float
    top: float
    width: float
    height: float
    tilt_degrees: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """How well two fingerprints agree.

    `score` is 0–1, `overlap_seconds` the common stretch on a's clock, `offset_seconds` where b starts on it,
    and the coverages say which part of each clip the stretch is. b plays `speed` times as fast as a. The
    rests are the seconds outside of the stretch in which something moves; None: not known, so all of them.
    """

    score: float
    overlap_seconds: float
    offset_seconds: float
    coverage_a: float
    coverage_b: float
    mirrored: bool = False
    speed: float = 1.0
    placement: Placement | None = None
    rest_a_seconds: float | None = None
    rest_b_seconds: float | None = None


class ClipState(StrEnum):
    """What has become of a clip.

    held: on disk, undecided · publishing: its `object_key` is promised · keeper: in the library · duplicate:
    another one is kept instead · refused: a person rejected its post · expired: was kept long enough; its
    bytes are not taken again.
    """

    HELD = "held"
    PUBLISHING = "publishing"
    KEEPER = "keeper"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A file we hold or held; `object_key` is set while an object may exist under it.

    `better` is a larger file of the same video that was not fetched so far; `moved_from` is set while the
    object may still exist under the key of before its goal was renamed. `evidence` tells what it was kept or
    hidden for, `match` how it agrees with the one that hides it (a is the clip of the smaller id), `kept_at`
    when the library had it first, `expired_for` why it left the library.
    """

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
    moved_from: ObjectKey | None = None
    better: Variant | None = None
    evidence: str = ""
    match: Match | None = None
    kept_at: datetime | None = None
    expired_at: datetime | None = None
    expired_for: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """In the library, of a write that was cut off; with a `key` it may be anybody's who writes there."""

    name: str
    key: ObjectKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose a library is: the id of a database, and in words where its footyd was when it took it."""

    id: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """A clip as the library has to have it: its key, size and content."""

    clip_id: ClipId
    goal_id: GoalId
    key: ObjectKey
    state: ClipState
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedKeeper:
    """A keeper as retention sees it: `since` its goal was confirmed; `in_work` while that is searched."""

    clip_id: ClipId
    goal_id: GoalId
    size_bytes: int
    since: datetime
    in_work: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Clips showing the same footage: every member has a direct match with the keeper (or is the keeper).

    `reasons` tells of each member, in order, what decided about it.
    """

    keeper: ClipId
    members: tuple[ClipId, ...]
    reasons: tuple[str, ...] = field(default=(), compare=False)
