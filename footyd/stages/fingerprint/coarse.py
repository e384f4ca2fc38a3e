"""Where one clip's picture may lie in the other's, and when: an exhaustive look at small pictures.

Every scale, every place, mirrored or not, every offset: one matrix product per scale. The smaller picture is
always compared at level 0, the larger one at the level that makes it so much larger.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from footyd.stages.fingerprint.footage import LEVELS, Array, Footage, padded, unit_rows
from footyd.stages.fingerprint.lines import Index, Line, Lines

MIN_OVERLAP_SHARE = 0.5
"""Of the shorter clip: less in common is an intro, a jingle or a replay, not the same footage."""
MIN_SAMPLES = 6
_DOUBT_SAMPLES = 4
_PROBES = 12
_PROBED_SAMPLES = 96
"""Of the shorter clip only its middle 24 seconds, 12 pictures of them, are laid over the other: the work
grows with the longer clip alone."""
_OVERHANG = 0.3
"""Share of the smaller picture that may lie outside of the larger one where both are of a size."""
_AT_ONCE = 128
"""Samples of the larger picture, whose windows are 6 MB."""
_KNOWN_LENGTHS = 3 * LEVELS
"""Of a clip: those of three other shapes, which take a third as much memory as the clip's pictures."""
_LEAST_LENGTH = 0.3
"""Of a window's motion, per cell, against the spread of the whole picture."""
_SAME_PLACE = 1
"""Candidates within a level and a sample of a better one are that one again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """The smaller picture's rectangle in shares of the larger one's height and width, and a line in time."""

    score: float
    small_is_b: bool
    mirrored: bool
    line: Line
    top: float = 0.0
    left: float = 0.0
    height: float = 1.0
    width: float = 1.0
    level: int = 0

    def is_like(self, other: Candidate) -> bool:
        mine, its = (self, other) if self.small_is_b else (other, self)
        flip = 1 if self.small_is_b == other.small_is_b else -1
        near_level = abs(mine.level - flip * its.level) <= _SAME_PLACE
        near_time = abs(mine.line.offset - flip * its.line.offset) <= _SAME_PLACE
        return near_level and near_time and self.mirrored == other.mirrored

    def turned(self) -> Candidate:
        """The same with the larger picture laid into the smaller one."""
        left = 1 - self.left - self.width if self.mirrored else self.left
        line = Line(offset=round(-self.line.offset / self.line.speed), speed=1 / self.line.speed)
        return replace(
            self,
            small_is_b=not self.small_is_b,
            line=line,
            top=-self.top / self.height,
            left=-left / self.width,
            height=1 / self.height,
            width=1 / self.width,
        )


def candidates(a: Footage, b: Footage, count: int, least_score: float) -> list[Candidate]:
    """The best, no two alike, best first."""
    found = sorted(_all(a, b), key=lambda one: -one.score)
    chosen: list[Candidate] = []
    for one in found:
        if one.score < least_score or len(chosen) == count:
            break
        if not any(one.is_like(other) for other in chosen):
            chosen.append(one)
    return chosen


def _all(a: Footage, b: Footage) -> Iterator[Candidate]:
    for level in range(LEVELS):
        yield from _scan(a, b, level, small_is_b=True)
        if level:
            yield from _scan(b, a, level, small_is_b=False)


def _scan(big: Footage, small: Footage, level: int, *, small_is_b: bool) -> Iterator[Candidate]:
    """The best place and time at one scale, as it is and mirrored."""
    large, little = big.levels[level], small.levels[0]
    probes = _probes(min(len(big), len(small)))
    probe_small = len(small) <= len(big)
    looked_at, little = (np.arange(len(big)), little[probes]) if probe_small else (probes, little)
    margins = tuple(_margin(large.shape[axis], little.shape[axis]) for axis in (1, 2))
    lengths = _window_lengths(big, level, little.shape[1:], margins)[looked_at]
    similar = _similarities(padded(large[looked_at], *margins), lengths, little)
    if not probe_small:
        similar = similar.transpose(0, 2, 1, 3)
    for mirrored, (score, place, offset) in zip((False, True), _best(similar, probes), strict=True):
        top, left = divmod(place, large.shape[2] + 2 * margins[1] - little.shape[2] + 1)
        yield Candidate(
            score=score,
            small_is_b=small_is_b,
            mirrored=mirrored,
            line=Line(offset=offset if probe_small else -offset),
            top=(top - margins[0]) / large.shape[1],
            left=(left - margins[1]) / large.shape[2],
            height=little.shape[1] / large.shape[1],
            width=little.shape[2] / large.shape[2],
            level=level,
        )


def _probes(count: int) -> Index:
    """Evenly spaced samples of a clip's middle."""
    length = min(count, _PROBED_SAMPLES)
    start = (count - length) // 2
    return np.arange(start, start + length, max(1, -(-length // _PROBES)))


def _window_lengths(big: Footage, level: int, shape: tuple[int, ...], margins: tuple[int, ...]) -> Array:
    """How much moves in each window (samples, places); known for the next comparison of the clip."""
    known = big.window_lengths.get((level, shape))
    if known is not None:
        return known
    (lines, columns), room = shape, padded(big.levels[level], *margins)
    total = np.zeros((len(room), room.shape[1] + 1, room.shape[2] + 1), np.float32)
    total[:, 1:, 1:] = (room**2).cumsum(axis=1).cumsum(axis=2)
    energy = total[:, lines:] - total[:, :-lines]
    inside = energy[:, :, columns:] - energy[:, :, :-columns]
    found = np.asarray(np.sqrt(np.maximum(inside, 0)), np.float32).reshape(len(room), -1)
    if len(big.window_lengths) >= _KNOWN_LENGTHS:
        big.window_lengths.clear()
    big.window_lengths[level, shape] = found
    return found


def _margin(large: int, little: int) -> int:
    if little > large:
        return little - large + round(0.2 * large)
    return max(0, round(_OVERHANG * little - (large - little) / 2))


def _similarities(room: Array, lengths: Array, little: Array) -> Array:
    """Correlations (mirrored, little's samples, room's samples, places) of picture with picture.

    The room's windows are laid out cells first: the product then takes half the time.
    """
    cells = little.shape[1] * little.shape[2]
    both = unit_rows(np.concatenate([little, little[:, :, ::-1]]).reshape(2 * len(little), cells))
    windows = np.lib.stride_tricks.sliding_window_view(room, little.shape[1:], axis=(1, 2))
    products = np.empty((len(both), *lengths.shape), np.float32)
    for first in range(0, len(room), _AT_ONCE):
        some = windows[first : first + _AT_ONCE]
        places = some.transpose(3, 4, 0, 1, 2).reshape(cells, -1)
        products[:, first : first + _AT_ONCE] = (both @ places).reshape(len(both), len(some), -1)
    products /= np.maximum(lengths, np.float32(_LEAST_LENGTH * cells**0.5))
    return products.reshape(2, len(little), *lengths.shape)


def _best(similar: Array, probes: Index) -> Iterator[tuple[float, int, int]]:
    """Score, place and offset of the best line; `similar` is (mirrored, probes, other's samples, places)."""
    mirrors, count, samples, places = similar.shape
    every = np.arange(-int(probes[-1]), samples - int(probes[0]))
    at = probes[:, None] + every
    counts = ((at >= 0) & (at < samples)).sum(axis=0)
    offsets, counts = every[counts >= _least(count)], counts[counts >= _least(count)]
    sums = np.zeros((mirrors, len(offsets), places), np.float32)
    for number, probe in enumerate(probes if len(offsets) else ()):
        first = int(probe + offsets[0])
        begin, end = max(0, -first), min(len(offsets), samples - first)
        sums[:, begin:end] += similar[:, number, first + begin : first + end]
    means = sums / (counts[:, None] + np.float32(_DOUBT_SAMPLES))
    for one in means:
        if not len(offsets):
            yield -1.0, 0, 0
            continue
        line, place = divmod(int(one.argmax()), places)
        yield float(one[line, place]), place, int(offsets[line])


def _least(samples: float) -> float:
    return max(MIN_SAMPLES, MIN_OVERLAP_SHARE * 0.9 * samples)


def glance(
    a: Footage, b: Footage, speeds: tuple[float, ...], mirrors: tuple[bool, ...] = (False, True)
) -> Candidate:
    """The best line where both show the whole picture, whatever its shape."""
    best: Candidate | None = None
    for mirrored in mirrors:
        similarity = a.glances[False] @ b.glances[mirrored].T
        for speed in speeds:
            lines = Lines.over(similarity, speed)
            means = lines.means(_least(min(len(a) / max(speed, 1), len(b))), _DOUBT_SAMPLES)
            at = int(means.argmax())
            if best is None or means[at] > best.score:
                line = Line(offset=int(lines.offsets[at]), speed=speed)
                best = Candidate(score=float(means[at]), small_is_b=True, mirrored=mirrored, line=line)
    return best or Candidate(score=-1.0, small_is_b=True, mirrored=False, line=Line(offset=0))
