"""How good a clip's picture is, by measurement."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What a few full-size frames of a clip showed, inside the picture's own borders.

    `real_lines` is the height up to which there is detail: an enlarged picture keeps that of its original.
    `lines` is the height that the picture has in the file (0: not known).
    `picture_share` is the part of the frame that the picture fills; `blocking` the steps at the borders of
    8×8 blocks over those between (1: none), `stamp_share` the part of the picture that stands still and sharp
    over what moves. `cuts` are the seconds of hard cuts; `sound` None: not known.
    """

    real_lines: float
    lines: int = 0
    picture_share: float = 1.0
    blocking: float = 1.0
    stamp_share: float = 0.0
    cuts: tuple[float, ...] = ()
    sound: bool | None = None
