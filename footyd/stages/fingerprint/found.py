"""What was found out about two clips, in the terms of the rest of footyd."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from footyd.model import Match, Placement
from footyd.stages.fingerprint.footage import Footage
from footyd.stages.fingerprint.lines import Index, Line
from footyd.stages.fingerprint.motion import PER_SECOND
from footyd.stages.fingerprint.refine import Matrix

ENOUGH = 1.2
"""The strength that becomes a score of 0.6; of unrelated footage none reaches it."""
NO_MATCH = Match(score=0, overlap_seconds=0, offset_seconds=0, coverage_a=0, coverage_b=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`warp` takes cells of the small picture, which may be `mirrored`, to cells of the big one."""

    strength: float
    line: Line
    small_is_b: bool
    mirrored: bool
    warp: Matrix
    big_shape: tuple[int, ...]
    small_shape: tuple[int, ...]


def as_match(found: Found, a: Footage, b: Footage) -> Match:
    line, small_is_b = found.line, found.small_is_b
    big, small = (a, b) if small_is_b else (b, a)
    at, its = line.pairs(len(big), len(small))
    at_a, at_b = (at, its) if small_is_b else (its, at)
    big_count, small_count = len(at) * line.speed, float(len(its))
    count_a, count_b = (big_count, small_count) if small_is_b else (small_count, big_count)
    return Match(
        score=round(_score(found.strength), 4),
        overlap_seconds=round(count_a / PER_SECOND, 3),
        offset_seconds=round((line.offset if small_is_b else -line.offset / line.speed) / PER_SECOND, 3),
        coverage_a=round(min(1.0, count_a / len(a)), 4),
        coverage_b=round(min(1.0, count_b / len(b)), 4),
        mirrored=found.mirrored,
        speed=round(line.speed if small_is_b else 1 / line.speed, 3),
        placement=_placement(found),
        rest_a_seconds=_rest(a, at_a),
        rest_b_seconds=_rest(b, at_b),
    )


def _score(power: float) -> float:
    """0–1, with 0.6 at ENOUGH."""
    return 0.6 * power / ENOUGH if power <= ENOUGH else 1 - 0.4 * ENOUGH / power


def _placement(found: Found) -> Placement:
    """Where the middle lines of b's picture come to lie in a's; the warp takes a small one as turned."""
    small_is_b = found.small_is_b
    warp = found.warp if small_is_b else np.linalg.inv(found.warp)
    of_a, of_b = (found.big_shape, found.small_shape) if small_is_b else (found.small_shape, found.big_shape)
    (lines, columns), (its_lines, its_columns) = of_a, of_b
    middle_x, middle_y = (its_columns - 1) / 2, (its_lines - 1) / 2
    ends = np.array(
        [(-0.5, middle_y), (its_columns - 0.5, middle_y), (middle_x, -0.5), (middle_x, its_lines - 0.5)]
    )
    placed = np.column_stack([ends, np.ones(len(ends))]) @ warp.T
    left, right, top, bottom = placed[:, :2] / placed[:, 2:] + 0.5
    if found.mirrored and not small_is_b:
        left, right = ([columns - x, y] for x, y in (right, left))
    tilt = np.degrees(np.arctan2(right[1] - left[1], right[0] - left[0]))
    return Placement(
        left=round(float(left[0]) / columns, 3),
        top=round(float(top[1]) / lines, 3),
        width=round(float(right[0] - left[0]) / columns, 3),
        height=round(float(bottom[1] - top[1]) / lines, 3),
        tilt_degrees=round(float(tilt), 1),
    )


def _rest(footage: Footage, common: Index) -> float:
    """Seconds outside of the common stretch in which something moves."""
    outside = np.ones(len(footage), np.bool_)
    outside[common.min() : common.max() + 1] = False
    return round(float(np.count_nonzero(footage.moves & outside)) / PER_SECOND, 3)
