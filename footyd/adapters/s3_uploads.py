"""Uploads in parts that nobody goes on with: they fill a bucket without showing in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.exceptions import ClientError

from footyd.adapters.s3_failures import MISSING, code_of
from footyd.model import Leftover, ObjectKey

ENDS_WITHIN = timedelta(hours=1)
"""An upload that began before is not going on any more."""
NONE_THERE = frozenset({"NotImplemented", "MethodNotAllowed", "405", "501", "NoSuchUpload"})
"""Servers without such uploads; rclone says so of a bucket in which none is going on."""


async def stale_uploads(client: Any, bucket: str) -> list[Leftover]:
    """Of whomever."""
    found: list[Leftover] = []
    after: dict[str, str] | None = {}
    while after is not None:
        try:
            reply = await client.list_multipart_uploads(Bucket=bucket, **after)
        except ClientError as exc:
            if code_of(exc) in NONE_THERE:
                return found
            raise
        before = _answered_at(reply) - ENDS_WITHIN
        found += [
            Leftover(name=one["UploadId"], key=ObjectKey(one["Key"]))
            for one in reply.get("Uploads", [])
            if one["Initiated"] < before
        ]
        after = _next_page(reply)
    return found


async def end_upload(client: Any, bucket: str, upload: Leftover) -> None:
    try:
        await client.abort_multipart_upload(Bucket=bucket, Key=upload.key, UploadId=upload.name)
    except ClientError as exc:
        if code_of(exc) not in {*MISSING, "NoSuchUpload"}:
            raise


def _answered_at(reply: Mapping[str, Any]) -> datetime:
    """By the server's clock, which dated the uploads too."""
    told = reply["ResponseMetadata"]["HTTPHeaders"].get("date")
    return parsedate_to_datetime(told) if told else datetime.now(UTC)


def _next_page(reply: Mapping[str, Any]) -> dict[str, str] | None:
    if not reply.get("IsTruncated"):
        return None
    return {"KeyMarker": reply["NextKeyMarker"], "UploadIdMarker": reply.get("NextUploadIdMarker", "")}
