"""What every request passes: the host it asks for, who asks and, where it changes something, its origin."""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Awaitable, Callable
from urllib.parse import quote, urlsplit

from aiohttp import web

from footyd.errors import FootydError
from footyd.web.context import ACCESS, FRESH, PREFIX, SESSION, TRUSTED, address
from footyd.web.cookies import give_cookie, session_of
from footyd.web.form import KINDS, form_of
from footyd.web.forwarded import client
from footyd.web.problems import Refusal, is_for_machine, own_path, problem, status_of
from footyd.web.tries import Tries

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN_ROUTES = frozenset({"/static/{name}", "/login", "/healthz"})
"""What answers without a login; /healthz tells only whether all is well then."""
FOREIGN = frozenset({"cross-site", "same-site"})
"""Where browsers say a request comes from; the same site is another port of this machine, too."""
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})

TRIES: web.AppKey[Tries] = web.AppKey("tries", Tries)


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let in, or refuse in the form that fits who asks; errors of handlers end here too."""
    try:
        check_host(request)
        check_site(request)
        identify(request)
        if request.method not in SAFE:
            await check_origin(request)
        response = await handler(request)
    except FootydError as exc:
        return await problem(request, status_of(exc), exc)
    except web.HTTPException as exc:
        if exc.status < 400:
            raise
        told = Refusal(exc.status, f"{exc.reason}: {request.method} {own_path(request)}")
        answer = await problem(request, exc.status, told)
        if "Allow" in exc.headers:
            answer.headers["Allow"] = exc.headers["Allow"]
        return answer
    if not response.prepared:
        give_cookie(request, response)
    return response


# ---------------------------------------------------------------- the host asked for


def check_host(request: web.Request) -> None:
    """Without a token a name that somebody points at us must not do: DNS rebinding."""
    access = request.app[ACCESS]
    if access.is_open and not is_own_name(request, request.host):
        raise Refusal(
            421,
            f"footyd is not served as {request.host!r}",
            remedy="Name it in web.hosts, or set web.token",
        )


def check_site(request: web.Request) -> None:
    """Other sites may link to us, but use no piece of us: each visitor of theirs could open streams here."""
    site, mode = request.headers.get("Sec-Fetch-Site"), request.headers.get("Sec-Fetch-Mode")
    if site in FOREIGN and mode is not None and mode != "navigate":
        raise Refusal(403, "the request comes from another site")


def is_own_name(request: web.Request, host: str) -> bool:
    bare = _bare(host.lower())
    return bare in LOOPBACK_NAMES or bare in request.app[ACCESS].config().hosts


def _bare(netloc: str) -> str:
    """Without the port."""
    return netloc if netloc.endswith("]") else netloc.rpartition(":")[0] or netloc


# ---------------------------------------------------------------- who asks


def identify(request: web.Request) -> None:
    """Find the session or begin one; raises Refusal, or a redirect to the login form for a person."""
    access = request.app[ACCESS]
    if token := _shown_token(request):
        check_token(request, token)
        request[TRUSTED] = True
        return
    session = session_of(request)
    request[TRUSTED] = access.is_open or (session is not None and session.signed_in)
    sent_here = session is None and _is_sent_here(request)
    if (sent_here or not request[TRUSTED]) and not is_open_route(request):
        raise _not_in(request)
    request[SESSION] = session or access.begin(signed_in=False)
    if session is None and not sent_here and request.method == "GET" and _wants_cookie(request):
        request[FRESH] = request[SESSION]


def _is_sent_here(request: web.Request) -> bool:
    """Whether a person follows a link of another site: our strict cookies come at the second asking only."""
    is_page = request.method in SAFE and not is_for_machine(request)
    return is_page and request.headers.get("Sec-Fetch-Site") == "cross-site"


def is_from_elsewhere(request: web.Request) -> bool:
    """The same where browsers do not say so: they do for https and for this machine only."""
    site, referrer = request.headers.get("Sec-Fetch-Site"), request.headers.get("Referer", "")
    return site == "cross-site" if site else bool(referrer) and not is_own_origin(request, referrer)


def is_open_route(request: web.Request) -> bool:
    """By the route that was found, not by the text of the path: the two may read an escape differently."""
    resource = request.match_info.route.resource
    return resource is not None and resource.canonical.removeprefix(request.app[PREFIX]) in OPEN_ROUTES


def is_still_in(request: web.Request) -> bool:
    """Whether what let a request in would still do so: a new token ends what the old one opened."""
    access = request.app[ACCESS]
    if token := _shown_token(request):
        return access.is_token(token)
    session = session_of(request)
    return access.is_open or (session is not None and session.signed_in)


def _wants_cookie(request: web.Request) -> bool:
    path = own_path(request)
    return not path.startswith(("/static/", "/healthz", "/metrics")) and (
        path == "/api/v1/session" or not is_for_machine(request)
    )


def _shown_token(request: web.Request) -> str:
    """`Authorization: Bearer`, or for reading `Basic` with any name: feed readers and calendars know that."""
    kind, _, rest = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return rest.strip()
    if kind.lower() == "basic" and request.method in SAFE:
        try:
            return base64.b64decode(rest).decode().partition(":")[2]
        except (binascii.Error, ValueError):
            return ""
    return ""


def check_token(request: web.Request, token: str) -> None:
    """Raises Refusal for a wrong token, and for any while too many were wrong."""
    tries, who = request.app[TRIES], client(request)
    if wait := tries.wait_seconds(who):
        raise Refusal(
            429,
            "too many wrong tokens",
            remedy=f"Wait {wait:.0f} seconds",
            headers={"Retry-After": str(int(wait) + 1)},
        )
    if not request.app[ACCESS].is_token(token):
        tries.failed(who)
        raise Refusal(
            401, "that is not the token", remedy="It is web.token in the config", headers=_asks(request)
        )


def _not_in(request: web.Request) -> Exception:
    if is_for_machine(request) or request.method not in SAFE:
        return Refusal(
            401, "a token is needed", remedy="Send Authorization: Bearer …", headers=_asks(request)
        )
    query = request.rel_url.raw_query_string
    target = quote(own_path(request) + (f"?{query}" if query else ""), safe="/")
    login = address(request, "/login")
    return web.HTTPSeeOther(f"{login}?next={target}" if target != "/" else login)


def _asks(request: web.Request) -> dict[str, str]:
    """Feed readers ask their user for a name and a password when they are told to; so would browsers."""
    is_reader = (
        own_path(request).startswith(("/feeds/", "/media/")) and "Sec-Fetch-Mode" not in request.headers
    )
    kind = "Basic" if is_reader else "Bearer"
    return {"WWW-Authenticate": f'{kind} realm="footyd"'}


# ---------------------------------------------------------------- changes


async def check_origin(request: web.Request) -> None:
    """A change comes from a page of ours, with its CSRF token; a bearer token needs neither.

    Browsers tell the origin of every POST; who tells none is no browser, and has the CSRF token still.
    """
    if request.get(SESSION) is None:
        return
    origin = request.headers.get("Origin")
    if request.headers.get("Sec-Fetch-Site") in FOREIGN or (
        origin is not None and not is_own_origin(request, origin)
    ):
        raise Refusal(403, "the request comes from another site", remedy="Behind a proxy, set web.hosts")
    given = request.headers.get(CSRF_HEADER) or await _field(request)
    if not request.app[ACCESS].is_csrf(request[SESSION], given):
        raise Refusal(403, "the page was open too long", remedy="Reload it and try again")


def is_own_origin(request: web.Request, origin: str) -> bool:
    """The host that was asked for or, behind a proxy that does not pass it on, a name of web.hosts."""
    try:
        netloc = urlsplit(origin).netloc.lower()
    except ValueError:
        return False
    names = request.app[ACCESS].config().hosts
    return bool(netloc) and (netloc == request.host.lower() or _bare(netloc) in names)


async def _field(request: web.Request) -> str:
    if request.content_type not in KINDS:
        return ""
    value = (await form_of(request)).get(CSRF_FIELD, "")
    return value if isinstance(value, str) else ""


def steady() -> Tries:
    return Tries(time.monotonic)
