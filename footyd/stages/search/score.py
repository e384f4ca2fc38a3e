"""Judging a post for a goal: a score of named parts, and one typed reason against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from footyd.config import ClipsConfig, SearchConfig
from footyd.model import Candidate, CandidateState, Media, Post, Rejection
from footyd.stages.search import reading
from footyd.stages.search.context import GoalContext
from footyd.stages.search.naming import Named, read_names
from footyd.stages.search.people import surname

WEIGHTS = {
    "scorer": 0.30,
    "home team": 0.12,
    "away team": 0.12,
    "score": 0.20,
    "score reversed": 0.15,
    "minute": 0.12,
    "goal word": 0.10,
    "fresh": 0.04,
    "another score": -0.20,
    "another minute": -0.15,
    "another moment": -0.20,
}
FRESH = timedelta(minutes=20)
MINUTE_EXACT = timedelta(minutes=1)
"""Nitter cuts the seconds off: a post of 11:24:59 is dated 11:24."""


def score_candidate(context: GoalContext, post: Post, config: SearchConfig, clips: ClipsConfig) -> Candidate:
    """The post as a candidate of the goal, accepted or with the one reason that decided against it."""
    named = read_names(context, post.text)
    parts = score_parts(context, post, named)
    score = min(1.0, max(0.0, round(sum(parts.values()), 4)))
    rejection = _rejection(context, post, named, clips)
    if rejection is None and score < config.minimum_score:
        rejection = _low_score(context, parts)
    return Candidate(
        goal_id=context.goal.id,
        post=replace(post, media=_usable_first(post.media, clips)),
        score=score,
        state=CandidateState.REJECTED if rejection else CandidateState.ACCEPTED,
        rejection=rejection,
    )


def score_parts(context: GoalContext, post: Post, named: Named) -> dict[str, float]:
    """What speaks for and against the post, by name, with its weight."""
    found = {
        "scorer": named.scorer,
        "home team": named.home,
        "away team": named.away,
        _score_part(context, post.text): True,
        _minute_part(context, post.text): True,
        "goal word": reading.tells_goal(post.text),
        "another moment": reading.tells_other_moment(post.text),
        "fresh": abs(post.posted_at - context.goal.first_seen) <= FRESH,
    }
    return {part: WEIGHTS[part] for part, there in found.items() if part and there}


def _score_part(context: GoalContext, text: str) -> str:
    """Some write the away side first; a score that is neither order belongs to another goal."""
    ours, written = context.goal.score_after, reading.scores(text)
    if (ours.home, ours.away) in written:
        return "score"
    if (ours.away, ours.home) in written:
        return "score reversed"
    return "another score" if written else ""


def _minute_part(context: GoalContext, text: str) -> str:
    written = reading.minutes(text)
    if any(reading.is_minute_of(context.goal, *minute) for minute in written):
        return "minute"
    return "another minute" if written else ""


def _rejection(context: GoalContext, post: Post, named: Named, clips: ClipsConfig) -> Rejection | None:
    """All permanent: neither a post's text, its video, nor the window changes."""
    if not post.media:
        return Rejection(reason="no_video")
    if post.posted_at + MINUTE_EXACT <= context.window_from:
        return Rejection(reason="too_old", detail=f"{post.posted_at:%Y-%m-%d %H:%M} UTC")
    faults = [_media_fault(media, clips) for media in post.media]
    if all(faults):
        return faults[0]
    if other := named.other:
        return Rejection(reason="wrong_match", detail=f"{other.home.name} v {other.away.name}")
    if word := reading.betting_word(post.text, post.author):
        return Rejection(reason="betting", detail=word)
    return None


def _media_fault(media: Media, clips: ClipsConfig) -> Rejection | None:
    """What the source tells of length and shape; what it does not tell is seen after the download."""
    length = media.duration_seconds
    if length is not None and length > clips.max_seconds:
        return Rejection(reason="too_long", detail=f"{length:g} s")
    if length is not None and length < clips.min_seconds:
        return Rejection(reason="too_short", detail=f"{length:g} s")
    if media.width and media.height and media.width / media.height < clips.min_aspect:
        return Rejection(reason="portrait", detail=f"{media.width}x{media.height}")
    return None


def _usable_first(media: tuple[Media, ...], clips: ClipsConfig) -> tuple[Media, ...]:
    return tuple(sorted(media, key=lambda one: _media_fault(one, clips) is not None))


def _low_score(context: GoalContext, parts: Mapping[str, float]) -> Rejection:
    """Temporary while the scorer is unknown: his name may yet lift the post."""
    detail = ", ".join(f"{part} {weight:+.2f}" for part, weight in parts.items())
    return Rejection(
        reason="low_score",
        temporary=not surname(context.goal.player),
        detail=detail or "nothing speaks for it",
    )
