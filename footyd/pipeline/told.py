"""What the pipeline tells of a goal in its timeline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from footyd.model import (
    Candidate,
    CandidateState,
    Clip,
    ClipState,
    Fact,
    GoalRecord,
    Happening,
    HappeningKind,
    Rejection,
)
from footyd.pipeline.tools import GoalReport


def search_told(record: GoalRecord, report: GoalReport, now: datetime) -> Happening | None:
    """A search that was made, or was put off for a reason that the goal as it was before did not have."""
    number: dict[str, Fact] = {"pass": report.pass_index + 1}
    if not report.postponed:
        facts: dict[str, Fact] = {
            "source": report.source or "",
            "posts": report.new_posts,
            "accepted": report.accepted,
        }
        return _of(record, now, HappeningKind.SEARCHED, {**number, **facts})
    if report.postponed == record.error:
        return None
    return _of(record, now, HappeningKind.POSTPONED, {**number, "reason": report.postponed})


def download_told(candidate: Candidate, result: Clip | Rejection, now: datetime) -> Happening:
    """What came of one post."""
    facts: dict[str, Fact] = {"author": candidate.post.author, "url": candidate.post.url}
    if isinstance(result, Rejection):
        kind, facts = HappeningKind.FAILED, {**facts, "reason": result.reason, "detail": result.detail}
    else:
        kind, facts = HappeningKind.DOWNLOADED, {**facts, **clip_facts(result)}
    return Happening(goal_id=candidate.goal_id, at=now, kind=kind, subject=candidate.post.id, facts=facts)


def clip_facts(clip: Clip) -> dict[str, Fact]:
    facts = clip.facts
    return {
        "clip": facts.sha256[:8],
        "width": facts.width,
        "height": facts.height,
        "size_bytes": facts.size_bytes,
        "duration_seconds": facts.duration_seconds,
    }


def hidings(others: Sequence[Clip], keeper: Clip, record: GoalRecord, now: datetime) -> list[Happening]:
    """Clips that another one is kept instead of from now on."""
    return [_hiding(clip, keeper, record, now) for clip in others if _is_news(clip, keeper)]


def _is_news(clip: Clip, keeper: Clip) -> bool:
    return clip.state is not ClipState.DUPLICATE or clip.keeper_id != keeper.id


def _hiding(clip: Clip, keeper: Clip, record: GoalRecord, now: datetime) -> Happening:
    kind = HappeningKind.REPLACED if clip.state is ClipState.KEEPER else HappeningKind.DUPLICATE
    facts: dict[str, Fact] = {
        **clip_facts(clip),
        "keeper": keeper.facts.sha256[:8],
        "reason": clip.evidence,
    }
    if clip.match:
        facts["match"] = round(clip.match.score, 3)
    plan = record.plan
    step = f"{plan.rounds}.{plan.pass_index}.{keeper.facts.sha256[:8]}"
    return Happening(
        goal_id=clip.goal_id, at=now, kind=kind, subject=clip.facts.sha256, step=step, facts=facts
    )


def _of(record: GoalRecord, now: datetime, kind: HappeningKind, facts: dict[str, Fact]) -> Happening:
    return Happening(goal_id=record.goal.id, at=now, kind=kind, facts=facts)


def is_worth_telling(candidate: Candidate, outcome: Candidate) -> bool:
    """A post that waits for room on the disk is told when it got it."""
    return outcome.state is not CandidateState.ACCEPTED or outcome.attempts != candidate.attempts
