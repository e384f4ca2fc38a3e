"""The typed reasons against a post, in the order in which they decide."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from footyd.config import ClipsConfig, SearchConfig
from footyd.model import Candidate, CandidateState, Media, Post, Rejection
from footyd.stages.search import reading
from footyd.stages.search.context import GoalContext
from footyd.stages.search.naming import Named
from footyd.stages.search.words import fold

TOO_EARLY = "too_early"
MINUTE_EXACT = timedelta(minutes=1)
"""Nitter cuts the seconds off: a post of 11:24:59 is dated 11:24."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a post is judged by: `blocked` are authors a person does not want, `seen` videos judged before."""

    search: SearchConfig
    clips: ClipsConfig
    blocked: frozenset[str] = frozenset()
    seen: frozenset[str] = frozenset()

    def blocks(self, author: str) -> bool:
        return _handle(author) in {_handle(one) for one in (*self.search.blocked_authors, *self.blocked)}


def rejected(context: GoalContext, post: Post, named: Named, rules: Rules) -> Rejection | None:
    """All permanent: a post's author, text and video stay, and so does the window till the clock is set."""
    return _by_origin(context, post, rules) or _by_video(post, rules) or _by_text(post, named)


def is_too_early(post: Post, window_from: datetime) -> bool:
    return post.posted_at + MINUTE_EXACT <= window_from


def _by_origin(context: GoalContext, post: Post, rules: Rules) -> Rejection | None:
    if not post.media:
        return Rejection(reason="no_video")
    if rules.blocks(post.author):
        return Rejection(reason="blocked_author", detail=post.author)
    if post.repost or post.text.startswith("RT @"):
        return Rejection(reason="repost")
    if is_too_early(post, context.window_from):
        return Rejection(reason=TOO_EARLY, detail=f"{post.posted_at:%Y-%m-%d %H:%M} UTC")
    return None


def _by_video(post: Post, rules: Rules) -> Rejection | None:
    faults = [_fault(media, rules) for media in post.media]
    return faults[0] if all(faults) else None


def _by_text(post: Post, named: Named) -> Rejection | None:
    if other := named.other:
        return Rejection(reason="wrong_match", detail=f"{other.home.name} v {other.away.name}")
    if named.squad:
        return Rejection(reason="wrong_match", detail=named.squad)
    if word := reading.betting_word(post.text, post.author):
        return Rejection(reason="betting", detail=word)
    return None


def _fault(media: Media, rules: Rules) -> Rejection | None:
    """What the source tells of a video; what it does not tell is seen after the download."""
    length, clips = media.duration_seconds, rules.clips
    if not media.available:
        return Rejection(reason="unavailable", detail=media.unavailable)
    if video_key(media) in rules.seen:
        return Rejection(reason="already_seen", detail=video_key(media))
    if length is not None and length > clips.max_seconds:
        return Rejection(reason="too_long", detail=f"{length:g} s")
    if length is not None and length < clips.min_seconds:
        return Rejection(reason="too_short", detail=f"{length:g} s")
    if media.width and media.height and media.width / media.height < clips.min_aspect:
        return Rejection(reason="portrait", detail=f"{media.width}x{media.height}")
    return None


def usable_first(media: tuple[Media, ...], rules: Rules) -> tuple[Media, ...]:
    return tuple(sorted(media, key=lambda one: _fault(one, rules) is not None))


def video_key(media: Media) -> str:
    """The address of the file without its query, the same in every post that shows it; empty when unknown."""
    return (media.url or "").partition("?")[0]


def seen_videos(candidates: Iterable[Candidate]) -> frozenset[str]:
    """The videos of candidates that were taken: of such a post the first video is the one downloaded."""
    taken = (one.post.media[0] for one in candidates if one.state in _TAKEN and one.post.media)
    return frozenset(filter(None, map(video_key, taken)))


_TAKEN = frozenset({CandidateState.ACCEPTED, CandidateState.DOWNLOADED})


def _handle(author: str) -> str:
    return fold(author).removeprefix("@").casefold()
