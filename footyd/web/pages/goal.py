"""A goal's own page, and the list of goals for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from aiohttp import web

from footyd.model import FixtureId, GoalId, GoalOutcome
from footyd.web.context import ANSWERS, answers
from footyd.web.endpoint import (
    LISTING,
    Endpoint,
    Id,
    Listed,
    Param,
    Text,
    cursor,
    cursor_of,
    limit_of,
    query_int,
)
from footyd.web.live import Parts, PartsOf
from footyd.web.looks.goal import GoalItem, GoalPageLook, look_goal, look_item
from footyd.web.looks.posts import PostLook
from footyd.web.media import clip_path, poster_path
from footyd.web.pages import Page
from footyd.web.problems import bad_request, not_found
from footyd.web.render import PAGES, Pages, hides_spoilers, page

POSTS_SHOWN = 6
"""Further ones are a tap away."""
PARTS = "goal_parts.html"


async def show(request: web.Request) -> web.Response:
    look = await _look(request)
    hides = hides_spoilers(request)
    parts = parts_of(look, request.app[PAGES])
    return await page(
        request,
        "goal.html",
        it=look,
        parts=parts.html,
        clip_path=clip_path,
        poster_path=poster_path,
        hides=hides,
        day=_day(look.goal.kickoff, answers(request).config().ingest.time_zone),
        live=f"goal:{look.goal.id}",
        seen=parts.digest(),
    )


def _day(kickoff: datetime | None, time_zone: str) -> str:
    """Under which day Today shows the match."""
    return str(kickoff.astimezone(ZoneInfo(time_zone)).date()) if kickoff else ""


async def _look(request: web.Request) -> GoalPageLook:
    known = answers(request)
    goal_id = GoalId(request.match_info["goal_id"])
    look = await look_goal(known.store, known.config(), goal_id)
    if look is None:
        raise not_found(f"goal {goal_id}", remedy="A sighting that was taken back is forgotten after a week")
    return look


def parts_of(look: GoalPageLook, pages: Pages) -> Parts:
    """Clips are no part: what is playing must not be exchanged. A new one makes the page stale."""
    taken, others = _by_interest(look.posts)
    html = {
        "goal-now": pages.macro(PARTS, "now", look),
        "goal-posts": pages.macro(PARTS, "posts", look, taken, others),
        "goal-timeline": pages.macro(PARTS, "timeline", look),
    }
    return Parts(html, _shape(look))


def _by_interest(posts: Sequence[PostLook]) -> tuple[list[PostLook], list[PostLook]]:
    """The first few and the rest: those that were taken or ruled on by a person come first."""
    ordered = sorted(posts, key=lambda post: (post.state == "rejected" and post.verdict is None, -post.score))
    return ordered[:POSTS_SHOWN], ordered[POSTS_SHOWN:]


def _shape(look: GoalPageLook) -> str:
    clips = [(k.id, k.is_chosen, [copy.id for copy in k.copies]) for k in look.keepers]
    return f"{look.takes_wishes} {clips} {len(look.gone)}"


def _live_parts(app: web.Application) -> Mapping[str, PartsOf]:
    async def goal_parts(argument: str) -> Parts:
        known = app[ANSWERS]
        look = await look_goal(known.store, known.config(), GoalId(argument))
        if look is None:
            raise not_found(f"goal {argument}")
        return parts_of(look, app[PAGES])

    return {"goal": goal_parts}


# ---------------------------------------------------------------- API


async def list_answer(request: web.Request) -> Listed[GoalItem]:
    store, limit = answers(request).store, limit_of(request)
    records = await store.goal_pages.goals(_query(request), after=_after(request), limit=limit + 1)
    matches = await store.goal_pages.matches({record.goal.fixture_id for record in records})
    items = tuple(look_item(r.goal, r, matches.get(r.goal.fixture_id)) for r in records[:limit])
    more = len(records) > limit and items[-1].confirmed_at
    return Listed(items=items, next=cursor([more.isoformat(), items[-1].id]) if more else None)


def _query(request: web.Request) -> dict[str, object]:
    asked = request.query
    query: dict[str, object] = {name: asked[name] for name in ("state", "outcome") if asked.get(name)}
    if fixture := query_int(request, "fixture"):
        query["fixture_id"] = FixtureId(fixture)
    return query


def _after(request: web.Request) -> tuple[datetime, str] | None:
    found = cursor_of(request)
    if found is None:
        return None
    try:
        at, id = found
        return datetime.fromisoformat(at).astimezone(), str(id)
    except (TypeError, ValueError, OverflowError) as exc:
        raise bad_request("the cursor is none of ours", remedy="Begin without one") from exc


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/goals",
        told="Confirmed goals, the newest first, those taken back among them.",
        answer=list_answer,
        returns=Listed[GoalItem],
        params=(
            Param(name="state", told="Only those in this state.", kind=Literal["confirmed", "cancelled"]),
            Param(name="outcome", told="Only those that ended so; in work they have none.", kind=GoalOutcome),
            Param(name="fixture", told="Only goals of this match.", kind=Id),
            *LISTING,
        ),
        fails=(400, 503),
    ),
    Endpoint(
        method="GET",
        path="/goals/{goal_id}",
        told="A goal with its clips, the copies that they won against, its posts and its timeline.",
        answer=_look,
        returns=GoalPageLook,
        params=(Param(name="goal_id", told="The id of the goal.", kind=Text, in_path=True),),
        fails=(404, 503),
    ),
)

PAGE = Page(routes=(web.get("/goals/{goal_id}", show),), live=_live_parts)
