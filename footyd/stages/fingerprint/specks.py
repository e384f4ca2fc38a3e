"""Whether two copies of a locked camera's scene show the same moments: their specks, laid over each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from footyd.stages.fingerprint.evidence import NEAR_SPEEDS
from footyd.stages.fingerprint.footage import Array, quantile, unit_rows
from footyd.stages.fingerprint.lines import Line, Lines
from footyd.stages.fingerprint.motion import PER_SECOND
from footyd.stages.fingerprint.refine import Matrix, blocks_over
from footyd.stages.fingerprint.register import Mask, Registered, common_cells, fitted, found_in, laid
from footyd.stages.fingerprint.scene import FEWEST, Scene

_AS_LIKELY, _SURE_PLACE = 0.7, 0.7
"""Share of the best likeness from which a place is worth a fit; likeness of a fit that needs no second."""
_LEAST_ROW = 0.05
_OVERLAP = 0.45
"""Of the shorter clip."""
_ANOTHER_SPEED = 0.9
_FAR, _NEAR = PER_SECOND, 1
"""Samples from the best line; from `_FAR` on a line is another moment, up to `_NEAR` the same."""
ENOUGH_STANDING = 3.2
"""Of the same footage nearly all stands out by more; of another moment on the same pitch none by 3."""
_SPREAD_OF_CHANCE = 0.0125
"""Of the correlation of specks at unrelated moments: 0.003 to 0.012 wherever it was measured."""
_LONG = 8 * PER_SECOND
"""Samples; of fewer, chance makes more."""
_MAD = 1.4826
"""From a median deviation to a standard one, of normal chance. The median, as moments beside the right one
agree by more than chance where players are slow."""
_ALONE = 0.35
"""By so much, of its own, the best moment must exceed the next one."""
_SECONDS_LEFT_OUT, _BLOCKS_LEFT_OUT, _EVEN = 0.2, 0.25, 0.4
"""A shared intro agrees perfectly, for a third of the seconds; the same footage agrees in nearly all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """`standing`: by how many spreads the claimed moment stands out of all others, less if unevenly."""

    standing: float
    line: Line
    warp: Matrix
    mirrored: bool
    small_is_b: bool


def sighting(a: Scene, b: Scene) -> Sighting | None:
    """The moments of one in the other; None where the backgrounds or too few seconds agree.

    A pitch is its own mirror image and most scales fit somewhat: the likeliest places are tried in turn.
    As everywhere here, `small` is laid into the cells of `big`, whichever shows the picture larger.
    """
    found = [(place, True) for place in found_in(a.background, b.background)]
    found += [(place, False) for place in found_in(b.background, a.background)]
    likeliest = max((place.likeness for place, _ in found), default=0)
    best, sure = None, set[bool]()
    for place, small_is_b in sorted(found, key=lambda it: -it[0].likeness):
        if place.mirrored in sure or place.likeness < _AS_LIKELY * likeliest:
            continue
        big, small = (a, b) if small_is_b else (b, a)
        fit = fitted(big.background, small.background, place)
        if fit is None:
            continue
        if fit.likeness >= _SURE_PLACE:
            sure.add(fit.mirrored)
        seen = _compared(big, small, fit, small_is_b=small_is_b)
        best = max(filter(None, (best, seen)), key=lambda it: it.standing, default=None)
        if best and best.standing >= ENOUGH_STANDING:
            break
    return best


def _compared(big: Scene, small: Scene, place: Registered, *, small_is_b: bool) -> Sighting | None:
    """`small` is laid into the cells of `big`."""
    shape = big.background.shape
    cells = common_cells(place.warp, shape, small.background.shape)
    specks = small.specks[..., ::-1] if place.mirrored else small.specks
    rows = _rows(len(big.specks), cells, map(_soft, big.specks))
    its_rows = _rows(len(specks), cells, (laid(_soft(picture), place.warp, shape) for picture in specks))
    found = _best_line(rows @ its_rows.T)
    if found is None:
        return None
    standing, line = found
    pairs = zip(*line.pairs(len(rows), len(its_rows)), strict=True)
    common = ((rows[at], its_rows[its]) for at, its in pairs)
    standing *= _evenness(_by_block(common, cells), _BLOCKS_LEFT_OUT)
    return Sighting(
        standing=standing,
        line=replace(line, offset=line.offset + big.start - round(line.speed * small.start)),
        warp=np.asarray(np.linalg.inv(place.warp), np.float64),
        mirrored=place.mirrored,
        small_is_b=small_is_b,
    )


def _rows(count: int, cells: Mask, pictures: Iterable[Array]) -> Array:
    """A unit row for each picture, of its `cells`; one by one, since those of 90 seconds are 13 MB."""
    rows = np.empty((count, np.count_nonzero(cells)), np.float32)
    for row, picture in zip(rows, pictures, strict=True):
        row[:] = unit_rows(picture[cells][None], _LEAST_ROW)[0]
    return rows


def _soft(picture: NDArray[np.int8]) -> Array:
    """A speck a cell beside the other one is still that one."""
    return np.asarray(cv2.blur(picture.astype(np.float32), (3, 3)), np.float32)


def _best_line(similarity: Array) -> tuple[float, Line] | None:
    least = max(FEWEST, _OVERLAP * min(similarity.shape))
    best: tuple[float, Lines, int] | None = None
    for speed in NEAR_SPEEDS:
        lines = Lines.over(similarity, speed)
        means = lines.means(least, 0)
        at = int(means.argmax())
        value = float(means[at]) * (1 if speed == 1 else _ANOTHER_SPEED)
        if best is None or value > best[0]:
            best = value, lines, at
    if best is None or best[0] <= 0:
        return None
    _, lines, at = best
    return _standing(lines, at, least), Line(offset=int(lines.offsets[at]), speed=lines.speed)


def _standing(lines: Lines, at: int, least: float) -> float:
    means = lines.means(least, 0)
    here = float(means[at])
    far = means[(lines.counts >= least) & (np.abs(lines.offsets - lines.offsets[at]) > _FAR)]
    far = far if len(far) > _FAR else np.zeros(1, np.float32)
    chance = float(np.median(far))
    spread = max(_MAD * float(np.median(np.abs(far - chance))), _SPREAD_OF_CHANCE)
    spread *= float(np.sqrt(max(1.0, _LONG / float(lines.counts[at]))))
    alone = float(np.clip((here - far.max()) / (_ALONE * here), 0, 1))
    seconds, votes = _by_second(lines, at, np.abs(lines.offsets - lines.offsets[at]) <= _NEAR)
    return (here - chance) / spread * alone * votes * _evenness(seconds, _SECONDS_LEFT_OUT)


def _evenness(parts: Array, left_out: float) -> float:
    """0 to 1: whether nearly all parts agree about as well as they do in the mean."""
    mean = float(parts.mean())
    return float(np.clip(quantile(parts, left_out) / (_EVEN * mean), 0, 1)) if mean > 0 else 0.0


def _by_block(pairs: Iterable[tuple[Array, Array]], cells: Mask) -> Array:
    """Correlations block by block of the cells that both show, over pairs of rows."""
    blocks = blocks_over(cells)
    if blocks is None:
        return np.zeros(1, np.float32)
    planes = np.zeros((3, *cells.shape), np.float32)
    planes[:, cells] = sum(np.stack([row * its, row**2, its**2]) for row, its in pairs)
    common, one, other = blocks.sums(planes)
    return np.asarray(common / np.maximum(np.sqrt(one * other), 1e-6), np.float32).ravel()


def _by_second(lines: Lines, at: int, near: NDArray[np.bool_]) -> tuple[Array, float]:
    """What every second agrees in, and the share of seconds that agree best just there."""
    on_line = np.flatnonzero(lines.inside[:, at])
    here, votes = [], []
    for second in np.array_split(on_line, max(1, len(on_line) // PER_SECOND)):
        means = np.where(lines.inside[second].all(axis=0), lines.values[second].mean(axis=0), -1.0)
        here.append(means[near].max())
        votes.append(means[near].max() >= means.max())
    return np.asarray(here, np.float32), float(np.mean(votes))
