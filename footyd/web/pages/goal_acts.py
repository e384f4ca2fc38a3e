"""What a person can ask of a goal: by the buttons of its page and of the review, or over the API."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

from aiohttp import web
from pydantic import Field

from footyd import goal_acts, review
from footyd.config import Config
from footyd.model import ClipId, GoalId
from footyd.review import Ruled
from footyd.web.context import Answers, address, answers
from footyd.web.endpoint import Endpoint, Param, Text, body_of
from footyd.web.form import form_of
from footyd.web.pages import Page
from footyd.web.pages.login import own_target
from footyd.web.problems import bad_request, not_found

Said = Annotated[str, Field(min_length=1, max_length=2000)]

NOTHING_RULED = Ruled(candidates=(), due=())


@dataclass(frozen=True, slots=True, kw_only=True)
class PostWish:
    """A post of the goal, by its id or its address."""

    post: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectWish:
    """A post that is not to be taken; with `blocks_author` nothing else of its author either."""

    post: Said
    blocks_author: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkWish:
    """The address of a post, or of any page with the video."""

    url: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipWish:
    """The clip to keep, by its id."""

    clip: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class NoWish:
    """Nothing needs to be said besides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActAnswer:
    """What was ruled on; the goals that are `due` are worked on at once."""

    goal_id: str
    posts: tuple[str, ...]
    due: tuple[str, ...]


# ---------------------------------------------------------------- the acts


async def _accept(known: Answers, goal: GoalId, wish: PostWish) -> Ruled:
    return await review.accept(
        known.store, wish.post, known.clock(), goal=goal, mirrors=mirrors(known.config())
    )


async def _reject(known: Answers, goal: GoalId, wish: RejectWish) -> Ruled:
    return await review.reject(
        known.store,
        wish.post,
        known.clock(),
        goal=goal,
        author=wish.blocks_author,
        mirrors=mirrors(known.config()),
    )


async def _link(known: Answers, goal: GoalId, wish: LinkWish) -> Ruled:
    return await review.link(known.store, goal, wish.url, known.clock(), mirrors=mirrors(known.config()))


async def _choose(known: Answers, goal: GoalId, wish: ClipWish) -> Ruled:
    return await goal_acts.choose(known.store, goal, ClipId(wish.clip), known.clock())


async def _search_again(known: Answers, goal: GoalId, _wish: NoWish) -> Ruled:
    await review.search_again(known.store, goal, known.clock())
    return Ruled(candidates=(), due=(goal,))


async def _cancel(known: Answers, goal: GoalId, _wish: NoWish) -> Ruled:
    await goal_acts.cancel(known.store, goal, known.clock())
    return NOTHING_RULED


async def _close(known: Answers, goal: GoalId, _wish: NoWish) -> Ruled:
    await goal_acts.close(known.store, goal, known.clock())
    return NOTHING_RULED


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing to ask for; `wish` is the type of what has to be said, by a form or as JSON."""

    do: Callable[[Answers, GoalId, Any], Awaitable[Ruled]]
    wish: Any
    told: str


ACTS: Mapping[str, Act] = {
    "accept": Act(do=_accept, wish=PostWish, told="Take a post, whatever was judged of it."),
    "reject": Act(do=_reject, wish=RejectWish, told="Never take a post; the clip that it became goes."),
    "link": Act(do=_link, wish=LinkWish, told="Take the video behind an address."),
    "choose": Act(do=_choose, wish=ClipWish, told="Keep this clip instead of any other of its footage."),
    "search-again": Act(do=_search_again, wish=NoWish, told="Search the goal once more, now."),
    "cancel": Act(do=_cancel, wish=NoWish, told="Take the goal back; its clips go after seven days."),
    "close": Act(do=_close, wish=NoWish, told="There is no clip: the goal waits for nobody any more."),
}


def mirrors(config: Config) -> frozenset[str]:
    """The hosts of the Nitter instances in the config: their addresses are of posts of X."""
    return frozenset(urlsplit(str(url)).hostname or "" for url in config.search.nitter.base_urls)


async def _done(request: web.Request, act: Act, wish: object) -> ActAnswer:
    """Recorded; the running daemon takes it from there."""
    known, goal = answers(request), GoalId(request.match_info["goal_id"])
    if await known.store.goals.record(goal) is None:
        raise not_found(f"goal {goal}")
    ruled = await act.do(known, goal, wish)
    known.changed()
    return ActAnswer(goal_id=goal, posts=tuple(c.post.id for c in ruled.candidates), due=ruled.due)


# ---------------------------------------------------------------- by a form


async def by_form(request: web.Request) -> web.StreamResponse:
    """Back to where the button was."""
    act = ACTS.get(request.match_info["act"])
    if act is None:
        raise not_found("such thing to ask for")
    form = await form_of(request)
    await _done(request, act, _wish(act, {**request.query, **form}))
    default = f"/goals/{request.match_info['goal_id']}"
    raise web.HTTPSeeOther(address(request, own_target(str(form.get("next", default)))))


def _wish(act: Act, fields: Mapping[str, object]) -> object:
    if act.wish is NoWish:
        return NoWish()
    if act.wish is RejectWish:
        return RejectWish(post=_field(fields, "post"), blocks_author=bool(fields.get("author")))
    [only] = dataclasses.fields(act.wish)
    wish: object = act.wish(**{only.name: _field(fields, only.name)})
    return wish


def _field(fields: Mapping[str, object], name: str) -> str:
    text = str(fields.get(name, "")).strip()
    if not text:
        raise bad_request(f"no {name} is given")
    return text


# ---------------------------------------------------------------- over the API


def _endpoint(name: str, act: Act) -> Endpoint:
    async def answer(request: web.Request) -> ActAnswer:
        wish = NoWish() if act.wish is NoWish else await body_of(request, act.wish)
        return await _done(request, act, wish)

    return Endpoint(
        method="POST",
        path=f"/goals/{{goal_id}}/{name}",
        told=act.told,
        answer=answer,
        returns=ActAnswer,
        params=(Param(name="goal_id", told="The id of the goal.", kind=Text, in_path=True),),
        body=None if act.wish is NoWish else act.wish,
        fails=(404, 409, 503) if act.wish is NoWish else (400, 404, 409, 415, 503),
    )


ENDPOINTS = tuple(_endpoint(name, act) for name, act in ACTS.items())

PAGE = Page(routes=(web.post("/goals/{goal_id}/{act}", by_form),))
