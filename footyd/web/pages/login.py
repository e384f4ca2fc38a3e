"""The login form, and the way out."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from aiohttp import web

from footyd.errors import FootydError
from footyd.web.access import Session
from footyd.web.context import ACCESS, PREFIX, TRUSTED, address
from footyd.web.cookies import COOKIE, set_session
from footyd.web.form import form_of
from footyd.web.guard import check_token, is_from_elsewhere
from footyd.web.pages import Page
from footyd.web.problems import status_of
from footyd.web.render import page


async def show(request: web.Request) -> web.StreamResponse:
    """Who follows a link from another site comes without the strict cookie: then the page asks once more."""
    target = own_target(request.query.get("next", "/"))
    if "again" not in request.query and is_from_elsewhere(request):
        again = f"/login?{urlencode({'next': target, 'again': 1})}"
        return await page(request, "login.html", next=target, failed="", again=again)
    if request.get(TRUSTED):
        raise web.HTTPSeeOther(address(request, target))
    return await page(request, "login.html", next=target, failed="", again="")


async def sign_in(request: web.Request) -> web.StreamResponse:
    """A new session for whoever knows the token: none that somebody may have planted before."""
    form = await form_of(request)
    target = own_target(str(form.get("next", "/")))
    try:
        check_token(request, str(form.get("token", "")))
    except FootydError as exc:
        return await page(
            request, "login.html", status=status_of(exc), next=target, failed=exc.line(), again=""
        )
    session: Session = request.app[ACCESS].begin(signed_in=True)
    response = web.HTTPSeeOther(address(request, target))
    set_session(request, response, session)
    raise response


async def sign_out(request: web.Request) -> web.StreamResponse:
    response = web.HTTPSeeOther(address(request, "/"))
    response.del_cookie(COOKIE, path=request.app[PREFIX] + "/")
    raise response


def own_target(text: str) -> str:
    """Where to go after the login: a path of ours, whatever the address said."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return "/"
    plain = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable()
    return text if plain and not parts.netloc and not parts.scheme else "/"


PAGE = Page(
    routes=(web.get("/login", show), web.post("/login", sign_in), web.post("/logout", sign_out)),
)
