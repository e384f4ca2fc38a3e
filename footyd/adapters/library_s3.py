"""The library in an S3 bucket: AWS, MinIO, Garage, Ceph, anything that speaks the protocol.

Nothing is believed because of a status alone: between us and the server may stand a captive portal that
answers 200 and a page to everything. An upload carries its MD5 for the server to check, its answer must carry
an ETag, and the size is asked for afterwards.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

import stamina
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import HttpUrl, SecretStr

from footyd.adapters.s3_failures import (
    ADDRESS_REMEDY,
    KEYS_REMEDY,
    MISSING,
    ForeignReplyError,
    code_of,
    failures,
    is_passing,
    reason_of,
    remedy_of,
)
from footyd.config import Retry, S3Config
from footyd.errors import LibraryError
from footyd.model import ObjectKey

T = TypeVar("T")

_LONGEST_WAIT_SECONDS = 3600
_HOME_REGION = "us-east-1"
"""The one region that create_bucket must not be given as LocationConstraint."""


@asynccontextmanager
async def open_s3_library(config: S3Config, retry: Retry) -> AsyncIterator[S3Library]:
    """One client for all calls, and one that only signs links where those name another address."""
    async with AsyncExitStack() as stack:
        try:
            session = _session(config)
            client = signer = await stack.enter_async_context(_client(session, config, config.endpoint_url))
            if config.public_endpoint_url is not None:
                signer = await stack.enter_async_context(_client(session, config, config.public_endpoint_url))
        except (BotoCoreError, ValueError) as exc:
            raise LibraryError(f"the S3 library cannot be opened: {exc}", remedy=ADDRESS_REMEDY) from exc
        yield S3Library(client, signer, config, retry)


def _session(config: S3Config) -> Any:
    if (config.access_key is None) != (config.secret_key is None):
        raise LibraryError("the S3 library has one key of two", remedy=KEYS_REMEDY)
    import aioboto3  # noqa: PLC0415 - 0.7 s and 40 MB that a folder library does without

    return aioboto3.Session(
        aws_access_key_id=_revealed(config.access_key),
        aws_secret_access_key=_revealed(config.secret_key),
        region_name=config.region,
    )


def _client(session: Any, config: S3Config, endpoint: HttpUrl | None) -> Any:
    address = None if endpoint is None else str(endpoint).rstrip("/")
    return session.client("s3", endpoint_url=address, config=_client_config(config))


def _revealed(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


def _client_config(config: S3Config) -> Any:
    from botocore.config import Config  # noqa: PLC0415 - comes with aioboto3, see there

    return Config(
        signature_version="s3v4",
        connect_timeout=min(10, config.timeout_seconds),
        read_timeout=config.timeout_seconds,
        retries={"total_max_attempts": 1},  # stamina's are the only ones
        request_checksum_calculation="when_required",  # older MinIO-likes refuse the newer checksums
        response_checksum_validation="when_required",
        s3={
            "addressing_style": "path" if config.endpoint_url or "." in config.bucket else "virtual",
            "payload_signing_enabled": False,  # hashing a clip would block the loop; Content-MD5 guards it
        },
    )


class S3Library:
    """A `Library` in one bucket; the clients belong to `open_s3_library`."""

    def __init__(self, client: Any, signer: Any, config: S3Config, retry: Retry) -> None:
        self._client = client
        self._signer = signer
        self._config = config
        self._retry = retry

    async def prepare(self) -> None:
        """Make the bucket unless it is there; one that may not be listed is refused."""
        await self._run("open", None, self._ensure_bucket)

    async def put(
        self, key: ObjectKey, file: Path, *, content_type: str, metadata: Mapping[str, str]
    ) -> None:
        """Stream `file` from disk; S3 shows the object when it is whole."""
        await self._run("write", key, lambda: self._put(key, file, content_type, metadata))

    async def size(self, key: ObjectKey) -> int | None:
        return await self._run("look up", key, lambda: self._size(key))

    async def delete(self, key: ObjectKey) -> None:
        await self._run("delete", key, lambda: self._delete(key))

    async def url(self, key: ObjectKey) -> str:
        """A link that works for `presign_seconds`, at the public address where one is set."""
        return await self._run("sign a link to", key, lambda: self._sign(key))

    async def _ensure_bucket(self) -> None:
        try:
            await self._list()
        except ClientError as exc:
            if code_of(exc) != "NoSuchBucket":
                raise
            await self._create_bucket()
            await self._list()

    async def _list(self) -> None:
        """Not head_bucket: only an answer with a body tells a wrong key from a missing right."""
        reply = await self._client.list_objects_v2(Bucket=self._config.bucket, MaxKeys=1)
        if reply.get("Name") != self._config.bucket:
            raise ForeignReplyError("the answer names no bucket")

    async def _create_bucket(self) -> None:
        place: dict[str, Any] = {}
        if self._config.region != _HOME_REGION:
            place = {"CreateBucketConfiguration": {"LocationConstraint": self._config.region}}
        try:
            await self._client.create_bucket(Bucket=self._config.bucket, **place)
        except ClientError as exc:
            if code_of(exc) != "BucketAlreadyOwnedByYou":
                raise

    async def _put(self, key: ObjectKey, file: Path, content_type: str, metadata: Mapping[str, str]) -> None:
        md5, size = await asyncio.to_thread(_measure, file)
        with _reader(file) as body:
            reply = await self._client.put_object(
                Bucket=self._config.bucket,
                Key=key,
                Body=body,
                ContentLength=size,
                ContentMD5=md5,
                ContentType=content_type,
                Metadata=dict(metadata),
            )
        if not reply.get("ETag"):
            raise ForeignReplyError("the answer to an upload carries no ETag")
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

    async def _sign(self, key: ObjectKey) -> str:
        link = await self._signer.generate_presigned_url(
            "get_object",
            Params={"Bucket": self._config.bucket, "Key": key},
            ExpiresIn=self._config.presign_seconds,
        )
        return str(link)

    async def _run(self, action: str, key: ObjectKey | None, call: Callable[[], Awaitable[T]]) -> T:
        try:
            return await self._tried(call)
        except failures() as exc:
            what = "the bucket" if key is None else f"{key!r} in the bucket"
            reason = reason_of(exc, timeout_seconds=self._config.timeout_seconds)
            raise LibraryError(
                f"could not {action} {what} {self._config.bucket!r} at {self._server()}: {reason}",
                remedy=remedy_of(exc),
            ) from exc

    def _server(self) -> str:
        """Host and port only: the address may hold a password."""
        endpoint = self._config.endpoint_url
        return "AWS" if endpoint is None else f"{endpoint.host}:{endpoint.port}"

    async def _tried(self, call: Callable[[], Awaitable[T]]) -> T:
        @stamina.retry(
            on=is_passing,
            attempts=self._retry.attempts,
            timeout=None,
            wait_initial=self._retry.first_wait_seconds,
            wait_max=_LONGEST_WAIT_SECONDS,
            wait_jitter=0,
        )
        async def attempt() -> T:
            async with asyncio.timeout(self._config.timeout_seconds):
                return await call()

        return await attempt()


def _measure(file: Path) -> tuple[str, int]:
    """MD5 as Content-MD5 wants it, and size."""
    with file.open("rb") as source:
        digest = hashlib.file_digest(source, lambda: hashlib.md5(usedforsecurity=False))
        return base64.b64encode(digest.digest()).decode(), source.tell()


def _reader(file: Path) -> IO[bytes]:
    return file.open("rb")
