"""The exact place of one picture in the other: blocks are shifted until they agree, then a warp is fitted.

It undoes what the coarse look leaves over, and what filming a screen does: tilt, perspective, uneven scale.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from footyd.stages.fingerprint.coarse import Candidate
from footyd.stages.fingerprint.footage import Array, padded, quantile, resized

Matrix = NDArray[np.float64]

LINES_OF_BLOCKS, COLUMNS_OF_BLOCKS = 3, 4
_REACHES = (2, 1)
"""Cells a block may move in each round."""
_SAMPLES = 16
_MIN_CELLS, _MIN_LINES, _MIN_COLUMNS = 40, 6, 7
_RIGID = 0.02
"""How strongly the fitted warp is held to a mere shift."""
_COARSER = 1.3
_AT_ONCE = 4
"""Pictures, as if they were the channels of one; of more OpenCV rounds the places to 1/32."""
_BLOCKS_LEFT_OUT, _NEVER = 0.25, 0.11
"""Where so many blocks agree less than that, however they are shifted, nothing later believes the place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """Block edges over the cells that both pictures cover."""

    lines: NDArray[np.intp]
    columns: NDArray[np.intp]

    def sums(self, cells: NDArray[np.float32]) -> Matrix:
        inside = cells[..., self.lines[0] : self.lines[-1], self.columns[0] : self.columns[-1]]
        by_line = np.add.reduceat(inside, self.lines[:-1] - self.lines[0], axis=-2)
        return np.asarray(np.add.reduceat(by_line, self.columns[:-1] - self.columns[0], axis=-1), np.float64)


def initial_warp(candidate: Candidate, big: Array, small: Array) -> Matrix:
    """Cells of the small picture to cells of the big one, as the coarse look has found them."""
    (lines, columns), (its_lines, its_columns) = big.shape[1:], small.shape[1:]
    down, across = candidate.height * lines / its_lines, candidate.width * columns / its_columns
    top, left = candidate.top * lines, candidate.left * columns
    return np.array([[across, 0, left + (across - 1) / 2], [0, down, top + (down - 1) / 2], [0, 0, 1.0]])


def warped(pictures: Array, warp: Matrix, shape: tuple[int, ...]) -> tuple[Array, NDArray[np.bool_]]:
    """The pictures laid into `shape`, and which cells they cover; much finer ones are averaged first."""
    lines, columns = pictures.shape[1:]
    finer = 1 / max(float(np.sqrt(abs(np.linalg.det(warp[:2, :2])))), 0.05)
    if finer > _COARSER:
        fewer, less = max(3, round(lines / finer)), max(3, round(columns / finer))
        down, across = lines / fewer, columns / less
        pictures = resized(pictures, fewer, less)
        warp = warp @ np.array([[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2], [0, 0, 1.0]])
    laid = np.empty((len(pictures), *shape), np.float32)
    for at in range(0, len(pictures), _AT_ONCE):
        four = np.ascontiguousarray(pictures[at : at + _AT_ONCE].transpose(1, 2, 0))
        its = cv2.warpAffine(four, warp[:2], shape[::-1], flags=cv2.INTER_LINEAR)
        laid[at : at + _AT_ONCE] = its.reshape(*shape, -1).transpose(2, 0, 1)
    ones = np.ones(pictures.shape[1:], np.float32)
    covered = np.asarray(cv2.warpAffine(ones, warp[:2], shape[::-1], flags=cv2.INTER_LINEAR)) > 0.99
    laid *= covered
    return laid, covered


def blocks_over(covered: NDArray[np.bool_]) -> Blocks | None:
    """None where too little is covered to compare anything."""
    lines, columns = np.flatnonzero(covered.any(axis=1)), np.flatnonzero(covered.any(axis=0))
    if covered.sum() < _MIN_CELLS or np.ptp(lines) < _MIN_LINES - 1 or np.ptp(columns) < _MIN_COLUMNS - 1:
        return None
    return Blocks(
        lines=_edges(lines[0], lines[-1] + 1, LINES_OF_BLOCKS),
        columns=_edges(columns[0], columns[-1] + 1, COLUMNS_OF_BLOCKS),
    )


def _edges(start: int, end: int, parts: int) -> NDArray[np.intp]:
    return np.asarray(np.rint(np.linspace(start, end, parts + 1)), dtype=np.intp)


def refine(candidate: Candidate, big: Array, small: Array) -> Matrix | None:
    """The warp from small to big cells; pictures are those of common moments, in order.

    None where too little is common, or blocks agree in nothing even at their best.
    """
    every = max(1, len(big) // _SAMPLES)
    big, small = big[::every], small[::every]
    warp = initial_warp(candidate, big, small)
    for reach in _REACHES:
        laid, covered = warped(small, warp, big.shape[1:])
        blocks = blocks_over(covered)
        if blocks is None:
            return None
        shifts, agreement = _shifts(big, laid, covered, blocks, reach)
        if quantile(agreement, _BLOCKS_LEFT_OUT) < _NEVER:
            return None
        warp = _correction(shifts, agreement, blocks, big.shape[1:]) @ warp
    return warp


def _shifts(
    big: Array, laid: Array, covered: NDArray[np.bool_], blocks: Blocks, reach: int
) -> tuple[NDArray[np.intp], Matrix]:
    """How far each block agrees best elsewhere (down, across), and how well it then agrees."""
    lines, columns = big.shape[1:]
    room = padded(big, reach, reach)
    energy = (room**2).sum(axis=0)
    its_energy = blocks.sums((laid**2).sum(axis=0))
    moves = [(y, x) for y in range(-reach, reach + 1) for x in range(-reach, reach + 1)]
    at = [np.s_[reach + y : reach + y + lines, reach + x : reach + x + columns] for y, x in moves]
    common = blocks.sums(np.stack([np.einsum("tyx,tyx->yx", room[:, *window], laid) for window in at]))
    length = np.sqrt(blocks.sums(np.stack([energy[window] * covered for window in at])) * its_energy)
    stack = common / np.maximum(length, 1e-3)
    return np.array(moves)[stack.argmax(axis=0)], stack.max(axis=0)


def _correction(
    shifts: NDArray[np.intp], agreement: Matrix, blocks: Blocks, shape: tuple[int, ...]
) -> Matrix:
    """The affine map that moves every block as it wants, in the measure of its agreement."""
    lines, columns = shape
    across, down = np.meshgrid(_centres(blocks.columns) - columns / 2, _centres(blocks.lines) - lines / 2)
    weight = np.maximum(agreement - 0.1, 0.01).ravel() ** 2
    places = np.stack([across.ravel(), down.ravel(), np.ones(across.size)], axis=1)
    rigid = np.diag([columns**2 * _RIGID * weight.max(), lines**2 * _RIGID * weight.max(), 1e-4])
    normal = (places * weight[:, None]).T @ places + rigid
    wish = (places * weight[:, None]).T @ shifts.reshape(-1, 2).astype(np.float64)
    (y_by_x, x_by_x), (y_by_y, x_by_y), (y, x) = np.linalg.solve(normal, wish)
    return np.array(
        [
            [1 + x_by_x, x_by_y, x - x_by_x * columns / 2 - x_by_y * lines / 2],
            [y_by_x, 1 + y_by_y, y - y_by_x * columns / 2 - y_by_y * lines / 2],
            [0, 0, 1.0],
        ]
    )


def _centres(edges: NDArray[np.intp]) -> Matrix:
    return np.asarray((edges[:-1] + edges[1:]) / 2, np.float64)
