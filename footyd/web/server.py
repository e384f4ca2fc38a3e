"""The page, its API and the health answer, in the daemon's own loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from aiohttp import web

from footyd.config import Config
from footyd.errors import PermanentError
from footyd.web import api, events, media, site
from footyd.web.access import Access, signing_key
from footyd.web.assets import Assets
from footyd.web.context import ACCESS, ANSWERS, LIVE, PREFIX, TRUSTED, Answers
from footyd.web.guard import TRIES, Handler, guard, steady
from footyd.web.live import Live
from footyd.web.media import clip_origins
from footyd.web.render import PAGES, Pages

log = structlog.get_logger()

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
LARGEST_BODY_BYTES = 64_000
PACKED = frozenset({"text/html", "application/json"})
PACKED_FROM_BYTES = 4_000
SECURITY_HEADERS = {
    "Server": "footyd",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with none at all, browsers hide the origin of our own forms
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


@web.middleware
async def packed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Long texts go compressed: a day of 300 matches is ten times smaller then."""
    response = await handler(request)
    if isinstance(response, web.Response) and response.content_type in PACKED and _is_long(response):
        response.headers["Vary"] = "Accept-Encoding"
        response.enable_compression()
    return response


def _is_long(response: web.Response) -> bool:
    return isinstance(response.body, bytes) and len(response.body) > PACKED_FROM_BYTES


def content_policy(config: Config) -> str:
    """Nothing but our own; of S3, the pictures and clips that it presents by itself."""
    media = " ".join(["'self'", *clip_origins(config)])
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; manifest-src 'self'; "
        f"img-src {media}; media-src {media}; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def build(answers: Answers, access: Access, live: Live) -> web.Application:
    config = answers.config()
    app = web.Application(middlewares=[packed, guard], client_max_size=LARGEST_BODY_BYTES)
    assets = Assets()
    served = {name: asset.served for name, asset in assets.by_name.items()}
    nav = [page.nav for page in site.PAGES if page.nav]
    app[ANSWERS], app[ACCESS], app[LIVE] = answers, access, live
    app[PREFIX], app[TRIES] = config.web.prefix, steady()
    app[PAGES] = Pages(config.web.prefix, served, nav)
    for page in site.PAGES:
        live.register(page.live(app))
    app.on_response_prepare.append(_headers(content_policy(config)))
    _add_routes(app, assets)
    return app


def _add_routes(app: web.Application, assets: Assets) -> None:
    """Under the prefix and without: proxies take it off, or leave it on."""
    routes = [
        web.get("/static/{name}", assets.serve),
        web.get("/events", events.stream, allow_head=False),
        web.get("/healthz", _health),
        web.get("/metrics", _metrics),
        *media.ROUTES,
        *(route for page in site.PAGES for route in page.routes),
        *api.ROUTES,
    ]
    app.add_routes(routes)
    if prefix := app[PREFIX]:
        app.add_routes([web.RouteDef(r.method, prefix + r.path, r.handler, r.kwargs) for r in routes])


@asynccontextmanager
async def serve(answers: Answers, *, live: Live | None = None) -> AsyncIterator[int]:
    """Serve while the block runs; yields the port, which differs from the one configured when that was 0."""
    config = answers.config()
    web_config = config.web
    live = live or Live()
    access = Access(
        lambda: answers.config().web,
        signing_key(config.state.dir),
        answers.clock,
        on_loopback=web_config.on_loopback,
    )
    app = build(answers, access, live)
    app.on_shutdown.append(_closing(live))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
    await runner.setup()
    looking = asyncio.create_task(live.run(), name="page")
    looking.add_done_callback(_told_when_broken)
    try:
        try:
            await web.TCPSite(runner, web_config.host, web_config.port).start()
        except OSError as exc:
            raise _not_served(web_config.host, web_config.port, exc) from exc
        yield runner.addresses[0][1]
    finally:
        looking.cancel()
        await runner.cleanup()


def _told_when_broken(looking: asyncio.Task[None]) -> None:
    """A mistake of ours in one page costs open pages their news, and the daemon nothing."""
    if not looking.cancelled() and (error := looking.exception()):
        log.error("open pages are not refreshed any more", exc_info=error)


def page_address(config: Config, port: int) -> str:
    """Where a person on this machine opens the page."""
    host = config.web.host if config.web.on_loopback else "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{config.web.prefix}/"


def _not_served(host: str, port: int, error: OSError) -> PermanentError:
    if "address already in use" in str(error).lower():
        remedy = "Set web.port to a free one, or web.enabled = false"
        return PermanentError(f"port {port} on {host} is taken", remedy=remedy)
    return PermanentError(
        f"the page cannot be served on {host} port {port} ({error.strerror})",
        remedy="Set web.host to an address of this machine and web.port to one it may use",
    )


def _closing(live: Live):  # type: ignore[no-untyped-def]  # aiohttp's own signal type is longer than the function
    async def close(_app: web.Application) -> None:
        live.close()

    return close


def _headers(policy: str):  # type: ignore[no-untyped-def]  # as above
    async def add(_request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update({"Content-Security-Policy": policy, **SECURITY_HEADERS})

    return add


async def _health(request: web.Request) -> web.Response:
    """200 while footyd is ready; what Docker and other watchers ask. Strangers learn no more than that."""
    found = await request.app[ANSWERS].health()
    if not request.get(TRUSTED):
        found = {name: found[name] for name in ("status", "ready", "live") if name in found}
    return web.json_response(found, status=200 if found["ready"] else 503)


async def _metrics(request: web.Request) -> web.Response:
    text = await request.app[ANSWERS].metrics()
    return web.Response(body=text, headers={"Content-Type": METRICS_TYPE})
