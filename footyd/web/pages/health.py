"""How footyd is, and how its days were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from aiohttp import web
from pydantic import Field

from footyd.web.context import ANSWERS, Answers, answers
from footyd.web.dear import Dear, dear
from footyd.web.endpoint import Endpoint, Param, query_int
from footyd.web.live import Parts, PartsOf
from footyd.web.looks.days import SHOWN_DAYS, HistoryLook, look_history
from footyd.web.looks.health import HealthLook, look_health
from footyd.web.pages import Page
from footyd.web.plots import ACROSS, DOWN, delay_plot, goals_plot
from footyd.web.render import PAGES, NavEntry, Pages, page

CARDS = ("quota", "feed", "sources", "work", "library", "disk", "database", "versions", "alerts")
PARTS = "health_parts.html"
DAYS_AT_MOST = 366


async def show(request: web.Request) -> web.Response:
    known, costly = answers(request), dear(request.app)
    parts = parts_of(await _look(known, costly), await costly.history(), request.app[PAGES])
    return await page(
        request, "health.html", cards=CARDS, parts=parts.html, live="health", seen=parts.digest()
    )


async def _look(known: Answers, costly: Dear) -> HealthLook:
    return await look_health(
        known.store, known.config(), known.clock(), known.inside(), kept=costly.kept, going=costly.going
    )


def parts_of(look: HealthLook, history: HistoryLook, pages: Pages) -> Parts:
    """The state, a card each, and the plots."""
    html = {name: pages.macro(PARTS, name, look) for name in ("state", *CARDS)}
    plots = [draw(history, size) for draw in (goals_plot, delay_plot) for size in (ACROSS, DOWN)]
    html["days"] = pages.macro(PARTS, "days", history, *plots)
    return Parts(html)


def _live_parts(app: web.Application) -> Mapping[str, PartsOf]:
    costly = dear(app)

    async def health_parts(_argument: str) -> Parts:
        return parts_of(await _look(app[ANSWERS], costly), await costly.history(), app[PAGES])

    return {"health": health_parts}


# ---------------------------------------------------------------- API


async def health_answer(request: web.Request) -> HealthLook:
    return await _look(answers(request), dear(request.app))


async def history_answer(request: web.Request) -> HistoryLook:
    known = answers(request)
    days = query_int(request, "days", SHOWN_DAYS) or SHOWN_DAYS
    return await look_history(known.store, known.config(), known.clock(), days)


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/health",
        told="How footyd is, in detail; /healthz tells watchers in short.",
        answer=health_answer,
        returns=HealthLook,
        fails=(503,),
    ),
    Endpoint(
        method="GET",
        path="/history",
        told="Goals, clips and confirmation delays by day.",
        answer=history_answer,
        returns=HistoryLook,
        params=(
            Param(
                name="days",
                told=f"So many days, today the last of them; {SHOWN_DAYS} unless told.",
                kind=Annotated[int, Field(ge=1, le=DAYS_AT_MOST)],
            ),
        ),
        fails=(400, 503),
    ),
)

PAGE = Page(
    routes=(web.get("/health", show),),
    nav=NavEntry(path="/health", title="Health", icon="health"),
    live=_live_parts,
)
