"""The page, its JSON and the health answer, in the daemon's own loop, on loopback only."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from aiohttp import web
from jinja2 import Environment, PackageLoader, select_autoescape

from footyd.errors import PermanentError, StoreError
from footyd.overview import Overview, as_document

HOST = "127.0.0.1"
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}

Look = Callable[[], Awaitable[Overview]]
IsAlive = Callable[[], Awaitable[bool]]

_LOOK: web.AppKey[Look] = web.AppKey("look")
_IS_ALIVE: web.AppKey[IsAlive] = web.AppKey("is_alive")
_PAGES = Environment(loader=PackageLoader("footyd.web"), autoescape=select_autoescape(), enable_async=False)


def _clock(moment: datetime | None) -> str:
    return moment.strftime("%H:%M") if moment else "–"


_PAGES.filters["clock"] = _clock


def build(look: Look, is_alive: IsAlive) -> web.Application:
    """`look` reads the records anew for each request."""
    app = web.Application(middlewares=[_safe])
    app[_LOOK] = look
    app[_IS_ALIVE] = is_alive
    app.router.add_get("/", _today)
    app.router.add_get("/healthz", _health)
    app.router.add_get("/api/v1/status", _status)
    return app


@asynccontextmanager
async def serve(look: Look, is_alive: IsAlive, *, port: int) -> AsyncIterator[int]:
    """Serve while the block runs; yields the port, which differs from the one asked for when that was 0."""
    runner = web.AppRunner(build(look, is_alive), access_log=None, shutdown_timeout=2)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, HOST, port).start()
        except OSError as exc:
            raise PermanentError(
                f"port {port} on {HOST} is taken", remedy="Set web.port to a free one, or web.enabled = false"
            ) from exc
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@web.middleware
async def _safe(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        response = await handler(request)
    except StoreError as exc:
        response = web.json_response({"status": "failing", "reason": exc.line()}, status=503)
    except web.HTTPException as exc:
        exc.headers.update(SECURITY_HEADERS)
        raise
    response.headers.update(SECURITY_HEADERS)
    return response


async def _today(request: web.Request) -> web.Response:
    found = await request.app[_LOOK]()
    return web.Response(text=_PAGES.get_template("today.html").render(it=found), content_type="text/html")


async def _health(request: web.Request) -> web.Response:
    """200 while the daemon beats and the database answers; what Docker and systemd-like watchers ask."""
    alive = await request.app[_IS_ALIVE]()
    return web.json_response({"status": "ok" if alive else "starting"}, status=200 if alive else 503)


async def _status(request: web.Request) -> web.Response:
    return web.json_response(as_document(await request.app[_LOOK]()))
