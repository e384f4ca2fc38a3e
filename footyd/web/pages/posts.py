"""Verdicts on posts whose goal need not be named: what the command line asks of a footyd elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from footyd import review
from footyd.model import GoalId
from footyd.review import Ruled
from footyd.web.context import answers
from footyd.web.endpoint import Endpoint, body_of
from footyd.web.pages.goal_acts import Said, mirrors


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptPost:
    """A post by id or address, or the last digits of one that waits; `goal` if it was found for several."""

    post: Said
    goal: Said | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectPost:
    """With `blocks_author` nothing else of its author is taken either; without `goal` it is for all goals."""

    post: Said
    goal: Said | None = None
    blocks_author: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BringPost:
    """The address of a post, or of any page with the video, for a goal."""

    goal: Said
    url: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class RuledPost:
    """A post that was ruled on, for one goal."""

    goal_id: str
    post_id: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """The goals that are `due` are worked on at once."""

    posts: tuple[RuledPost, ...]
    due: tuple[str, ...]


async def accept(request: web.Request) -> Ruling:
    known, wish = answers(request), await body_of(request, AcceptPost)
    ruled = await review.accept(
        known.store, wish.post, known.clock(), goal=_goal(wish.goal), mirrors=mirrors(known.config())
    )
    return _done(request, ruled)


async def reject(request: web.Request) -> Ruling:
    known, wish = answers(request), await body_of(request, RejectPost)
    ruled = await review.reject(
        known.store,
        wish.post,
        known.clock(),
        goal=_goal(wish.goal),
        author=wish.blocks_author,
        mirrors=mirrors(known.config()),
    )
    return _done(request, ruled)


async def link(request: web.Request) -> Ruling:
    known, wish = answers(request), await body_of(request, BringPost)
    ruled = await review.link(
        known.store, GoalId(wish.goal), wish.url, known.clock(), mirrors=mirrors(known.config())
    )
    return _done(request, ruled)


def _goal(text: str | None) -> GoalId | None:
    return GoalId(text) if text else None


def _done(request: web.Request, ruled: Ruled) -> Ruling:
    """Recorded; the running daemon takes it from there."""
    answers(request).changed()
    posts = [RuledPost(goal_id=c.goal_id, post_id=c.post.id, url=c.post.url) for c in ruled.candidates]
    return Ruling(posts=tuple(posts), due=ruled.due)


ENDPOINTS = (
    Endpoint(
        method="POST",
        path="/posts/accept",
        told="Take a post, whatever was judged of it.",
        answer=accept,
        returns=Ruling,
        body=AcceptPost,
    ),
    Endpoint(
        method="POST",
        path="/posts/reject",
        told="Never take a post; the clip that it became goes.",
        answer=reject,
        returns=Ruling,
        body=RejectPost,
    ),
    Endpoint(
        method="POST",
        path="/posts/link",
        told="Take the video behind an address, as one of a goal.",
        answer=link,
        returns=Ruling,
        body=BringPost,
    ),
)
