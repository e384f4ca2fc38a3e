"""footyd's own fingerprint and matcher on a set, with what they cost."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2

from footyd.config import ClipsConfig
from footyd.model import Match
from footyd.stages.fingerprint import Fingerprinted, fingerprint_file, match_fingerprints
from tests.bench.dedupe.sets import LabelledSet, Pair

CONFIG = ClipsConfig(min_seconds=0, min_height=16, min_aspect=0.01)
PAIRS_PER_TASK = 64
"""As the pipeline hands them to a worker."""


def cpu_seconds() -> float:
    """Of this process and of those it has run."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """CPU-seconds; `floor` is decoding alone, of the same files in the same run."""

    clip_seconds: float
    floor: float
    fingerprint: float
    stored_bytes: int
    peak_bytes: int
    pairs: int
    matching: float

    def __str__(self) -> str:
        per_second = self.fingerprint / self.clip_seconds
        return (
            f"fingerprint {per_second:.4f} CPU-s per clip-second,"
            f" {self.fingerprint / self.floor:.2f} x decoding"
            f" ({self.floor / self.clip_seconds:.4f}); {self.stored_bytes / self.clip_seconds:.0f} bytes/s;"
            f" matching {1000 * self.matching / max(1, self.pairs):.1f} ms per pair;"
            f" peak memory {self.peak_bytes / 1e6:.0f} MB after fingerprinting"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    prints: dict[str, Fingerprinted]
    matches: dict[Pair, Match]
    price: Price


def run(chosen: LabelledSet) -> Outcome:
    """Decoding alone and fingerprinting alternate file by file: both see the same machine."""
    cv2.setNumThreads(1)
    prints: dict[str, Fingerprinted] = {}
    floor = cost = 0.0
    for item in chosen.items:
        path = chosen.path(item.file)
        start = time.process_time()
        decode_only(path)
        floor += time.process_time() - start
        start = time.process_time()
        judged = fingerprint_file(path, CONFIG, stills=True)
        cost += time.process_time() - start
        if isinstance(judged, Fingerprinted):
            prints[item.file] = judged
        else:
            print(f"{item.file}: {judged.reason} {judged.detail}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    start = time.process_time()
    matches = match_all(prints, chosen.pairs)
    price = Price(
        clip_seconds=sum(one.facts.duration_seconds for one in prints.values()),
        floor=floor,
        fingerprint=cost,
        stored_bytes=sum(len(one.fingerprint.data) for one in prints.values()),
        peak_bytes=peak,
        pairs=len(matches),
        matching=time.process_time() - start,
    )
    return Outcome(prints=prints, matches=matches, price=price)


def decode_only(path: Path) -> None:
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    while capture.grab():
        pass
    capture.release()


def match_all(prints: dict[str, Fingerprinted], pairs: Sequence[Pair]) -> dict[Pair, Match]:
    able = [pair for pair in pairs if pair.a in prints and pair.b in prints]
    found: dict[Pair, Match] = {}
    for start in range(0, len(able), PAIRS_PER_TASK):
        batch = able[start : start + PAIRS_PER_TASK]
        both = [(prints[pair.a].fingerprint, prints[pair.b].fingerprint) for pair in batch]
        found.update(zip(batch, match_fingerprints(both), strict=True))
    return found
