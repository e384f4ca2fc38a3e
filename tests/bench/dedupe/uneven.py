"""A variable frame rate, written into an MP4 that has a fixed one: OpenCV's writer knows no other."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

_WAY = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stts")


def space_out(path: Path, gaps: Sequence[int]) -> None:
    """Frame n is shown for `gaps[n]` times as long as before; the file's index must follow its pictures."""
    data = path.read_bytes()
    way = list(_boxes(data))
    at, size = way[-1]
    count, samples, delta = struct.unpack_from(">III", data, at + 12)
    if count != 1 or samples != len(gaps) or way[0][0] + way[0][1] != len(data):
        raise ValueError(f"{path}: {samples} frames in {count} runs, {len(gaps)} gaps")
    runs = b"".join(struct.pack(">II", 1, gap * delta) for gap in gaps)
    table = struct.pack(">I4sII", 16 + len(runs), b"stts", 0, len(gaps)) + runs
    grown = bytearray(data[:at] + table + data[at + size :])
    edits = grown.find(b"edts", way[1][0], at)
    if edits > 0:  # which say when the clip ends, by its old times
        grown[edits : edits + 4] = b"free"
    for start, was in way[:-1]:
        struct.pack_into(">I", grown, start, was + len(table) - size)
    path.write_bytes(grown)


def _boxes(data: bytes) -> Iterator[tuple[int, int]]:
    """Start and size of each box on the way to the table of times."""
    start, end = 0, len(data)
    for wanted in _WAY:
        size, name = struct.unpack_from(">I4s", data, start)
        while name != wanted:
            start += size
            if start >= end:
                raise ValueError(f"no {wanted.decode()} box")
            size, name = struct.unpack_from(">I4s", data, start)
        yield start, size
        start, end = start + 8, start + size
