"""What makes one copy better than another: ordered evidence, each with its margin."""

from __future__ import annotations

import math

from footyd.model import Clip, ClipId, ClipState

BETTER_BY = 1.1
"""A difference below a tenth is none: copies of a kind must not replace one another for ever."""


def is_better(clip: Clip, other: Clip) -> bool:
    """By the first of the qualities in which they differ by more than a tenth."""
    for mine, its in zip(_qualities(clip), _qualities(other), strict=True):
        if mine > its * BETTER_BY:
            return True
        if its > mine * BETTER_BY:
            return False
    return False


def order(clip: Clip) -> tuple[bool, tuple[int, ...], bool, ClipId]:
    """The best first, in steps of a tenth to make it total; hidden clips last, since their files are gone."""
    steps = tuple(-round(math.log(max(value, 1e-9), BETTER_BY)) for value in _qualities(clip))
    return clip.state is ClipState.DUPLICATE, steps, clip.state is not ClipState.KEEPER, clip.id


def _qualities(clip: Clip) -> tuple[float, float, float, float]:
    """Pixels inside the bars, duration, share of the frame that is not bars, bit rate.

    Who adds bars encodes anew: a higher bit rate does not make up for them.
    """
    facts, better = clip.facts, clip.better
    bit_rate = facts.size_bytes / max(facts.duration_seconds, 0.001)
    frame = float(facts.width * facts.height)
    shown = (facts.content_width or facts.width) * (facts.content_height or facts.height) / max(frame, 1)
    if (
        better and better.width and better.height
    ):  # what its post promises, until that is fetched and measured
        frame, bit_rate = float(better.width * better.height), (better.bit_rate or 0) / 8
    return frame * shown, facts.duration_seconds, shown, bit_rate
