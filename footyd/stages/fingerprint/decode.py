"""Whether a file is a clip that is wanted, its frames, small and grey, and the facts that decoding showed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from footyd.config import ClipsConfig
from footyd.model import Rejection, VideoFacts
from footyd.stages.fingerprint.content import Box, Frames, changes, find_box
from footyd.stages.fingerprint.quality import measure
from footyd.stages.fingerprint.sample import Claim, Sampled, sample
from footyd.stages.fingerprint.sound import has_sound

MAX_PIXELS = 2560 * 1440
"""Of a frame; one of 4K is larger."""
_TO_BE_READ = {"mp4": 0.95}
_MOSTLY_READ = 0.8
"""Share of the claimed frames below which a file is cut off: an MP4 counts them, others only guess."""
_BLACK = 40.0
"""Grey level that hardly a pixel of a black picture exceeds."""
_STANDS_STILL = 10.0
"""Grey levels: what changes less between two pictures is an encoder's flicker."""
_HARDLY = 0.05
"""Share of the pixels that may be brighter, or of the pictures that may move: a logo, a cut at the end."""

_MAGIC = ((4, b"ftyp", "mp4"), (0, b"\x1a\x45\xdf\xa3", "webm"), (0, b"FLV", "flv"), (8, b"AVI ", "avi"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    facts: VideoFacts
    frames: Frames
    box: Box


def decode(path: Path, config: ClipsConfig, *, stills: bool = False) -> Decoded | Rejection:
    """Every decodable second once, or why the file is not wanted; never reads past `max_seconds`.

    Still pictures with sound are taken only where `stills` are wanted.
    """
    cv2.setNumThreads(1)
    container = _container(path)
    if container is None:
        return Rejection(reason="unreadable", detail="not a video container")
    capture = cv2.VideoCapture(str(path.absolute()), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    try:
        if not capture.isOpened():
            return Rejection(reason="unreadable", detail="no video stream that can be decoded")
        claim = _claim(capture)
        sampled = _unwanted_claim(claim, config) or sample(capture, claim, config.max_seconds)
    finally:
        capture.release()  # 50 MB of 1080 lines
    if isinstance(sampled, Rejection):
        return sampled
    unwanted = _unwanted_reading(sampled, claim, container, config)
    return (
        unwanted
        or _unwanted_picture(sampled.frames, stills=stills)
        or _judged(sampled, claim, path, container)
    )


def _container(path: Path) -> str | None:
    with path.open("rb") as file:
        head = file.read(16)
    return next((name for at, magic, name in _MAGIC if head[at : at + len(magic)] == magic), None)


def _claim(capture: cv2.VideoCapture) -> Claim:
    fps = capture.get(cv2.CAP_PROP_FPS)
    return Claim(
        width=int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
        height=int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
        fps=fps if 1 <= fps <= 1000 else 25.0,
        frames=max(0, int(capture.get(cv2.CAP_PROP_FRAME_COUNT))),
    )


def _unwanted_claim(claim: Claim, config: ClipsConfig) -> Rejection | None:
    """What the header alone decides, before anything is decoded."""
    size = f"{claim.width}x{claim.height}"
    if claim.width * claim.height <= 0:
        return Rejection(reason="unreadable", detail="no picture size")
    if claim.width * claim.height > MAX_PIXELS:
        return Rejection(reason="too_large", detail=f"{size} pixels")
    if claim.width < claim.height * config.min_aspect:
        return Rejection(reason="portrait", detail=size)
    if claim.height < config.min_height:
        return Rejection(reason="too_small", detail=size)
    if claim.seconds > config.max_seconds:
        return Rejection(reason="too_long", detail=f"{claim.seconds:.1f} s claimed")
    return None


def _unwanted_picture(frames: Frames, *, stills: bool) -> Rejection | None:
    bright = (frames >= _BLACK).mean(axis=(1, 2))
    if np.median(bright) < _HARDLY:
        return Rejection(reason="black", detail="shows nothing")
    change = changes(frames).max(axis=1)
    if not stills and len(change) and np.quantile(change, 1 - _HARDLY) < _STANDS_STILL:
        return Rejection(reason="still", detail="one picture, in which nothing moves")
    return None


def _unwanted_reading(
    sampled: Sampled, claim: Claim, container: str, config: ClipsConfig
) -> Rejection | None:
    if not len(sampled.frames):
        return Rejection(reason="unreadable", detail="no frame can be decoded")
    if sampled.seconds > config.max_seconds:
        return Rejection(reason="too_long", detail=f"longer than {config.max_seconds:g} s")
    if sampled.count < claim.frames * _TO_BE_READ.get(container, _MOSTLY_READ):
        return Rejection(reason="truncated", detail=f"{sampled.count} of {claim.frames} frames can be read")
    if sampled.seconds < config.min_seconds:
        return Rejection(reason="too_short", detail=f"{sampled.seconds:.1f} s")
    return None


def _judged(sampled: Sampled, claim: Claim, path: Path, container: str) -> Decoded:
    frames, taken = sampled.frames, sampled.looks.taken
    box = find_box(frames)
    content_width, content_height = (
        sampled.bars.content() or _framed_content(frames, box, claim) or (None, None)
    )
    facts = VideoFacts(
        width=claim.width,
        height=claim.height,
        duration_seconds=round(sampled.seconds, 3),
        fps=round(claim.fps, 3),
        frames=sampled.count,
        size_bytes=path.stat().st_size,
        sha256=_sha256(path),
        container=container,
        content_width=content_width,
        content_height=content_height,
        quality=measure(taken, frames, box, sound=has_sound(path)) if taken else None,
    )
    return Decoded(facts=facts, frames=frames, box=box)


def _framed_content(frames: Frames, box: Box, claim: Claim) -> tuple[int, int] | None:
    """Width and height of a picture that stands between blurred copies of itself."""
    if not box.framed:
        return None
    height, width = frames.shape[1:]
    return (
        round((box.right - box.left) / width * claim.width),
        round((box.bottom - box.top) / height * claim.height),
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
