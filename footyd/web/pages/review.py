"""The queue of goals that need a person: one tap for each decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from aiohttp import web
from pydantic import Field

from footyd.web.context import ANSWERS, answers
from footyd.web.endpoint import Endpoint, Limit, Param, limit_of, query_int
from footyd.web.live import Parts, PartsOf
from footyd.web.looks.review import ReviewLook, look_review
from footyd.web.pages import Page
from footyd.web.render import PAGES, NavEntry, Pages, hides_spoilers, page

BEST = 5
Best = Annotated[int, Field(ge=0, le=100)]


async def show(request: web.Request) -> web.Response:
    known = answers(request)
    hides = hides_spoilers(request)
    look = await look_review(known.store, known.config())
    parts = parts_of(look, request.app[PAGES], hides=hides)
    return await page(
        request,
        "review.html",
        it=look,
        parts=parts.html,
        live=f"review:{'hidden' if hides else 'shown'}",
        seen=parts.digest(),
    )


def parts_of(look: ReviewLook, pages: Pages, *, hides: bool) -> Parts:
    """One for each goal; a goal that comes or goes makes the page stale."""
    return Parts(
        {f"r-{it.goal.id}": pages.macro("review_parts.html", "item", it, hides) for it in look.items},
        str(look.waiting),
    )


def _live_parts(app: web.Application) -> Mapping[str, PartsOf]:
    async def review_parts(argument: str) -> Parts:
        known = app[ANSWERS]
        look = await look_review(known.store, known.config())
        return parts_of(look, app[PAGES], hides=argument == "hidden")

    return {"review": review_parts}


async def review_answer(request: web.Request) -> ReviewLook:
    known = answers(request)
    best = query_int(request, "best")
    return await look_review(
        known.store, known.config(), limit=limit_of(request), best=BEST if best is None else best
    )


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/review",
        told="The goals that wait for a person, the newest first, with their best posts.",
        answer=review_answer,
        returns=ReviewLook,
        params=(
            Param(name="limit", told="How many goals at most; 50 unless told.", kind=Limit),
            Param(name="best", told=f"How many posts of each; {BEST} unless told.", kind=Best),
        ),
        fails=(503,),
    ),
)

PAGE = Page(
    routes=(web.get("/review", show),),
    nav=NavEntry(path="/review", title="Review", icon="review"),
    live=_live_parts,
)
