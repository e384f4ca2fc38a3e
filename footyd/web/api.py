"""Every endpoint under /api/v1/."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from footyd.status import Status, status_of
from footyd.web.context import ACCESS, PREFIX, SESSION, answers
from footyd.web.endpoint import API, Endpoint
from footyd.web.openapi import document
from footyd.web.pages import goal, goal_acts, health, library, posts, review, runs, today


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionAnswer:
    """What a script without `web.token` sends along with changes, as X-CSRF-Token, beside its cookie."""

    signed_in: bool
    csrf_token: str | None


async def status(request: web.Request) -> Status:
    return status_of(await answers(request).look())


async def session(request: web.Request) -> SessionAnswer:
    found = request.get(SESSION)
    token = request.app[ACCESS].csrf(found) if found else None
    return SessionAnswer(signed_in=found is None or found.signed_in, csrf_token=token)


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(method="GET", path="/status", told="What footyd is doing.", answer=status, returns=Status),
    Endpoint(
        method="GET",
        path="/session",
        told="The CSRF token of the caller's session; null for a bearer token, which needs none.",
        answer=session,
        returns=SessionAnswer,
    ),
    *today.ENDPOINTS,
    *goal.ENDPOINTS,
    *goal_acts.ENDPOINTS,
    *review.ENDPOINTS,
    *posts.ENDPOINTS,
    *library.ENDPOINTS,
    *runs.ENDPOINTS,
    *health.ENDPOINTS,
)


async def description(request: web.Request) -> web.Response:
    """The document that describes all of it, for programs that make clients."""
    told = document(
        ENDPOINTS, prefix=request.app[PREFIX], needs_token=request.app[ACCESS].config().token is not None
    )
    return web.json_response(told, headers={"Cache-Control": "no-store"})


ROUTES = (*(endpoint.route() for endpoint in ENDPOINTS), web.get(f"{API}/openapi.json", description))
