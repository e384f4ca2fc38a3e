"""Where the picture lies in a frame: inside flat bars, and between blurred copies of itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.float32]
"""Grey pictures, shape (samples, height, width), 0–255."""

_LOOKS = 24
_BLACK, _WHITE = 28.0, 228.0
_MOST, _HALF = 0.8, 0.5
_FLAT = 2.0
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


def find_box(frames: Frames) -> Box:
    looks = frames[:: max(1, len(frames) // _LOOKS)]
    top, below = _flat_bars(looks)
    left, beside = _flat_bars(looks.transpose(0, 2, 1))
    height, width = frames.shape[1:]
    inside = looks[:, top : height - below, left : width - beside]
    side = _blurred_side(inside, top, below)
    if side:
        return Box(top=side, bottom=height - side, left=left, right=width - beside, framed=True)
    side = _blurred_side(inside.transpose(0, 2, 1), left, beside)
    if side:
        return Box(top=top, bottom=height - below, left=side, right=width - side, framed=True)
    return Box(top=top, bottom=height - below, left=left, right=width - beside)


def _flat_bars(looks: Frames) -> tuple[int, int]:
    """Lines at both ends of axis 1 that stay black, white (a caption may stand on it) or one flat grey."""
    dark = (looks < _BLACK).mean(axis=(0, 2)) > _MOST
    white = (looks > _WHITE).mean(axis=(0, 2)) > _HALF
    bar = dark | white | (looks.std(axis=(0, 2)) < _FLAT)
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
    sharpness = np.abs(np.diff(looks, n=2, axis=2)).mean(axis=(0, 2))
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
