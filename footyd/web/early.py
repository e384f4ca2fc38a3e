"""A page whose beginning is shown while the rest is still being read and rendered."""

from __future__ import annotations

import zlib
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

from aiohttp import web

from footyd.errors import FootydError
from footyd.web.context import ANSWERS
from footyd.web.cookies import give_cookie
from footyd.web.render import PAGES, given_to_all

MARK = "\0"
"""Where a template writes `mark`, its beginning ends."""
END = "</main></body></html>"
GZIP_WINDOW = 31
"""zlib's way of saying: gzip, with the largest window."""
LEVEL = 3

Then = Callable[[], Awaitable[Mapping[str, Any]]]


async def early_page(
    request: web.Request, template: str, first: Mapping[str, Any], then: Then
) -> web.StreamResponse:
    """Send the template up to its mark with `first`; what comes of `then` it finds in `late`.

    A database that is away is told before anything is sent; what fails later stands on the page.
    """
    pages, late = request.app[PAGES], SimpleNamespace(seen="")
    waiting = await request.app[ANSWERS].store.pages.to_review()
    given = {**given_to_all(request), **first, "to_review": waiting, "late": late, "mark": MARK}
    pieces = pages.pieces(template, given)
    beginning = "".join(iter(pieces.__next__, MARK))
    response = _Packed(request)
    with suppress(ConnectionError):
        await response.begin(beginning)
        try:
            vars(late).update(await then())
            rest = "".join(pieces)
        except FootydError as exc:
            rest = str(pages.macro("blocks.html", "failed", exc.line())) + END
        await response.end(rest)
    return response.answer


class _Packed:
    """A stream of two texts, compressed where the client reads that: the first is there at once."""

    def __init__(self, request: web.Request) -> None:
        self._request = request
        self.answer = web.StreamResponse(headers={"Cache-Control": "no-store", "Vary": "Accept-Encoding"})
        self.answer.content_type, self.answer.charset = "text/html", "utf-8"
        self._zip = None
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            self._zip = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP_WINDOW)
            self.answer.headers["Content-Encoding"] = "gzip"

    async def begin(self, text: str) -> None:
        give_cookie(self._request, self.answer)
        await self.answer.prepare(self._request)
        await self._write(text, zlib.Z_SYNC_FLUSH)

    async def end(self, text: str) -> None:
        await self._write(text, zlib.Z_FINISH)
        await self.answer.write_eof()

    async def _write(self, text: str, mode: int) -> None:
        data = text.encode()
        if self._zip is not None:
            data = self._zip.compress(data) + self._zip.flush(mode)
        if self._request.method != "HEAD":
            await self.answer.write(data)
