"""Judging a file and telling what it shows: facts, validity, and a fingerprint that survives re-posting.

Importing this package costs nothing: OpenCV and numpy load with the first call, in a worker process.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from footyd.model import Fingerprint, Match, Rejection, VideoFacts

if TYPE_CHECKING:
    from footyd.config import ClipsConfig

FINGERPRINT_VERSION = 4
MOST_BYTES_PER_SECOND = 4_000
"""Of clip: what a database of 10,000 clips can bear on an SD card. Most need 2 to 3 kB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprinted:
    facts: VideoFacts
    fingerprint: Fingerprint


def fingerprint_file(path: Path, config: ClipsConfig, stills: bool = False) -> Fingerprinted | Rejection:
    """Decodes once; else unreadable, truncated, portrait, too_short, too_long, too_small, too_large or black.

    A picture that never moves is a still, unless `stills` are wanted.
    """
    from footyd.stages.fingerprint import decode, footage, motion, scene  # noqa: PLC0415  # OpenCV only in a worker

    decoded = decode.decode(path, config, stills=stills)
    if isinstance(decoded, Rejection):
        return decoded
    moving = motion.encode(decoded.frames, decoded.box)
    most = MOST_BYTES_PER_SECOND * decoded.facts.duration_seconds
    data = footage.joined(
        moving, scene.encode(decoded.frames, decoded.box, most - len(footage.joined(moving, b"")))
    )
    return Fingerprinted(facts=decoded.facts, fingerprint=Fingerprint(version=FINGERPRINT_VERSION, data=data))


def match_fingerprints(pairs: Sequence[tuple[Fingerprint, Fingerprint]]) -> list[Match]:
    """One match per pair, in order; score 0 where nothing agrees or a version is not ours."""
    from footyd.stages.fingerprint import footage, found, match  # noqa: PLC0415  # numpy only in a worker

    laid_out = footage.LaidOut()
    return [
        match.align(laid_out.of(a.data), laid_out.of(b.data))
        if a.version == b.version == FINGERPRINT_VERSION
        else found.NO_MATCH
        for a, b in pairs
    ]
