"""The first part of a fingerprint: what moves, in small pictures of the true shape, four times a second.

A sliding mean over two seconds is taken away from every picture, so that all that stands still cancels: the
pitch of a locked camera, captions, logos. What remains is the motion of that very moment. Motion below a
third of a grey level is an encoder's flicker and is dropped.
Bytes: a header, one float16 of spread per picture, two small stills of the picture itself per second, then
the pictures of motion in steps of a third of a spread, all deflated: 0.8 to 3.2 kB per second.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from footyd.stages.fingerprint.content import Box, Frames, find_box

PER_SECOND = 4
CELLS = 1296
"""Of a picture, in its own shape: 48×27 where it is 16:9."""
STILL_CELLS = 144
STILL_EVERY = 2
"""Samples from one still to the next."""
_MEAN_REACH = PER_SECOND
_FLICKER = 0.3
"""Grey levels (of 255)."""
_REGION = 7
_QUIET = 0.5
_EVENNESS = 0.5
_LEAST_SPREAD = 0.25
_POWER = 0.8
"""A power below 1 keeps one fast player from outweighing all the others."""
_STEPS = 3.0
_HEADER = struct.Struct("<HBBBB")
_LONGEST_SIDE = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """Pictures of motion (samples, height, width), each of about unit spread; `spread` in grey levels.

    `stills` show the picture itself, still n at sample n * STILL_EVERY.
    """

    pictures: NDArray[np.float32]
    spread: NDArray[np.float32]
    stills: NDArray[np.uint8]


def encode(frames: Frames, box: Box | None = None) -> bytes:
    """The fingerprint of frames sampled PER_SECOND times a second; where the picture lies is looked up."""
    picture = (box or find_box(frames)).of(frames)
    small = _resized(picture, *_shape(picture.shape[1], picture.shape[2], CELLS))
    moving = small - _sliding_mean(small)
    moving = np.sign(moving) * np.maximum(np.abs(moving) - _FLICKER, 0)
    spread = np.sqrt((moving**2).mean(axis=(1, 2)))
    even = moving * _evening(moving)
    unit = even / np.maximum(np.sqrt((even**2).mean(axis=(1, 2))), _LEAST_SPREAD)[:, None, None]
    steps = np.rint(np.sign(unit) * np.abs(unit) ** _POWER * _STEPS)
    stills = _resized(picture[::STILL_EVERY], *_shape(picture.shape[1], picture.shape[2], STILL_CELLS))
    body = (
        spread.astype("<f2").tobytes()
        + np.rint(stills).astype(np.uint8).tobytes()
        + np.clip(steps, -127, 127).astype(np.int8).tobytes()
    )
    return _HEADER.pack(len(small), *small.shape[1:], *stills.shape[1:]) + _deflated(body)


def _evening(moving: Frames) -> Frames:
    """What brings every region to like motion: a face laid over a corner must not drown the pitch."""
    around = cv2.blur((moving**2).mean(axis=0), (_REGION, _REGION))
    return np.asarray((around + _QUIET**2) ** (-_EVENNESS / 2), dtype=np.float32)


def _deflated(body: bytes) -> bytes:
    """Only the counts of the steps are worth coding: to look for repeats costs ten times as much."""
    packer = zlib.compressobj(strategy=zlib.Z_HUFFMAN_ONLY)
    return packer.compress(body) + packer.flush()


def decode(data: bytes) -> Motion:
    """The inverse of `encode`, but for what its steps have rounded away."""
    count, height, width, still_height, still_width = _HEADER.unpack_from(data)
    body = zlib.decompress(data[_HEADER.size :])
    stills_at = 2 * count
    pictures_at = stills_at + -(-count // STILL_EVERY) * still_height * still_width
    stills = np.frombuffer(body[stills_at:pictures_at], np.uint8).reshape(-1, still_height, still_width)
    steps = np.frombuffer(body[pictures_at:], np.int8).reshape(count, height, width)
    return Motion(
        pictures=steps.astype(np.float32) / np.float32(_STEPS),
        spread=np.frombuffer(body[:stills_at], "<f2").astype(np.float32),
        stills=stills,
    )


def _shape(height: int, width: int, cells: int) -> tuple[int, int]:
    """Lines and columns of about so many cells that keep the picture's shape."""
    scale = float(np.sqrt(cells / (height * width)))
    lines, columns = (min(_LONGEST_SIDE, max(4, round(side * scale))) for side in (height, width))
    return lines, columns


def _resized(frames: Frames, height: int, width: int) -> Frames:
    small = [cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA) for frame in frames]
    return np.asarray(np.stack(small), dtype=np.float32)


def _sliding_mean(frames: Frames) -> Frames:
    """Over as much before as after, at the ends too, so that a slow change of light always cancels."""
    total = np.concatenate(
        [np.zeros((1, *frames.shape[1:]), np.float64), frames.cumsum(axis=0, dtype=np.float64)]
    )
    index = np.arange(len(frames))
    reach = np.minimum(np.minimum(index, index[::-1]), _MEAN_REACH)
    low, high = index - reach, index + reach + 1
    return np.asarray((total[high] - total[low]) / (high - low)[:, None, None], dtype=np.float32)
