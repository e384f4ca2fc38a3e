"""Small real video files: two scenes on one green pitch, and what re-posting does to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Change = Callable[[Picture], Picture]

WIDTH, HEIGHT, FPS = 480, 270, 25.0


def scene(seed: int, seconds: float = 6.0, *, start: float = 0.0) -> Iterator[Picture]:
    """Players and a ball moving over a pitch that looks the same for every seed."""
    rng = np.random.default_rng(seed)
    places, speeds = rng.uniform(0, 1, (12, 2)), rng.uniform(0.6, 2.2, (12, 2))
    phases, colours = rng.uniform(0, 6.28, (12, 2)), [(40, 40, 220), (240, 240, 240)]
    pitch = _pitch()
    for index in range(round(seconds * FPS)):
        at = start + index / FPS
        picture = pitch.copy()
        for player in range(12):
            x, y = places[player] + 0.22 * np.sin(speeds[player] * at + phases[player])
            spot = (int(x % 1 * WIDTH), int((0.15 + 0.8 * (y % 1)) * HEIGHT))
            size = 5 if player == 0 else 11
            cv2.ellipse(picture, spot, (size, size * 2), 0, 0, 360, colours[player % 2], -1)
        yield picture


def _pitch() -> Picture:
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for stripe in range(8):
        left, right = stripe * WIDTH // 8, (stripe + 1) * WIDTH // 8
        picture[:, left:right] = (40, 120 + 25 * (stripe % 2), 40)
    picture[: HEIGHT // 8] = (90, 70, 60)
    cv2.line(picture, (WIDTH // 2, HEIGHT // 8), (WIDTH // 2, HEIGHT), (230, 230, 230), 2)
    cv2.circle(picture, (WIDTH // 2, HEIGHT // 2), 50, (230, 230, 230), 2)
    return picture


def write(path: Path, pictures: Iterable[Picture], *, fps: float = FPS, codec: str = "mp4v") -> Path:
    writer: cv2.VideoWriter | None = None
    for picture in pictures:
        if writer is None:
            size = (picture.shape[1], picture.shape[0])
            writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), fps, size)
            assert writer.isOpened(), f"no encoder for {codec}"
        writer.write(picture)
    assert writer is not None, "no pictures"
    writer.release()
    return path


def changed(pictures: Iterable[Picture], change: Change) -> Iterator[Picture]:
    return (change(picture) for picture in pictures)


def scaled(width: int, height: int) -> Change:
    return lambda picture: _u8(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA))


def cropped(share: float) -> Change:
    """Cuts `share` of width and height away, more on the left and at the top, and enlarges what is left."""

    def change(picture: Picture) -> Picture:
        height, width = picture.shape[:2]
        top, left = int(height * share * 0.7), int(width * share * 0.7)
        kept = picture[top : top + int(height * (1 - share)), left : left + int(width * (1 - share))]
        return _u8(cv2.resize(kept, (width, height)))

    return change


def letterboxed(bar: int) -> Change:
    return lambda picture: _u8(cv2.copyMakeBorder(picture, bar, bar, 0, 0, cv2.BORDER_CONSTANT))


def watermarked(text: str) -> Change:
    def change(picture: Picture) -> Picture:
        marked = picture.copy()
        cv2.rectangle(marked, (8, 8), (150, 46), (30, 30, 200), -1)
        cv2.putText(marked, text, (14, 36), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (255, 255, 255), 2)
        return marked

    return change


def brightened(gain: float, bias: float) -> Change:
    return lambda picture: _u8(np.clip(picture * gain + bias, 0, 255))


def mirrored(picture: Picture) -> Picture:
    return _u8(picture[:, ::-1])


def _u8(picture: object) -> Picture:
    return np.ascontiguousarray(picture, dtype=np.uint8)


VARIANTS: dict[str, Change] = {
    "original": lambda picture: picture,
    "scaled": scaled(320, 180),
    "enlarged": scaled(640, 360),
    "cropped": cropped(0.05),
    "cropped_more": cropped(0.1),
    "letterboxed": letterboxed(40),
    "watermarked": watermarked("@GOALS"),
    "brightened": brightened(1.15, 12),
    "mirrored": mirrored,
}


def write_variants(folder: Path, name: str, seed: int, seconds: float = 6.0) -> list[Path]:
    """One file per variant of the scene, and three cut or encoded differently."""
    files = [
        write(folder / f"{name}_{variant}.mp4", changed(scene(seed, seconds), change))
        for variant, change in VARIANTS.items()
    ]
    files.append(write(folder / f"{name}_trimmed.mp4", scene(seed, seconds - 1.5, start=0.9)))
    files.append(write(folder / f"{name}_reencoded.avi", scene(seed, seconds), codec="MJPG"))
    files.append(write(folder / f"{name}_slower_rate.mp4", list(scene(seed, seconds))[::2], fps=FPS / 2))
    return files
