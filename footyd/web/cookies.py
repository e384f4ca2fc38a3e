"""The cookies that sessions lie in, and who brings which."""

from __future__ import annotations

from aiohttp import web

from footyd.web.access import SESSION_KEPT, Access, Session
from footyd.web.context import ACCESS, FRESH, PREFIX
from footyd.web.forwarded import is_secure

COOKIE = "footyd_session"
VISITOR = "footyd_visitor"
"""Holds the session of who has not signed in, and never takes the place of the other one.

On the way from another site a browser leaves both out, as it should, and would let a new one overwrite them.
"""


def session_of(request: web.Request) -> Session | None:
    """That of who has signed in goes before any other."""
    session = request.app[ACCESS].session
    return session(request.cookies.get(COOKIE, "")) or session(request.cookies.get(VISITOR, ""))


def give_cookie(request: web.Request, response: web.StreamResponse) -> None:
    """To whoever has no session yet, before the answer is on its way."""
    if fresh := request.get(FRESH):
        set_session(request, response, fresh)


def set_session(request: web.Request, response: web.StreamResponse, session: Session) -> None:
    access: Access = request.app[ACCESS]
    name = COOKIE if session.signed_in else VISITOR
    set_cookie(request, response, name, access.cookie(session), httponly=True)


def set_cookie(
    request: web.Request, response: web.StreamResponse, name: str, value: str, *, httponly: bool
) -> None:
    response.set_cookie(
        name,
        value,
        path=request.app[PREFIX] + "/",
        max_age=int(SESSION_KEPT.total_seconds()),
        httponly=httponly,
        secure=is_secure(request),
        samesite="Strict",
    )
