"""Whether an MP4 has a sound track: OpenCV opens pictures only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_PARENTS = frozenset({b"moov", b"trak", b"mdia"})
_HANDLER_AT = 8
"""Of `hdlr` (ISO/IEC 14496-12, 8.4.3): after version, flags and four bytes of zero comes the handler type."""
_MOST_BOXES = 10_000


def has_sound(path: Path) -> bool | None:
    """None where the file has no table of tracks that can be read."""
    with path.open("rb") as file:
        handlers = set(_handlers(file, path.stat().st_size))
    return b"soun" in handlers if handlers else None


def _handlers(file: BinaryIO, end: int) -> Iterator[bytes]:
    """Handler types of all tracks; a box that does not fit into its parent ends the reading."""
    ends = [end]
    at = 0
    for _ in range(_MOST_BOXES):
        while ends and at >= ends[-1]:
            ends.pop()
        if not ends:
            return
        file.seek(at)
        head = file.read(16)
        size, kind = int.from_bytes(head[:4], "big"), head[4:8]
        body = at + (16 if size == 1 else 8)
        size = {0: ends[-1] - at, 1: int.from_bytes(head[8:16], "big")}.get(size, size)
        if len(head) < 8 or size < 8 or at + size > ends[-1]:
            return
        if kind == b"hdlr":
            file.seek(body + _HANDLER_AT)
            yield file.read(4)
        if kind in _PARENTS:
            ends.append(at + size)
            at = body
        else:
            at += size
