"""The best alignment of two fingerprints, and how much speaks for it.

First a glance at whole pictures, then, where that is undecided, every place and scale, then slow motion.
What is found is put into its exact place and weighed; nothing is believed for one strong second or corner.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from footyd.model import Match, Placement
from footyd.stages.fingerprint.coarse import Candidate, candidates, glance
from footyd.stages.fingerprint.evidence import NEAR_SPEEDS, Evidence, gather
from footyd.stages.fingerprint.footage import Footage
from footyd.stages.fingerprint.lines import Index
from footyd.stages.fingerprint.motion import PER_SECOND
from footyd.stages.fingerprint.still import is_still, match_stills

SLOW_SPEEDS = (0.3, 0.35, 0.4, 0.45, 0.5, 1 / 0.5, 1 / 0.45, 1 / 0.4, 1 / 0.35, 1 / 0.3)
ENOUGH = 1.2
"""The strength that becomes a score of 0.6; of unrelated footage none reaches it."""
SURE = 3 * ENOUGH
"""The strength from which nothing further is tried."""
NO_MATCH = Match(score=0, overlap_seconds=0, offset_seconds=0, coverage_a=0, coverage_b=0)

_WORTH_WEIGHING = 0.16
_WORTH_WEIGHING_SLOW = 0.25
_WORTH_POLISHING = -0.6
_CANDIDATES = 3
_MIN_OVERLAP, _MIN_SAMPLES, _MIN_VOTES = 0.47, 2 * PER_SECOND, 0.5
_SHARPNESS_OF_CHANCE, _SHARP_ENOUGH = 2.0, 15.0
_SECONDS_LEFT_OUT, _BLOCKS_LEFT_OUT = 0.2, 0.25
"""Of the seconds and blocks, those that agree least: a banner, a face in a corner, a dropped frame."""
_LOOKS_ALIKE, _UNLIKENESS_COSTS = 0.95, 3.0
"""Weak motion is believed only where the pictures themselves look alike in that place."""


def align(a: Footage, b: Footage) -> Match:
    """NO_MATCH where nothing agrees; a still picture matches only another one."""
    if is_still(a) or is_still(b):
        return (match_stills(a, b) if is_still(a) and is_still(b) else None) or NO_MATCH
    best: _Weighed | None = None
    for candidate in _promising(a, b):
        best = _better(best, _weighed(a, b, candidate))
        if best is not None and best.strength >= SURE:
            break
    if best is not None and _WORTH_POLISHING < best.strength < SURE:
        best = _polished(a, b, best)
    return NO_MATCH if best is None or best.strength <= 0 else _match(best, a, b)


def _promising(a: Footage, b: Footage) -> Iterator[Candidate]:
    """The cheapest look first."""
    whole = glance(a, b, NEAR_SPEEDS)
    if whole.score >= _WORTH_WEIGHING:
        yield whole
    yield from candidates(a, b, _CANDIDATES, _WORTH_WEIGHING)
    slow = glance(a, b, SLOW_SPEEDS, mirrors=(False,))
    if slow.score >= _WORTH_WEIGHING_SLOW:
        yield slow


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weighed:
    strength: float
    evidence: Evidence


def _weighed(a: Footage, b: Footage, candidate: Candidate) -> _Weighed | None:
    evidence = gather(a, b, candidate)
    return None if evidence is None else _Weighed(strength=strength(evidence), evidence=evidence)


def _better(one: _Weighed | None, other: _Weighed | None) -> _Weighed | None:
    return max((found for found in (one, other) if found), key=lambda found: found.strength, default=None)


def _polished(a: Footage, b: Footage, best: _Weighed) -> _Weighed:
    """A camera that pans lets a wrong place make up for a wrong moment: the moments beside it are tried."""
    candidate, line = best.evidence.candidate, best.evidence.line
    for shift in (-1, 1):
        beside = replace(line, offset=line.offset + shift)
        best = _better(best, _weighed(a, b, replace(candidate, line=beside))) or best
    return best


def strength(evidence: Evidence) -> float:
    """How far the claimed moment stands out, times what nearly all seconds and blocks agree in."""
    few = evidence.overlap < _MIN_OVERLAP or evidence.samples < _MIN_SAMPLES
    if few or evidence.votes < _MIN_VOTES:
        return 0.0
    seconds = float(np.quantile(evidence.windows, _SECONDS_LEFT_OUT))
    blocks = float(np.quantile(evidence.blocks, _BLOCKS_LEFT_OUT))
    sharp = min(evidence.sharpness, _SHARP_ENOUGH) - _SHARPNESS_OF_CHANCE
    unlike = max(0.0, _LOOKS_ALIKE - evidence.appearance)
    return max(0.0, sharp) * max(0.0, min(seconds, blocks)) - _UNLIKENESS_COSTS * unlike


def _match(best: _Weighed, a: Footage, b: Footage) -> Match:
    evidence = best.evidence
    line, small_is_b = evidence.line, evidence.candidate.small_is_b
    big, small = (a, b) if small_is_b else (b, a)
    at, its = line.pairs(len(big), len(small))
    at_a, at_b = (at, its) if small_is_b else (its, at)
    big_count, small_count = len(at) * line.speed, float(len(its))
    count_a, count_b = (big_count, small_count) if small_is_b else (small_count, big_count)
    return Match(
        score=round(_score(best.strength), 4),
        overlap_seconds=round(count_a / PER_SECOND, 3),
        offset_seconds=round((line.offset if small_is_b else -line.offset / line.speed) / PER_SECOND, 3),
        coverage_a=round(min(1.0, count_a / len(a)), 4),
        coverage_b=round(min(1.0, count_b / len(b)), 4),
        mirrored=evidence.candidate.mirrored,
        speed=round(line.speed if small_is_b else 1 / line.speed, 3),
        placement=_placement(evidence, a, b),
        rest_a_seconds=_rest(a, at_a),
        rest_b_seconds=_rest(b, at_b),
    )


def _score(power: float) -> float:
    """0–1, with 0.6 at ENOUGH."""
    return 0.6 * power / ENOUGH if power <= ENOUGH else 1 - 0.4 * ENOUGH / power


def _placement(evidence: Evidence, a: Footage, b: Footage) -> Placement:
    """Where the middle lines of b's picture come to lie in a's."""
    warp = evidence.warp if evidence.candidate.small_is_b else np.linalg.inv(evidence.warp)
    (lines, columns), (its_lines, its_columns) = a.pictures.shape[1:], b.pictures.shape[1:]
    middle_x, middle_y = (its_columns - 1) / 2, (its_lines - 1) / 2
    ends = [(-0.5, middle_y), (its_columns - 0.5, middle_y), (middle_x, -0.5), (middle_x, its_lines - 0.5)]
    left, right, top, bottom = (warp @ np.array([x, y, 1.0]) + [0.5, 0.5, 0] for x, y in ends)
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
