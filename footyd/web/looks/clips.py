"""A goal's clips as pages show them: each keeper with the copies it won against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from footyd.model import Candidate, Clip, ClipState
from footyd.pipeline.verdicts import is_chosen
from footyd.web.looks.posts import PostLook


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyLook:
    """A clip that another one is kept instead of; null where it was not compared with that one."""

    id: str
    sha256: str
    width: int
    height: int
    duration_seconds: float
    fps: float
    size_bytes: int
    reason: str
    match_score: float | None
    overlap_seconds: float | None
    offset_seconds: float | None
    is_mirrored: bool
    may_be_chosen: bool
    post: PostLook | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeeperLook:
    """A clip in the library, and the copies it is kept instead of."""

    id: str
    sha256: str
    rank: int | None
    width: int
    height: int
    duration_seconds: float
    fps: float
    size_bytes: int
    evidence: str
    kept_at: datetime | None
    is_chosen: bool
    post: PostLook | None
    copies: tuple[CopyLook, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoneLook:
    """A clip that was refused, or that the library does not keep any more."""

    sha256: str
    state: str
    reason: str


def look_keepers(
    clips: Sequence[Clip], candidates: Sequence[Candidate], posts: Sequence[PostLook]
) -> tuple[KeeperLook, ...]:
    """In the order of their rank."""
    by_post = {post.id: post for post in posts}
    chosen = {c.clip_id for c in candidates if is_chosen(c)}
    kept = sorted((clip for clip in clips if _is_there(clip)), key=lambda clip: clip.rank or 99)
    return tuple(_keeper(clip, clips, by_post, is_chosen=clip.id in chosen) for clip in kept)


def _is_there(clip: Clip) -> bool:
    """In the library, if only under the key of before its goal was renamed; not what is promised alone."""
    moving = clip.state is ClipState.PUBLISHING and clip.moved_from is not None
    return clip.state is ClipState.KEEPER or moving


def _keeper(
    clip: Clip, clips: Sequence[Clip], posts: Mapping[str, PostLook], *, is_chosen: bool
) -> KeeperLook:
    facts = clip.facts
    copies = [one for one in clips if one.state is ClipState.DUPLICATE and one.keeper_id == clip.id]
    return KeeperLook(
        id=clip.id,
        sha256=facts.sha256,
        rank=clip.rank,
        width=facts.width,
        height=facts.height,
        duration_seconds=facts.duration_seconds,
        fps=facts.fps,
        size_bytes=facts.size_bytes,
        evidence=clip.evidence,
        kept_at=clip.kept_at,
        is_chosen=is_chosen,
        post=posts.get(clip.post_id),
        copies=tuple(_copy(one, clip, posts.get(one.post_id)) for one in copies),
    )


def _copy(clip: Clip, keeper: Clip, post: PostLook | None) -> CopyLook:
    """The small file of a keeper's own post is no other choice."""
    facts, match = clip.facts, clip.match
    return CopyLook(
        id=clip.id,
        sha256=facts.sha256,
        width=facts.width,
        height=facts.height,
        duration_seconds=facts.duration_seconds,
        fps=facts.fps,
        size_bytes=facts.size_bytes,
        reason=clip.evidence or _of_one_post(clip, keeper),
        match_score=match.score if match else None,
        overlap_seconds=match.overlap_seconds if match else None,
        offset_seconds=match.offset_seconds if match else None,
        is_mirrored=match.mirrored if match else False,
        may_be_chosen=post is not None and clip.post_id != keeper.post_id,
        post=post,
    )


def _of_one_post(clip: Clip, keeper: Clip) -> str:
    return "the smaller file of the same post" if clip.post_id == keeper.post_id else ""


def look_gone(clips: Sequence[Clip]) -> tuple[GoneLook, ...]:
    return tuple(_gone(clip) for clip in clips if clip.state in (ClipState.REFUSED, ClipState.EXPIRED))


def _gone(clip: Clip) -> GoneLook:
    reason = clip.expired_for or "a person rejected its post"
    return GoneLook(sha256=clip.facts.sha256, state=clip.state.value, reason=reason)
