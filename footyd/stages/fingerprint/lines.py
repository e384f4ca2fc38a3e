"""Time against time: the straight lines along which one clip may run through another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Index = NDArray[np.intp]

_LAYOUTS, _LONG_LAYOUTS = 32, 5
"""Kept: a pair of clips asks for fifteen speeds, for the five near ones twice or more."""
_LONG = 40_000
"""Samples times lines, from which a layout is 0.4 MB: two clips of 35 seconds. Of 90 seconds it is 2 MB, and
at three times the speed 5 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Sample j of the small picture's clip shows what sample `offset + speed * j` of the big one's shows."""

    offset: int
    speed: float = 1.0

    def pairs(self, big_count: int, small_count: int) -> tuple[Index, Index]:
        """Samples of both that lie on the line."""
        small = np.arange(small_count)
        big = self.offset + _steps(small_count, self.speed)
        inside = (big >= 0) & (big < big_count)
        return big[inside], small[inside]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """All lines of one speed over a similarity matrix (big samples × small samples).

    `values[j, k]` is the similarity on line k at the small sample j, 0 beyond the ends; `counts[k]` the
    samples that line k has.
    """

    speed: float
    offsets: Index
    values: Array
    inside: NDArray[np.bool_]
    counts: NDArray[np.int64]

    @classmethod
    def over(cls, similarity: Array, speed: float) -> Lines:
        big_count, small_count = similarity.shape
        lines = big_count + small_count * speed
        layout = _layout if small_count * lines < _LONG else _long_layout
        offsets, at, inside, counts = layout(*similarity.shape, speed)
        room = np.zeros((similarity.shape[1], similarity.shape[0] + 1), np.float32)
        room[:, :-1] = similarity.T
        return cls(speed=speed, offsets=offsets, values=room.ravel()[at], inside=inside, counts=counts)

    def means(self, least: float, doubt: float) -> Array:
        """Mean similarity per line as if `doubt` more samples agreed in nothing; -1 where under `least`."""
        means = self.values.sum(axis=0) / (self.counts + doubt)
        return np.asarray(np.where(self.counts >= least, means, -1.0), dtype=np.float32)


Layout = tuple[Index, NDArray[np.integer], NDArray[np.bool_], NDArray[np.int64]]


@lru_cache(maxsize=_LAYOUTS)
def _layout(big_count: int, small_count: int, speed: float) -> Layout:
    """All lines: offsets, where each finds its values (beyond the ends a nought), what is inside, counts."""
    steps = _steps(small_count, speed)
    offsets = np.arange(-int(steps[-1]), big_count)
    at = offsets[None, :] + steps[:, None]
    inside = (at >= 0) & (at < big_count)
    rows = np.arange(small_count)[:, None] * (big_count + 1)
    return offsets, rows + np.where(inside, at, big_count), inside, inside.sum(axis=0)


@lru_cache(maxsize=_LONG_LAYOUTS)
def _long_layout(big_count: int, small_count: int, speed: float) -> Layout:
    """In half the memory, for a little more time."""
    offsets, places, inside, counts = _layout.__wrapped__(big_count, small_count, speed)
    return offsets, places.astype(np.int32), inside, counts


def _steps(count: int, speed: float) -> Index:
    return np.asarray(np.rint(np.arange(count) * speed), dtype=np.intp)
