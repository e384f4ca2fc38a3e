"""Judging a post for a goal: a score of named parts, and one typed reason against it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from footyd.config import ClipsConfig, SearchConfig
from footyd.model import Candidate, CandidateState, Fixture, Media, Post, Rejection
from footyd.stages.search import reading, teams
from footyd.stages.search.context import GoalContext
from footyd.stages.search.people import names_scorer
from footyd.stages.search.words import padded_phrase

WEIGHTS = {
    "scorer": 0.30,
    "home team": 0.12,
    "away team": 0.12,
    "score": 0.22,
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
    parts = score_parts(context, post)
    score = min(1.0, max(0.0, round(sum(parts.values()), 4)))
    rejection = _rejection(context, post, clips) or _low_score(context, parts, score, config.minimum_score)
    return Candidate(
        goal_id=context.goal.id,
        post=replace(post, media=_usable_first(post.media, clips)),
        score=score,
        state=CandidateState.REJECTED if rejection else CandidateState.ACCEPTED,
        rejection=rejection,
    )


def score_parts(context: GoalContext, post: Post) -> dict[str, float]:
    """What speaks for and against the post, by name, with its weight."""
    names = [
        *_named_parts(context, post.text),
        *_score_parts(context, post.text),
        *_minute_parts(context, post.text),
    ]
    if reading.tells_goal(post.text):
        names.append("goal word")
    if reading.tells_other_moment(post.text):
        names.append("another moment")
    if abs(post.posted_at - context.goal.first_seen) <= FRESH:
        names.append("fresh")
    return {name: WEIGHTS[name] for name in names}


def _named_parts(context: GoalContext, text: str) -> Iterator[str]:
    words = padded_phrase(text)
    home, away = context.fixture.home, context.fixture.away
    found = teams.teams_named(words, (home, away))
    both = teams.codes_named(words, home, away)
    if names_scorer(words, context.goal.player):
        yield "scorer"
    if both or home.id in found:
        yield "home team"
    if both or away.id in found:
        yield "away team"


def _score_parts(context: GoalContext, text: str) -> Iterator[str]:
    """Some write the away side first; a score that is neither order belongs to another goal."""
    ours, written = context.goal.score_after, reading.scores(text)
    if (ours.home, ours.away) in written:
        yield "score"
    elif (ours.away, ours.home) in written:
        yield "score reversed"
    elif written:
        yield "another score"


def _minute_parts(context: GoalContext, text: str) -> Iterator[str]:
    written = reading.minutes(text)
    if any(reading.is_minute_of(context.goal, *minute) for minute in written):
        yield "minute"
    elif written:
        yield "another minute"


def _rejection(context: GoalContext, post: Post, clips: ClipsConfig) -> Rejection | None:
    """All permanent: neither a post's text, its video, nor the window changes."""
    if not post.media:
        return Rejection(reason="no_video")
    if post.posted_at + MINUTE_EXACT <= context.window_from:
        return Rejection(reason="too_old", detail=f"{post.posted_at:%Y-%m-%d %H:%M} UTC")
    faults = [_media_fault(media, clips) for media in post.media]
    if all(faults):
        return faults[0]
    if other := _other_match(context, post.text):
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


def _other_match(context: GoalContext, text: str) -> Fixture | None:
    """The other fixture this text is about: more of its teams are named than of ours."""
    words = padded_phrase(text)
    own = (context.fixture.home, context.fixture.away)
    ours = 2 if teams.codes_named(words, *own) else len(teams.teams_named(words, own))
    scorer = names_scorer(words, context.goal.player)
    if ours == 2 or (ours == 1 and scorer):
        return None
    counts = [(_times_named(words, other, context.fixture), other) for other in context.others]
    most, fixture = max(counts, key=lambda pair: pair[0], default=(0, context.fixture))
    return fixture if most > ours else None


def _times_named(words: str, other: Fixture, ours: Fixture) -> int:
    if other.id == ours.id:
        return 0
    if teams.codes_named(words, other.home, other.away):
        return 2
    found = teams.teams_named(words, (other.home, other.away), own=(ours.home, ours.away))
    is_ordinary_word = len(found) == 1 and teams.COMMON_WORDS.issuperset(found.values())
    return 0 if is_ordinary_word else len(found)


def _low_score(
    context: GoalContext, parts: dict[str, float], score: float, minimum: float
) -> Rejection | None:
    """Temporary while the scorer is unknown: his name may yet lift the post."""
    if score >= minimum:
        return None
    detail = ", ".join(f"{name} {weight:+.2f}" for name, weight in parts.items()) or "nothing speaks for it"
    return Rejection(reason="low_score", temporary=context.goal.player is None, detail=detail)
