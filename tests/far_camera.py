"""A locked camera far from the pitch, drawn: lines that stand still, players of a cell or two, grain."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from footyd.stages.fingerprint.motion import PER_SECOND

Picture = NDArray[np.float32]

HEIGHT, WIDTH = 288, 512
_PLAYERS = 22
_GRAIN = 2.0


def pitch() -> Picture:
    """The same in every clip: what tells clips apart is only who runs where."""
    ground = np.full((HEIGHT, WIDTH), 95, np.float32)
    ground += np.random.default_rng(5).normal(0, 1, (HEIGHT, WIDTH)).astype(np.float32)
    for stripe in range(0, HEIGHT, 48):
        ground[stripe : stripe + 24] += 6
    corners = np.array([[90, 30], [422, 30], [500, 270], [12, 270]], np.int32)
    cv2.polylines(ground, [corners], True, 170, 2)
    cv2.line(ground, (55, 130), (457, 130), 170, 2)
    cv2.ellipse(ground, (256, 130), (55, 26), 0, 0, 360, 170, 2)
    cv2.rectangle(ground, (160, 200), (352, 268), 170, 2)
    cv2.rectangle(ground, (205, 30), (307, 62), 170, 2)
    ground[:26] = np.kron(np.random.default_rng(6).uniform(40, 160, (13, WIDTH // 2)), np.ones((2, 2)))
    return ground


def play(seed: int, seconds: float, *, start: float = 0.0) -> Iterator[Picture]:
    """PER_SECOND pictures a second of one moment, the seed's, from `start` on."""
    rng = np.random.default_rng(seed)
    ground, places = pitch(), rng.uniform([60, 45], [450, 260], (_PLAYERS, 2))
    pace, turns = rng.uniform(5, 22, _PLAYERS), rng.uniform(0, 2 * np.pi, (_PLAYERS, 3))
    bright = rng.choice([40.0, 215.0], _PLAYERS)
    grain = np.random.default_rng([seed, 1])
    for at in range(round((start + seconds) * PER_SECOND)):
        now = at / PER_SECOND
        angle = turns[:, 0] + 1.3 * np.sin(0.7 * now + turns[:, 1])
        places = places + (pace / PER_SECOND)[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        picture = ground.copy()
        for (x, y), shade in zip(places, bright, strict=True):
            cv2.ellipse(picture, (round(x), round(y)), (2, 4), 0, 0, 360, float(shade), -1)
        if at >= round(start * PER_SECOND):
            yield picture + grain.normal(0, _GRAIN, picture.shape).astype(np.float32)


def filmed(pictures: Iterator[Picture], seed: int) -> Iterator[Picture]:
    """Off a screen, by hand: smaller, turned, in perspective, shaking, grainy and pale."""
    rng = np.random.default_rng(seed)
    corners = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], np.float32)
    inset = rng.uniform(0.01, 0.06, (4, 2)) * [WIDTH, HEIGHT] * [[1, 1], [-1, 1], [-1, -1], [1, -1]]
    tilt = cv2.getPerspectiveTransform(corners, (corners + inset).astype(np.float32))
    phase, pace = rng.uniform(0, 2 * np.pi, 3), rng.uniform(1.6, 3.1, 3)
    for at, picture in enumerate(pictures):
        swing = np.sin(pace * at / PER_SECOND + phase)
        shake = np.eye(3)
        shake[:2] = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), 1.8 + 0.35 * swing[0], 0.95)
        shake[:2, 2] += [0.012 * WIDTH * swing[1], 0.012 * HEIGHT * swing[2]]
        seen = cv2.warpPerspective(picture, shake @ tilt, (WIDTH, HEIGHT), borderValue=18.0)
        yield (seen * 0.82 + rng.normal(0, 4, picture.shape)).astype(np.float32)


def framed(pictures: Iterator[Picture], seed: int, share: float = 0.6) -> Iterator[Picture]:
    """Shrunk inside another video, in which somebody walks about."""
    rng = np.random.default_rng(seed)
    size = (round(WIDTH * share), round(HEIGHT * share))
    left, top = rng.integers(5, [WIDTH - size[0] - 5, HEIGHT - size[1] - 5])
    room = cv2.GaussianBlur(rng.normal(0, 1, (HEIGHT, WIDTH)).astype(np.float32), (0, 0), 5)
    room = 120 + room * (45 / room.std())
    for at, picture in enumerate(pictures):
        around = room.copy()
        walker = (round(WIDTH / 2 + WIDTH / 2 * np.sin(0.31 * at)), round(HEIGHT / 2))
        cv2.ellipse(around, walker, (30, 130), 0, 0, 360, 235, -1)
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        around[top : top + size[1], left : left + size[0]] = small
        yield around


def each(pictures: Iterator[Picture], change: Callable[[Picture], Picture]) -> Iterator[Picture]:
    return (np.ascontiguousarray(change(picture)) for picture in pictures)


def sampled(pictures: Iterator[Picture]) -> NDArray[np.float32]:
    """As a file's decoding hands them on: grey, 128 × 72."""
    small = [cv2.resize(picture, (128, 72), interpolation=cv2.INTER_AREA) for picture in pictures]
    return np.asarray(np.stack(small).clip(0, 255), np.float32)
