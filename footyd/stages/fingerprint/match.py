"""The best alignment of two fingerprints, and how much speaks for it.

First a glance at whole pictures, then, where that is undecided, every place and scale, then slow motion, and
for cameras that stand still the specks before their background.
What is found is put into its exact place and weighed; nothing is believed for one strong second or corner.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from footyd.model import Match
from footyd.stages.fingerprint.coarse import Candidate, candidates, glance
from footyd.stages.fingerprint.evidence import NEAR_SPEEDS, Evidence, gather
from footyd.stages.fingerprint.footage import Footage, quantile
from footyd.stages.fingerprint.found import ENOUGH, NO_MATCH, Found, as_match
from footyd.stages.fingerprint.motion import PER_SECOND
from footyd.stages.fingerprint.scene import Scene
from footyd.stages.fingerprint.specks import ENOUGH_STANDING, sighting
from footyd.stages.fingerprint.still import is_still, match_stills

SLOW_SPEEDS = (0.3, 0.35, 0.4, 0.45, 0.5, 1 / 0.5, 1 / 0.45, 1 / 0.4, 1 / 0.35, 1 / 0.3)
SURE = 3 * ENOUGH
"""The strength from which nothing further is tried."""

_WORTH_WEIGHING = 0.16
_WORTH_WEIGHING_SLOW = 0.25
_WORTH_POLISHING = -0.6
_NEARLY = ENOUGH / 3
_CANDIDATES = 3
_MIN_OVERLAP, _MIN_SAMPLES, _MIN_VOTES = 0.47, 2 * PER_SECOND, 0.5
_SHARPNESS_OF_CHANCE, _SHARP_ENOUGH = 2.0, 15.0
_SECONDS_LEFT_OUT, _BLOCKS_LEFT_OUT = 0.2, 0.25
"""Of the seconds and blocks, those that agree least: a banner, a face in a corner, a dropped frame."""
_LOOKS_ALIKE, _UNLIKENESS_COSTS = 0.95, 3.0
"""Weak motion is believed only where the pictures themselves look alike in that place."""
_STEADY, _RELIEF = 0.8, 0.95
"""With both clips full of quick cuts, other moments of the same montage reach a score of 0.3 at most."""


def align(a: Footage, b: Footage) -> Match:
    """NO_MATCH where nothing agrees; a still picture matches only another one."""
    if is_still(a) or is_still(b):
        return (match_stills(a, b) if is_still(a) and is_still(b) else None) or NO_MATCH
    best: _Weighed | None = None
    for candidate in _promising(a, b):
        best = _better(best, _weighed(a, b, candidate))
        if best is not None and best.strength >= SURE:
            break
    if best is not None and _is_worth_polishing(best):
        best = _polished(a, b, best)
    found = _found(best.strength, best.evidence, a, b) if best and best.strength > 0 else None
    if (found is None or found.strength < ENOUGH) and a.scene and b.scene:
        found = _stronger(found, _seen(a.scene, b.scene))
    return as_match(found, a, b) if found else NO_MATCH


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


def _is_worth_polishing(best: _Weighed) -> bool:
    """A moment beside the right one still has most of the votes."""
    return _WORTH_POLISHING < best.strength < SURE and best.evidence.votes >= _MIN_VOTES


def _polished(a: Footage, b: Footage, best: _Weighed) -> _Weighed:
    """A camera that pans lets a wrong place make up for a wrong moment: the moments beside it are tried.

    Of quick cuts and pans what was cut half-way between the other's samples may be told only half-way between
    its own, and where that is nearly enough, only with the other picture laid into this one.
    """
    best = _best_beside(a, b, best)
    if _NEARLY < best.strength < ENOUGH and best.evidence.steadiness < _STEADY:
        turned = _weighed(a, b, replace(best.evidence.candidate, line=best.evidence.line).turned())
        best = _better(best, turned and _best_beside(a, b, turned)) or best
    return best


def _best_beside(a: Footage, b: Footage, best: _Weighed) -> _Weighed:
    best = _shifted(a, b, best, (-1, 1))
    if best.strength >= ENOUGH or best.evidence.steadiness >= _STEADY:
        return best
    if best.evidence.candidate.small_is_b:
        b = b.half_a_sample_on()
    else:
        a = a.half_a_sample_on()
    return _shifted(a, b, best, (0, 1))


def _shifted(a: Footage, b: Footage, best: _Weighed, shifts: tuple[int, ...]) -> _Weighed:
    candidate, line = best.evidence.candidate, best.evidence.line
    for shift in shifts:
        beside = replace(line, offset=line.offset + shift)
        best = _better(best, _weighed(a, b, replace(candidate, line=beside))) or best
    return best


def strength(evidence: Evidence) -> float:
    """How far the claimed moment stands out, times what nearly all seconds and blocks agree in."""
    few = evidence.overlap < _MIN_OVERLAP or evidence.samples < _MIN_SAMPLES
    if few or evidence.votes < _MIN_VOTES:
        return 0.0
    seconds = quantile(evidence.windows, _SECONDS_LEFT_OUT)
    blocks = quantile(evidence.blocks, _BLOCKS_LEFT_OUT)
    sharp = min(evidence.sharpness, _SHARP_ENOUGH) - _SHARPNESS_OF_CHANCE
    unlike = max(0.0, _as_alike(evidence.steadiness) - evidence.appearance)
    return max(0.0, sharp) * max(0.0, min(seconds, blocks)) - _UNLIKENESS_COSTS * unlike


def _as_alike(steadiness: float) -> float:
    """How alike pictures must look: of quick cuts and pans a fraction of a second shows something else."""
    return _LOOKS_ALIKE - _RELIEF * max(0.0, _STEADY - steadiness)


def _found(strength: float, evidence: Evidence, a: Footage, b: Footage) -> Found:
    small_is_b = evidence.candidate.small_is_b
    big, small = (a, b) if small_is_b else (b, a)
    return Found(
        strength=strength,
        line=evidence.line,
        small_is_b=small_is_b,
        mirrored=evidence.candidate.mirrored,
        warp=evidence.warp,
        big_shape=big.pictures.shape[1:],
        small_shape=small.pictures.shape[1:],
    )


def _seen(a: Scene, b: Scene) -> Found | None:
    """What two locked cameras show: players too small for the pictures of motion."""
    seen = sighting(a, b)
    if seen is None or seen.standing <= 0:
        return None
    big, small = (a, b) if seen.small_is_b else (b, a)
    return Found(
        strength=ENOUGH * seen.standing / ENOUGH_STANDING,
        line=seen.line,
        small_is_b=seen.small_is_b,
        mirrored=seen.mirrored,
        warp=seen.warp,
        big_shape=big.background.shape,
        small_shape=small.background.shape,
    )


def _stronger(one: Found | None, other: Found | None) -> Found | None:
    return max(filter(None, (one, other)), key=lambda found: found.strength, default=None)
