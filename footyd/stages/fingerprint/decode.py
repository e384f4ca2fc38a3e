"""A file's frames, sampled in time, small and grey; and the facts that decoding it showed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from footyd.config import ClipsConfig
from footyd.model import Rejection, VideoFacts
from footyd.stages.fingerprint.bars import BarFinder
from footyd.stages.fingerprint.content import Box, Frames, changes, find_box
from footyd.stages.fingerprint.motion import PER_SECOND
from footyd.stages.fingerprint.quality import Looks, measure
from footyd.stages.fingerprint.sound import has_sound

_BARS_EVERY = 4
"""Samples; bars do not move, so one look a second is enough."""
_WORK_CELLS = 128 * 72
"""Pixels of a sampled picture, in the frame's own shape."""
_NARROWEST = 16
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
        decoded = _unwanted_claim(claim, config) or _read(capture, claim, path, container, config)
        if isinstance(decoded, Rejection):
            return decoded
        return _unwanted_picture(decoded.frames, stills=stills) or decoded
    finally:
        capture.release()


def _container(path: Path) -> str | None:
    with path.open("rb") as file:
        head = file.read(16)
    return next((name for at, magic, name in _MAGIC if head[at : at + len(magic)] == magic), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    width: int
    height: int
    fps: float
    frames: int

    @property
    def seconds(self) -> float:
        return self.frames / self.fps


def _claim(capture: cv2.VideoCapture) -> _Claim:
    fps = capture.get(cv2.CAP_PROP_FPS)
    return _Claim(
        width=int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
        height=int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
        fps=fps if 1 <= fps <= 1000 else 25.0,
        frames=max(0, int(capture.get(cv2.CAP_PROP_FRAME_COUNT))),
    )


def _unwanted_claim(claim: _Claim, config: ClipsConfig) -> Rejection | None:
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


def _read(
    capture: cv2.VideoCapture, claim: _Claim, path: Path, container: str, config: ClipsConfig
) -> Decoded | Rejection:
    bars, looks = BarFinder(claim.width, claim.height), Looks(claim.frames)
    pictures, frames, seconds = _sample(capture, claim.fps, config.max_seconds, bars, looks)
    if not pictures:
        return Rejection(reason="unreadable", detail="no frame can be decoded")
    if seconds > config.max_seconds:
        return Rejection(reason="too_long", detail=f"longer than {config.max_seconds:g} s")
    if frames < claim.frames * _TO_BE_READ.get(container, _MOSTLY_READ):
        return Rejection(reason="truncated", detail=f"{frames} of {claim.frames} frames can be read")
    if seconds < config.min_seconds:
        return Rejection(reason="too_short", detail=f"{seconds:.1f} s")
    sampled = np.stack(pictures)
    box = find_box(sampled)
    content_width, content_height = bars.content() or _framed_content(sampled, box, claim) or (None, None)
    facts = VideoFacts(
        width=claim.width,
        height=claim.height,
        duration_seconds=round(seconds, 3),
        fps=round(claim.fps, 3),
        frames=frames,
        size_bytes=path.stat().st_size,
        sha256=_sha256(path),
        container=container,
        content_width=content_width,
        content_height=content_height,
        quality=measure(looks.taken, sampled, box, sound=has_sound(path)) if looks.taken else None,
    )
    return Decoded(facts=facts, frames=sampled, box=box)


def _framed_content(frames: Frames, box: Box, claim: _Claim) -> tuple[int, int] | None:
    """Width and height of a picture that stands between blurred copies of itself."""
    if not box.framed:
        return None
    height, width = frames.shape[1:]
    return (
        round((box.right - box.left) / width * claim.width),
        round((box.bottom - box.top) / height * claim.height),
    )


def _sample(
    capture: cv2.VideoCapture, fps: float, max_seconds: float, bars: BarFinder, looks: Looks
) -> tuple[list[NDArray[np.float32]], int, float]:
    """Pictures at a fixed rate by the container's clock, frames read, and the end of the last frame."""
    pictures: list[NDArray[np.float32]] = []
    frames, start, now = 0, 0.0, 0.0
    while now <= max_seconds and frames <= max_seconds * 240 and capture.grab():
        stamp = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        start = stamp if frames == 0 else start
        now = max(now, stamp - start) if stamp > 0 else frames / fps
        due = int((now + 0.5 / fps) * PER_SECOND + 1e-6) + 1
        if due > len(pictures):
            ok, frame = capture.retrieve()
            if not ok:
                break
            grey = _grey(frame)
            if len(pictures) % _BARS_EVERY == 0:
                bars.see(grey)
            if looks.wants(frames):
                looks.take(grey)
            pictures += [_small(grey)] * (due - len(pictures))  # a gap shows its next picture
        frames += 1
    return pictures, frames, now + 1 / fps if frames else 0.0


def _grey(frame: cv2.typing.MatLike) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), np.uint8)


def _small(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Halved in whole numbers while that is quick, then averaged in fractions of a grey level.

    On a locked camera a distant player changes a cell by less than one level.
    """
    height, width = grey.shape
    scale = float(np.sqrt(_WORK_CELLS / (width * height)))
    columns, lines = (max(_NARROWEST, round(side * scale)) for side in (width, height))
    while width >= 4 * columns and height >= 4 * lines:
        width, height = width // 2, height // 2
        grey = np.asarray(cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    fine = grey.astype(np.float32)
    return np.asarray(cv2.resize(fine, (columns, lines), interpolation=cv2.INTER_AREA), np.float32)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
