"""What speaks for two clips showing the same footage, once one's picture has its place in the other's."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from footyd.stages.fingerprint.coarse import Candidate
from footyd.stages.fingerprint.footage import Array, Footage, centred, unit_rows
from footyd.stages.fingerprint.lines import Line, Lines
from footyd.stages.fingerprint.motion import PER_SECOND, STILL_EVERY
from footyd.stages.fingerprint.refine import Matrix, blocks_over, initial_warp, refine, warped

_NOTHING_ALIKE = 0.1
"""The appearance below which the dearer steps are saved: of one scene, even ill placed, it is far higher."""
_LOOKS = 12
_LEAST_WINDOWS = 4
_LEAST_STILL_CELLS = 12
NEAR_SPEEDS = (1.0, 1.05, 1 / 1.05, 1.1, 1 / 1.1)
_ANOTHER_SPEED = 0.9
"""The weight of a speed that nothing has spoken for yet."""
_NEAR_SAMPLES = 1
_FAR_SAMPLES = 4
_LEAST_ROW = 0.15
"""Of a picture's motion per cell, against the spread of its clip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """`warp` takes small cells to big cells.

    `appearance` is the correlation of the pictures themselves, not of their motion, in the place found, and
    `steadiness` that of the steadier clip's pictures with the next ones.
    `windows` and `blocks` are correlations second by second and block by block, `votes` the share of seconds
    whose best moment in the whole other clip is the one this alignment claims, `sharpness` by how many
    standard deviations the claimed moment stands out of all others.
    """

    candidate: Candidate
    line: Line
    warp: Matrix
    samples: int
    overlap: float
    windows: NDArray[np.float32]
    blocks: Matrix
    votes: float
    sharpness: float
    appearance: float
    steadiness: float


def gather(a: Footage, b: Footage, candidate: Candidate) -> Evidence | None:
    """None where the place found leaves too little to compare, or shows something else altogether."""
    big, small = (a, b) if candidate.small_is_b else (b, a)
    little = _view(small.pictures, candidate)
    at, its = candidate.line.pairs(len(big), len(small))
    roughly = initial_warp(candidate, big.pictures, little)
    if _appearance(big, small, candidate, roughly) < _NOTHING_ALIKE:
        return None
    warp = refine(candidate, big.pictures[at], little[its])
    if warp is None:
        return None
    laid, covered = warped(little, warp, big.pictures.shape[1:])
    blocks = blocks_over(covered)
    if blocks is None:
        return None
    lines, line = _settle(_similarity(big.pictures, laid, covered), candidate.line)
    at, its = line.pairs(len(big), len(small))
    windows, votes = _windows(lines, line, its, (big.moves[at] | small.moves[its]))
    one, other = big.pictures[at], laid[its]
    common = blocks.sums((one * other).sum(axis=0))
    energy = blocks.sums((one**2).sum(axis=0) * covered) * blocks.sums((other**2).sum(axis=0))
    return Evidence(
        candidate=candidate,
        line=line,
        warp=warp,
        samples=len(at),
        overlap=max(len(at) / len(small), len(at) * line.speed / len(big)),
        windows=windows,
        blocks=common / np.maximum(np.sqrt(energy), 1e-3),
        votes=votes,
        sharpness=_sharpness(lines, line, len(at)),
        appearance=_appearance(big, small, replace(candidate, line=line), warp),
        steadiness=max(big.steadiness, small.steadiness),
    )


def _view(pictures: Array, candidate: Candidate) -> Array:
    return pictures[:, :, ::-1] if candidate.mirrored else pictures


def _similarity(big: Array, laid: Array, covered: NDArray[np.bool_]) -> Array:
    """Correlation of every moment of one with every moment of the other."""
    return unit_rows(big[:, covered], _LEAST_ROW) @ unit_rows(laid[:, covered], _LEAST_ROW).T


def _settle(similarity: Array, claimed: Line) -> tuple[Lines, Line]:
    """The speed, near the claimed one, and the offset that agree best."""
    speeds = NEAR_SPEEDS if claimed.speed in NEAR_SPEEDS else (claimed.speed,)
    found = [_nearby(similarity, claimed, speed) for speed in speeds]
    _, lines, line = max(found, key=lambda one: one[0])
    return lines, line


def _nearby(similarity: Array, claimed: Line, speed: float) -> tuple[float, Lines, Line]:
    """The best line of one speed that runs where the claimed one does."""
    lines = Lines.over(similarity, speed)
    middle = similarity.shape[1] // 2
    turned = (claimed.speed - speed) * middle
    near = np.abs(lines.offsets - claimed.offset - turned) <= max(2, abs(turned) + 1)
    means = np.where(near, lines.means(2, 4), -1.0)
    at = int(means.argmax())
    doubted = 1.0 if speed == claimed.speed else _ANOTHER_SPEED
    return float(means[at]) * doubted, lines, Line(offset=int(lines.offsets[at]), speed=speed)


def _windows(
    lines: Lines, line: Line, samples: NDArray[np.intp], moves: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], float]:
    """Correlation of every second on the line, and the share of them that agree best just there.

    Seconds in which nothing moves in either clip say nothing, if most others remain.
    """
    start, end = int(samples[0]), int(samples[-1]) + 1
    count = max(1, (end - start) // PER_SECOND)
    edges = np.asarray(np.rint(np.linspace(start, end, count + 1)), np.intp)
    sums = np.add.reduceat(lines.values[start:end], edges[:-1] - start, axis=0)
    whole = np.add.reduceat(lines.inside[start:end], edges[:-1] - start, axis=0) == np.diff(edges)[:, None]
    means = np.where(whole, sums / np.diff(edges)[:, None], -1.0)
    near = np.abs(lines.offsets - line.offset) <= _NEAR_SAMPLES
    here, best = means[:, near].max(axis=1), means.max(axis=1)
    lively = np.add.reduceat(moves, edges[:-1] - start) > 0
    if np.count_nonzero(lively) < max(_LEAST_WINDOWS, count / 2):
        lively = np.ones(count, np.bool_)
    return np.asarray(here[lively], np.float32), float(np.mean(here[lively] >= best[lively]))


def _sharpness(lines: Lines, line: Line, samples: int) -> float:
    away = np.abs(lines.offsets - line.offset)
    comparable = lines.counts >= max(6, 0.4 * samples)
    means = lines.values.sum(axis=0) / np.maximum(lines.counts, 1) * np.sqrt(lines.counts / samples)
    far = means[comparable & (away > _FAR_SAMPLES)]
    here = float(lines.values.sum(axis=0)[away <= _NEAR_SAMPLES].max()) / samples
    if len(far) <= 5:
        return here / 0.1
    return (here - float(far.mean())) / max(float(far.std()), 0.01)


def _appearance(big: Footage, small: Footage, candidate: Candidate, warp: Matrix) -> float:
    """The median, over moments of the common stretch, of the stills' correlation in the place found."""
    at, its = candidate.line.pairs(len(big), len(small))
    looks = np.linspace(0, len(at) - 1, min(len(at), _LOOKS)).round().astype(np.intp)
    one = big.stills[np.minimum((at[looks] + 1) // STILL_EVERY, len(big.stills) - 1)]
    other = _view(small.stills, candidate)[np.minimum((its[looks] + 1) // STILL_EVERY, len(small.stills) - 1)]
    to_cells, from_cells = _to_cells(small.stills, small.pictures), _to_cells(big.stills, big.pictures)
    laid, covered = warped(other, np.linalg.inv(from_cells) @ warp @ to_cells, one.shape[1:])
    if covered.sum() < _LEAST_STILL_CELLS:
        return 0.0
    rows, its_rows = (centred(stills[:, covered]) for stills in (one, laid))
    return float(np.median(np.einsum("ij,ij->i", rows, its_rows)))


def _to_cells(stills: Array, pictures: Array) -> Matrix:
    """Cells of a still to cells of a picture of motion."""
    down, across = (pictures.shape[axis] / stills.shape[axis] for axis in (1, 2))
    return np.array([[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2], [0, 0, 1.0]])
