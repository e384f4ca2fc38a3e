"""Alignment of two fingerprints: every offset votes, for some croppings, speeds and the mirror image."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from footyd.model import Match
from footyd.stages.fingerprint.decode import SAMPLES_PER_SECOND
from footyd.stages.fingerprint.motion import HEIGHT, WIDTH, decode_pictures, unit

Pictures = NDArray[np.float32]

MIN_OVERLAP_SECONDS = 2.0
MIN_OVERLAP_SHARE = 0.5
"""Of the shorter clip: less in common is an intro, a jingle or a replay, not the same footage."""
SURE = 0.5
"""A mean correlation from which no further cropping or speed is tried."""
NEUTRAL_SECONDS = 0.5
"""Weight of the doubt: as if so many seconds more had been seen that agree in nothing."""
SAME_AT = 0.36
"""The mean correlation that becomes a score of 0.6."""
SPEEDS = (1.05, 1 / 1.05, 1.1, 1 / 1.1)
CROPS = (0.92, 0.85)
PLACES = (0.0, 0.5, 1.0)

NO_MATCH = Match(score=0, overlap_seconds=0, offset_seconds=0, coverage_a=0, coverage_b=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Alignment:
    correlation: float
    offset: int
    length: int
    mirrored: bool
    speed: float = 1.0


def align(a: bytes, b: bytes) -> Match:
    """The best alignment of two fingerprints' data; NO_MATCH where none is long enough."""
    first, second = decode_pictures(a), decode_pictures(b)
    best: _Alignment | None = None
    for pictures_a, pictures_b, mirrored, speed in _hypotheses(first, second):
        found = _best_offset(pictures_a, pictures_b, mirrored=mirrored, speed=speed)
        if found is not None and (best is None or found.correlation > best.correlation):
            best = found
        if best is not None and best.correlation > SURE:
            break
    return NO_MATCH if best is None else _match(best, len(first), len(second))


def _hypotheses(a: Pictures, b: Pictures) -> Iterator[tuple[Pictures, Pictures, bool, float]]:
    mirror = np.ascontiguousarray(b[:, :, ::-1])
    for other, mirrored in ((b, False), (mirror, True)):
        yield a, other, mirrored, 1.0
    for other, mirrored in ((b, False), (mirror, True)):
        for keep in CROPS:
            for x in PLACES:
                for y in PLACES:
                    yield _crop(a, keep, x, y), other, mirrored, 1.0
                    yield a, _crop(other, keep, x, y), mirrored, 1.0
        for speed in SPEEDS:
            yield a, _respeed(other, speed), mirrored, speed


def _best_offset(a: Pictures, b: Pictures, *, mirrored: bool, speed: float) -> _Alignment | None:
    """Mean correlation along every diagonal of the similarity matrix; moments without motion have no vote."""
    least = max(MIN_OVERLAP_SECONDS * SAMPLES_PER_SECOND, MIN_OVERLAP_SHARE * min(len(a), len(b)))
    offsets = np.arange(-(len(b) - 1), len(a))
    lengths = np.minimum(len(a), offsets + len(b)) - np.maximum(0, offsets)
    similar = a.reshape(len(a), -1) @ b.reshape(len(b), -1).T
    moves = np.outer(_moves(a), _moves(b))
    total, votes = _diagonal_sums(similar), _diagonal_sums(moves)
    valid = (lengths >= least) & (votes >= least / 2)
    if not valid.any():
        return None
    neutral = NEUTRAL_SECONDS * SAMPLES_PER_SECOND
    mean = np.where(valid, total / (votes + neutral), -1.0)
    at = int(mean.argmax())
    return _Alignment(
        correlation=float(mean[at]),
        offset=int(offsets[at]),
        length=int(lengths[at]),
        mirrored=mirrored,
        speed=speed,
    )


def _diagonal_sums(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sums for the offsets -(columns-1) … rows-1; offset d holds the cells (i, i-d)."""
    rows, columns = matrix.shape
    padded = np.zeros((rows, rows + columns), dtype=np.float32)
    padded[:, :columns] = matrix[:, ::-1]
    sheared = padded.reshape(-1)[: rows * (rows + columns - 1)].reshape(rows, rows + columns - 1)
    return np.asarray(sheared.sum(axis=0), dtype=np.float32)


def _moves(pictures: Pictures) -> NDArray[np.float32]:
    return np.asarray(np.abs(pictures).max(axis=(1, 2)) > 0, dtype=np.float32)


def _crop(pictures: Pictures, keep: float, x: float, y: float) -> Pictures:
    """The window of `keep` times the size at the relative place (x, y), enlarged again."""
    left, top = x * (1 - keep) * WIDTH, y * (1 - keep) * HEIGHT
    to_source = np.array(
        [[keep, 0, left + (keep - 1) / 2], [0, keep, top + (keep - 1) / 2]], dtype=np.float32
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = [
        cv2.warpAffine(picture, to_source, (WIDTH, HEIGHT), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        for picture in pictures
    ]
    return unit(np.stack(warped))


def _respeed(pictures: Pictures, speed: float) -> Pictures:
    """The pictures as a copy slowed down by `speed` would show them."""
    index = np.arange(int(len(pictures) * speed)) / speed
    return np.asarray(pictures[np.minimum(np.rint(index).astype(int), len(pictures) - 1)])


def _match(best: _Alignment, count_a: int, count_b: int) -> Match:
    seconds = best.length / SAMPLES_PER_SECOND
    return Match(
        score=round(_score(best.correlation), 4),
        overlap_seconds=round(seconds, 3),
        offset_seconds=round(best.offset / SAMPLES_PER_SECOND, 3),
        coverage_a=round(min(1.0, best.length / count_a), 4),
        coverage_b=round(min(1.0, best.length / best.speed / count_b), 4),
        mirrored=best.mirrored,
    )


def _score(correlation: float) -> float:
    """0–1, with 0.6 at SAME_AT."""
    if correlation <= SAME_AT:
        return max(0.0, 0.6 * correlation / SAME_AT)
    return 0.6 + 0.4 * (min(correlation, 1.0) - SAME_AT) / (1 - SAME_AT)
