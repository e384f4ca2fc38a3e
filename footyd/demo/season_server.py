"""The season on a loopback port, for footyd's own HTTP client."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from aiohttp import web

from footyd.demo.feed import NO_KEY
from footyd.demo.season_player import SeasonPlayer
from footyd.demo.season_reply import DAY_LIMIT


@asynccontextmanager
async def open_season(
    player: SeasonPlayer, clock: Callable[[], datetime], *, port: int = 0
) -> AsyncIterator[str]:
    """The feed's address, without a slash at the end, while the block runs; port 0 takes any free one."""
    runner = web.AppRunner(_app(player, clock), access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _app(player: SeasonPlayer, clock: Callable[[], datetime]) -> web.Application:
    async def status(request: web.Request) -> web.Response:
        account = {"firstname": "Season", "lastname": "Replay", "email": "season@example.invalid"}
        subscription = {"plan": "Pro", "end": "2099-12-31T00:00:00+00:00", "active": True}
        requests = {"current": player.calls.total(), "limit_day": DAY_LIMIT}
        body = {"account": account, "subscription": subscription, "requests": requests}
        return web.json_response({"get": "status", "errors": [], "results": 1, "response": body})

    async def fixtures(request: web.Request) -> web.Response:
        if not request.headers.get("x-apisports-key"):
            return web.json_response({"errors": {"token": NO_KEY}, "results": 0, "response": []})
        reply = player.answer(request.query, clock())
        return web.Response(
            status=reply.status, body=reply.body, content_type=reply.content_type, headers=reply.headers
        )

    app = web.Application()
    app.router.add_get("/status", status)
    app.router.add_get("/fixtures", fixtures)
    return app
