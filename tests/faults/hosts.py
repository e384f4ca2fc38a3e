"""Clip hosts that never end, lie, break off, or send what is no clip, or one that no Pi should decode."""

from __future__ import annotations

import asyncio
import gzip
import struct
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from aiohttp import web

from footyd.model import ClipState
from tests.faults.day import FaultDay, Handler, Trouble
from tests.faults.fault import Check, Fault, Injection, Play, Row, Undisturbed
from tests.faults.remains import Remains
from tests.faults.short_day import CORRECTED

SPOILT = f"kam-{CORRECTED.minute}-main-base.mp4"
"""The better of two clips of one goal: without it the other one is its keeper."""
TIMEOUT_SECONDS = 12.0
"""Of one download where a host never ends; its worker starts anew each time."""
MAX_BYTES = 3_000_000
HOURS_LONG = 4 * 3600
MP4 = {"Content-Type": "video/mp4"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoilt:
    """How a host treats one file, made from the healthy one, and as what footyd should know it."""

    trouble: Callable[[Path], Trouble]
    reasons: frozenset[str]


# ---------------------------------------------------------------- how it is sent


def _endless(_clip: Path) -> Trouble:
    """Some bytes now and then, without end."""

    async def trouble(request: web.Request, _healthy: Handler) -> web.StreamResponse:
        reply = web.StreamResponse(headers=MP4)
        await reply.prepare(request)
        with suppress(ConnectionError):
            while True:
                await reply.write(bytes(100))
                await asyncio.sleep(0.05)
        return reply

    return trouble


def _torrent(_clip: Path) -> Trouble:
    """As fast as it is taken, without end and without a length."""

    async def trouble(request: web.Request, _healthy: Handler) -> web.StreamResponse:
        reply = web.StreamResponse(headers=MP4)
        await reply.prepare(request)
        with suppress(ConnectionError):
            while True:
                await reply.write(bytes(100_000))
        return reply

    return trouble


def _lies(told: Callable[[int], int]) -> Callable[[Path], Trouble]:
    """The body ends before its length does, or goes on after it."""

    def of(clip: Path) -> Trouble:
        body = clip.read_bytes()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: {told(len(body))}\r\n"

        async def trouble(request: web.Request, _healthy: Handler) -> web.StreamResponse:
            transport = request.transport
            assert isinstance(transport, asyncio.Transport)
            transport.write(f"{head}Connection: close\r\n\r\n".encode() + body)
            await asyncio.sleep(0.2)
            transport.close()
            return web.Response()  # nobody is left to hear it

        return trouble

    return of


def _unpacks(member_bytes: int, members: int) -> Callable[[Path], Trouble]:
    """A few bytes, packed as HTTP allows it, that become gigabytes where they are unpacked at once."""

    def of(_clip: Path) -> Trouble:
        body = gzip.compress(bytes(member_bytes)) * members

        async def trouble(_request: web.Request, _healthy: Handler) -> web.StreamResponse:
            return web.Response(body=body, headers={**MP4, "Content-Encoding": "gzip"})

        return trouble

    return of


def _answers(status: int, body: str, content_type: str = "text/html") -> Callable[[Path], Trouble]:
    async def trouble(_request: web.Request, _healthy: Handler) -> web.StreamResponse:
        return web.Response(status=status, text=body, content_type=content_type)

    return lambda _clip: trouble


# ---------------------------------------------------------------- what is sent


def _sends(spoil: Callable[[Path], bytes]) -> Callable[[Path], Trouble]:
    def of(clip: Path) -> Trouble:
        body = spoil(clip)

        async def trouble(_request: web.Request, _healthy: Handler) -> web.StreamResponse:
            return web.Response(body=body, headers=MP4)

        return trouble

    return of


def _half(clip: Path) -> bytes:
    whole = clip.read_bytes()
    return whole[: len(whole) // 2]


def _with_a_hole(clip: Path) -> bytes:
    """Of the right size, with its index, but most of its pictures are zeroes."""
    whole = clip.read_bytes()
    tenth = len(whole) // 10
    return whole[:tenth] + bytes(8 * tenth) + whole[9 * tenth :]


def _claims_hours(clip: Path) -> bytes:
    """Every box that tells a length says four hours; it holds three seconds."""
    found = bytearray(clip.read_bytes())
    for box in (b"mvhd", b"mdhd"):
        at = found.index(box) + 4
        [scale] = struct.unpack_from(">I", found, at + 12)
        struct.pack_into(">I", found, at + 16, HOURS_LONG * scale)
    times = found.index(b"stts") + 4
    [count, _] = struct.unpack_from(">II", found, times + 8)
    media = found.index(b"mdhd") + 4
    [scale] = struct.unpack_from(">I", found, media + 12)
    struct.pack_into(">I", found, times + 12, HOURS_LONG * scale // count)
    return bytes(found)


def _grey(name: str, size: tuple[int, int], frames: int, fps: float) -> Callable[[Path], bytes]:
    """A real video of one grey picture, as few bytes as it can be; made once, beside the clips."""

    def made(clip: Path) -> bytes:
        path = clip.with_name(f"{name}.mp4")
        if not path.exists():
            draft = path.with_suffix(".draft.mp4")
            writer = cv2.VideoWriter(str(draft), cv2.VideoWriter.fourcc(*"mp4v"), fps, size)
            picture = np.full((size[1], size[0], 3), 90, np.uint8)
            for _ in range(frames):
                writer.write(picture)
            writer.release()
            draft.rename(path)
        return path.read_bytes()

    return made


TROUBLES: Mapping[str, Spoilt] = {
    "never ends, slowly": Spoilt(trouble=_endless, reasons=frozenset({"timed_out"})),
    "never ends, fast": Spoilt(trouble=_torrent, reasons=frozenset({"too_large", "timed_out"})),
    "longer than it says": Spoilt(
        trouble=_lies(lambda length: length // 2), reasons=frozenset({"truncated", "unreadable"})
    ),
    "shorter than it says": Spoilt(
        trouble=_lies(lambda length: 2 * length), reasons=frozenset({"incomplete", "unreachable"})
    ),
    "gigabytes, it says": Spoilt(trouble=_lies(lambda _: 2**33), reasons=frozenset({"too_large"})),
    "HTML": Spoilt(
        trouble=_answers(200, "<html><body>This video is not available.</body></html>"),
        reasons=frozenset({"unsupported", "no_video_file", "unreadable", "dead_link"}),
    ),
    "HTML as video/mp4": Spoilt(
        trouble=_answers(200, "<html><body>Just a moment</body></html>", "video/mp4"),
        reasons=frozenset({"unreadable"}),
    ),
    "zero bytes": Spoilt(
        trouble=_sends(lambda _: b""), reasons=frozenset({"no_video_file", "incomplete", "unreadable"})
    ),
    "truncated": Spoilt(trouble=_sends(_half), reasons=frozenset({"truncated", "unreadable"})),
    "a hole in the middle": Spoilt(trouble=_sends(_with_a_hole), reasons=frozenset({"truncated", "still"})),
    "four hours, it claims": Spoilt(
        trouble=_sends(_claims_hours), reasons=frozenset({"too_long", "truncated"})
    ),
    "four hours in a small file": Spoilt(
        trouble=_sends(_grey("hours", (320, 180), HOURS_LONG, 1.0)), reasons=frozenset({"too_long"})
    ),
    "8K": Spoilt(
        trouble=_sends(_grey("8k", (7680, 4320), 30, 5.0)), reasons=frozenset({"too_large", "too_high"})
    ),
    "zip bomb, of pictures": Spoilt(
        trouble=_sends(_grey("bomb", (1920, 1080), 600, 7.5)),
        reasons=frozenset({"still", "black", "too_large"}),
    ),
    "zip bomb, of bytes": Spoilt(
        trouble=_unpacks(10_000_000, 200), reasons=frozenset({"too_large", "unreadable"})
    ),
    "HTTP 403": Spoilt(trouble=_answers(403, "no"), reasons=frozenset({"forbidden"})),
    "HTTP 404": Spoilt(trouble=_answers(404, "no"), reasons=frozenset({"dead_link"})),
    "HTTP 451": Spoilt(trouble=_answers(451, "no"), reasons=frozenset({"geo_blocked"})),
    "HTTP 503": Spoilt(trouble=_answers(503, "no"), reasons=frozenset({"unreachable"})),
}
PASSING = ("never ends, slowly", "shorter than it says", "HTTP 403", "HTTP 503")
"""Those that footyd comes back to."""


def _settings(name: str, day: FaultDay) -> None:
    timeout = {"timeout_seconds": TIMEOUT_SECONDS} if name.startswith("never ends") else {}
    day.configure(
        download={"max_bytes": MAX_BYTES, **timeout},
        download__retry={"attempts": 2, "first_wait_seconds": 0.1},
    )


def _spoils(name: str, day: FaultDay, times: int | None = None) -> Trouble:
    """The one file, so often or always; every other one is sent as it is."""
    wrong = TROUBLES[name].trouble(day.clips / SPOILT)
    left = times

    async def trouble(request: web.Request, healthy: Handler) -> web.StreamResponse:
        nonlocal left
        if request.match_info.get("name") != SPOILT or left == 0:
            return await healthy(request)
        left = None if left is None else left - 1
        return await wrong(request, healthy)

    return trouble


def one_file(name: str, times: int | None = None) -> Play:
    """One post's file is spoilt; for good, or till it was asked for so often."""

    async def play(day: FaultDay) -> None:
        _settings(name, day)
        day.outside.trouble["clips"] = _spoils(name, day, times)
        await day.footyd.start()

    return play


def known_as(name: str) -> Check:
    """Its reason, and that every goal which has a keeper undisturbed has one all the same."""

    def check(left: Remains, wanted: Remains) -> Sequence[str]:
        spoilt = [c for c in left.records.candidates if _is_spoilt(c.post.media[0].url)]
        found = {c.rejection.reason if c.rejection else c.state.value for c in spoilt}
        wrong = [f"known as {found}"] if len(found) != 1 or found - TROUBLES[name].reasons else []
        return [
            *wrong,
            *(f"{goal} has no clip" for goal in sorted(_with_keeper(wanted) - _with_keeper(left))),
        ]

    return check


def _is_spoilt(url: str | None) -> bool:
    return url is not None and url.endswith(SPOILT)


def _with_keeper(remains: Remains) -> set[str]:
    return {clip.goal_id for clip in remains.records.clips if clip.state is ClipState.KEEPER}


def _for_good(_undisturbed: Undisturbed, _seed: int) -> list[Injection]:
    return [Injection(name=name, play=one_file(name), check=known_as(name)) for name in TROUBLES]


def _for_a_while(_undisturbed: Undisturbed, _seed: int) -> list[Injection]:
    return [Injection(name=f"{name}, once", play=one_file(name, times=1)) for name in PASSING]


FAULTS: tuple[Fault, ...] = (
    Row(name="clip host: a file spoilt for good", make=_for_good),
    Row(name="clip host: a file spoilt once", make=_for_a_while),
)
