"""The library: clips by match to look through, to search and to take away."""

from __future__ import annotations

from datetime import UTC, date, datetime
from urllib.parse import urlencode

from aiohttp import web

from footyd.adapters.mongo.keepers import Place
from footyd.model import FixtureId
from footyd.web import archive, feeds
from footyd.web.context import answers
from footyd.web.dear import dear
from footyd.web.endpoint import (
    LISTING,
    Endpoint,
    Id,
    Listed,
    Param,
    Text,
    cursor_of,
    limit_of,
    no_place,
    query_date,
    query_int,
)
from footyd.web.looks.library import KeptMatchLook, Wish, look_library
from footyd.web.media import clip_path, poster_path
from footyd.web.pages import Page
from footyd.web.render import NavEntry, page

SHOWN = 12
"""Matches on one page: some hundred pictures, which are fetched as they come into sight."""
NAMES = ("q", "league", "from", "until")


async def show(request: web.Request) -> web.Response:
    known, wish = answers(request), _wish(request)
    found = await look_library(known.store, known.config(), wish, before=_place(request), limit=SHOWN)
    return await page(
        request,
        "library.html",
        it=found,
        wish=wish,
        kept=await dear(request.app).kept(),
        more=_more(request, found),
        goes_on="cursor" in request.query,
        clip_path=clip_path,
        poster_path=poster_path,
    )


def _more(request: web.Request, found: Listed[KeptMatchLook]) -> str:
    if found.next is None:
        return ""
    asked = {name: request.query[name] for name in NAMES if request.query.get(name)}
    return f"/library?{urlencode({**asked, 'cursor': found.next})}"


def _wish(request: web.Request) -> Wish:
    return Wish(
        text=request.query.get("q", ""),
        league=query_int(request, "league"),
        first=query_date(request, "from"),
        last=query_date(request, "until"),
    )


def _place(request: web.Request) -> Place | None:
    """Made up by hand it may be a moment or a number that the database cannot hold."""
    match cursor_of(request):
        case None:
            return None
        case [str(kickoff), int(fixture)] if 0 <= fixture < 10**18:
            return _moment(kickoff), FixtureId(fixture)
        case _:
            raise no_place()


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise no_place() from exc


# ---------------------------------------------------------------- API


async def answer(request: web.Request) -> Listed[KeptMatchLook]:
    known = answers(request)
    return await look_library(
        known.store, known.config(), _wish(request), before=_place(request), limit=limit_of(request)
    )


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/library",
        told="The clips that are kept, by match, the newest first.",
        answer=answer,
        returns=Listed[KeptMatchLook],
        params=(
            Param(name="q", told="Words, each in a team's, the scorer's or the league's name.", kind=Text),
            Param(name="league", told="Only matches of this league.", kind=Id),
            Param(name="from", told="The first day.", kind=date),
            Param(name="until", told="The last day.", kind=date),
            *LISTING,
        ),
        fails=(404,),
    ),
)

PAGE = Page(
    routes=(web.get("/library", show), *archive.ROUTES, *feeds.ROUTES),
    nav=NavEntry(path="/library", title="Library", icon="library"),
)
