"""Clips and posters as bytes: only what a record names, in any stretch, or a link to where S3 holds it.

Addresses name a clip by its goal and its content, never by a key of the library.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote, urlsplit

import structlog
from aiohttp import web

from footyd.adapters.mongo.pages import StoredClip
from footyd.config import Config
from footyd.errors import LibraryError
from footyd.model import GoalId, ObjectKey
from footyd.stages.publish import Library, content_type, poster_key
from footyd.web.context import answers
from footyd.web.problems import Refusal, not_found

KEPT = "private, max-age=604800, immutable"
"""The address holds the content's sum: what it leads to never changes."""
WRITE_SECONDS = 60.0
"""A player that pauses takes nothing for a while; later it asks for the rest anew."""

log = structlog.get_logger()


# ---------------------------------------------------------------- addresses


def clip_path(goal_id: GoalId, sha256: str) -> str:
    """Plays; with `?download` it is saved under a name that people can read."""
    return f"/media/clips/{goal_id}/{sha256}"


def poster_path(goal_id: GoalId, sha256: str) -> str:
    return f"/media/posters/{goal_id}/{sha256}"


def clip_origins(config: Config) -> tuple[str, ...]:
    """Where links handed out by the library lead; empty where this process serves the clips itself.

    It does so for a folder, and for an S3 server that only this machine can reach.
    """
    if config.library.kind != "s3":
        return ()
    s3 = config.library.s3
    parts = urlsplit(str(s3.public_endpoint_url or s3.endpoint_url or ""))
    if s3.public_endpoint_url is None and _is_loopback(parts.hostname or ""):
        return ()
    return (f"{parts.scheme}://{parts.netloc}",) if parts.netloc else ("https://*.amazonaws.com",)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


# ---------------------------------------------------------------- handlers


async def clip(request: web.Request) -> web.StreamResponse:
    found, known = await _stored(request), answers(request)
    if "download" not in request.query and clip_origins(known.config()):
        raise await _elsewhere(known.library, found.key)
    name = file_name(found) if "download" in request.query else ""
    return await send(
        request, known.library, found.key, kind=content_type(found.container), tag=found.sha256, name=name
    )


async def poster(request: web.Request) -> web.StreamResponse:
    found, known = await _stored(request), answers(request)
    key = poster_key(found.key)
    if clip_origins(known.config()):
        raise await _elsewhere(known.library, key)
    return await send(request, known.library, key, kind="image/webp", tag=f"{found.sha256}-poster")


async def _stored(request: web.Request) -> StoredClip:
    goal, sha256 = request.match_info["goal_id"], request.match_info["sha256"]
    found = await answers(request).store.pages.stored(GoalId(goal), sha256)
    if found is None:
        raise not_found("such clip in the library")
    return found


async def _elsewhere(library: Library, key: ObjectKey) -> web.HTTPFound:
    """To a link that passes: nobody may remember where it led."""
    return web.HTTPFound(await library.url(key), headers={"Cache-Control": "no-store"})


def file_name(found: StoredClip) -> str:
    """By its key, without the folders that hold more than the match: they may be anything."""
    return " - ".join(found.key.split("/")[-3:])


def attachment(name: str) -> str:
    """A Content-Disposition that saves under this name, whatever letters it has (RFC 6266)."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


# ---------------------------------------------------------------- bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stretch:
    """From byte `start` until before `stop`; whether the client asked for no more than that."""

    start: int
    stop: int
    asked: bool


async def send(
    request: web.Request, library: Library, key: ObjectKey, *, kind: str, tag: str, name: str = ""
) -> web.StreamResponse:
    """An object of the library, or the stretch of it that is asked for; with a `name` to be saved.

    The key has to come from a record. `tag` tells this content from any other.
    """
    headers = {"Cache-Control": KEPT, "ETag": f'"{tag}"', "Accept-Ranges": "bytes"}
    if f'"{tag}"' in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    size = await library.size(key)
    if size is None:
        raise not_found("such file in the library", remedy="footyd library verify --repair fetches it again")
    stretch = _asked(request, size, tag)
    if name:
        headers["Content-Disposition"] = attachment(name)
    if stretch.asked:
        headers["Content-Range"] = f"bytes {stretch.start}-{stretch.stop - 1}/{size}"
    response = web.StreamResponse(status=206 if stretch.asked else 200, headers=headers)
    response.content_type = kind
    response.content_length = stretch.stop - stretch.start
    await response.prepare(request)
    if request.method != "HEAD":
        await _pass_on(request, response, library, key, stretch)
    return response


def _asked(request: web.Request, size: int, tag: str) -> _Stretch:
    """Several stretches, or one that cannot be read, are answered with the whole (RFC 9110)."""
    whole = _Stretch(start=0, stop=size, asked=False)
    if "Range" not in request.headers or request.headers.get("If-Range", f'"{tag}"') != f'"{tag}"':
        return whole
    try:
        wanted = request.http_range
    except ValueError:
        return whole
    start, stop, _ = wanted.indices(size)
    if start >= stop:
        raise Refusal(416, "the clip is shorter", headers={"Content-Range": f"bytes */{size}"})
    return _Stretch(start=start, stop=stop, asked=True)


async def _pass_on(
    request: web.Request, response: web.StreamResponse, library: Library, key: ObjectKey, stretch: _Stretch
) -> None:
    """A library that fails on the way ends the connection: the length that was promised tells the client."""
    try:
        async with aclosing(library.read(key, start=stretch.start, stop=stretch.stop)) as blocks:
            async for block in blocks:
                async with asyncio.timeout(WRITE_SECONDS):
                    await response.write(block)
        return
    except (ConnectionError, TimeoutError):
        log.debug("clip not taken")
    except LibraryError as exc:
        log.warning("clip not sent", reason=exc.line())
    if request.transport is not None:
        request.transport.close()


ROUTES = (
    web.get("/media/clips/{goal_id}/{sha256:[0-9a-f]{64}}", clip),
    web.get("/media/posters/{goal_id}/{sha256:[0-9a-f]{64}}", poster),
)
