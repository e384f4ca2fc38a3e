"""A post as pages show it: what was judged of it, and by whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from footyd.model import Candidate, Goal
from footyd.pipeline.verdicts import is_chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class PostLook:
    """A post judged for a goal, posted `posted_seconds` after that was sighted.

    `reason` is a fixed word, `is_temporary` whether it may pass; `parts` are what made the score; a person's
    `verdict` is accepted or rejected.
    """

    id: str
    url: str
    author: str
    text: str
    source: str
    posted_at: datetime
    posted_seconds: float
    score: float
    parts: Mapping[str, float]
    state: str
    reason: str
    detail: str
    is_temporary: bool
    attempts: int
    verdict: str | None
    verdict_at: datetime | None
    blocks_author: bool
    is_chosen: bool
    clip_sha256: str | None


def look_post(candidate: Candidate, goal: Goal) -> PostLook:
    post, rejection, verdict = candidate.post, candidate.rejection, candidate.verdict
    return PostLook(
        id=post.id,
        url=post.url,
        author=post.author,
        text=post.text,
        source=post.source,
        posted_at=post.posted_at,
        posted_seconds=(post.posted_at - goal.first_seen).total_seconds(),
        score=candidate.score,
        parts=dict(candidate.parts),
        state=candidate.state.value,
        reason=rejection.reason if rejection else "",
        detail=rejection.detail if rejection else "",
        is_temporary=rejection.temporary if rejection else False,
        attempts=candidate.attempts,
        verdict=None if verdict is None else "accepted" if verdict.accepted else "rejected",
        verdict_at=verdict.at if verdict else None,
        blocks_author=verdict.blocks_author if verdict else False,
        is_chosen=is_chosen(candidate),
        clip_sha256=candidate.clip_id.rpartition(":")[2] if candidate.clip_id else None,
    )
