"""Two real S3 servers on free loopback ports, and one of our own that misbehaves on purpose."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import IO

from pydantic import HttpUrl, SecretStr

from footyd.config import Retry, S3Config

ACCESS_KEY, SECRET_KEY = "footyd-test", "a-long-made-up-secret"
AT_ONCE = Retry(attempts=3, first_wait_seconds=0)
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


def s3_config(
    endpoint: str,
    *,
    bucket: str = "footyd",
    region: str = "us-east-1",
    secret_key: str = SECRET_KEY,
    access_key: str = ACCESS_KEY,
    timeout_seconds: float = 30,
    public_endpoint: str | None = None,
) -> S3Config:
    return S3Config(
        endpoint_url=HttpUrl(endpoint),
        public_endpoint_url=HttpUrl(public_endpoint) if public_endpoint else None,
        bucket=bucket,
        region=region,
        access_key=SecretStr(access_key),
        secret_key=SecretStr(secret_key),
        timeout_seconds=timeout_seconds,
    )


@contextmanager
def rclone_server(folder: Path) -> Iterator[str]:
    """`rclone serve s3` over `folder`, which checks signatures; yields its address."""
    rclone = Path(sys.executable).with_name("rclone")
    serve = [
        rclone,
        "serve",
        "s3",
        folder,
        "--addr",
        "127.0.0.1:0",
        "--auth-key",
        f"{ACCESS_KEY},{SECRET_KEY}",
    ]
    with _server([str(part) for part in serve]) as address:
        yield address


@contextmanager
def moto_server() -> Iterator[str]:
    """moto's server, which keeps objects in memory and believes any signature; yields its address."""
    with _server([str(Path(sys.executable).with_name("moto_server")), "-p", "0"]) as address:
        yield address


@contextmanager
def _server(command: list[str]) -> Iterator[str]:
    environment = os.environ | {"RCLONE_CONFIG": os.devnull, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment
    )
    with process:
        assert process.stderr is not None
        try:
            address = _announced(process.stderr)
            # A pipe that nobody reads would stop the server once it is full.
            threading.Thread(target=_drained, args=(process.stderr,), daemon=True).start()
            yield address
        finally:
            process.kill()


def _drained(log: IO[str]) -> None:
    with contextlib.suppress(ValueError):  # closed at the end
        for _ in log:
            pass


def _announced(log: IO[str]) -> str:
    seen = []
    for line in log:
        if found := _ADDRESS.search(line):
            return found[0]
        seen.append(line)
    raise AssertionError(f"the server ended without telling its address: {''.join(seen)}")


Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def answering(*answers: Answer) -> AsyncIterator[str]:
    """A server that treats its n-th connection as the n-th answer says, and all later ones as the last."""
    left = list(answers)
    treating = set[asyncio.Task[None] | None]()

    async def treat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        treating.add(asyncio.current_task())
        answer = left.pop(0) if len(left) > 1 else left[0]
        with contextlib.closing(writer), contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await answer(reader, writer)

    server = await asyncio.start_server(treat, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    for task in filter(None, treating):
        task.cancel()
    await asyncio.gather(*filter(None, treating), return_exceptions=True)


def replying(status: str, body: str, *headers: str) -> Answer:
    """Read one request up to its body, answer, hang up."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        question = await reader.readuntil(b"\r\n\r\n")
        lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers)
        writer.write("\r\n".join((*lines, "", "" if question.startswith(b"HEAD") else body)).encode())
        await writer.drain()

    return answer


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Swallow everything, say nothing, until the other side hangs up."""
    while await reader.read(1 << 16):
        pass


async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take the request and the beginning of an upload, then break the connection."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    await reader.read(1 << 16)
    writer.transport.abort()


def piped_to(address: str, *, change: Callable[[bytes], bytes] = bytes) -> Answer:
    """Whatever the server at `address` says to what is asked, each block of the question changed."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = address.removeprefix("http://").split(":")
        upstream_reader, upstream_writer = await asyncio.open_connection(host, int(port))
        with contextlib.closing(upstream_writer):
            asking = asyncio.create_task(_pump(reader, upstream_writer, change))
            try:
                await _pump(upstream_reader, writer, bytes)
            finally:
                asking.cancel()

    return answer


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, change: Callable[[bytes], bytes]
) -> None:
    with contextlib.suppress(ConnectionError):
        while block := await reader.read(1 << 16):
            writer.write(change(block))
            await writer.drain()
        writer.write_eof()
