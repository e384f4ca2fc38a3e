"""A goal's timeline: the dates that its records hold, and what was noted besides, in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from footyd.adapters.mongo.goal_pages import Ends
from footyd.model import Clip, Fact, Goal, Happening, HappeningKind
from footyd.pipeline.told import clip_facts

WAY = (
    HappeningKind.SIGHTED,
    HappeningKind.CONFIRMED,
    HappeningKind.SEARCHED,
    HappeningKind.DOWNLOADED,
    HappeningKind.FAILED,
    HappeningKind.STORED,
    HappeningKind.REPLACED,
    HappeningKind.DUPLICATE,
)
ORDER = {kind: number for number, kind in enumerate(WAY)}
"""Of one moment: as they follow one another in the way of a goal, then all others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HappeningLook:
    """One line; `subject` is the post or clip that it is about, `facts` differ with the kind."""

    at: datetime
    kind: HappeningKind
    subject: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)


def timeline_of(
    goal: Goal, clips: Sequence[Clip], noted: Sequence[Happening], ends: Ends
) -> tuple[HappeningLook, ...]:
    """The oldest first."""
    found = [HappeningLook(at=one.at, kind=one.kind, subject=one.subject, facts=one.facts) for one in noted]
    found += _dated(goal, ends)
    for clip in clips:
        found += _of_clip(clip)
    return tuple(sorted(found, key=lambda one: (one.at, ORDER.get(one.kind, len(WAY)))))


def _dated(goal: Goal, ends: Ends) -> Iterator[HappeningLook]:
    yield HappeningLook(at=goal.first_seen, kind=HappeningKind.SIGHTED)
    if goal.confirmed_at:
        yield HappeningLook(at=goal.confirmed_at, kind=HappeningKind.CONFIRMED)
    if ends.review_told_at:
        yield HappeningLook(at=ends.review_told_at, kind=HappeningKind.NEEDS_REVIEW)
    if ends.cancelled_at:
        yield HappeningLook(
            at=ends.cancelled_at, kind=HappeningKind.CANCELLED, facts={"by": ends.cancelled_by or "feed"}
        )


def _of_clip(clip: Clip) -> Iterator[HappeningLook]:
    subject, facts = clip.facts.sha256, clip_facts(clip)
    if clip.kept_at:
        yield HappeningLook(at=clip.kept_at, kind=HappeningKind.STORED, subject=subject, facts=facts)
    if clip.expired_at:
        told = {**facts, "reason": clip.expired_for}
        yield HappeningLook(at=clip.expired_at, kind=HappeningKind.EXPIRED, subject=subject, facts=told)
