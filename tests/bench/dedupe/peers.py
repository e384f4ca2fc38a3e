"""Published near-duplicate tools, each at its own settings, asked the same questions."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.bench.dedupe.ours import cpu_seconds
from tests.bench.dedupe.score import Answers
from tests.bench.dedupe.sets import LabelledSet

Bits = NDArray[np.bool_]
"""One row of bits per sampled frame."""

PDQ_DISTANCE, PDQ_QUALITY, PDQ_SHARE = 31, 50, 0.8
"""vPDQ's own: bits of 256 that two frames may differ in, a frame's least quality, frames that must match."""
HASH_BITS = 10
"""Of 64, the usual border for pHash and dHash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """`likeness` is compared with `threshold`; `module` must be importable."""

    module: str
    hash: Callable[[Path], Any]
    likeness: Callable[[Any, Any], float]
    threshold: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    answers: Answers
    threshold: float
    fingerprint: float
    matching: float


def run(name: str, chosen: LabelledSet) -> Found | None:
    """None where the peer is not installed."""
    peer = PEERS[name]
    try:
        importlib.import_module(peer.module)
    except ImportError:
        return None
    start = cpu_seconds()
    hashes = {item.file: peer.hash(chosen.path(item.file)) for item in chosen.items}
    hashed = cpu_seconds() - start
    start = time.process_time()
    answers = {pair: peer.likeness(hashes[pair.a], hashes[pair.b]) for pair in chosen.pairs}
    return Found(
        answers=answers,
        threshold=peer.threshold,
        fingerprint=hashed,
        matching=time.process_time() - start,
    )


def _vpdq(path: Path, *, seconds_per_hash: float) -> Bits:
    import vpdq  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415  # optional, see `run`

    features = vpdq.computeHash(str(path), seconds_per_hash=seconds_per_hash)
    good = [bytes.fromhex(feature.hex) for feature in features if feature.quality >= PDQ_QUALITY]
    return np.unpackbits(np.frombuffer(b"".join(good), np.uint8).reshape(-1, 32), axis=1).astype(np.bool_)


def _pdq_likeness(a: Bits, b: Bits) -> float:
    """The smaller of both shares of frames that match any frame of the other."""
    if not len(a) or not len(b):
        return 0.0
    close = _distances(a, b) <= PDQ_DISTANCE
    return float(min(close.any(axis=1).mean(), close.any(axis=0).mean()))


def _image_hashes(path: Path, *, kind: Callable[[NDArray[np.uint8]], Bits]) -> Bits:
    """One hash per second."""
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    every, rows, at = max(1, round(capture.get(cv2.CAP_PROP_FPS))), [], 0
    while capture.grab():
        if at % every == 0:
            grey = cv2.cvtColor(capture.retrieve()[1], cv2.COLOR_BGR2GRAY)
            rows.append(kind(np.asarray(grey, np.uint8)))
        at += 1
    capture.release()
    return np.array(rows)


def _phash(grey: NDArray[np.uint8]) -> Bits:
    small = cv2.resize(grey, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[:8, :8].ravel()
    return np.asarray(low > np.median(low), np.bool_)


def _dhash(grey: NDArray[np.uint8]) -> Bits:
    small = np.asarray(cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA))
    return np.asarray(small[:, 1:] > small[:, :-1], np.bool_).ravel()


def _hash_likeness(a: Bits, b: Bits) -> float:
    """Minus the mean distance, in bits, of the shorter clip's frames from their nearest ones."""
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    return -float(_distances(short, long).min(axis=1).mean()) if len(short) else -64.0


def _distances(a: Bits, b: Bits) -> NDArray[np.float32]:
    one, other = a.astype(np.float32), b.astype(np.float32)
    return np.asarray(one.sum(axis=1)[:, None] + other.sum(axis=1) - 2 * one @ other.T, np.float32)


def _videohash(path: Path) -> Any:
    from PIL import (  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415  # optional, see `run`
        Image,
    )
    from videohash import (  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415  # optional, see `run`
        VideoHash,
    )

    if not hasattr(Image, "ANTIALIAS"):  # videohash 3.0.1 asks for it by the name that Pillow 10 dropped
        Image.ANTIALIAS = Image.Resampling.LANCZOS  # type: ignore[attr-defined,unused-ignore]
    return VideoHash(path=str(path))


def _videohash_likeness(a: Any, b: Any) -> float:
    return 1.0 if a.is_similar(b) else -float(a - b)


PEERS = {
    "vpdq 1 fps": Peer(
        module="vpdq",
        hash=partial(_vpdq, seconds_per_hash=1.0),
        likeness=_pdq_likeness,
        threshold=PDQ_SHARE,
    ),
    "vpdq 4 fps": Peer(
        module="vpdq",
        hash=partial(_vpdq, seconds_per_hash=0.25),
        likeness=_pdq_likeness,
        threshold=PDQ_SHARE,
    ),
    "pHash 1 fps": Peer(
        module="cv2", hash=partial(_image_hashes, kind=_phash), likeness=_hash_likeness, threshold=-HASH_BITS
    ),
    "dHash 1 fps": Peer(
        module="cv2", hash=partial(_image_hashes, kind=_dhash), likeness=_hash_likeness, threshold=-HASH_BITS
    ),
    "videohash": Peer(module="videohash", hash=_videohash, likeness=_videohash_likeness, threshold=0.5),
}
