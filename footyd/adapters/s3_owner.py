"""Whose a bucket is: one small object, put once."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from footyd.adapters.library_owner import MARKER, owner_in, text_of
from footyd.adapters.s3_failures import MISSING, code_of
from footyd.model import Owner

_ALREADY = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})
_NO_CONDITIONS = frozenset({"NotImplemented", "501", "InvalidArgument", "InvalidRequest"})
"""What servers answer that know of no conditional upload, unless they overlook it."""


async def owner_of(client: Any, bucket: str) -> Owner | None:
    try:
        reply = await client.get_object(Bucket=bucket, Key=MARKER)
    except ClientError as exc:
        if code_of(exc) in MISSING:
            return None
        raise
    async with (body := reply["Body"]):
        return owner_in(await body.read())


async def claim(client: Any, bucket: str, owner: Owner, *, over: bool) -> None:
    if over:
        await _put(client, bucket, owner)
    elif await owner_of(client, bucket) is None:
        await _put_once(client, bucket, owner)


async def _put_once(client: Any, bucket: str, owner: Owner) -> None:
    try:
        await _put(client, bucket, owner, IfNoneMatch="*")
    except ClientError as exc:
        if code_of(exc) in _NO_CONDITIONS:
            await _put(client, bucket, owner)
        elif code_of(exc) not in _ALREADY:
            raise


async def _put(client: Any, bucket: str, owner: Owner, **condition: str) -> None:
    body, kind = text_of(owner), "application/json"
    await client.put_object(Bucket=bucket, Key=MARKER, Body=body, ContentType=kind, **condition)
