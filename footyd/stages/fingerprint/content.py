"""Where the picture lies in a frame: inside flat bars, and between blurred copies of itself."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.float32]
"""Grey pictures, shape (samples, height, width), 0–255."""

_LOOKS = 24
_BLACK, _WHITE = 28.0, 228.0
_MOST, _HALF = 0.8, 0.5
_FLAT = 2.0
_MIDDLE = np.float32(128)
"""Grey levels are squared from here, so that a small spread survives rounding."""
_MAX_BAR_SHARE = 0.42
_SHARP = 1.6
"""Grey levels of second difference along a line; a blurred side shows 0.5 to 1.2, the softest grass 2."""
_MIN_SIDE_SHARE = 0.15
_BLURRED = 0.45
"""Sharpness of the sides over that of the picture between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Lines and columns of the frame that show the picture; `framed` tells of blurred sides."""

    top: int
    bottom: int
    left: int
    right: int
    framed: bool = False

    def of(self, frames: Frames) -> Frames:
        return frames[:, self.top : self.bottom, self.left : self.right]


def changes(frames: Frames) -> Frames:
    """By how many grey levels each pixel changes from a picture to the next, shape (samples - 1, pixels)."""
    flat = frames.reshape(len(frames), -1)
    return np.asarray(cv2.absdiff(flat[1:], flat[:-1]), np.float32) if len(flat) > 1 else flat[:0]


def find_box(frames: Frames) -> Box:
    looks = frames[:: -(-len(frames) // _LOOKS)]
    told = _Told(looks)
    top, below = told.flat_bars(1)
    left, beside = told.flat_bars(0)
    height, width = frames.shape[1:]
    inside = looks[:, top : height - below, left : width - beside]
    side = _blurred_side(inside, top, below)
    if side:
        return Box(top=side, bottom=height - side, left=left, right=width - beside, framed=True)
    side = _blurred_side(inside.transpose(0, 2, 1), left, beside)
    if side:
        return Box(top=top, bottom=height - below, left=side, right=width - side, framed=True)
    return Box(top=top, bottom=height - below, left=left, right=width - beside)


class _Told:
    """What every pixel showed over time, from which both lines and columns are judged."""

    def __init__(self, looks: Frames) -> None:
        level = looks - _MIDDLE
        self._dark = (looks < _BLACK).mean(axis=0)
        self._white = (looks > _WHITE).mean(axis=0)
        self._mean = level.mean(axis=0, dtype=np.float64)
        self._square = np.square(level, out=level).mean(axis=0, dtype=np.float64)

    def flat_bars(self, across: int) -> tuple[int, int]:
        """Lines (across 1) or columns (0) at both ends that stay black, white or one flat grey.

        On a white one a caption may stand.
        """
        dark, white = self._dark.mean(axis=across) > _MOST, self._white.mean(axis=across) > _HALF
        spread = self._square.mean(axis=across) - self._mean.mean(axis=across) ** 2
        bar = dark | white | (spread < _FLAT**2)
        limit = int(len(bar) * _MAX_BAR_SHARE)
        return _leading(bar, limit), _leading(bar[::-1], limit)


def _leading(bar: NDArray[np.bool_], limit: int) -> int:
    """Length of the run at the start; one line more for its blurred edge; a run beyond `limit` is no bar."""
    run = len(bar) if bar.all() else int(np.argmin(bar))
    return 0 if run == 0 or run > limit else run + 1


def _blurred_side(looks: Frames, before: int, after: int) -> int:
    """Lines at each end of axis 1 that show a blurred copy, those cut off `before` and `after` included.

    The picture between them lies in the middle.
    """
    bend = looks[:, :, 1:-1] * np.float32(-2)
    bend += looks[:, :, 2:]
    bend += looks[:, :, :-2]
    sharpness = np.abs(bend, out=bend).mean(axis=0).mean(axis=1)
    start, end = _longest_run(sharpness > _SHARP)
    side = min(before + start, after + len(sharpness) - end)
    if start == 0 or end == len(sharpness) or side < _MIN_SIDE_SHARE * (before + len(sharpness) + after):
        return 0
    outside = np.concatenate([sharpness[: max(1, start - 1)], sharpness[end + 1 :]])
    return side if np.median(outside) < _BLURRED * np.median(sharpness[start:end]) else 0


def _longest_run(marks: NDArray[np.bool_]) -> tuple[int, int]:
    """Start and end of the longest stretch of marks; the whole without any."""
    steps = np.flatnonzero(np.diff(np.concatenate([[0], marks.astype(np.int8), [0]])))
    runs = list(zip(steps[::2], steps[1::2], strict=True))
    start, end = max(runs, key=lambda run: run[1] - run[0], default=(0, len(marks)))
    return int(start), int(end)
