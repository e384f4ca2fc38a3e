"""What a camera that stands still sees: a background, and the specks that move in front of it.

From a distance a player is one bright cell, too small for the pictures of motion, and a hand that films a
screen shakes the lines of the pitch by more. Here the shake is taken out against the background, and what
then differs from two seconds before and after is a speck, light or dark: background subtraction.
Bytes: a header, the background in fifteen steps, then five specks (none, light, dark) to a byte, deflated:
0.6 to 2.5 kB per second. A camera that moves has no scene, and costs a look at six pictures.
"""

from __future__ import annotations

import struct
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, islice

import cv2
import numpy as np
from numpy.typing import NDArray

from footyd.stages.fingerprint.content import Box, Frames
from footyd.stages.fingerprint.motion import PER_SECOND

Plane = NDArray[np.float32]
Specks = NDArray[np.int8]

FEWEST = 4 * PER_SECOND
"""Of fewer specks chance makes too much: a shorter clip has no scene."""
_LOOKS = 6
_STANDING, _FROM_MEDIAN = 0.45, 1.25
"""Share of the cells in which the looks have more in common than they differ by; from the median of what they
differ by to its mean, of normal chance. The median, as a third of the looks may see an intro."""
_OF_THE_SCENE, _FOREIGN = 0.5, 0.25
"""Correlation with what the looks have in common: of the scene 0.7 to 0.95, of an intro -0.1 to 0.2."""
_COARSE, _AROUND_COARSE = 5, 17
_FINE, _AROUND = 1, 11
"""Cells: detail is what differs from its surroundings; clouds and a camera's exposure do not."""
_ROUNDS = 3
_AT_REST = 0.15
"""Cells; a smaller shake needs no mending."""
_EDGE = 4
_MOST = 8.0
"""Grey levels of detail: a player before a line must not count for more than the line."""
_REACH = 2 * PER_SECOND
_NOISE = 0.4
"""Grey levels of detail that encoding alone adds to the spread of a quiet region."""
_SPECK = 1.5
"""Spreads, as a cell's surroundings vary over time."""
_REGION = 9
_MOST_SPECKS, _QUIET = 0.12, 3.0
"""Share of the cells; where more differ, another video plays around the scene: only what is quiet counts."""
_CONTRAST_REGION, _LEAST_CONTRAST = 33, 0.7
"""Cells and grey levels: the lines of a pitch count as much as the stand behind it, bare grass does not."""
_STEPS, _DEPTH = 3.0, 7
_FIVE = np.array([81, 27, 9, 3, 1], np.uint8)
_HEADER = struct.Struct("<HBB")
_LONGEST_SIDE = 255
"""Cells: what a byte of the header counts; only a picture seven times as wide as high has more."""
EVEN_IF_FLAT = 1e-6
"""At least so much stiffness: a background without a slope tells of no shake, and must not break off."""
FROM_MIDDLE = 3
"""Places are measured from the middle in thirds of the width: their squares stay near 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`background` (height, width): detail at even contrast; `specks` (samples, height, width): -1 to 1."""

    background: Plane
    specks: Specks


def encode(frames: Frames, box: Box) -> bytes:
    """The scene of frames sampled PER_SECOND times a second; nothing where the camera moves.

    Nor of what is too short, too narrow or too long a strip to be told.
    """
    pictures = box.of(frames)
    sides = pictures.shape[1:]
    if len(pictures) < FEWEST or min(sides) <= 4 * _EDGE or max(sides) > _LONGEST_SIDE:
        return b""
    shown = _shown(pictures)
    if shown.stop - shown.start < FEWEST:
        return b""
    steady = _steadied(_detail(pictures[shown], _FINE, _AROUND))
    background = steady.mean(axis=0)
    even = background / (np.sqrt(_mean(background**2, _CONTRAST_REGION)) + _LEAST_CONTRAST)
    steps = np.clip(np.rint(even * _STEPS), -_DEPTH, _DEPTH).astype(np.int8)
    specks = np.zeros(pictures.shape, np.int8)
    specks[shown] = _specks(steady)
    return _HEADER.pack(*pictures.shape) + _deflated(steps.tobytes() + _packed(specks).tobytes())


def _deflated(body: bytes) -> bytes:
    """Most of it is runs of nothing: to look for other repeats costs five times as much, for a fiftieth."""
    packer = zlib.compressobj(strategy=zlib.Z_RLE)
    return packer.compress(body) + packer.flush()


def decode(data: bytes) -> Scene:
    """The inverse of `encode`, but for what its steps have rounded away."""
    count, height, width = _HEADER.unpack_from(data)
    body = np.frombuffer(zlib.decompress(data[_HEADER.size :]), np.uint8)
    cells = height * width
    threes = body[cells:, None] // _FIVE % np.uint8(3)
    return Scene(
        background=body[:cells].view(np.int8).reshape(height, width).astype(np.float32) / np.float32(_STEPS),
        specks=threes.ravel()[: count * cells].reshape(count, height, width).astype(np.int8) - np.int8(1),
    )


def _shown(pictures: Frames) -> slice:
    """The stretch in which the camera stands, without an intro; none where most of the looks differ."""
    at = np.linspace(0, len(pictures) - 1, _LOOKS).round().astype(np.intp)
    looks = _detail(pictures[at], _COARSE, _AROUND_COARSE)
    common = np.median(looks, axis=0)
    differs = np.median(np.abs(looks - common), axis=0)
    if (np.abs(common) > _FROM_MEDIAN * differs).mean() < _STANDING:
        return slice(0, 0)
    detail = _detail(pictures, _COARSE, _AROUND_COARSE).reshape(len(pictures), -1)
    lengths = np.sqrt(np.einsum("tc,tc->t", detail, detail))
    alike = detail @ common.ravel() / np.maximum(lengths * np.linalg.norm(common), EVEN_IF_FLAT)
    of_it = np.flatnonzero(alike > _OF_THE_SCENE)
    if not len(of_it):
        return slice(0, 0)
    first, end = int(of_it[0]), int(of_it[-1]) + 1
    foreign_lead, foreign_end = (alike[:first] < _FOREIGN).all(), (alike[end:] < _FOREIGN).all()
    return slice(first if foreign_lead else 0, end if foreign_end else len(pictures))


def _detail(pictures: Frames, fine: int, around: int) -> Frames:
    detail = np.empty(pictures.shape, np.float32)
    for picture, its in zip(pictures, detail, strict=True):
        np.subtract(_mean(picture, fine), _mean(picture, around), out=its)
    return detail


def _mean(picture: Plane, cells: int) -> Plane:
    return np.asarray(cv2.blur(picture, (cells, cells)), np.float32) if cells > 1 else picture


def _steadied(pictures: Frames) -> Frames:
    """Laid over their mean: by how much each is moved, turned and stretched is read off the differences."""
    steady, places = pictures, [np.eye(3)] * len(pictures)
    for _ in range(_ROUNDS):
        background = steady.mean(axis=0)
        solver = _solver(background)
        shakes = np.stack(
            [solver @ np.clip(picture - background, -_MOST, _MOST).ravel() for picture in steady]
        )
        if np.abs(shakes[:, :2]).max() < _AT_REST:
            break
        shape = background.shape
        places = [
            place @ np.linalg.inv(_map(shake, shape)) for place, shake in zip(places, shakes, strict=True)
        ]
        steady = np.empty_like(pictures) if steady is pictures else steady
        for at, (picture, place) in enumerate(zip(pictures, places, strict=True)):
            steady[at] = _laid(picture, place)
    return steady


def _solver(background: Plane) -> Plane:
    """(6, cells): differences from the background to a shift across and down and four slopes of it."""
    height, width = background.shape
    slope = np.stack(slopes(background))
    slope[:, :_EDGE], slope[:, -_EDGE:] = 0, 0
    slope[:, :, :_EDGE], slope[:, :, -_EDGE:] = 0, 0
    across, down = from_middle(height, width)
    effects = np.concatenate([slope, slope[0] * [across, down], slope[1] * [across, down]])
    effects = effects.reshape(6, -1).astype(np.float32)
    normal = effects @ effects.T
    stiff = normal + np.eye(6) * max(float(normal.trace()) * 1e-3 / 6, EVEN_IF_FLAT)
    return np.asarray(np.linalg.inv(stiff) @ effects, np.float32)


def slopes(picture: Plane) -> tuple[Plane, Plane]:
    """Grey levels per cell, across and down; none at the rim."""
    across, down = np.zeros_like(picture), np.zeros_like(picture)
    across[:, 1:-1] = (picture[:, 2:] - picture[:, :-2]) / 2
    down[1:-1] = (picture[2:] - picture[:-2]) / 2
    return across, down


@lru_cache(maxsize=8)
def from_middle(height: int, width: int) -> tuple[Plane, Plane]:
    down, across = np.mgrid[:height, :width].astype(np.float32)
    return (across - width / 2) / width * FROM_MIDDLE, (down - height / 2) / width * FROM_MIDDLE


def _map(shake: Plane, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Cells of the background to cells of the picture."""
    height, width = shape
    right, low, right_across, right_down, low_across, low_down = shake.tolist()
    scale = FROM_MIDDLE / width
    middle = np.array([width / 2, height / 2])
    slopes = np.array([[right_across, right_down], [low_across, low_down]]) * scale
    found = np.eye(3)
    found[:2, :2] += slopes
    found[:2, 2] = np.array([right, low]) - slopes @ middle
    return found


def _laid(picture: Plane, place: NDArray[np.float64]) -> Plane:
    size = picture.shape[::-1]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid = cv2.warpAffine(picture, place[:2], size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(laid, np.float32)


def _specks(steady: Frames) -> Specks:
    varying = np.zeros(steady.shape[1:], np.float32)
    for moving in _moving(steady):
        varying += np.clip(moving, -_MOST, _MOST) ** 2
    spread = np.sqrt(_mean(varying / np.float32(len(steady)), _REGION).clip(0))
    limit = _SPECK * (spread + np.float32(_NOISE))
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


def _packed(specks: Specks) -> NDArray[np.uint8]:
    flat = (specks.ravel() + np.int8(1)).astype(np.uint8)
    five = np.concatenate([flat, np.zeros(-len(flat) % 5, np.uint8)]).reshape(-1, 5)
    return np.asarray(five @ _FIVE, np.uint8)
