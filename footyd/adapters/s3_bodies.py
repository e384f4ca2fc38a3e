"""The bytes of an object on their way: measured before, checked after."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from footyd.adapters.s3_failures import ForeignReplyError

_MD5 = re.compile(r"[0-9a-f]{32}")


def measured(file: Path) -> tuple[str, int]:
    """MD5 as Content-MD5 wants it, and size."""
    with file.open("rb") as source:
        digest = hashlib.file_digest(source, lambda: hashlib.md5(usedforsecurity=False))
        return base64.b64encode(digest.digest()).decode(), source.tell()


def range_of(start: int, stop: int | None) -> str:
    return f"bytes={start}-{'' if stop is None else stop - 1}"


def check_etag(reply: Mapping[str, Any], md5: str) -> None:
    """It is the content's MD5, unless the server encrypts or has tags of its own kind."""
    etag = str(reply.get("ETag", "")).strip('"')
    if not etag:
        raise ForeignReplyError("the answer to an upload carries no ETag")
    encrypted = (
        str(reply.get("ServerSideEncryption", "")).startswith("aws:") or "SSECustomerAlgorithm" in reply
    )
    if _MD5.fullmatch(etag) and not encrypted and etag != base64.b64decode(md5).hex():
        raise ForeignReplyError("other bytes arrived than were sent: the ETag is not their MD5")
