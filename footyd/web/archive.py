"""All clips of a match as one ZIP, written while it is read: nothing is kept on disk, one block in memory.

Videos do not get smaller, so they are stored as they are; then the length of the whole is known before, and a
client shows how far it is and sees when the end is missing.
"""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

import structlog
from aiohttp import web

from footyd.errors import LibraryError
from footyd.model import FixtureId, ObjectKey
from footyd.stages.publish import Library
from footyd.web.context import answers
from footyd.web.endpoint import Id, adapter
from footyd.web.looks.library import look_match
from footyd.web.media import WRITE_SECONDS, attachment
from footyd.web.problems import not_found

LOCAL_BYTES, CENTRAL_BYTES, END_BYTES = 30 + 16, 46, 22
"""Of the ZIP format, beside names and content: a file's header and descriptor, its entry, the last record."""
LARGEST_PLAIN_BYTES = 2**31 - 1
"""Beyond, Python writes ZIP64's longer fields, and the length is not told."""
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""In a ZIP; a clock that was not set is earlier."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An object of the library, and its name in the archive."""

    key: ObjectKey
    name: str
    size_bytes: int
    at: tuple[int, int, int, int, int, int] = EARLIEST


class _Outbox(io.RawIOBase):
    """Takes what zipfile writes until it is fetched; it cannot be gone back in, so headers come after."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]  # zipfile hands out bytes only
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


async def zipped(entries: Sequence[Entry], library: Library) -> AsyncGenerator[bytes, None]:
    """The archive in blocks as large as the library's own. Raises LibraryError."""
    outbox = _Outbox()
    with zipfile.ZipFile(outbox, "w", zipfile.ZIP_STORED) as archive:
        for entry in entries:
            info = zipfile.ZipInfo(entry.name, entry.at)
            info.external_attr = 0o644 << 16
            with archive.open(info, "w", force_zip64=entry.size_bytes > LARGEST_PLAIN_BYTES) as target:
                async with aclosing(library.read(entry.key, stop=entry.size_bytes)) as blocks:
                    async for block in blocks:
                        target.write(block)
                        yield outbox.take()
            if info.file_size != entry.size_bytes:
                raise LibraryError(f"{entry.key!r} has {info.file_size} bytes of {entry.size_bytes}")
    yield outbox.take()


def length_of(entries: Sequence[Entry]) -> int | None:
    """Of the archive; None for one that is too large to say."""
    around = LOCAL_BYTES + CENTRAL_BYTES
    total = END_BYTES + sum(around + 2 * len(e.name.encode()) + e.size_bytes for e in entries)
    return total if total <= LARGEST_PLAIN_BYTES else None


# ---------------------------------------------------------------- a match


async def match_archive(request: web.Request) -> web.StreamResponse:
    name, entries = await _of_match(request)
    response = web.StreamResponse(
        headers={"Cache-Control": "no-store", "Content-Disposition": attachment(f"{name}.zip")}
    )
    response.content_type = "application/zip"
    if length := length_of(entries):
        response.content_length = length
    await response.prepare(request)
    if request.method != "HEAD":
        await _send(request, response, zipped(entries, answers(request).library))
    return response


async def _of_match(request: web.Request) -> tuple[str, Sequence[Entry]]:
    """The archive's name, and the clips that are there at this moment."""
    known = answers(request)
    fixture = FixtureId(adapter(Id).validate_strings(request.match_info["fixture_id"]))
    match = await look_match(known.store, fixture)
    if match is None:
        raise not_found(f"clip of match {fixture}")
    title = f"{match.kickoff:%Y-%m-%d} {match.home} vs {match.away}"
    entries = []
    for keeper in await known.store.keepers.of_goals([goal.id for goal in match.goals]):
        size = await known.library.size(keeper.key)
        if size is not None:
            at = max((keeper.kept_at or match.kickoff).timetuple()[:6], EARLIEST)
            entries.append(Entry(key=keeper.key, name=_name(keeper.key, title), size_bytes=size, at=at))
    if not entries:
        raise not_found(f"file of match {fixture}", remedy="footyd library verify --repair fetches them")
    return title.replace("/", "-"), entries


def _name(key: ObjectKey, title: str) -> str:
    """As in the library, but under the match alone."""
    return f"{title.replace('/', '-')}/{' - '.join(key.split('/')[-2:])}"


async def _send(
    request: web.Request, response: web.StreamResponse, blocks: AsyncGenerator[bytes, None]
) -> None:
    """A library that fails on the way ends the connection: half an archive must not pass for a whole one."""
    try:
        async with aclosing(blocks):
            async for block in blocks:
                async with asyncio.timeout(WRITE_SECONDS):
                    await response.write(block)
        await response.write_eof()
    except (ConnectionError, TimeoutError):
        pass
    except LibraryError as exc:
        log.warning("clips not sent", reason=exc.line())
    else:
        return
    if request.transport is not None:
        request.transport.close()


ROUTES = (web.get("/media/matches/{fixture_id:[0-9]{1,18}}.zip", match_archive),)
