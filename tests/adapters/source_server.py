"""A loopback stand-in for any source: scripted replies, and the ways in which a server can misbehave."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from urllib.parse import parse_qsl, urlsplit


class Manner(Enum):
    """How a reply is sent; the cut ones claim their whole length."""

    WHOLE = auto()
    CUT_IN_BODY = auto()
    CLOSED_AT_ONCE = auto()
    NEVER = auto()
    DRIPPING = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    manner: Manner = Manner.WHOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it came; header names are in lower case."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    method: str = "GET"
    body: bytes = b""


Answering = Callable[[Asked], Reply]


def html(text: str, status: int = 200, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(
        status=status, body=text.encode(), headers={"Content-Type": "text/html; charset=utf-8", **named}
    )


def as_json(content: object, status: int = 200, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = json.dumps(content).encode()
    return Reply(status=status, body=body, headers={"Content-Type": "application/json", **named})


CHALLENGE = html(
    "<html><head><title>Just a moment...</title></head><body>Enable JavaScript</body></html>",
    403,
    cf_ray="0123456789abcdef-FRA",
    cf_mitigated="challenge",
)
MISBEHAVIOUR: Mapping[str, Reply] = {
    "closes at once": Reply(manner=Manner.CLOSED_AT_ONCE),
    "cut off in the body": Reply(body=b"<html>" + b" " * 5000, manner=Manner.CUT_IN_BODY),
    "never answers": Reply(manner=Manner.NEVER),
    "drips": Reply(body=b"<html>", manner=Manner.DRIPPING),
    "empty body": Reply(),
    "html of somebody else": html("<html><head><title>Sign in</title></head><body></body></html>"),
    "challenge": CHALLENGE,
    "plain words": Reply(body=b"no healthy upstream", headers={"Content-Type": "text/plain"}),
    "json of another shape": as_json({"hello": ["world", None, 1.5]}),
    "a list": as_json([1, 2]),
    "half a json": Reply(body=b'{"data": [{"id": "1', headers={"Content-Type": "application/json"}),
    "not gzip": Reply(body=b"not gzip", headers={"Content-Encoding": "gzip"}),
    "bytes of no encoding": Reply(body=bytes(range(128, 256)) * 20, headers={"Content-Type": "text/html"}),
    "an encoding that is none": Reply(body=b"zz", headers={"Content-Type": "text/html; charset=hex"}),
    "utf-16": Reply(body='{"data": []}</html>'.encode("utf-16"), headers={"Content-Type": "text/html"}),
    "redirect in a circle": Reply(status=302, headers={"Location": "/again"}),
    "redirect to nowhere": Reply(status=301, headers={"Location": "http://127.0.0.1:1/"}),
    "redirect to no port": Reply(status=302, headers={"Location": "http://127.0.0.1:99999999/"}),
    "redirect to no host": Reply(status=302, headers={"Location": "http://xn--/"}),
    "redirect to no address": Reply(status=302, headers={"Location": "http://[::zz]/"}),
    "404": Reply(status=404),
    "500": Reply(status=500),
    "503": html("<h1>Service Unavailable</h1>", 503),
}
"""By name: none of them is an answer of any source, so each must come out as Unavailable."""


class SourceServer:
    """Gives the replies in their order, the last one for ever; remembers what was asked."""

    def __init__(self, *replies: Reply | Answering) -> None:
        self.replies = list(replies)
        self.asked: list[Asked] = []
        self.url = ""
        self._over = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            asked = _asked(head.decode("latin-1"))
            body = await reader.readexactly(int(asked.headers.get("content-length", "0")))
            await self._send(self._reply_to(replace(asked, body=body)), writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _reply_to(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        return reply if isinstance(reply, Reply) else reply(asked)

    async def _send(self, reply: Reply, writer: asyncio.StreamWriter) -> None:
        if reply.manner is Manner.NEVER:
            await self._over.wait()
        if reply.manner in {Manner.NEVER, Manner.CLOSED_AT_ONCE}:
            return
        claimed = len(reply.body) + (1000 if reply.manner is Manner.DRIPPING else 0)
        head = {"Content-Length": str(claimed), "Connection": "close", **reply.headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        writer.write(f"HTTP/1.1 {reply.status} X\r\n{lines}\r\n".encode("latin-1"))
        whole = reply.manner is not Manner.CUT_IN_BODY
        writer.write(reply.body if whole else reply.body[: len(reply.body) // 2])
        await writer.drain()
        if reply.manner is Manner.DRIPPING:
            await self._over.wait()

    def end(self) -> None:
        self._over.set()


def _asked(head: str) -> Asked:
    request, *lines = head.split("\r\n")
    target = urlsplit(request.split(" ")[1])
    headers = (line.partition(": ") for line in lines if line)
    return Asked(
        method=request.split(" ")[0],
        path=target.path,
        query=dict(parse_qsl(target.query, keep_blank_values=True)),
        headers={name.lower(): value for name, _, value in headers},
    )


@asynccontextmanager
async def source_server(*replies: Reply | Answering) -> AsyncIterator[SourceServer]:
    """A server with these replies at `url`, on loopback."""
    serving = SourceServer(*replies)
    server = await asyncio.start_server(serving.serve, "127.0.0.1", 0)
    serving.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield serving
    finally:
        serving.end()
        server.close()
        await server.wait_closed()
