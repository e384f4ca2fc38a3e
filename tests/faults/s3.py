"""The library is a real S3 server that refuses, breaks, drags, is full, or whose answers are lost."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping

from aiohttp import ClientSession, web
from yarl import URL

from footyd.model import utcnow
from tests.adapters.s3_servers import ACCESS_KEY, SECRET_KEY, rclone_server
from tests.faults.day import FaultDay, Handler, Trouble, serve
from tests.faults.fault import Fault, Injection, Play, Row, Undisturbed

BUCKET = "library"
"""A folder of the state directory, where the folder library would be: the day is looked at as ever."""
PATIENCE_SECONDS = 2.0
FAILURES = 2
"""Goals that could not be stored before the server is well again."""
ANSWERS_LOST = 8
SOON = 4
"""Looks at what failed, so that a goal which fails while the server recovers is seen too."""
UNAVAILABLE = 69
"""EX_UNAVAILABLE of sysexits.h; systemd starts footyd again after it."""
NOT_PASSED_ON = frozenset({"connection", "expect", "keep-alive", "transfer-encoding"})
LARGEST_BODY = 50_000_000
FULL = "<?xml version='1.0'?><Error><Code>XMinioStorageFull</Code><Message>Disk is full.</Message></Error>"

# ---------------------------------------------------------------- between footyd and the server


async def _gate(day: FaultDay) -> str:
    """The address of a real server behind a proxy; `day.outside.trouble["s3"]` is what it does instead."""
    bucket = day.footyd.state / BUCKET
    bucket.mkdir(parents=True)
    upstream = day.undo.enter_context(rclone_server(day.footyd.state))
    session = await day.undo.enter_async_context(ClientSession(auto_decompress=False))

    async def forward(request: web.Request) -> web.StreamResponse:
        kept = {k: v for k, v in request.headers.items() if k.lower() not in NOT_PASSED_ON}
        to = URL(f"{upstream}{request.raw_path}", encoded=True)
        body = await request.read() if request.body_exists else None
        async with session.request(request.method, to, headers=kept, data=body) as answer:
            told = {k: v for k, v in answer.headers.items() if k.lower() not in NOT_PASSED_ON}
            return web.Response(status=answer.status, headers=told, body=await answer.read())

    app = web.Application(client_max_size=LARGEST_BODY)
    app.router.add_route("*", "/{path:.*}", forward)
    return await serve(day.undo, app, day.outside.trouble, "s3")


async def _on_s3(day: FaultDay) -> None:
    address = await _gate(day)
    day.configure(
        library={"kind": "s3"},
        library__s3={
            "endpoint_url": address,
            "bucket": BUCKET,
            "access_key": ACCESS_KEY,
            "secret_key": SECRET_KEY,
            "timeout_seconds": PATIENCE_SECONDS,
        },
        library__retry={"attempts": 2, "first_wait_seconds": 0.1},
    )


# ---------------------------------------------------------------- what it does instead


async def _closes(request: web.Request, _healthy: Handler) -> web.StreamResponse:
    return _cut(request)


def _cut(request: web.Request) -> web.StreamResponse:
    if request.transport:
        request.transport.abort()
    return web.Response()


async def _broken(_request: web.Request, _healthy: Handler) -> web.StreamResponse:
    return web.Response(status=500, text="Internal Server Error")


async def _slow(_request: web.Request, _healthy: Handler) -> web.StreamResponse:
    await asyncio.sleep(5 * PATIENCE_SECONDS)
    return web.Response(status=503)


async def _cut_in_upload(request: web.Request, healthy: Handler) -> web.StreamResponse:
    if request.method != "PUT":
        return await healthy(request)
    await request.content.readany()
    return _cut(request)


async def _full(request: web.Request, healthy: Handler) -> web.StreamResponse:
    """For what is written; reading and deleting go on."""
    if request.method not in ("PUT", "POST"):
        return await healthy(request)
    return web.Response(status=507, text=FULL, content_type="application/xml")


def _answer_lost(methods: frozenset[str]) -> Trouble:
    """The server does as it is told, and nobody hears of it: the first time for each address."""
    seen: set[tuple[str, str]] = set()

    async def trouble(request: web.Request, healthy: Handler) -> web.StreamResponse:
        asked = (request.method, request.path)
        if request.method not in methods or asked in seen or len(seen) >= ANSWERS_LOST:
            return await healthy(request)
        seen.add(asked)
        await healthy(request)
        return _cut(request)

    return trouble


TROUBLES: Mapping[str, Trouble] = {
    "refuses connections": _closes,
    "500": _broken,
    "slow": _slow,
    "cut off in the upload": _cut_in_upload,
    "full": _full,
}
LOST: Mapping[str, frozenset[str]] = {
    "of uploads": frozenset({"PUT"}),
    "of deletions": frozenset({"DELETE"}),
    "of everything": frozenset({"PUT", "POST", "DELETE", "HEAD", "GET"}),
}


# ---------------------------------------------------------------- the plays


async def hasten(day: FaultDay) -> None:
    """What five minutes do: goals that failed are due again. Nobody waits for them here."""
    async with day.footyd.store() as store:
        due = {"error": {"$nin": ["", None]}, "search.next_at": {"$ne": None}}
        await store.database.goals.update_many(due, {"$set": {"search.next_at": utcnow()}})
    day.footyd.send(signal.SIGHUP)


def while_storing(trouble: Trouble) -> Play:
    """From the first goal on, till some could not be stored."""

    async def play(day: FaultDay) -> None:
        await _on_s3(day)
        await day.footyd.start()
        day.outside.trouble["s3"] = trouble
        await day.at_line("goal failed", FAILURES)
        day.outside.trouble.clear()
        for count in range(1, SOON + 1):
            await hasten(day)
            await day.at_line("config applied", count)
            await asyncio.sleep(PATIENCE_SECONDS)

    return play


def at_start(trouble: Trouble) -> Play:
    """footyd ends with a code that systemd starts it again for."""

    async def play(day: FaultDay) -> None:
        await _on_s3(day)
        day.outside.trouble["s3"] = trouble
        await day.footyd.spawn()
        code = await day.dead()
        assert code == UNAVAILABLE, f"ended with exit code {code}"
        day.outside.trouble.clear()
        await day.footyd.start()

    return play


def without_answers(methods: frozenset[str]) -> Play:
    async def play(day: FaultDay) -> None:
        await _on_s3(day)
        await day.footyd.start()
        day.outside.trouble["s3"] = _answer_lost(methods)

    return play


async def undisturbed(day: FaultDay) -> None:
    await _on_s3(day)
    await day.footyd.start()


def _while_storing(_undisturbed: Undisturbed, _seed: int) -> list[Injection]:
    healthy = Injection(name="nothing wrong", play=undisturbed)
    return [healthy, *(Injection(name=name, play=while_storing(t)) for name, t in TROUBLES.items())]


def _at_start(_undisturbed: Undisturbed, _seed: int) -> list[Injection]:
    found = {
        name: trouble for name, trouble in TROUBLES.items() if name in ("refuses connections", "500", "slow")
    }
    return [Injection(name=name, play=at_start(trouble)) for name, trouble in found.items()]


def _unheard(_undisturbed: Undisturbed, _seed: int) -> list[Injection]:
    return [Injection(name=name, play=without_answers(methods)) for name, methods in LOST.items()]


FAULTS: tuple[Fault, ...] = (
    Row(name="S3: refuses, breaks, drags, is full", make=_while_storing),
    Row(name="S3: not there at the start", make=_at_start),
    Row(name="S3: answers lost on the way", make=_unheard),
)
