"""The feed refuses, answers nonsense, drags, breaks off or cannot be found; then it is well again."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping

from aiohttp import web

from footyd.adapters.mongo import Store
from footyd.model import utcnow
from tests.faults.day import FaultDay, Handler, Trouble
from tests.faults.fault import Fault, Injection, Play, Row, Undisturbed
from tests.waiting import until_found

TIMES = 3
"""Refused polls in a row: so many are told to people, and climb the ladder of rests."""
AT_MINUTE = 20.0
"""Of the script: one goal is confirmed, the next one is sighted."""
PATIENCE_SECONDS = 1.0
REFUSED = "poll refused"

_HTML = "<!DOCTYPE html><html><body><h1>Attention Required!</h1><p>Checking your browser</p></body></html>"
_NOT_JSON = bytes(range(256)) * 64


async def _too_many(_request: web.Request, _healthy: Handler) -> web.StreamResponse:
    return web.Response(status=429, headers={"Retry-After": "1"}, text="Too many requests")


async def _broken(_request: web.Request, _healthy: Handler) -> web.StreamResponse:
    return web.Response(status=500, text="Internal Server Error")


async def _page(_request: web.Request, _healthy: Handler) -> web.StreamResponse:
    return web.Response(text=_HTML, content_type="text/html")


async def _garbage(_request: web.Request, _healthy: Handler) -> web.StreamResponse:
    return web.Response(body=_NOT_JSON, content_type="application/json")


async def _refusal(_request: web.Request, _healthy: Handler) -> web.StreamResponse:
    """As the provider tells a rate limit: HTTP 200."""
    errors = {"rateLimit": "Too many requests. Your rate limit is 10 requests per minute."}
    return web.json_response({"get": "fixtures", "errors": errors, "results": 0, "response": []})


async def _less_than_told(_request: web.Request, _healthy: Handler) -> web.StreamResponse:
    body = {"get": "fixtures", "errors": [], "results": 12, "response": []}
    return web.json_response(body | {"paging": {"current": 1, "total": 1}})


async def _slow(_request: web.Request, _healthy: Handler) -> web.StreamResponse:
    await asyncio.sleep(30 * PATIENCE_SECONDS)
    return web.Response(status=504)


async def _cut_off(request: web.Request, _healthy: Handler) -> web.StreamResponse:
    reply = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "5000"})
    await reply.prepare(request)
    await reply.write(b'{"get": "fixtures", "errors": [], "results": 1, "respon')
    return _closed(request, reply)


async def _closes(request: web.Request, _healthy: Handler) -> web.StreamResponse:
    return _closed(request, web.Response())


def _closed(request: web.Request, reply: web.StreamResponse) -> web.StreamResponse:
    if request.transport:
        request.transport.abort()
    return reply


TROUBLES: Mapping[str, Trouble] = {
    "429": _too_many,
    "500": _broken,
    "HTML with 200": _page,
    "garbage": _garbage,
    "refusal with 200": _refusal,
    "fewer results than told": _less_than_told,
    "slow": _slow,
    "cut off in the body": _cut_off,
    "closed without an answer": _closes,
}


def _impatient(day: FaultDay) -> None:
    day.configure(
        api_football={"timeout_seconds": PATIENCE_SECONDS},
        api_football__retry={"attempts": 2, "first_wait_seconds": 0.1},
    )


async def rest_over(day: FaultDay) -> None:
    """What the ladder's minutes would do; nobody waits for them here."""
    async with day.footyd.store() as store:
        await store.runs.note("feed", {"rest_until": utcnow()})


async def _refused(day: FaultDay, times: int = TIMES) -> None:
    """So many polls in a row are refused: after each the feed rests, and the rest is cut short."""
    for count in range(1, times + 1):
        await day.at_line(REFUSED, count)
        async with day.footyd.store() as store:
            await until_found(lambda: _rests(store), look=0.05)
        if count < times:
            await rest_over(day)


async def _rests(store: Store) -> bool | None:
    rest_until = (await store.runs.noted("feed")).get("rest_until")
    return True if rest_until and rest_until > utcnow() else None


def while_played(trouble: Trouble) -> Play:
    """In the middle of a match, while a sighting waits for its second poll."""

    async def play(day: FaultDay) -> None:
        _impatient(day)
        await day.footyd.start()
        await day.at_minute(AT_MINUTE)
        day.outside.trouble["feed"] = trouble
        await _refused(day)
        day.outside.trouble.clear()
        await rest_over(day)

    return play


def at_start(trouble: Trouble) -> Play:
    """Before the day's fixtures are known; a restart asks for them anew."""

    async def play(day: FaultDay) -> None:
        _impatient(day)
        day.outside.trouble["feed"] = trouble
        await day.footyd.start()
        await day.at_line("run failed")
        day.outside.trouble.clear()
        await day.stop()
        await day.footyd.start()

    return play


def _name_gone() -> Play:
    """The address is set to a name that no server knows, and back, as a person would: by SIGHUP."""

    async def play(day: FaultDay) -> None:
        _impatient(day)
        await day.footyd.start()
        await day.at_minute(AT_MINUTE)
        healthy = day.settings["api_football"]["base_url"]
        day.configure(api_football={"base_url": "http://feed.footyd.invalid"})
        day.footyd.send(signal.SIGHUP)
        await _refused(day)
        day.configure(api_football={"base_url": healthy})
        day.footyd.send(signal.SIGHUP)
        await day.at_line("config applied", 2)
        await rest_over(day)

    return play


def _while_played(_undisturbed: Undisturbed, _seed: int) -> list[Injection]:
    return [Injection(name=name, play=while_played(trouble)) for name, trouble in TROUBLES.items()]


def _at_start(_undisturbed: Undisturbed, _seed: int) -> list[Injection]:
    return [Injection(name=name, play=at_start(trouble)) for name, trouble in TROUBLES.items()]


def _names(_undisturbed: Undisturbed, _seed: int) -> list[Injection]:
    return [Injection(name="name not known any more", play=_name_gone())]


FAULTS: tuple[Fault, ...] = (
    Row(name="feed: three bad polls in a row", make=_while_played),
    Row(name="feed: bad when the day is fetched", make=_at_start),
    Row(name="feed: DNS gone and back", make=_names),
)
