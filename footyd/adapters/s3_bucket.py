"""The bucket itself: whether it is there and answers as itself."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from footyd.adapters.s3_failures import ForeignReplyError, code_of
from footyd.config import S3Config

_HOME_REGION = "us-east-1"
"""The one region that create_bucket must not be given as LocationConstraint."""


async def ensure_bucket(client: Any, config: S3Config) -> None:
    """Makes it where it is missing and may be made."""
    try:
        await _list(client, config)
    except ClientError as exc:
        if code_of(exc) != "NoSuchBucket":
            raise
        await _create(client, config)
        await _list(client, config)


async def _list(client: Any, config: S3Config) -> None:
    """Not head_bucket: only an answer with a body tells a wrong key from a missing right."""
    reply = await client.list_objects_v2(Bucket=config.bucket, MaxKeys=1)
    if reply.get("Name") != config.bucket:
        raise ForeignReplyError("the answer names no bucket")


async def _create(client: Any, config: S3Config) -> None:
    place: dict[str, Any] = {}
    if config.region != _HOME_REGION:
        place = {"CreateBucketConfiguration": {"LocationConstraint": config.region}}
    try:
        await client.create_bucket(Bucket=config.bucket, **place)
    except ClientError as exc:
        if code_of(exc) != "BucketAlreadyOwnedByYou":
            raise
