"""A camera that stands: the stretch of a clip that shows its scene, with the shake taken out.

Told by the detail of the pictures, what differs from its surroundings: clouds and a camera's exposure do not
count as change.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from footyd.stages.fingerprint.content import Frames

Plane = NDArray[np.float32]

_LOOKS = 6
_STANDING, _FROM_MEDIAN = 0.45, 1.25
"""Share of the cells in which the looks have more in common than they differ by; from the median of what they
differ by to its mean, of normal chance. The median, as a third of the looks may see an intro."""
_OF_THE_SCENE, _FOREIGN, _MOSTLY = 0.5, 0.25, 0.75
"""Correlation with what the looks have in common: of the scene 0.7 to 0.95, of an intro -0.1 to 0.2;
and the share of an intro's pictures that must be foreign."""
_COARSE, _AROUND_COARSE = 5, 17
_FINE, _AROUND = 1, 11
"""Cells: detail is what differs from its surroundings; clouds and a camera's exposure do not."""
_ROUNDS = 3
_AT_REST = 0.15
"""Cells; a smaller shake needs no mending."""
EDGE = 4
MOST = 8.0
"""Grey levels of detail: a player before a line must not count for more than the line."""
EVEN_IF_FLAT = 1e-6
"""At least so much stiffness: a background without a slope tells of no shake, and must not break off."""
FROM_MIDDLE = 3
"""Places are measured from the middle in thirds of the width: their squares stay near 1."""


def standing_stretch(pictures: Frames) -> slice:
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
    return slice(
        first if _is_foreign(alike[:first]) else 0, end if _is_foreign(alike[end:]) else len(pictures)
    )


def _is_foreign(alike: Plane) -> bool:
    """Whether nearly all pictures of a lead or an end show something else: the rest may be fading over."""
    return len(alike) > 0 and float((alike < _FOREIGN).mean()) >= _MOSTLY


def _detail(pictures: Frames, fine: int, around: int) -> Frames:
    detail = np.empty(pictures.shape, np.float32)
    for picture, its in zip(pictures, detail, strict=True):
        np.subtract(mean_around(picture, fine), mean_around(picture, around), out=its)
    return detail


def mean_around(picture: Plane, cells: int) -> Plane:
    return np.asarray(cv2.blur(picture, (cells, cells)), np.float32) if cells > 1 else picture


def steady_detail(pictures: Frames) -> Frames:
    """The detail of pictures of a standing camera, as if no hand had held it."""
    return _steadied(_detail(pictures, _FINE, _AROUND))


def _steadied(pictures: Frames) -> Frames:
    """Laid over their mean: by how much each is moved, turned and stretched is read off the differences."""
    steady, places = pictures, [np.eye(3)] * len(pictures)
    for _ in range(_ROUNDS):
        background = steady.mean(axis=0)
        solver = _solver(background)
        shakes = np.stack([solver @ np.clip(picture - background, -MOST, MOST).ravel() for picture in steady])
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
    slope[:, :EDGE], slope[:, -EDGE:] = 0, 0
    slope[:, :, :EDGE], slope[:, :, -EDGE:] = 0, 0
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
    stretch = np.array([[right_across, right_down], [low_across, low_down]]) * scale
    found = np.eye(3)
    found[:2, :2] += stretch
    found[:2, 2] = np.array([right, low]) - stretch @ middle
    return found


def _laid(picture: Plane, place: NDArray[np.float64]) -> Plane:
    size = picture.shape[::-1]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid = cv2.warpAffine(picture, place[:2], size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(laid, np.float32)
