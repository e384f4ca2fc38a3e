"""Up to which height a picture shows detail; the header's claims do not count.

The cosine transform of a few windows is cut into bands, each named by the height from which a picture shows
it. An enlarged picture shows nothing in the bands above its true height. All is set in relation to the coarse
detail of the same windows, so that contrast, brightness and content cancel.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Array = NDArray[np.float32]
Marks = NDArray[np.bool_]
Place = tuple[int, int]
"""Top and left of a window."""

_HEIGHTS = (1440, 1080, 800, 600, 450, 340, 255, 190, 143, 107, 80, 60)
_TALLEST_SHARE = 0.95
"""Of the picture's height: what lies above is the encoder's last row of pixels."""
_COARSE = (80, 107)
"""Heights whose detail every copy worth keeping has."""
_NONE, _FULL = 0.2, 0.5
"""Fine detail over coarse: an enlarged picture shows 0.1 to 0.2 above its true size, a true one 0.3 to 1."""
_END = 0.05
_LAST_STEP = 0.8
_WINDOW = 0.133
"""Side of a window over the picture's height: two sizes of a picture are looked at in the same places."""
_SMALLEST_WINDOW = 16
_WINDOWS = (4, 6)
"""Lines and columns of them, spread over the picture: they see nearly half of it, in turns."""
_STAMPED = 0.02
"""Of a window: under more of a stamp it does not count."""
_LEAST_FREE = 0.5
"""Of the windows: with less, the camera is locked and what stands is the picture."""
_FLAT_WINDOWS = 0.3
"""Share of the windows that show too little to tell anything by."""
_FLOOR_WINDOWS = 0.1
"""Share of the windows, the smoothest, whose fine detail is taken for noise and subtracted everywhere."""
_MOST_NOISE = 0.8
"""Of the middle window's fine detail: where none is smooth, all shows detail."""


def real_lines(pictures: Sequence[Grey], stamps: Marks) -> float:
    """The height up to which detail goes, each band counted in the measure of the detail it has.

    Stamps, marked on a smaller picture, are sharper than what they lie on, so they do not count.
    """
    height = pictures[0].shape[0]
    detail = _detail(pictures, stamps)
    fine = sorted(band for band in detail if band >= _COARSE[1])
    if not fine:
        return float(height)
    lines, at, share = 0.0, _before(fine[0]), 1.0
    for band in fine:
        share = min(1.0, max(0.0, (detail[band] - _NONE) / (_FULL - _NONE)))
        if share < _END:
            return at * float(np.exp(lines))
        lines += share * float(np.log(band / _before(band)))
    lines += share * _LAST_STEP * max(0.0, float(np.log(height / fine[-1])))
    return at * float(np.exp(lines))


def _before(height: int) -> int:
    return _HEIGHTS[_HEIGHTS.index(height) + 1]


def _detail(pictures: Sequence[Grey], stamps: Marks) -> dict[int, float]:
    """By height: the detail that the middle window shows there, over its coarse detail."""
    heights = tuple(band for band in _HEIGHTS if band <= _TALLEST_SHARE * pictures[0].shape[0])
    if _COARSE[0] not in heights[:-1]:
        return {}
    energy, free = _energies(pictures, heights, stamps)
    coarse = energy[[band in _COARSE for band in heights[:-1]]].mean(axis=0)
    telling = (coarse >= np.quantile(coarse[free], _FLAT_WINDOWS)) & (coarse > 0) & free
    if not telling.any():
        return {}
    smoothest = np.quantile(energy[:, free], _FLOOR_WINDOWS, axis=1)
    noise = np.minimum(smoothest, _MOST_NOISE * np.median(energy[:, free], axis=1))
    fine = np.maximum(energy[:, telling] - noise[:, None], 0) / coarse[telling]
    return dict(zip(heights, np.sqrt(np.median(fine, axis=1)).tolist(), strict=False))


def _energies(pictures: Sequence[Grey], heights: tuple[int, ...], stamps: Marks) -> tuple[Array, Marks]:
    """Per octave, by band and window of all pictures; and which windows are free of stamps."""
    shape = pictures[0].shape
    side = _side(*shape)
    places = [
        (top, left)
        for top in _starts(shape[0] - side, _WINDOWS[0])
        for left in _starts(shape[1] - side, _WINDOWS[1])
    ]
    free, bands = _free(places, side, shape, stamps), _bands(side, shape[0], heights)
    energy, seen = [], []
    for number, picture in enumerate(pictures):
        turn = _turn(number)
        energy.append(np.square(_spectra(picture, side, [places[at] for at in turn])) @ bands)
        seen.append(free[turn])
    return np.concatenate(energy).T, np.concatenate(seen)


def _turn(number: int) -> list[int]:
    """Every second window, as on a chess board; in the next picture the others."""
    lines, columns = _WINDOWS
    return [at for at in range(lines * columns) if (at // columns + at + number) % 2 == 0]


def _starts(last: int, count: int) -> list[int]:
    return [number * last // (count - 1) for number in range(count)]


def _free(places: Sequence[Place], side: int, shape: tuple[int, ...], stamps: Marks) -> Marks:
    """Windows with hardly any of a stamp in them; all of them where too few are left."""
    down, across = stamps.shape[0] / shape[0], stamps.shape[1] / shape[1]
    marked = [stamps[_part(top, side, down), _part(left, side, across)].mean() for top, left in places]
    free = np.array(marked) <= _STAMPED
    return free if free.mean() >= _LEAST_FREE else np.ones_like(free)


def _part(start: int, side: int, scale: float) -> slice:
    return slice(int(start * scale), max(int(start * scale) + 1, round((start + side) * scale)))


def _side(height: int, width: int) -> int:
    """An even length that is quickly transformed."""
    side = 2 * cv2.getOptimalDFTSize(round(max(_WINDOW * height, _SMALLEST_WINDOW) / 2))
    return min(side, height // 2 * 2, width // 2 * 2)


def _spectra(picture: Grey, side: int, places: Sequence[Place]) -> Array:
    """A row per window."""
    windows = [picture[top : top + side, left : left + side] for top, left in places]
    spectra = np.stack([cv2.dct(window.astype(np.float32)) for window in windows])
    return np.asarray(spectra.reshape(len(windows), -1), np.float32)


@lru_cache(maxsize=8)
def _bands(side: int, height: int, heights: tuple[int, ...]) -> Array:
    """What each coefficient of a window counts for in each band, per octave.

    Coefficient k of `side` has k half-waves in it, and a picture of h lines has at most h half-waves.
    """
    order = np.arange(side)
    finest = np.maximum(order[:, None], order).ravel()
    below = [np.clip(side * lines / height + 0.5 - finest, 0, 1) for lines in heights]
    octaves = np.diff(np.log(heights))
    return np.asarray(np.diff(below, axis=0).T / octaves / side**2, np.float32)
