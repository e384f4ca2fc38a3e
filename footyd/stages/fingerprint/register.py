"""Where one locked camera's picture lies in another copy of it: image registration by the background.

Every scale, then every tilt of the best one, laid over all places of small backgrounds; what is found is
fitted by least squares on the differences (Lucas and Kanade), with perspective, as filming a screen adds it.
The same pitch says nothing about the moment: that is left to what moves on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from footyd.stages.fingerprint.refine import Matrix
from footyd.stages.fingerprint.scene import EVEN_IF_FLAT, FROM_MIDDLE, Plane, from_middle

Mask = NDArray[np.bool_]

_SCALES = tuple(1.1**step for step in range(-10, 2))
_TILTS = (-3.0, -1.5, 1.5, 3.0)
"""Degrees: a hand that films a screen is off by one to four."""
_TILTED = 2
_SOFT = 0.45
"""Cells of the smaller picture, by which the larger one is softened to be like it."""
_CORE = 0.8
"""The middle of a picture that is looked for: its rim may be cut off in the other one."""
_HALF = 2
_PAD = 6
_LEAST_CELLS = 8
_WORTH_FITTING, _FITS = 0.45, 0.45
"""Likeness before and after fitting: of copies 0.5 to 0.9, of other pitches up to 0.6; the specks decide."""
_SMALLEST, _LARGEST = 0.35, 1.35
"""Along a side, what the search may find, and a little more."""
_COLLAPSED = 0.05
"""Of a fit that went astray: to soften for a smaller one still would take minutes, and not be believed."""
_BLURS = (1.5,) * 4 + (0.8,) * 4
"""Cells, round by round: soft first, so that lines two cells apart still pull each other."""
_RIM = 4
_LEAST_COMMON = 300
"""Cells."""
_STIFF = 1e-3
"""Of the mean pull, against wild answers where the background says little."""
_INVERSE = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """`warp` takes cells of one background to cells of the other, which may be `mirrored`."""

    likeness: float
    warp: Matrix
    mirrored: bool


def found_in(one: Plane, other: Plane) -> list[Registered]:
    """Where `one` seems to lie in `other`, whole and about as large or smaller: as it is, and mirrored."""
    small, large = _halved(one), _halved(other)
    rooms = {mirror: np.pad(large[:, ::-1] if mirror else large, _PAD) for mirror in (False, True)}
    upright = [(scale, core) for scale in _SCALES if (core := _core(small, scale, 0.0))]
    found = [_best(small, room, upright, mirrored=mirror) for mirror, room in rooms.items()]
    halves = np.array([[_HALF, 0, 0.5], [0, _HALF, 0.5], [0, 0, 1]])
    return [
        replace(place, warp=halves @ place.warp @ np.linalg.inv(halves))
        for place in found
        if place and place.likeness >= _WORTH_FITTING
    ]


def _best(
    small: Plane, room: Plane, upright: Sequence[tuple[float, _Core]], *, mirrored: bool
) -> Registered | None:
    """Every scale upright, then the best scales tilted."""
    placed = [(place, scale) for scale, core in upright if (place := _placed(core, room, mirrored=mirrored))]
    best = sorted(placed, key=lambda it: -it[0].likeness)[:_TILTED]
    cores = [core for _, scale in best for tilt in _TILTS if (core := _core(small, scale, tilt))]
    tilted = [_placed(core, room, mirrored=mirrored) for core in cores]
    return max(filter(None, [*(it[0] for it in best), *tilted]), key=lambda it: it.likeness, default=None)


def fitted(one: Plane, other: Plane, found: Registered) -> Registered | None:
    """The exact place, the best of all rounds; None where the backgrounds do not agree even so."""
    other = np.ascontiguousarray(other[:, ::-1] if found.mirrored else other)
    best, warp = replace(found, likeness=0), found.warp
    for blur in _BLURS:
        target, seen, cells = _seen(one, other, warp, blur)
        if np.count_nonzero(cells) < _LEAST_COMMON:
            break
        if blur == _BLURS[-1]:
            likeness = float(np.corrcoef(target[cells], seen[cells])[0, 1])
            best = max(best, replace(found, likeness=likeness, warp=warp), key=lambda it: it.likeness)
        step = _step(target, seen, cells)
        if step is None:
            break
        warp = warp @ step
    return best if best.likeness >= _FITS and _SMALLEST < _stretch(best.warp) < _LARGEST else None


def _stretch(warp: Matrix) -> float:
    return float(np.sqrt(abs(np.linalg.det(warp[:2, :2]))))


def laid(picture: Plane, warp: Matrix, shape: tuple[int, ...]) -> Plane:
    """`picture` as seen through `warp`, which takes cells of `shape` to its own."""
    return np.asarray(cv2.warpPerspective(picture, warp, shape[::-1], flags=_INVERSE), np.float32)


def common_cells(warp: Matrix, shape: tuple[int, ...], other_shape: tuple[int, ...]) -> Mask:
    """Cells of `shape` that show what the other picture shows too, without the rims of both."""
    inside = np.zeros(other_shape, np.float32)
    inside[_RIM:-_RIM, _RIM:-_RIM] = 1
    cells = laid(inside, warp, shape) > 0.99
    cells[:_RIM], cells[-_RIM:], cells[:, :_RIM], cells[:, -_RIM:] = False, False, False, False
    return cells


def _halved(picture: Plane) -> Plane:
    height, width = picture.shape
    half = cv2.resize(
        np.ascontiguousarray(picture), (width // _HALF, height // _HALF), interpolation=cv2.INTER_AREA
    )
    return np.asarray(half, np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Core:
    """The middle of a picture, scaled and tilted; `warp` takes the picture's cells to the core's."""

    picture: Plane
    warp: Matrix


def _core(small: Plane, scale: float, tilt: float) -> _Core | None:
    height, width = small.shape
    lines, columns = int(height * scale * _CORE), int(width * scale * _CORE)
    if min(lines, columns) < _LEAST_CELLS:
        return None
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), tilt, scale)
    turn[:, 2] += [(columns - width) / 2, (lines - height) / 2]
    soft = cv2.GaussianBlur(small, (0, 0), _SOFT / scale) if scale < 1 else small
    picture = np.asarray(cv2.warpAffine(soft, turn, (columns, lines)), np.float32)
    return _Core(picture=picture, warp=np.vstack([turn, [0, 0, 1]]))


def _placed(core: _Core, room: Plane, *, mirrored: bool) -> Registered | None:
    """Where in `room` the core is most like what lies there; None where it is larger."""
    if core.picture.shape[0] > room.shape[0] or core.picture.shape[1] > room.shape[1]:
        return None
    likeness = cv2.matchTemplate(room, core.picture, cv2.TM_CCOEFF_NORMED)
    _, best, _, (left, top) = cv2.minMaxLoc(likeness)
    moved = np.array([[1, 0, left - _PAD], [0, 1, top - _PAD], [0, 0, 1.0]])
    return Registered(likeness=float(best), warp=moved @ core.warp, mirrored=mirrored)


def _seen(one: Plane, other: Plane, warp: Matrix, blur: float) -> tuple[Plane, Plane, Mask]:
    """Both backgrounds in the cells of `one`, equally blurred."""
    stretch = max(_stretch(warp), _COLLAPSED)
    own = float(np.hypot(blur, _SOFT / stretch if stretch < 1 else 0))
    target = np.asarray(cv2.GaussianBlur(one, (0, 0), own), np.float32)
    its = np.asarray(cv2.GaussianBlur(other, (0, 0), max(0.3, blur * min(1.0, stretch))), np.float32)
    return target, laid(its, warp, one.shape), common_cells(warp, one.shape, other.shape)


def _step(target: Plane, seen: Plane, cells: Mask) -> Matrix | None:
    """How `seen` must still be moved, turned, stretched and tilted; players and banners hardly pull."""
    gain = float(seen[cells] @ target[cells]) / max(float(target[cells] @ target[cells]), 1e-6)
    if gain <= 0:
        return None
    seen = seen / np.float32(gain)
    down_slope, across_slope = np.gradient(seen)
    across, down = from_middle(*seen.shape)
    bend = across_slope * across + down_slope * down
    effects = np.stack(
        [
            *(across_slope, down_slope, across_slope * across, across_slope * down),
            *(down_slope * across, down_slope * down, bend * across, bend * down),
        ]
    )[:, cells]
    difference = (target - seen)[cells]
    pull = 1 / (1 + (difference / (3 * np.median(np.abs(difference)) + 1e-3)) ** 2)
    normal = (effects * pull) @ effects.T
    stiff = normal + np.eye(8) * max(float(normal.trace()) * _STIFF / 8, EVEN_IF_FLAT)
    wish = np.linalg.solve(stiff, (effects * pull) @ difference)
    return _moved_corners(wish, seen.shape)


def _moved_corners(wish: NDArray[np.floating], shape: tuple[int, ...]) -> Matrix:
    height, width = shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    across, down = ((corners - [width / 2, height / 2]) / width * FROM_MIDDLE).T
    right = wish[0] + wish[2] * across + wish[3] * down + (wish[6] * across + wish[7] * down) * across
    low = wish[1] + wish[4] * across + wish[5] * down + (wish[6] * across + wish[7] * down) * down
    moved = corners + np.stack([right, low], axis=1).astype(np.float32)
    return np.asarray(cv2.getPerspectiveTransform(corners, moved), np.float64)
