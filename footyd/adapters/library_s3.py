"""The library in an S3 bucket: AWS, MinIO, Garage, Ceph, anything that speaks the protocol.

Nothing is believed because of a status alone: between us and the server may stand a captive portal that
answers 200 and a page to everything. An upload carries its MD5 for the server to check, its answer must carry
an ETag, and the size is asked for afterwards.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from footyd.adapters.library_owner import MARKER
from footyd.adapters.s3_bodies import check_etag, measured, range_of
from footyd.adapters.s3_bucket import ensure_bucket
from footyd.adapters.s3_client import client_of, session_of
from footyd.adapters.s3_failures import (
    ADDRESS_REMEDY,
    MISSING,
    ForeignReplyError,
    code_of,
    failures,
    is_passing,
    reason_of,
    remedy_of,
)
from footyd.adapters.s3_owner import claim, owner_of
from footyd.adapters.s3_uploads import end_upload, stale_uploads
from footyd.adapters.tries import tried
from footyd.config import Retry, S3Config
from footyd.errors import LibraryError
from footyd.model import Leftover, ObjectKey, Owner

T = TypeVar("T")

_BLOCK_BYTES = 1 << 18


@asynccontextmanager
async def open_s3_library(config: S3Config, retry: Retry) -> AsyncIterator[S3Library]:
    """One client for all calls, and one that only signs links where those name another address."""
    async with AsyncExitStack() as stack:
        try:
            session = session_of(config)
            client = signer = await stack.enter_async_context(client_of(session, config, config.endpoint_url))
            if config.public_endpoint_url is not None:
                signer = await stack.enter_async_context(
                    client_of(session, config, config.public_endpoint_url)
                )
        except (BotoCoreError, ValueError) as exc:
            raise LibraryError(f"the S3 library cannot be opened: {exc}", remedy=ADDRESS_REMEDY) from exc
        yield S3Library(client, signer, config, retry)


class S3Library:
    """A `Library` in one bucket; the clients belong to `open_s3_library`."""

    def __init__(self, client: Any, signer: Any, config: S3Config, retry: Retry) -> None:
        self._client = client
        self._signer = signer
        self._config = config
        self._retry = retry

    async def prepare(self) -> None:
        """Make the bucket unless it is there; one that may not be listed is refused."""
        await self._run("open", None, functools.partial(ensure_bucket, self._client, self._config))

    async def owner(self) -> Owner | None:
        call = functools.partial(owner_of, self._client, self._config.bucket)
        return await self._run("read", MARKER, call)

    async def claim(self, owner: Owner, *, over: bool = False) -> Owner | None:
        """Of two at once one wins, where the server knows If-None-Match; elsewhere it is read back."""
        call = functools.partial(claim, self._client, self._config.bucket, owner, over=over)
        await self._run("write", MARKER, call)
        return await self.owner()

    async def put(
        self, key: ObjectKey, file: Path, *, content_type: str, metadata: Mapping[str, str]
    ) -> None:
        """Stream `file` from disk; S3 shows the object when it is whole."""
        await self._run("write", key, lambda: self._put(key, file, content_type, metadata))

    async def size(self, key: ObjectKey) -> int | None:
        return await self._run("look up", key, lambda: self._size(key))

    async def delete(self, key: ObjectKey) -> None:
        await self._run("delete", key, lambda: self._delete(key))

    async def copy(self, source: ObjectKey, target: ObjectKey) -> None:
        """Within the server; metadata comes along."""
        await self._run("copy to", target, lambda: self._copy(source, target))

    async def fetch(self, key: ObjectKey, into: Path) -> None:
        await self._run("read", key, lambda: self._read(key, into))

    async def sha256(self, key: ObjectKey) -> str:
        return await self._run("read", key, lambda: self._read(key, None))

    async def read(
        self, key: ObjectKey, *, start: int = 0, stop: int | None = None
    ) -> AsyncGenerator[bytes, None]:
        """One request; where the server does not keep to the stretch, what lies outside is left out."""
        reply = await self._run("read", key, lambda: self._get(key, start, stop))
        skip = 0 if start == 0 or "ContentRange" in reply else start
        left = reply["ContentLength"] - skip if stop is None else stop - start
        with self._told("read", key):
            async with (body := reply["Body"]):
                blocks = body.iter_chunks(_BLOCK_BYTES)
                while left > 0:
                    block = await self._in_time(lambda: anext(blocks, b""))
                    if not block:
                        raise ForeignReplyError(f"it ended {left} bytes too soon")
                    wanted = block[skip:][:left]
                    skip, left = max(0, skip - len(block)), left - len(wanted)
                    if wanted:
                        yield wanted

    async def objects(self) -> AsyncIterator[tuple[ObjectKey, int]]:
        """A thousand at a time, as S3 lists them: in the order of the keys' bytes."""
        after: str | None = ""
        while after is not None:
            page, after = await self._run("list", None, functools.partial(self._page, after))
            for key, size in page:
                yield key, size

    async def leftovers(self) -> list[Leftover]:
        """Uploads in parts of whomever; footyd's own come in one."""
        call = functools.partial(stale_uploads, self._client, self._config.bucket)
        return await self._run("list uploads to", None, call)

    async def sweep(self, leftover: Leftover) -> None:
        call = functools.partial(end_upload, self._client, self._config.bucket, leftover)
        await self._run("end an upload to", leftover.key, call)

    async def url(self, key: ObjectKey) -> str:
        """A link that works for `presign_seconds`, at the public address where one is set."""
        return await self._run("sign a link to", key, lambda: self._sign(key))

    async def _put(self, key: ObjectKey, file: Path, content_type: str, metadata: Mapping[str, str]) -> None:
        md5, size = await asyncio.to_thread(measured, file)
        with file.open("rb") as body:
            reply = await self._client.put_object(
                Bucket=self._config.bucket,
                Key=key,
                Body=body,
                ContentLength=size,
                ContentMD5=md5,
                ContentType=content_type,
                Metadata=dict(metadata),
            )
        check_etag(reply, md5)
        if (stored := await self._size(key)) != size:
            raise ForeignReplyError(f"{size} bytes were sent and {stored} arrived")

    async def _size(self, key: ObjectKey) -> int | None:
        try:
            reply = await self._client.head_object(Bucket=self._config.bucket, Key=key)
        except ClientError as exc:
            if code_of(exc) in MISSING:
                return None
            raise
        if not reply.get("ETag"):
            raise ForeignReplyError("the answer to a look-up carries no ETag")
        return int(reply["ContentLength"])

    async def _delete(self, key: ObjectKey) -> None:
        try:
            await self._client.delete_object(Bucket=self._config.bucket, Key=key)
        except ClientError as exc:
            if code_of(exc) not in MISSING:
                raise
        if await self._size(key) is not None:
            raise ForeignReplyError("the object is still there")

    async def _copy(self, source: ObjectKey, target: ObjectKey) -> None:
        size = await self._size(source)
        place = {"Bucket": self._config.bucket, "Key": source}
        reply = await self._client.copy_object(Bucket=self._config.bucket, Key=target, CopySource=place)
        if not reply.get("CopyObjectResult", {}).get("ETag"):
            raise ForeignReplyError("the answer to a copy carries no ETag")
        if (stored := await self._size(target)) != size:
            raise ForeignReplyError(f"{size} bytes were to be copied and {stored} arrived")

    async def _read(self, key: ObjectKey, into: Path | None) -> str:
        """The SHA-256 of the object, which `into` then holds."""
        reply = await self._client.get_object(Bucket=self._config.bucket, Key=key)
        digest, size = hashlib.sha256(), 0
        body = reply["Body"]
        async with body:
            with into.open("wb") if into else contextlib.nullcontext() as file:
                async for block in body.iter_chunks(_BLOCK_BYTES):
                    digest.update(block)
                    size += len(block)
                    if file:
                        file.write(block)
        if size != reply["ContentLength"]:
            raise ForeignReplyError(f"{reply['ContentLength']} bytes were promised and {size} arrived")
        return digest.hexdigest()

    async def _get(self, key: ObjectKey, start: int, stop: int | None) -> Mapping[str, Any]:
        wanted = {} if (start, stop) == (0, None) else {"Range": range_of(start, stop)}
        reply: Mapping[str, Any] = await self._client.get_object(
            Bucket=self._config.bucket, Key=key, **wanted
        )
        return reply

    async def _page(self, after: str) -> tuple[list[tuple[ObjectKey, int]], str | None]:
        """Some objects, and the token for more."""
        more = {"ContinuationToken": after} if after else {}
        reply = await self._client.list_objects_v2(Bucket=self._config.bucket, **more)
        if reply.get("Name") != self._config.bucket:
            raise ForeignReplyError("the answer names no bucket")
        listed = [(ObjectKey(one["Key"]), int(one["Size"])) for one in reply.get("Contents", [])]
        found = [one for one in listed if one[0] != MARKER]
        return found, reply.get("NextContinuationToken") if reply.get("IsTruncated") else None

    async def _sign(self, key: ObjectKey) -> str:
        link = await self._signer.generate_presigned_url(
            "get_object",
            Params={"Bucket": self._config.bucket, "Key": key},
            ExpiresIn=self._config.presign_seconds,
        )
        return str(link)

    async def _run(self, action: str, key: ObjectKey | None, call: Callable[[], Awaitable[T]]) -> T:
        with self._told(action, key):
            return await tried(functools.partial(self._in_time, call), is_passing, self._retry)

    @contextlib.contextmanager
    def _told(self, action: str, key: ObjectKey | None) -> Iterator[None]:
        """What fails inside is told as a LibraryError."""
        try:
            yield
        except failures() as exc:
            what = "the bucket" if key is None else f"{key!r} in the bucket"
            reason = reason_of(exc, timeout_seconds=self._config.timeout_seconds)
            raise LibraryError(
                f"could not {action} {what} {self._config.bucket!r} at {self._server()}: {reason}",
                remedy=remedy_of(exc),
            ) from exc

    async def _in_time(self, call: Callable[[], Awaitable[T]]) -> T:
        async with asyncio.timeout(self._config.timeout_seconds):
            return await call()

    def _server(self) -> str:
        """Host and port only: the address may hold a password."""
        endpoint = self._config.endpoint_url
        return "AWS" if endpoint is None else f"{endpoint.host}:{endpoint.port}"
