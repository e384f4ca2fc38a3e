"""Matches hard to tell apart or to recognise: far away, a minute long, in slow motion, not moving."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import cv2
import numpy as np

from tests.video import FPS, HEIGHT, WIDTH, Picture, scene

FAR_PLAYERS, FAR_SIZE = 22, 2
SLOW_SPEEDS = (0.3, 0.4, 0.5)


def far_match(seed: int, start: float, seconds: float) -> Iterator[Picture]:
    """A locked camera on the stand's roof: players of four pixels, not much brighter than the grass."""
    rng = np.random.default_rng(seed)
    ground = np.random.default_rng(seed + 1).integers(60, 120, (HEIGHT, WIDTH, 1), dtype=np.uint8)
    ground = np.repeat(cv2.GaussianBlur(ground, (0, 0), 1.2)[:, :, None], 3, axis=2)
    places, speeds = rng.uniform(0.05, 0.95, (FAR_PLAYERS, 2)), rng.uniform(0.3, 1.4, (FAR_PLAYERS, 2))
    phases, shades = rng.uniform(0, 6.28, (FAR_PLAYERS, 2)), rng.integers(125, 160, FAR_PLAYERS)
    for index in range(round(seconds * FPS)):
        picture = ground.copy()
        for place, speed, phase, shade in zip(places, speeds, phases, shades, strict=True):
            x, y = place + 0.12 * np.sin(speed * (start + index / FPS) + phase)
            spot = (int(x % 1 * WIDTH), int(y % 1 * HEIGHT))
            cv2.ellipse(picture, spot, (FAR_SIZE, 2 * FAR_SIZE), 0, 0, 360, (int(shade),) * 3, -1)
        yield picture


def replayed(match: Iterator[Picture], speed: float, others: int) -> Iterator[Picture]:
    """The moment in slow motion, after four seconds of another match."""
    pictures = list(match)
    slow = (pictures[int(at * speed)] for at in range(int(len(pictures) / speed)))
    return itertools.chain(scene(others, 4), slow)


def still(text: str, seconds: float) -> Iterator[Picture]:
    """A goal's graphic; two goals of one match differ in a name and a number only."""
    picture = np.full((HEIGHT, WIDTH, 3), (70, 40, 20), np.uint8)
    cv2.rectangle(picture, (40, 60), (WIDTH - 40, HEIGHT - 60), (180, 180, 200), -1)
    cv2.putText(picture, text, (60, 150), cv2.FONT_HERSHEY_SIMPLEX, 1.1, (20, 20, 20), 3)
    return itertools.repeat(picture, round(seconds * FPS))
