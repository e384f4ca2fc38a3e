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
from footyd.stages.fingerprint.steady import EVEN_IF_FLAT, FROM_MIDDLE, Plane, from_middle, slopes

Mask = NDArray[np.bool_]
Cells = NDArray[np.intp]

_SCALES = tuple(1.1**step for step in range(-10, 2))
_TILTS = (-3.0, -1.5, 1.5, 3.0)
"""Degrees: a hand that films a screen is off by one to four."""
_TILTED, _BESIDE = 2, 3
"""Best scales that are tilted too, and halved cells by which that moves their place at most."""
_SOFT = 0.45
"""Cells of the smaller picture, by which the larger one is softened to be like it."""
_CORE = 0.8
"""The middle of a picture that is looked for: its rim may be cut off in the other one."""
_HALF = 2
_HALVES = np.array([[_HALF, 0, 0.5], [0, _HALF, 0.5], [0, 0, 1]])
"""Cells of a halved picture to its own."""
_UNHALVES = np.linalg.inv(_HALVES)
_PAD = 6
_LEAST_CELLS = 8
_WORTH_FITTING, _WORTH_GOING_ON, _FITS = 0.48, 0.45, 0.45
"""Likeness before fitting, after its soft rounds and at last: of copies 0.54, 0.56 and 0.6 upwards, of other
pitches up to 0.6; the specks decide."""
_SMALLEST, _LARGEST = 0.35, 1.35
"""Along a side, what the search may find, and a little more."""
_COLLAPSED = 0.05
"""Of a fit that went astray: to soften for a smaller one still would take minutes, and not be believed."""
_SOFT_ROUNDS, _SOFT_BLUR = 4, 0.7
"""Of halved backgrounds, and cells of those: so soft that lines two cells apart still pull each other."""
_FINE_ROUNDS, _FINE_BLUR = 4, 0.8
RIM = 4
_LEAST_COMMON = 0.03
"""Share of the cells."""
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
    upright = [core for scale in _SCALES if (core := _core(small, scale, 0.0))]
    found = []
    for mirrored in (False, True):
        room = np.pad(large[:, ::-1] if mirrored else large, _PAD)
        place = _best(small, room, upright)
        if place and place.likeness >= _WORTH_FITTING:
            warp = _HALVES @ place.warp @ _UNHALVES
            found.append(Registered(likeness=place.likeness, warp=warp, mirrored=mirrored))
    return found


def _best(small: Plane, room: Plane, upright: Sequence[_Core]) -> _Placed | None:
    """Every scale upright, then the best ones tilted, about where they lie."""
    placed = [place for core in upright if (place := _placed(core, room))]
    best = sorted(placed, key=lambda it: -it.likeness)[:_TILTED]
    turned = [(place, _core(small, place.core.scale, tilt)) for place in best for tilt in _TILTS]
    tilted = [_placed(core, room, about=place) for place, core in turned if core]
    return max(filter(None, [*best, *tilted]), key=lambda it: it.likeness, default=None)


def fitted(one: Plane, other: Plane, found: Registered) -> Registered | None:
    """The exact place, the best of all rounds; None where the backgrounds do not agree even so."""
    other = np.ascontiguousarray(other[:, ::-1] if found.mirrored else other)
    halves = _halved(one), _halved(other)
    warp = _UNHALVES @ found.warp @ _HALVES
    for _ in range(_SOFT_ROUNDS):
        likeness, step = _round(*halves, warp, _SOFT_BLUR, RIM // _HALF)
        if step is None:
            return None
        warp = warp @ step
    if likeness < _WORTH_GOING_ON:
        return None
    best, warp = replace(found, likeness=0), _HALVES @ warp @ _UNHALVES
    for _ in range(_FINE_ROUNDS):
        likeness, step = _round(one, other, warp, _FINE_BLUR, RIM)
        best = max(best, replace(found, likeness=likeness, warp=warp), key=lambda it: it.likeness)
        if step is None:
            break
        warp = warp @ step
    return best if best.likeness >= _FITS and _SMALLEST < _stretch(best.warp) < _LARGEST else None


def _stretch(warp: Matrix) -> float:
    return float(np.sqrt(abs(np.linalg.det(warp[:2, :2]))))


def laid(picture: Plane, warp: Matrix, shape: tuple[int, ...]) -> Plane:
    """`picture` as seen through `warp`, which takes cells of `shape` to its own."""
    return np.asarray(cv2.warpPerspective(picture, warp, shape[::-1], flags=_INVERSE), np.float32)


def common_cells(warp: Matrix, shape: tuple[int, ...], other_shape: tuple[int, ...], rim: int = RIM) -> Mask:
    """Cells of `shape` that show what the other picture shows too, without the rims of both."""
    inside = np.zeros(other_shape, np.float32)
    inside[rim:-rim, rim:-rim] = 1
    cells = laid(inside, warp, shape) > 0.99
    cells[:rim], cells[-rim:], cells[:, :rim], cells[:, -rim:] = False, False, False, False
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
    scale: float
    warp: Matrix


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """A core's corner in the room."""

    likeness: float
    core: _Core
    left: int
    top: int

    @property
    def warp(self) -> Matrix:
        moved = np.array([[1, 0, self.left - _PAD], [0, 1, self.top - _PAD], [0, 0, 1.0]])
        return np.asarray(moved @ self.core.warp, np.float64)


def _core(small: Plane, scale: float, tilt: float) -> _Core | None:
    height, width = small.shape
    lines, columns = int(height * scale * _CORE), int(width * scale * _CORE)
    if min(lines, columns) < _LEAST_CELLS:
        return None
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), tilt, scale)
    turn[:, 2] += [(columns - width) / 2, (lines - height) / 2]
    soft = cv2.GaussianBlur(small, (0, 0), _SOFT / scale) if scale < 1 else small
    picture = np.asarray(cv2.warpAffine(soft, turn, (columns, lines)), np.float32)
    return _Core(picture=picture, scale=scale, warp=np.vstack([turn, [0, 0, 1]]))


def _placed(core: _Core, room: Plane, about: _Placed | None = None) -> _Placed | None:
    """Where in `room`, or near a place in it, the core is most like what lies there; None if it is larger."""
    lines, columns = core.picture.shape
    first_line, first_column, window = 0, 0, room
    if about:
        first_line, first_column = max(0, about.top - _BESIDE), max(0, about.left - _BESIDE)
        window = room[first_line : about.top + _BESIDE + lines, first_column : about.left + _BESIDE + columns]
    if lines > window.shape[0] or columns > window.shape[1]:
        return None
    likeness = cv2.matchTemplate(window, core.picture, cv2.TM_CCOEFF_NORMED)
    _, best, _, (left, top) = cv2.minMaxLoc(likeness)
    return _Placed(likeness=float(best), core=core, left=first_column + left, top=first_line + top)


def _round(one: Plane, other: Plane, warp: Matrix, blur: float, rim: int) -> tuple[float, Matrix | None]:
    """How alike both are where `warp` lays them, and what leads on from there; None where nothing does."""
    cells = np.flatnonzero(common_cells(warp, one.shape, other.shape, rim))
    if len(cells) < _LEAST_COMMON * one.size:
        return 0.0, None
    target, seen = _seen(one, other, warp, blur)
    its, wanted = seen.ravel()[cells], target.ravel()[cells]
    return _likeness(its, wanted), _step(seen, its, wanted, cells)


def _seen(one: Plane, other: Plane, warp: Matrix, blur: float) -> tuple[Plane, Plane]:
    """Both backgrounds in the cells of `one`, equally blurred."""
    stretch = max(_stretch(warp), _COLLAPSED)
    own = float(np.hypot(blur, _SOFT / stretch if stretch < 1 else 0))
    target = np.asarray(cv2.GaussianBlur(one, (0, 0), own), np.float32)
    its = np.asarray(cv2.GaussianBlur(other, (0, 0), max(0.3, blur * min(1.0, stretch))), np.float32)
    return target, laid(its, warp, one.shape)


def _likeness(one: Plane, other: Plane) -> float:
    one, other = one - one.mean(), other - other.mean()
    return float(one @ other) / max(float(np.sqrt((one @ one) * (other @ other))), EVEN_IF_FLAT)


def _step(seen: Plane, its: Plane, wanted: Plane, cells: Cells) -> Matrix | None:
    """How `seen` must still be moved, turned, stretched and tilted; players and banners hardly pull."""
    gain = float(its @ wanted) / max(float(wanted @ wanted), 1e-6)
    if gain <= 0:
        return None
    across, down = (places.ravel()[cells] for places in from_middle(*seen.shape))
    across_slope, down_slope = (slope.ravel()[cells] / np.float32(gain) for slope in slopes(seen))
    bend = across_slope * across + down_slope * down
    effects = np.stack(
        [
            *(across_slope, down_slope, across_slope * across, across_slope * down),
            *(down_slope * across, down_slope * down, bend * across, bend * down),
        ]
    )
    difference = wanted - its / np.float32(gain)
    pull = 1 / (1 + (difference / (3 * np.median(np.abs(difference)) + np.float32(1e-3))) ** 2)
    pulling = effects * pull
    normal = pulling @ effects.T
    stiff = normal + np.eye(8) * max(float(normal.trace()) * _STIFF / 8, EVEN_IF_FLAT)
    wish = np.linalg.solve(stiff, pulling @ difference)
    return _moved_corners(wish, seen.shape)


def _moved_corners(wish: NDArray[np.floating], shape: tuple[int, ...]) -> Matrix:
    height, width = shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    across, down = ((corners - [width / 2, height / 2]) / width * FROM_MIDDLE).T
    right = wish[0] + wish[2] * across + wish[3] * down + (wish[6] * across + wish[7] * down) * across
    low = wish[1] + wish[4] * across + wish[5] * down + (wish[6] * across + wish[7] * down) * down
    moved = corners + np.stack([right, low], axis=1).astype(np.float32)
    return np.asarray(cv2.getPerspectiveTransform(corners, moved), np.float64)
