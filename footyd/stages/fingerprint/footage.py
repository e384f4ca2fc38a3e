"""A fingerprint laid out for comparing; what several comparisons need is worked out once."""

from __future__ import annotations

import struct
from copy import copy
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from footyd.stages.fingerprint.motion import Motion, decode
from footyd.stages.fingerprint.scene import Scene
from footyd.stages.fingerprint.scene import decode as decode_scene

Array = NDArray[np.float32]
_LENGTH = struct.Struct("<I")

LEVELS = 5
LARGEST_SCALE = 2.25
"""How much larger one clip may show the picture than the other, along one side."""
LEVEL_STEP = LARGEST_SCALE ** (1 / (LEVELS - 1))
_COARSE_CELLS = 84
"""Of the smaller picture of a comparison: 12×7 where it is 16:9."""
GLANCE_LINES, GLANCE_COLUMNS = 8, 14
STILL_LINES, STILL_COLUMNS = 9, 16
MOST_SAMPLES = 1_000
"""Of footage laid out at once, 20 MB: 15 clips of 16 seconds; 15 of 90 seconds would be 110 MB."""
_OF_A_PAIR = 2
_FLAT = 3.0
"""Grey levels of spread, of a still that shows hardly anything."""
_LEAST_SPREAD = 0.15
"""Of the mean of two pictures of unit spread, where they cancel."""
IDLE_SPREAD = 0.15
"""Grey levels; below it a picture shows nothing that moves."""


def joined(motion: bytes, scene: bytes) -> bytes:
    """A fingerprint's data: the length of its first part, motion, scene."""
    return _LENGTH.pack(len(motion)) + motion + scene


class Footage:
    """Levels are the pictures at growing sizes: level k is LEVEL_STEP**k larger than level 0 along a side."""

    def __init__(self, data: bytes) -> None:
        (length,) = _LENGTH.unpack_from(data)
        of_motion, self._of_scene = data[_LENGTH.size :][:length], data[_LENGTH.size + length :]
        motion: Motion = decode(of_motion)
        self.pictures: Array = motion.pictures
        self.stills: Array = motion.stills.astype(np.float32)
        self.moves = motion.spread > IDLE_SPREAD
        self.window_lengths: dict[tuple[int, tuple[int, ...]], Array] = {}

    def __len__(self) -> int:
        return len(self.pictures)

    @cached_property
    def scene(self) -> Scene | None:
        """What a camera that stands still sees; None of one that moves."""
        return decode_scene(self._of_scene) if self._of_scene else None

    @cached_property
    def steadiness(self) -> float:
        """Median correlation of a still with the next one: 0.85 to 1, of quick cuts and pans 0 to 0.6."""
        flat = self.stills.reshape(len(self.stills), -1)
        rows = centred(flat)
        alike = np.einsum("ij,ij->i", rows[1:], rows[:-1])
        alike[(flat.std(axis=1) < _FLAT)[1:]] = 1  # nothing to see is nothing new
        return float(np.median(alike)) if len(alike) else 1.0

    def half_a_sample_on(self) -> Footage:
        """As if each sample had been taken half a sample later; stills and scene are those of before."""
        if len(self) == 1:
            return self
        later = copy(self)
        means = (self.pictures[:-1] + self.pictures[1:]) / 2
        spread = np.sqrt(np.einsum("tyx,tyx->t", means, means) / means[0].size)
        later.pictures = means / np.maximum(spread, np.float32(_LEAST_SPREAD))[:, None, None]
        later.moves = self.moves[:-1] & self.moves[1:]
        later.window_lengths = {}
        for view in ("levels", "glances"):
            later.__dict__.pop(view, None)
        return later

    @cached_property
    def levels(self) -> list[Array]:
        _, height, width = self.pictures.shape
        scales = [(_COARSE_CELLS / (height * width)) ** 0.5 * LEVEL_STEP**level for level in range(LEVELS)]
        return [resized(self.pictures, max(3, round(height * s)), max(3, round(width * s))) for s in scales]

    @cached_property
    def glances(self) -> dict[bool, Array]:
        """One unit row per sample, whatever the picture's shape; under True those of the mirror image."""
        small = resized(self.pictures, GLANCE_LINES, GLANCE_COLUMNS)
        return {
            mirrored: unit_rows(view.reshape(len(small), -1))
            for mirrored, view in ((False, small), (True, small[:, :, ::-1]))
        }

    @cached_property
    def still_view(self) -> Array:
        """The mean of all stills, STILL_LINES × STILL_COLUMNS, without its own mean and at spread 1."""
        view = resized(self.stills.mean(axis=0, keepdims=True), STILL_LINES, STILL_COLUMNS)[0]
        return np.asarray((view - view.mean()) / max(float(view.std()), 1.0), np.float32)


class LaidOut:
    """The footage of fingerprints, kept up to MOST_SAMPLES: what was asked for last stays."""

    def __init__(self) -> None:
        self._kept: dict[bytes, Footage] = {}

    def of(self, data: bytes) -> Footage:
        footage = self._kept.pop(data, None) or Footage(data)
        self._kept[data] = footage
        while len(self._kept) > _OF_A_PAIR and sum(map(len, self._kept.values())) > MOST_SAMPLES:
            del self._kept[next(iter(self._kept))]
        return footage


def unit_rows(rows: Array, least: float = 0.05) -> Array:
    """Rows at length 1; those of less than `least` per cell stay shorter, since they are mostly noise."""
    length = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    return np.asarray(rows / np.maximum(length, least * rows.shape[1] ** 0.5), np.float32)


def centred(rows: Array) -> Array:
    """Unit rows without their own means."""
    return unit_rows(rows - rows.mean(axis=1, keepdims=True), least=1.0)


def padded(pictures: Array, above: int, beside: int) -> Array:
    """As numpy.pad does, at a tenth of its price."""
    count, lines, columns = pictures.shape
    room = np.zeros((count, lines + 2 * above, columns + 2 * beside), np.float32)
    room[:, above : above + lines, beside : beside + columns] = pictures
    return room


def quantile(values: NDArray[np.floating], share: float) -> float:
    """As numpy.quantile does, at a tenth of its price."""
    ordered = np.sort(values, axis=None)
    at = share * (len(ordered) - 1)
    below = int(at)
    above = min(below + 1, len(ordered) - 1)
    return float(ordered[below] + (ordered[above] - ordered[below]) * (at - below))


def resized(pictures: Array, height: int, width: int) -> Array:
    """Each cell the mean of its area, larger or smaller."""
    lines, columns = _areas(pictures.shape[1], height), _areas(pictures.shape[2], width)
    return np.asarray(lines @ pictures @ columns.T, dtype=np.float32)


@cache
def _areas(count: int, cells: int) -> Array:
    """How much of each of `count` pixels goes into each of `cells` cells, along one axis."""
    edges = np.arange(cells + 1) * (count / cells)
    pixels = np.arange(count)
    inside = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.asarray(np.maximum(inside, 0) * (cells / count), dtype=np.float32)
