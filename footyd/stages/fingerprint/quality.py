"""How good a picture is, measured on a few full-size frames."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from footyd.model import Quality
from footyd.stages.fingerprint.content import Box, changes
from footyd.stages.fingerprint.content import Frames as Small
from footyd.stages.fingerprint.detail import real_lines
from footyd.stages.fingerprint.motion import PER_SECOND

Grey = NDArray[np.uint8]
Array = NDArray[np.float32]

LOOKS = 5
_STAMP_LOOKS = 24
_STANDS = 0.35
"""Change over time, over that of the middle of the picture, below which something stands."""
_AROUND = (5, 5)
_LEAST_EDGE, _EDGE = 4.0, 2.0
"""Grey levels, and times the middle of the picture, by which a stamp's letters stand out."""
_BLOCK_LINES = 4
"""Of so many lines one is looked at."""
_CUT_CHANGE, _CUT_OVER_NEAR, _CUT_COLOURS = 12.0, 2.2, 0.25
_MOST_CUTS = 32


class Looks:
    """Keeps LOOKS full-size frames, evenly spread over what the header claims."""

    def __init__(self, claimed_frames: int) -> None:
        steps = (np.arange(LOOKS) + 0.5) / LOOKS * max(claimed_frames, LOOKS)
        self._wanted = [int(step) for step in steps]
        self.taken: list[Grey] = []

    def wants(self, frame: int) -> bool:
        return len(self.taken) < LOOKS and frame >= self._wanted[len(self.taken)]

    def take(self, grey: Grey) -> None:
        """Passes over a picture of another size."""
        if not self.taken or grey.shape == self.taken[0].shape:
            self.taken.append(grey)


def measure(looks: Sequence[Grey], frames: Small, box: Box, *, sound: bool | None = None) -> Quality:
    """The quality of a clip by its full-size `looks` and its small pictures, PER_SECOND a second.

    The box is that of the small pictures.
    """
    inside = _box_in(looks[0].shape, frames.shape[1:], box)
    pictures = [look[inside] for look in looks]
    height, width = pictures[0].shape
    stamps = _stamps(box.of(frames))
    return Quality(
        real_lines=round(real_lines(pictures, stamps), 1),
        lines=height,
        picture_share=round(height * width / looks[0].size, 3),
        blocking=round(float(np.median([_blocking(look) for look in looks])), 3),
        stamp_share=round(float(stamps.mean()), 3),
        cuts=tuple(_cuts(frames)[:_MOST_CUTS]),
        sound=sound,
    )


def _box_in(shape: tuple[int, ...], small: tuple[int, ...], box: Box) -> tuple[slice, slice]:
    down, across = shape[0] / small[0], shape[1] / small[1]
    return (
        slice(round(box.top * down), round(box.bottom * down)),
        slice(round(box.left * across), round(box.right * across)),
    )


# -------------------------------------------------- flaws


def _stamps(frames: Small) -> NDArray[np.bool_]:
    """What is sharp and hardly changes while the rest does: sky and grass stand still, too."""
    looks = frames[:: -(-len(frames) // _STAMP_LOOKS)]
    change, mean = looks.std(axis=0), looks.mean(axis=0)
    edge = np.abs(mean - cv2.blur(mean, _AROUND))
    sharp = edge > max(_LEAST_EDGE, _EDGE * float(np.median(edge)))
    return np.asarray(sharp & (change < _STANDS * np.median(change)), np.bool_)


def _blocking(look: Grey) -> float:
    """Steps between columns at multiples of eight over all other steps."""
    lines = look[::_BLOCK_LINES]
    steps = cv2.absdiff(lines[:, 1:], lines[:, :-1]).mean(axis=0)
    borders = np.arange(1, len(steps) + 1) % 8 == 0
    between = float(steps[~borders].mean())
    return float(steps[borders].mean()) / between if between else 1.0


def _cuts(frames: Small) -> list[float]:
    """Seconds at which the picture changes at once, in its place and in its greys."""
    change = changes(frames).mean(axis=1)
    cuts = []
    for at in np.flatnonzero(change > _CUT_CHANGE):
        near = np.concatenate([change[max(0, at - 4) : at], change[at + 1 : at + 5]])
        alone = len(near) == 0 or change[at] > _CUT_OVER_NEAR * np.median(near) + 2
        if alone and np.abs(_greys(frames[at + 1]) - _greys(frames[at])).sum() > _CUT_COLOURS:
            cuts.append((int(at) + 1) / PER_SECOND)
    return cuts


def _greys(frame: Array) -> NDArray[np.float64]:
    """The share of each of 16 shades."""
    return np.histogram(frame, bins=16, range=(0, 256))[0] / frame.size
