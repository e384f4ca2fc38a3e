"""One pass over a file: frames sampled in time, small and grey, and a few in full size."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from footyd.stages.fingerprint.bars import BarFinder
from footyd.stages.fingerprint.content import Frames
from footyd.stages.fingerprint.motion import PER_SECOND
from footyd.stages.fingerprint.quality import Looks

_BARS_EVERY = 4
"""Samples; bars do not move, so one look a second is enough."""
_WORK_CELLS = 128 * 72
"""Pixels of a sampled picture, in the frame's own shape."""
_NARROWEST = 16
_MOST_FPS = 240
"""So many frames are read of each second at most, where a file tells no times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the header says."""

    width: int
    height: int
    fps: float
    frames: int

    @property
    def seconds(self) -> float:
        return self.frames / self.fps


@dataclass(slots=True, kw_only=True)
class Sampled:
    """`count` frames were read, the last of which ends at `seconds`."""

    frames: Frames
    bars: BarFinder
    looks: Looks
    count: int
    seconds: float


@dataclass(slots=True)
class _Pictures:
    """In one block that is as long as the header says, or longer at need: a list would be there twice."""

    expected: int
    count: int = 0
    _room: Frames = field(default_factory=lambda: np.empty((0, 0, 0), np.float32))

    def add(self, picture: NDArray[np.float32], times: int) -> None:
        wanted = self.count + times
        if wanted > len(self._room):
            room = np.empty((max(self.expected, 2 * wanted), *picture.shape), np.float32)
            if self.count:
                room[: self.count] = self.all()
            self._room = room
        self._room[self.count : wanted] = picture
        self.count = wanted

    def all(self) -> Frames:
        return self._room[: self.count]


def sample(capture: cv2.VideoCapture, claim: Claim, max_seconds: float) -> Sampled:
    """Pictures at a fixed rate by the container's clock; never reads on past `max_seconds`."""
    bars, looks = BarFinder(claim.width, claim.height), Looks(claim.frames)
    pictures = _Pictures(round(min(claim.seconds, max_seconds) + 1) * PER_SECOND)
    frames, start, now = 0, 0.0, 0.0
    frame: cv2.typing.MatLike | None = None
    while frames <= max_seconds * _MOST_FPS and capture.grab():
        stamp = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        start = stamp if frames == 0 else start
        now = max(now, stamp - start) if stamp > 0 else frames / claim.fps
        if now > max_seconds:
            frames += 1
            break  # a gap of hours would be filled with its next picture
        due = int((now + 0.5 / claim.fps) * PER_SECOND + 1e-6) + 1
        if due > pictures.count:
            ok, frame = capture.retrieve(frame)  # into the same memory: 6 MB of 1080 lines
            if not ok:
                break
            grey = _grey(frame)
            if pictures.count % _BARS_EVERY == 0:
                bars.see(grey)
            if looks.wants(frames):
                looks.take(grey)
            pictures.add(small(grey), due - pictures.count)  # a gap shows its next picture
        frames += 1
    seconds = now + 1 / claim.fps if frames else 0.0
    return Sampled(frames=pictures.all(), bars=bars, looks=looks, count=frames, seconds=seconds)


def _grey(frame: cv2.typing.MatLike) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), np.uint8)


def small(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
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
