"""The picture inside black or white bars, in pixels of the full frame."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_BLACK, _WHITE = 24, 232
_LINE_SHARE = 0.9
"""Of a line's pixels: a small logo may lie on a bar."""
_FRAME_SHARE = 0.9
"""Of the frames: a bar stays, a dark scene or a fade passes."""
_MIN_SHARE = 0.5
"""Of the frame's width and height: what leaves less is a dark picture, not one with bars."""
_MAX_SHARE = 0.98
"""Of the frame's pixels: less than the rest is an encoder's dirty edge."""


_HALVED = 2
"""Two by two pixels are looked at as one: they show an edge well enough at a quarter of the price."""


class BarFinder:
    """Counts, frame by frame, how often each line and column is nothing but black or white."""

    def __init__(self, width: int, height: int) -> None:
        self._frames = 0
        self._shape = height, width
        width, height = width // _HALVED, height // _HALVED
        self._black = np.zeros(height, np.int64), np.zeros(width, np.int64)
        self._white = np.zeros(height, np.int64), np.zeros(width, np.int64)

    def see(self, grey: NDArray[np.uint8]) -> None:
        """Passes over a picture of another size."""
        if grey.shape != self._shape:
            return
        self._frames += 1
        lines, columns = len(self._black[0]), len(self._black[1])
        even = grey[: lines * _HALVED, : columns * _HALVED]
        grey = np.asarray(cv2.resize(even, (columns, lines), interpolation=cv2.INTER_AREA), np.uint8)
        if not _has_flat_edge(grey):
            return
        _, black = cv2.threshold(grey, _BLACK - 1, 255, cv2.THRESH_BINARY_INV)
        _, white = cv2.threshold(grey, _WHITE, 255, cv2.THRESH_BINARY)
        for counts, pixels in ((self._black, black), (self._white, white)):
            for axis in (0, 1):
                found = cv2.reduce(pixels, 1 - axis, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel() // 255
                counts[axis][:] += found >= _LINE_SHARE * grey.shape[1 - axis]

    def content(self) -> tuple[int, int] | None:
        """Width and height of the picture; None without bars."""
        height, width = self._inside(0), self._inside(1)
        full_height, full_width = len(self._black[0]), len(self._black[1])
        if self._frames == 0 or width < _MIN_SHARE * full_width or height < _MIN_SHARE * full_height:
            return None
        has_bars = width * height < _MAX_SHARE * full_width * full_height
        return (width * _HALVED, height * _HALVED) if has_bars else None

    def _inside(self, axis: int) -> int:
        least = _FRAME_SHARE * self._frames
        black, white = self._black[axis] >= least, self._white[axis] >= least
        before = max(_leading(black), _leading(white))
        after = max(_leading(black[::-1]), _leading(white[::-1]))
        return len(black) - before - after


def _has_flat_edge(grey: NDArray[np.uint8]) -> bool:
    """Whether any outermost line is black or white: without it the whole need not be counted."""
    edges = (grey[0], grey[-1], grey[:, 0], grey[:, -1])
    return any(
        np.count_nonzero(flat) >= _LINE_SHARE * len(edge)
        for edge in edges
        for flat in (edge < _BLACK, edge > _WHITE)
    )


def _leading(bar: NDArray[np.bool_]) -> int:
    """Length of the run at the start; one line more for its blurred edge."""
    run = len(bar) if bar.all() else int(np.argmin(bar))
    return run + 1 if run else 0
