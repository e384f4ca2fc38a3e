"""What a camera that stands still sees: a background, and the specks that move in front of it.

From a distance a player is one bright cell, too small for the pictures of motion, and a hand that films a
screen shakes the lines of the pitch by more. Here the shake is taken out against the background, and what
then differs from two seconds before and after is a speck, light or dark: background subtraction.
Bytes: a header, the background in fifteen steps, deflated, then a byte for each speck, by how many cells it
comes after the one before and whether it is light, deflated: 0.4 to 2.2 kB per second. A camera that moves
has no scene, and costs a look at six pictures.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, islice

import numpy as np
from numpy.typing import NDArray

from footyd.stages.fingerprint.content import Box, Frames
from footyd.stages.fingerprint.motion import PER_SECOND
from footyd.stages.fingerprint.steady import (
    EDGE,
    MOST,
    Plane,
    mean_around,
    standing_stretch,
    steady_detail,
)

Specks = NDArray[np.int8]

FEWEST = 4 * PER_SECOND
"""Of fewer specks chance makes too much: a shorter clip has no scene."""
_REACH = 2 * PER_SECOND
_NOISE = 0.4
"""Grey levels of detail that encoding alone adds to the spread of a quiet region."""
_SPECK = (1.5, 1.6, 1.7, 1.8, 2.0, 2.3, 2.7)
"""Spreads, as a cell's surroundings vary over time; the first that is few enough bytes."""
_REGION = 9
_MOST_SPECKS, _QUIET = 0.12, 3.0
"""Share of the cells; where more differ, another video plays around the scene: only what is quiet counts."""
_CONTRAST_REGION, _LEAST_CONTRAST = 33, 0.7
"""Cells and grey levels: the lines of a pitch count as much as the stand behind it, bare grass does not."""
_STEPS, _DEPTH = 3.0, 7
_NONE = 127
"""Cells without a speck, of which a byte tells."""
_HEADER = struct.Struct("<HHBBH")
_LONGEST_SIDE = 255
"""Cells: what a byte of the header counts; only a picture seven times as wide as high has more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`background` (height, width): detail at even contrast; `specks` (samples, height, width): -1 to 1.

    The specks are those from sample `start` of the clip on: before it there may be an intro.
    """

    background: Plane
    specks: Specks
    start: int = 0


def encode(frames: Frames, box: Box, most_bytes: float = math.inf) -> bytes:
    """The scene of frames sampled PER_SECOND times a second; nothing where the camera moves.

    Nor of what is too short, too narrow or too long a strip to be told. Where all of it is more than
    `most_bytes`, only the specks that stand out more.
    """
    pictures = box.of(frames)
    sides = pictures.shape[1:]
    if most_bytes <= 0 or len(pictures) < FEWEST or min(sides) <= 4 * EDGE or max(sides) > _LONGEST_SIDE:
        return b""
    stretch = standing_stretch(pictures)
    if stretch.stop - stretch.start < FEWEST:
        return b""
    steady = steady_detail(pictures[stretch])
    background = steady.mean(axis=0)
    even = background / (np.sqrt(mean_around(background**2, _CONTRAST_REGION)) + _LEAST_CONTRAST)
    steps = np.clip(np.rint(even * _STEPS), -_DEPTH, _DEPTH).astype(np.int8)
    behind = _deflated(steps.tobytes())
    for spreads in _SPECK:
        specks = _specks(steady, spreads)
        data = _HEADER.pack(stretch.start, *specks.shape, len(behind)) + behind + _deflated(_runs(specks))
        if len(data) <= most_bytes:
            return data
    return b""


def _deflated(body: bytes) -> bytes:
    """To look for repeats beyond runs costs five times as much, for a fiftieth."""
    packer = zlib.compressobj(strategy=zlib.Z_RLE)
    return packer.compress(body) + packer.flush()


def decode(data: bytes) -> Scene:
    """The inverse of `encode`, but for what its steps have rounded away."""
    start, count, height, width, length = _HEADER.unpack_from(data)
    rest = data[_HEADER.size :]
    steps = np.frombuffer(zlib.decompress(rest[:length]), np.int8).reshape(height, width)
    return Scene(
        background=steps.astype(np.float32) / np.float32(_STEPS),
        specks=_placed(zlib.decompress(rest[length:]), (count, height, width)),
        start=start,
    )


def _runs(specks: Specks) -> bytes:
    """For each speck the cells without one before it, twice, and 1 more where it is light."""
    flat = specks.ravel()
    at = np.flatnonzero(flat)
    further, few = np.divmod(np.diff(at, prepend=-1) - 1, _NONE)
    ends = np.cumsum(further + 1) - 1
    runs = np.full(ends[-1] + 1 if len(ends) else 0, 2 * _NONE, np.uint8)
    runs[ends] = 2 * few + (flat[at] > 0)
    return runs.tobytes()


def _placed(body: bytes, shape: tuple[int, int, int]) -> Specks:
    runs = np.frombuffer(body, np.uint8)
    ends = runs < 2 * _NONE
    at = np.cumsum(np.where(ends, runs // 2 + 1, _NONE), dtype=np.intp)[ends] - 1
    specks = np.zeros(shape, np.int8)
    specks.ravel()[at] = np.where(runs[ends] % 2, 1, -1)
    return specks


def _specks(steady: Frames, spreads: float) -> Specks:
    varying = np.zeros(steady.shape[1:], np.float32)
    for moving in _moving(steady):
        varying += np.clip(moving, -MOST, MOST) ** 2
    spread = np.sqrt(mean_around(varying / np.float32(len(steady)), _REGION).clip(0))
    limit = np.float32(spreads) * (spread + np.float32(_NOISE))
    specks = np.empty(steady.shape, np.int8)
    for at, moving in enumerate(_moving(steady)):
        specks[at] = (moving > limit).astype(np.int8) - (moving < -limit).astype(np.int8)
    if np.count_nonzero(specks) > _MOST_SPECKS * specks.size:
        specks *= spread < _QUIET
    return specks


def _moving(steady: Frames) -> Iterator[Plane]:
    """Pictures without what their cells show around that time, one by one: all at once would be 13 MB more.

    As long before as after, so that a change of light cancels.
    """
    totals = accumulate(steady, initial=np.zeros(steady.shape[1:], np.float32))
    known, count = deque([next(totals)], maxlen=2 * _REACH + 2), 0
    for at, picture in enumerate(steady):
        reach = min(at, len(steady) - 1 - at, _REACH)
        known.extend(islice(totals, at + reach + 1 - count))
        count = at + reach + 1
        around = 2 * reach + 1
        yield picture - (known[-1] - known[-1 - around]) / np.float32(around)
