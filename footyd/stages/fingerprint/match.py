"""Alignment of two fingerprints: every offset votes, for some croppings, speeds and the mirror image.

Pictures are compared at 12×7; a cropping is a linear map of a picture, so a hypothesis is one matrix product.
The winner must hold in time, too: clips that share an intro alone have windows that do not agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from footyd.model import Match
from footyd.stages.fingerprint.decode import SAMPLES_PER_SECOND
from footyd.stages.fingerprint.motion import HEIGHT, WIDTH, decode_pictures

Rows = NDArray[np.float32]
"""One flattened picture per row, without its mean, at length 1 (0 where nothing moves)."""

COLUMNS, LINES = 12, 7
MIN_OVERLAP_SECONDS = 2.0
MIN_OVERLAP_SHARE = 0.5
"""Of the shorter clip: less in common is an intro, a jingle or a replay, not the same footage."""
SURE = 0.7
"""A correlation from which no further cropping or speed is tried."""
DOUBT_SAMPLES = 4
"""As if so many samples more had been seen that agree in nothing: short overlaps convince less."""
SAME_AT = 0.43
"""The correlation that becomes a score of 0.6; of unrelated footage hardly any reaches it."""
WINDOW_SAMPLES = 8
WORST_SHARE = 0.2
WINDOW_AT = 0.12
"""Of the windows of a second all but the worst fifth must agree at least so much."""
SPEEDS = (1.05, 1 / 1.05, 1.1, 1 / 1.1)
WHOLE = (1.0, 0.0, 0.0)
CROPS = tuple(product((0.92, 0.84), (0.0, 0.5, 1.0), (0.0, 0.5, 1.0)))
"""Share kept of width and height, and where the window lies: 0 left or top, 1 right or bottom."""

NO_MATCH = Match(score=0, overlap_seconds=0, offset_seconds=0, coverage_a=0, coverage_b=0)


class Footage:
    """A fingerprint laid out for comparing; its croppings are worked out once, when first asked for."""

    def __init__(self, data: bytes) -> None:
        pictures = decode_pictures(data)
        self._views = {
            False: pictures.reshape(len(pictures), -1),
            True: pictures[:, :, ::-1].reshape(len(pictures), -1),
        }
        self._rows: dict[tuple[bool, tuple[float, float, float]], Rows] = {}
        self.moves = np.asarray(np.abs(pictures).max(axis=(1, 2)) > 0, dtype=np.float32)

    def rows(self, crop: tuple[float, float, float] = WHOLE, *, mirrored: bool = False) -> Rows:
        key = (mirrored, crop)
        if key not in self._rows:
            self._rows[key] = _unit(self._views[mirrored] @ _cropping(*crop))
        return self._rows[key]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hypothesis:
    a: Rows
    b: Rows
    moves_b: NDArray[np.float32]
    mirrored: bool
    speed: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Alignment:
    correlation: float
    offset: int
    length: int
    hypothesis: _Hypothesis


def align(a: Footage, b: Footage) -> Match:
    """The best alignment; NO_MATCH where none is long enough."""
    best: _Alignment | None = None
    for hypothesis in _hypotheses(a, b):
        found = _best_offset(hypothesis, a.moves)
        if found is not None and (best is None or found.correlation > best.correlation):
            best = found
        if best is not None and best.correlation > SURE:
            break
    return NO_MATCH if best is None else _match(best, len(a.moves), len(b.moves))


def _hypotheses(a: Footage, b: Footage) -> Iterator[_Hypothesis]:
    whole = a.rows()
    for mirrored in (False, True):
        yield _Hypothesis(a=whole, b=b.rows(mirrored=mirrored), moves_b=b.moves, mirrored=mirrored)
    for mirrored in (False, True):
        other = b.rows(mirrored=mirrored)
        for crop in CROPS:
            yield _Hypothesis(a=a.rows(crop), b=other, moves_b=b.moves, mirrored=mirrored)
            cut = b.rows(crop, mirrored=mirrored)
            yield _Hypothesis(a=whole, b=cut, moves_b=b.moves, mirrored=mirrored)
        for speed in SPEEDS:
            index = _respeeded(len(other), speed)
            yield _Hypothesis(a=whole, b=other[index], moves_b=b.moves[index], mirrored=mirrored, speed=speed)


def _best_offset(hypothesis: _Hypothesis, moves_a: NDArray[np.float32]) -> _Alignment | None:
    """Mean correlation along every diagonal of the similarity matrix; moments without motion have no vote."""
    count_a, count_b = len(hypothesis.a), len(hypothesis.b)
    least = max(MIN_OVERLAP_SECONDS * SAMPLES_PER_SECOND, MIN_OVERLAP_SHARE * min(count_a, count_b))
    offsets = np.arange(-(count_b - 1), count_a)
    lengths = np.minimum(count_a, offsets + count_b) - np.maximum(0, offsets)
    total = _diagonal_sums(hypothesis.a @ hypothesis.b.T)
    votes = np.correlate(moves_a, hypothesis.moves_b, "full")
    valid = (lengths >= least) & (votes >= least / 2)
    if not valid.any():
        return None
    mean = np.where(valid, total / (votes + DOUBT_SAMPLES), -1.0)
    at = int(mean.argmax())
    return _Alignment(
        correlation=float(mean[at]),
        offset=int(offsets[at]),
        length=int(lengths[at]),
        hypothesis=hypothesis,
    )


def _diagonal_sums(matrix: Rows) -> NDArray[np.float32]:
    """Sums for the offsets -(columns-1) … rows-1; offset d holds the cells (i, i-d)."""
    rows, columns = matrix.shape
    padded = np.zeros((rows, rows + columns), dtype=np.float32)
    padded[:, :columns] = matrix[:, ::-1]
    sheared = padded.reshape(-1)[: rows * (rows + columns - 1)].reshape(rows, rows + columns - 1)
    return np.asarray(sheared.sum(axis=0), dtype=np.float32)


@cache
def _cropping(keep: float, x: float, y: float) -> NDArray[np.float32]:
    """The matrix that takes a flattened picture to its smaller crop, each cell the mean of its area."""
    return np.kron(_areas(HEIGHT, LINES, keep, y), _areas(WIDTH, COLUMNS, keep, x)).T.copy()


def _areas(count: int, cells: int, keep: float, at: float) -> NDArray[np.float32]:
    """How much of each of `count` pixels goes into each of `cells` cells, along one axis."""
    edges = at * (1 - keep) * count + np.arange(cells + 1) * (keep * count / cells)
    pixels = np.arange(count)
    inside = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.asarray(np.maximum(inside, 0) / (keep * count / cells), dtype=np.float32)


def _unit(rows: NDArray[np.float32]) -> Rows:
    centred = rows - rows.mean(axis=1, keepdims=True)
    length = np.sqrt((centred**2).sum(axis=1, keepdims=True))
    return np.asarray(centred / np.maximum(length, 1e-6), dtype=np.float32)


def _respeeded(count: int, speed: float) -> NDArray[np.intp]:
    """Which samples a copy slowed down by `speed` would show."""
    index = np.rint(np.arange(int(count * speed)) / speed).astype(np.intp)
    return np.minimum(index, count - 1)


def _match(best: _Alignment, count_a: int, count_b: int) -> Match:
    return Match(
        score=round(min(_scaled(best.correlation, SAME_AT), _scaled(_steadiness(best), WINDOW_AT)), 4),
        overlap_seconds=round(best.length / SAMPLES_PER_SECOND, 3),
        offset_seconds=round(best.offset / SAMPLES_PER_SECOND, 3),
        coverage_a=round(min(1.0, best.length / count_a), 4),
        coverage_b=round(min(1.0, best.length / best.hypothesis.speed / count_b), 4),
        mirrored=best.hypothesis.mirrored,
    )


def _steadiness(best: _Alignment) -> float:
    """The correlation that all but the worst windows reach; windows without motion say nothing."""
    start = max(0, best.offset)
    a = best.hypothesis.a[start : start + best.length]
    b = best.hypothesis.b[start - best.offset :][: best.length]
    agree = (a * b).sum(axis=1)
    windows = np.array_split(agree, max(1, best.length // WINDOW_SAMPLES))
    moving = [window[window != 0] for window in windows]
    means = [float(window.mean()) for window in moving if len(window) >= WINDOW_SAMPLES // 2]
    return float(np.quantile(means, WORST_SHARE)) if means else 0.0


def _scaled(value: float, border: float) -> float:
    """0–1, with 0.6 at `border`."""
    if value <= border:
        return max(0.0, 0.6 * value / border)
    return 0.6 + 0.4 * (min(value, 1.0) - border) / (1 - border)
