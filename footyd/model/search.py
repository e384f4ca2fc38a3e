"""Posts, the replies of sources, and candidates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from footyd.model.ids import ClipId, GoalId, PostId


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One file of a video: `bit_rate` in bits per second, the size in pixels; None where not told."""

    url: str
    content_type: str
    bit_rate: int | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """One video of a post; `url` is None when no direct file is known (yt-dlp then opens the post).

    `variants` are its files, the best first, `url` being the best whole one; `available` is False where the
    source says that it cannot be played (taken down, geo-blocked), with `unavailable` telling why.
    """

    url: str | None
    content_type: str | None = None
    duration_seconds: float | None = None
    width: int | None = None
    height: int | None = None
    variants: tuple[Variant, ...] = ()
    available: bool = True
    unavailable: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post as a source shows it; `media` is empty without video, `posted_at` may be minute-exact.

    `repost` tells that another author's post is only passed on; `item` is which of its videos
    is meant, from 1.
    """

    id: PostId
    url: str
    author: str
    text: str
    posted_at: datetime
    media: tuple[Media, ...]
    source: str
    repost: bool = False
    item: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One search: X's query language in `text`; posts older than `since` are not wanted.

    The text leaves room for ` since_time:…` within every source's limit; each source says `since` in its way.
    """

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


RATE_LIMITED = "rate limited"
LONGEST_RATE_LIMIT = timedelta(days=1)
"""No limit is believed to last longer: a clock may be wrong, ours or theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimited:
    """No searches until then: the other side's limit, unless `reason` names one of ours."""

    source: str
    until: datetime
    reason: str = RATE_LIMITED


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthExpired:
    source: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    source: str
    reason: str


Failure = RateLimited | AuthExpired | Unavailable
SourceReply = Found | NoResults | Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRest:
    """A source that rests: until when (None = until a person acts), how far up the ladder, why, since when.

    A rest that is over is kept while its source is still up the ladder.
    """

    source: str
    until: datetime | None
    step: int
    reason: str
    since: datetime | None = None


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
class PersonVerdict:
    """What a person decided about a post; only a person overturns it.

    A rejected post is taken for no other goal either, and `blocks_author` says so of all its author's posts.
    The clip of a `chosen` one is kept instead of any other that shows the same footage.
    """

    accepted: bool
    at: datetime
    blocks_author: bool = False
    chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A post judged for a goal; `attempts` counts downloads tried; `clip_id` names what came of it.

    `parts` are what spoke for and against it, by name, with their weights; `score` is their sum, from 0 to 1.
    """

    goal_id: GoalId
    post: Post
    score: float
    state: CandidateState
    rejection: Rejection | None = None
    attempts: int = 0
    clip_id: ClipId | None = None
    parts: Mapping[str, float] = field(default_factory=dict, hash=False)
    verdict: PersonVerdict | None = None

    @property
    def id(self) -> str:
        return f"{self.goal_id}:{self.post.id}"
