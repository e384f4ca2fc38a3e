"""Today, and any other day: its matches, their goals and each goal's way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Literal
from urllib.parse import urlencode

from aiohttp import web

from footyd.stages.ingest import today
from footyd.web.context import ANSWERS, address, answers
from footyd.web.cookies import set_cookie
from footyd.web.early import early_page
from footyd.web.endpoint import Endpoint, Id, Param, Text, query_date, query_int, read_date
from footyd.web.form import form_of
from footyd.web.live import Parts, PartsOf
from footyd.web.looks.today import DayLook, FixtureLook, look_day, narrowed
from footyd.web.pages import Page
from footyd.web.pages.login import own_target
from footyd.web.render import PAGES, SPOILERS_COOKIE, NavEntry, Pages, hides_spoilers

TITLES = {
    "playing": "In play",
    "upcoming": "To come",
    "finished": "Finished",
    "deferred": "Put off or ended early",
}
LIVE_DAYS = timedelta(days=1)
"""Days so far from today do not change while they are looked at."""


async def show(request: web.Request) -> web.StreamResponse:
    known, hides = answers(request), hides_spoilers(request)
    now = known.clock()
    first = today(now, known.config().ingest)
    day = query_date(request, "day") or first
    league, team = query_int(request, "league"), request.query.get("team", "")

    async def then() -> Mapping[str, Any]:
        look = await look_day(known.store, known.config(), now, day)
        parts = parts_of(look, request.app[PAGES], hides=hides)
        shown = narrowed(look, league, team).phases()
        return {"it": look, "parts": parts.html, "phases": shown, "seen": parts.digest()}

    return await early_page(
        request,
        "today.html",
        {
            "day": day,
            "is_today": day == first,
            "titles": TITLES,
            "before": day - timedelta(days=1),
            "after": day + timedelta(days=1),
            "chosen_league": league,
            "chosen_team": team,
            "target": _target(request),
            "live": f"day:{day}:{'hidden' if hides else 'shown'}" if abs(day - first) <= LIVE_DAYS else "",
        },
        then,
    )


def _target(request: web.Request) -> str:
    return "/" + (f"?{urlencode(request.query)}" if request.query else "")


def parts_of(look: DayLook, pages: Pages, *, hides: bool) -> Parts:
    """One for each match and one for footyd itself; a match that changes its phase makes the page stale."""
    poll = look.now.next_poll if look.now.alive else None
    html = {"now": pages.part("today_parts.html", "now", look.now)}
    html |= {
        f"f-{it.id}": pages.part("today_parts.html", "fixture", it, hides, poll if _waits(it) else None)
        for it in look.fixtures
    }
    return Parts(html, " ".join(f"{it.phase}{it.id}" for it in look.fixtures))


def _waits(fixture: FixtureLook) -> bool:
    """Whether a goal of it waits for the next poll: only then that poll's time is shown beside it."""
    return any(goal.state == "pending" for goal in fixture.goals)


def _live_parts(app: web.Application) -> Mapping[str, PartsOf]:
    async def day_parts(argument: str) -> Parts:
        known = app[ANSWERS]
        day, _, mode = argument.partition(":")
        look = await look_day(known.store, known.config(), known.clock(), read_date(day))
        return parts_of(look, app[PAGES], hides=mode == "hidden")

    return {"day": day_parts}


async def set_spoilers(request: web.Request) -> web.StreamResponse:
    """Whether scores stay hidden, kept in a cookie."""
    form = await form_of(request)
    response = web.HTTPSeeOther(address(request, own_target(str(form.get("next", "/")))))
    value = "hide" if form.get("hide") == "1" else "show"
    set_cookie(request, response, SPOILERS_COOKIE, value, httponly=True)
    raise response


# ---------------------------------------------------------------- API


async def day_answer(request: web.Request) -> DayLook:
    known = answers(request)
    text = request.match_info["day"]
    day: date | None = None if text == "today" else read_date(text)
    look = await look_day(known.store, known.config(), known.clock(), day)
    return narrowed(look, query_int(request, "league"), request.query.get("team", ""))


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/days/{day}",
        told="The matches of a day, their goals and how far each goal got.",
        answer=day_answer,
        returns=DayLook,
        params=(
            Param(
                name="day",
                told="A date such as 2026-11-21, or the word today.",
                kind=date | Literal["today"],
                in_path=True,
            ),
            Param(name="league", told="Only matches of this league.", kind=Id),
            Param(name="team", told="Only matches of teams whose name holds this text.", kind=Text),
        ),
        fails=(400, 503),
    ),
)

PAGE = Page(
    routes=(web.get("/", show), web.post("/spoilers", set_spoilers)),
    nav=NavEntry(path="/", title="Today", icon="today"),
    live=_live_parts,
)
