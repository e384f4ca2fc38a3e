"""Still pictures with sound: nothing moves, so they are compared by what they show."""

from __future__ import annotations

import numpy as np

from footyd.model import Match
from footyd.stages.fingerprint.footage import Footage
from footyd.stages.fingerprint.motion import PER_SECOND

_STILL_SHARE = 0.1
"""Of the samples: a cut at the end does not make a picture move."""
_ALIKE = 0.985
_MOST_DIFFERENT = 0.5
"""Spreads by which any one cell may differ: a goal's graphic differs from the next one's in a name only."""


def is_still(footage: Footage) -> bool:
    return bool(footage.moves.mean() < _STILL_SHARE)


def match_stills(a: Footage, b: Footage) -> Match | None:
    """None where the pictures differ, if only in one corner."""
    one, shared = a.still_view, min(len(a), len(b)) / PER_SECOND
    for mirrored, other in ((False, b.still_view), (True, b.still_view[:, ::-1])):
        likeness = float((one * other).mean())
        if likeness >= _ALIKE and float(np.abs(one - other).max()) <= _MOST_DIFFERENT:
            return Match(
                score=round(min(1.0, 0.6 + 0.4 * (likeness - _ALIKE) / (1 - _ALIKE)), 4),
                overlap_seconds=shared,
                offset_seconds=0,
                coverage_a=round(shared * PER_SECOND / len(a), 4),
                coverage_b=round(shared * PER_SECOND / len(b), 4),
                mirrored=mirrored,
                rest_a_seconds=0,
                rest_b_seconds=0,
            )
    return None
