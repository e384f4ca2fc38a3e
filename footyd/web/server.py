"""The page, its JSON and the health answer, in the daemon's own loop, on loopback only."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Who knows what is asked for; `look` and `metrics` read the records anew for each request."""

    look: Callable[[], Awaitable[Overview]]
    health: Callable[[], Awaitable[Mapping[str, Any]]]
    metrics: Callable[[], Awaitable[bytes]]


_ANSWERS: web.AppKey[Answers] = web.AppKey("answers")
_PAGES = Environment(loader=PackageLoader("footyd.web"), autoescape=select_autoescape(), enable_async=False)


def _clock(moment: datetime | None) -> str:
    return moment.strftime("%H:%M") if moment else "–"


_PAGES.filters["clock"] = _clock


def build(answers: Answers) -> web.Application:
    app = web.Application(middlewares=[_safe])
    app[_ANSWERS] = answers
    app.router.add_get("/", _today)
    app.router.add_get("/healthz", _health)
    app.router.add_get("/metrics", _metrics)
    app.router.add_get("/api/v1/status", _status)
    return app


@asynccontextmanager
async def serve(answers: Answers, *, port: int) -> AsyncIterator[int]:
    """Serve while the block runs; yields the port, which differs from the one asked for when that was 0."""
    runner = web.AppRunner(build(answers), access_log=None, shutdown_timeout=2)
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
    found = await request.app[_ANSWERS].look()
    return web.Response(text=_PAGES.get_template("today.html").render(it=found), content_type="text/html")


async def _health(request: web.Request) -> web.Response:
    """200 while footyd is ready; what Docker and other watchers ask."""
    found = await request.app[_ANSWERS].health()
    return web.json_response(found, status=200 if found["ready"] else 503)


async def _metrics(request: web.Request) -> web.Response:
    text = await request.app[_ANSWERS].metrics()
    return web.Response(body=text, headers={"Content-Type": METRICS_TYPE})


async def _status(request: web.Request) -> web.Response:
    return web.json_response(as_document(await request.app[_ANSWERS].look()))
