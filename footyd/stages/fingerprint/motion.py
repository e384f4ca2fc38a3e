"""The fingerprint of version 1: what moves, in a small picture, eight times a second.

A sliding mean over two seconds is taken away from every picture, so that all that stands still cancels: the
pitch of a locked camera, bars, captions, logos. What remains is the motion of that very moment.
Bytes: `<HH` samples and pictures per second, then one int8 picture of 24×14 per sample: 2.7 kB per second.
"""

from __future__ import annotations

import struct

import cv2
import numpy as np
from numpy.typing import NDArray

from footyd.stages.fingerprint.decode import SAMPLES_PER_SECOND, Frames

WIDTH, HEIGHT = 24, 14
MEAN_SAMPLES = 2 * SAMPLES_PER_SECOND + 1
_HEADER = struct.Struct("<HH")
_SCALE = 24.0
"""int8 steps per standard deviation: ±5 deviations are kept."""
_STILL = 0.15
"""Grey levels (of 255) below which a picture's motion is taken for noise of the encoder."""
_BLACK, _WHITE = 28.0, 228.0
_FLAT = 2.0
_MAX_BAR_SHARE = 0.4


def encode(frames: Frames) -> bytes:
    """Motion pictures of `frames`, each normalised; a picture without motion is all zero."""
    small = _shrink(_without_bars(frames))
    motion = small - _sliding_mean(small)
    spread = motion.std(axis=(1, 2), keepdims=True)
    steps = np.where(spread > _STILL, motion / np.maximum(spread, _STILL) * _SCALE, 0.0)
    pictures = np.clip(np.rint(steps), -127, 127).astype(np.int8)
    return _HEADER.pack(len(pictures), SAMPLES_PER_SECOND) + pictures.tobytes()


def decode_pictures(data: bytes) -> NDArray[np.float32]:
    """Shape (samples, HEIGHT, WIDTH), in steps; all zero where nothing moved."""
    count, _ = _HEADER.unpack_from(data)
    flat = np.frombuffer(data, dtype=np.int8, offset=_HEADER.size).astype(np.float32)
    return flat.reshape(count, HEIGHT, WIDTH)


def _sliding_mean(frames: Frames) -> Frames:
    half = MEAN_SAMPLES // 2
    total = np.concatenate(
        [np.zeros((1, *frames.shape[1:]), np.float64), frames.cumsum(axis=0, dtype=np.float64)]
    )
    index = np.arange(len(frames))
    low, high = np.maximum(index - half, 0), np.minimum(index + half + 1, len(frames))
    mean = (total[high] - total[low]) / (high - low)[:, None, None]
    return np.asarray(mean, dtype=np.float32)


def _shrink(frames: Frames) -> Frames:
    return np.stack([cv2.resize(frame, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA) for frame in frames])


def _without_bars(frames: Frames) -> Frames:
    """Cuts letter-box and pillar-box bars: lines at the edge that stay black, white or one flat grey."""
    sample = frames[:: max(1, len(frames) // 24)]
    top, bottom = _bars(sample)
    left, right = _bars(sample.transpose(0, 2, 1))
    return frames[:, top : frames.shape[1] - bottom, left : frames.shape[2] - right]


def _bars(sample: Frames) -> tuple[int, int]:
    """Lines to cut at the start and at the end of axis 1."""
    line_low = np.quantile(sample, 0.2, axis=(0, 2))
    line_high = np.quantile(sample, 0.8, axis=(0, 2))
    spread = sample.std(axis=(0, 2))
    bar = (line_high < _BLACK) | (line_low > _WHITE) | (spread < _FLAT)
    limit = int(len(bar) * _MAX_BAR_SHARE)
    return _leading(bar, limit), _leading(bar[::-1], limit)


def _leading(bar: NDArray[np.bool_], limit: int) -> int:
    """Length of the run at the start; one line more for its blurred edge; a run beyond `limit` is no bar."""
    run = int(np.argmin(bar)) if not bar.all() else len(bar)
    return 0 if run == 0 or run > limit else run + 1
