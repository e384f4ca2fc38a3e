"""How good a picture is, measured on a few full-size frames; the header's claims do not count.

Detail is measured octave by octave: each picture is made smaller step by step, and what a step loses is the
detail of that height. An enlarged picture loses nothing in the steps above its true size. All is set in
relation to the coarse detail of the same tiles, so that contrast, brightness and content cancel.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from footyd.model import Quality
from footyd.stages.fingerprint.content import Box
from footyd.stages.fingerprint.content import Frames as Small
from footyd.stages.fingerprint.motion import PER_SECOND

Grey = NDArray[np.uint8]
Array = NDArray[np.float32]

LOOKS = 5
_HEIGHTS = (1440, 1080, 800, 600, 450, 340, 255, 190, 143, 107, 80, 60)
_TALLEST_SHARE = 0.95
"""Of the picture's height: what a smaller step loses is detail, and not the encoder's last row of pixels."""
_COARSE = (80, 107)
"""Heights whose detail every copy worth keeping has."""
_NONE, _FULL = 0.2, 0.5
"""Fine detail over coarse: an enlarged picture shows 0.1 to 0.2 above its true size, a true one 0.3 to 1."""
_END = 0.05
_LAST_STEP = 0.8
_HALVED_FROM = 4
_TILES = (16, 12)
_FLAT_TILES = 0.3
"""Share of the tiles that show too little to tell anything by."""
_FLOOR_TILES = 0.1
"""Share of the tiles, the smoothest, whose fine detail is taken for noise and subtracted everywhere."""
_MOST_NOISE = 0.8
"""Of the middle tile's fine detail: where no tile is smooth, all shows detail."""
_STANDS = 0.35
"""Change over time, over that of the middle tile, below which a tile is a stamp and not the picture."""
_CUT_CHANGE, _CUT_OVER_NEAR, _CUT_COLOURS = 12.0, 2.2, 0.25
_MOST_CUTS = 32


class Looks:
    """Keeps LOOKS full-size frames, evenly spread over what the header claims."""

    def __init__(self, claimed_frames: int) -> None:
        steps = (np.arange(LOOKS) + 0.5) / LOOKS * max(claimed_frames, LOOKS)
        self._wanted = [int(step) for step in steps]
        self.taken: list[Grey] = []

    def wants(self, frame: int) -> bool:
        return len(self.taken) < LOOKS and frame >= self._wanted[len(self.taken)]

    def take(self, grey: Grey) -> None:
        """Passes over a picture of another size."""
        if not self.taken or grey.shape == self.taken[0].shape:
            self.taken.append(grey)


def measure(looks: Sequence[Grey], frames: Small, box: Box, *, sound: bool | None = None) -> Quality:
    """The quality of a clip by its full-size `looks` and its small pictures, PER_SECOND a second.

    The box is that of the small pictures.
    """
    inside = _box_in(looks[0].shape, frames.shape[1:], box)
    pictures = [look[inside] for look in looks]
    height, width = pictures[0].shape
    stands = _standing_tiles(pictures)
    return Quality(
        real_lines=round(_real_lines(pictures, stands), 1),
        lines=height,
        picture_share=round(height * width / looks[0].size, 3),
        blocking=round(float(np.median([_blocking(look) for look in looks])), 3),
        stamp_share=round(_stamp_share(pictures, stands), 3),
        cuts=tuple(_cuts(frames)[:_MOST_CUTS]),
        sound=sound,
    )


def _box_in(shape: tuple[int, ...], small: tuple[int, ...], box: Box) -> tuple[slice, slice]:
    down, across = shape[0] / small[0], shape[1] / small[1]
    return (
        slice(round(box.top * down), round(box.bottom * down)),
        slice(round(box.left * across), round(box.right * across)),
    )


# -------------------------------------------------- detail


def _real_lines(pictures: Sequence[Grey], stands: NDArray[np.bool_]) -> float:
    """The height up to which detail goes, each step counted in the measure of the detail it has."""
    height = pictures[0].shape[0]
    detail = _detail(pictures, stands)
    fine = sorted(step for step in detail if step >= _COARSE[1])
    if not fine:
        return float(height)
    lines, at, share = 0.0, _before(fine[0]), 1.0
    for step in fine:
        share = min(1.0, max(0.0, (detail[step] - _NONE) / (_FULL - _NONE)))
        if share < _END:
            return at * float(np.exp(lines))
        lines += share * float(np.log(step / _before(step)))
    lines += share * _LAST_STEP * max(0.0, float(np.log(height / fine[-1])))
    return at * float(np.exp(lines))


def _before(height: int) -> int:
    return _HEIGHTS[_HEIGHTS.index(height) + 1]


def _detail(pictures: Sequence[Grey], stands: NDArray[np.bool_]) -> dict[int, float]:
    """By height: the detail that the middle tile shows there, over its coarse detail."""
    energy = _energies(pictures)
    coarse_heights = [height for height in energy if _COARSE[0] <= height <= _COARSE[1]]
    if not coarse_heights:
        return {}
    coarse = np.mean([energy[height] for height in coarse_heights], axis=0)
    telling = (coarse >= np.quantile(coarse, _FLAT_TILES)) & (coarse > 0) & ~stands
    if not telling.any():
        return {}
    found = {}
    for height, tiles in energy.items():
        floor = min(float(np.quantile(tiles, _FLOOR_TILES)), _MOST_NOISE * float(np.median(tiles)))
        fine = np.maximum(tiles[telling] - floor, 0)
        found[height] = float(np.sqrt(np.median(fine / coarse[telling])))
    return found


def _energies(pictures: Sequence[Grey]) -> dict[int, Array]:
    """By height: what the step down from it loses, per tile and octave; shape (looks, tiles)."""
    tallest = _TALLEST_SHARE * pictures[0].shape[0]
    heights = [step for step in _HEIGHTS if step <= tallest]
    lost: dict[int, list[Array]] = {step: [] for step in heights[:-1]}
    for picture in pictures:
        steps = _made_smaller(picture, heights)
        for (step, large), (lower, small) in pairwise(zip(heights, steps, strict=True)):
            size = (large.shape[1], large.shape[0])
            rest = cv2.subtract(large, cv2.resize(small, size, interpolation=cv2.INTER_CUBIC))
            tiles = cv2.resize(cv2.multiply(rest, rest), _TILES, interpolation=cv2.INTER_AREA)
            lost[step].append(np.asarray(tiles / np.log(step / lower), np.float32))
    return {step: np.stack(tiles) for step, tiles in lost.items()}


def _made_smaller(picture: Grey, heights: Sequence[int]) -> Iterator[Array]:
    """Each from the picture or, where that changes nothing, from its half or quarter, which is quicker."""
    height, width = picture.shape
    source = picture
    for step in heights:
        while source.shape[0] >= _HALVED_FROM * step:
            half = (source.shape[1] // 2, source.shape[0] // 2)
            source = np.asarray(cv2.resize(source, half, interpolation=cv2.INTER_AREA), np.uint8)
        size = (max(8, round(step * width / height)), step)
        yield np.asarray(cv2.resize(source, size, interpolation=cv2.INTER_AREA), np.float32)


# -------------------------------------------------- flaws


def _standing_tiles(pictures: Sequence[Grey]) -> NDArray[np.bool_]:
    """Tiles that hardly change while the others do; on a locked camera none does."""
    tiles = np.stack([cv2.resize(picture, _TILES, interpolation=cv2.INTER_AREA) for picture in pictures])
    change = tiles.std(axis=0)
    return np.asarray(change < _STANDS * np.median(change), np.bool_)


def _stamp_share(pictures: Sequence[Grey], stands: NDArray[np.bool_]) -> float:
    """Standing tiles that are also sharp: sky and grass stand still, too."""
    middle = pictures[len(pictures) // 2]
    edges = cv2.absdiff(middle, cv2.blur(middle, (3, 3)))
    sharp = cv2.resize(edges, _TILES, interpolation=cv2.INTER_AREA)
    return float(np.mean(stands & (sharp > np.median(sharp))))


def _blocking(look: Grey) -> float:
    """Steps between columns at multiples of eight over all other steps."""
    steps = cv2.absdiff(look[:, 1:], look[:, :-1]).mean(axis=0)
    borders = np.arange(1, len(steps) + 1) % 8 == 0
    between = float(steps[~borders].mean())
    return float(steps[borders].mean()) / between if between else 1.0


def _cuts(frames: Small) -> list[float]:
    """Seconds at which the picture changes at once, in its place and in its greys."""
    change = np.abs(np.diff(frames, axis=0)).mean(axis=(1, 2))
    cuts = []
    for at in np.flatnonzero(change > _CUT_CHANGE):
        near = np.concatenate([change[max(0, at - 4) : at], change[at + 1 : at + 5]])
        alone = len(near) == 0 or change[at] > _CUT_OVER_NEAR * np.median(near) + 2
        if alone and np.abs(_greys(frames[at + 1]) - _greys(frames[at])).sum() > _CUT_COLOURS:
            cuts.append((int(at) + 1) / PER_SECOND)
    return cuts


def _greys(frame: Array) -> NDArray[np.float64]:
    """The share of each of 16 shades."""
    return np.histogram(frame, bins=16, range=(0, 256))[0] / frame.size
