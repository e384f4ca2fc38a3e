"""What other programs subscribe to: new clips as an Atom feed, followed matches as a calendar.

Where a token is set, both ask for it by HTTP Basic, with any name: feed readers and calendars keep a
password for an address. A token in the address itself would end in their logs and their exports.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from dataclasses import dataclass
from typing import Literal

from aiohttp import web

from footyd.web.atom import clips_feed
from footyd.web.calendar import fixtures_calendar
from footyd.web.context import address, answers
from footyd.web.endpoint import LIMIT, Limit, Param, check_params, query_int
from footyd.web.forwarded import is_secure, is_trusted_proxy
from footyd.web.looks.news import look_matches, look_news

SPOILERS = Param(name="spoilers", told="hide: without scores and scorers.", kind=Literal["hide", "show"])
OF_CLIPS = (Param(name="limit", told=f"How many clips; {LIMIT} unless told.", kind=Limit), SPOILERS)
OF_MATCHES = (SPOILERS,)
_NETLOC = re.compile(r"[\w.-]+(:\d{1,5})?|\[[0-9a-fA-F:]+\](:\d{1,5})?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """Where we are for who asks: `root` is scheme, host and prefix, `this` the address asked for."""

    root: str
    this: str


def here(request: web.Request) -> Here:
    """As the reverse proxy in front of us was asked, if it is one we trust."""
    host = request.host
    told = request.headers.get("X-Forwarded-Host", "").rpartition(",")[2].strip()
    if _NETLOC.fullmatch(told) and is_trusted_proxy(request, request.remote or ""):
        host = told
    root = f"{'https' if is_secure(request) else 'http'}://{host}{address(request, '')}"
    path = request.rel_url.raw_path.removeprefix(address(request, ""))
    query = request.rel_url.raw_query_string
    return Here(root=root, this=f"{root}{path}" + (f"?{query}" if query else ""))


async def clips(request: web.Request) -> web.Response:
    check_params(request, OF_CLIPS)
    known = answers(request)
    news = await look_news(known.store, limit=query_int(request, "limit", LIMIT) or LIMIT)
    at = here(request)
    body = clips_feed(news, root=at.root, this=at.this, now=known.clock(), hides=_hides(request))
    return _sent(request, body, hashlib.sha256(body), "application/atom+xml")


async def fixtures(request: web.Request) -> web.Response:
    check_params(request, OF_MATCHES)
    known = answers(request)
    matches = await look_matches(known.store, known.config(), known.clock())
    root, hides = here(request).root, _hides(request)
    body = await asyncio.to_thread(fixtures_calendar, matches, root=root, now=known.clock(), hides=hides)
    return _sent(request, body, hashlib.sha256(re.sub(rb"DTSTAMP:\w+", b"", body)), "text/calendar")


def _hides(request: web.Request) -> bool:
    return request.query.get("spoilers") == "hide"


def _sent(request: web.Request, body: bytes, content: hashlib._Hash, kind: str) -> web.Response:
    """Or not at all, when the program has this content already."""
    tag = f'"{content.hexdigest()[:32]}"'
    headers = {"Cache-Control": "private, no-cache", "ETag": tag}
    if tag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, headers=headers, content_type=kind, charset="utf-8")


ROUTES = (web.get("/feeds/clips.atom", clips), web.get("/feeds/fixtures.ics", fixtures))
