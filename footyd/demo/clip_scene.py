"""Draws one piece of made-up footage and its versions; loaded by the clip maker in a worker process only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from footyd.demo.clip_maker import Camera, ClipRecipe, Version

Frame = NDArray[np.uint8]
Points = NDArray[np.float64]

FPS = 8
FRAMES = 30
WIDTH, HEIGHT = 320, 180
SMALL = (272, 152)
"""OpenCV's VP9 costs about 25 ms per frame, whatever its size: so few frames are what a day can afford."""


def write_clip(recipe: ClipRecipe, path: Path) -> None:
    """VP9 in MP4, which plays in browsers and which OpenCV's own wheel can write."""
    cv2.setNumThreads(1)
    frames = _version_of(recipe, _footage(recipe))
    first = next(frames)
    size = (first.shape[1], first.shape[0])
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"vp09"), FPS, size)
    if not writer.isOpened():
        raise OSError(f"OpenCV cannot write VP9 to {path}")
    writer.write(first)
    for frame in frames:
        writer.write(frame)
    writer.release()


# ---------------------------------------------------------------- the footage


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """One camera on one attack: a stadium to look at, a way to pan, and who runs where (in pixels)."""

    stadium: Frame
    pan_from: Points
    pan_to: Points
    zoom_to: float
    starts: Points
    runs: Points
    shirts: tuple[tuple[int, int, int], ...]
    size: float
    ball: Points


def _footage(recipe: ClipRecipe) -> Iterator[Frame]:
    scene = _scene(recipe.scene_seed, recipe.camera)
    for index in range(FRAMES):
        frame = _frame(scene, index / (FRAMES - 1))
        _scoreboard(frame, recipe.caption)
        yield frame


def _scene(seed: int, camera: Camera) -> _Scene:
    rng = np.random.default_rng([seed, list(Camera).index(camera)])
    close = camera is Camera.ANGLE
    stadium = _stadium(rng, close=close)
    room = np.array([stadium.shape[1] - WIDTH, stadium.shape[0] - HEIGHT])
    share = [0.12, rng.uniform(0.5, 1.0)] if close else [0.5, rng.uniform(-0.2, 0.2)]
    way = np.array(share) * room
    start = (room - np.abs(way)) / 2 - np.minimum(way, 0)
    forward = bool(rng.random() < 0.5)
    players = 6 if close else 11
    return _Scene(
        stadium=stadium,
        pan_from=start if forward else start + way,
        pan_to=start + way if forward else start,
        zoom_to=float(rng.uniform(1.25, 1.4)) if close else 1.04,
        starts=rng.uniform([0, 90], [WIDTH, HEIGHT - 15], (players, 2)),
        runs=rng.normal(0, 60 if close else 35, (players, 2)) * [1, 0.3],
        shirts=_shirts(seed),
        size=13.0 if close else 6.0,
        ball=rng.uniform([20, 95], [WIDTH - 20, HEIGHT - 10], (4, 2)),
    )


def _shirts(seed: int) -> tuple[tuple[int, int, int], ...]:
    """Both cameras see the same two teams."""
    hues = np.random.default_rng(seed).permutation(np.arange(0, 180, 22))[:2]
    colours = cv2.cvtColor(np.array([[[hue, 230, 220] for hue in hues]], np.uint8), cv2.COLOR_HSV2BGR)[0]
    return tuple((int(blue), int(green), int(red)) for blue, green, red in colours)


def _stadium(rng: np.random.Generator, *, close: bool) -> Frame:
    """Grass with mowing stripes and lines below, a crowd and its boards above; larger than the picture."""
    width, height = WIDTH * 2, int(HEIGHT * 1.3)
    horizon = int(height * (0.22 if close else rng.uniform(0.3, 0.36)))
    picture: Frame = np.empty((height, width, 3), np.uint8)
    picture[:] = (45, int(rng.integers(115, 150)), 50)
    _mow(picture, int(rng.integers(28, 70)), slant=float(rng.uniform(-0.9, 0.9)), across=close)
    _paint_lines(picture, rng, horizon, thick=3 if close else 2)
    picture[:horizon] = _crowd(rng, width, horizon, grain=9.0 if close else 6.0)
    _boards(picture, rng, horizon)
    return picture


def _mow(picture: Frame, stripe: int, *, slant: float, across: bool) -> None:
    """From behind the goal the stripes lie `across` the picture."""
    rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]]
    place = rows + 0.2 * slant * columns if across else columns + slant * rows
    lighter = (place // stripe).astype(int) % 2 == 0
    picture[lighter] += 14


def _crowd(rng: np.random.Generator, width: int, height: int, *, grain: float) -> Frame:
    """Noise of people-sized grains over broad blocks of light, shade and colour."""
    people = rng.integers(20, 235, (int(height / grain) + 1, int(width / grain) + 1, 3), dtype=np.uint8)
    blocks = rng.integers(30, 220, (3, 9, 3), dtype=np.uint8)
    near = cv2.resize(people, (width, height), interpolation=cv2.INTER_CUBIC)
    far = cv2.resize(blocks, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.addWeighted(near, 0.25, far, 0.75, 0), np.uint8)


def _boards(picture: Frame, rng: np.random.Generator, horizon: int) -> None:
    left = 0
    while left < picture.shape[1]:
        right = left + int(rng.integers(40, 130))
        colour = [int(part) for part in rng.integers(20, 240, 3)]
        cv2.rectangle(picture, (left, horizon - 10), (right, horizon), colour, -1)
        left = right


def _paint_lines(picture: Frame, rng: np.random.Generator, horizon: int, *, thick: int) -> None:
    white = (225, 235, 225)
    width, height = picture.shape[1], picture.shape[0]
    goal_x, depth = int(rng.uniform(0.15, 0.85) * width), int(rng.integers(40, 80))
    lean = int(rng.uniform(-70, 70))
    box = np.array([[-110, 0], [110, 0], [150 + lean, depth], [-150 + lean, depth]])
    box += np.array([goal_x, horizon + 6])
    cv2.polylines(picture, [box.astype(np.int32)], isClosed=True, color=white, thickness=thick)
    cv2.ellipse(picture, (goal_x + lean, horizon + 6 + depth), (60, 22), 0, 0, 180, white, thick)
    cv2.rectangle(picture, (goal_x - 32, horizon - 26), (goal_x + 32, horizon + 6), (245, 245, 245), thick)
    side = height - int(rng.integers(15, 55))
    cv2.line(picture, (0, side), (width, side + int(rng.uniform(-40, 40))), white, thick)


def _frame(scene: _Scene, time: float) -> Frame:
    x, y = scene.pan_from + (scene.pan_to - scene.pan_from) * _eased(time)
    zoom = 1.04 + (scene.zoom_to - 1.04) * time
    turn = cv2.getRotationMatrix2D((x + WIDTH / 2, y + HEIGHT / 2), 0, zoom)
    turn[:, 2] -= (x, y)
    picture = cv2.warpAffine(scene.stadium, turn, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
    for number, (start, run) in enumerate(zip(scene.starts, scene.runs, strict=True)):
        _player(picture, start + run * time, scene.shirts[number % 2], scene.size)
    _ball(picture, _on_curve(scene.ball, time), scene.size)
    return np.asarray(picture, np.uint8)


def _eased(time: float) -> float:
    """A camera operator starts and stops gently."""
    return time * time * (3 - 2 * time)


def _player(picture: Any, at: Points, shirt: tuple[int, int, int], size: float) -> None:
    x, y = int(at[0]), int(at[1])
    cv2.ellipse(picture, (x, y), (int(size * 0.9), max(1, int(size * 0.3))), 0, 0, 360, (30, 70, 30), -1)
    cv2.rectangle(picture, (x - int(size / 3), y - int(size * 2)), (x + int(size / 3), y), shirt, -1)
    cv2.circle(picture, (x, y - int(size * 2.3)), max(1, int(size / 2.6)), (120, 160, 205), -1)


def _ball(picture: Any, at: Points, size: float) -> None:
    cv2.circle(picture, (int(at[0]), int(at[1])), max(2, int(size / 2.6)), (250, 250, 250), -1)


def _on_curve(points: Points, time: float) -> Points:
    """A Bézier curve through the air: the ball never moves in straight lines."""
    while len(points) > 1:
        points = points[:-1] + (points[1:] - points[:-1]) * time
    return np.asarray(points[0], np.float64)


def _scoreboard(frame: Frame, caption: str) -> None:
    cv2.rectangle(frame, (8, 7), (104, 22), (35, 25, 20), -1)
    cv2.putText(frame, caption, (12, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.36, (240, 240, 240), 1, cv2.LINE_AA)


# ---------------------------------------------------------------- the versions


def _version_of(recipe: ClipRecipe, frames: Iterator[Frame]) -> Iterator[Frame]:
    if recipe.version is Version.TRIMMED:
        frames = iter(list(frames)[3:-2])
    return map(_CHANGES[recipe.version], frames)


def _small(frame: Frame) -> Frame:
    return np.asarray(cv2.resize(frame, SMALL, interpolation=cv2.INTER_AREA), np.uint8)


def _cropped(frame: Frame) -> Frame:
    x, y = WIDTH // 20, HEIGHT // 20
    return _small(frame[y:-y, x:-x])


def _letterbox(frame: Frame) -> Frame:
    """The picture at its own shape between black bars, in a 4:3 frame."""
    bar = SMALL[1] // 9
    return np.asarray(cv2.copyMakeBorder(_small(frame), bar, bar, 0, 0, cv2.BORDER_CONSTANT), np.uint8)


def _watermark(frame: Frame) -> Frame:
    picture = _small(frame)
    ink = picture.copy()
    cv2.putText(ink, "@golazo_hub", (165, 148), cv2.FONT_HERSHEY_DUPLEX, 0.5, (255, 255, 255), 1, cv2.LINE_AA)
    return np.asarray(cv2.addWeighted(ink, 0.7, picture, 0.3, 0), np.uint8)


def _low_quality(frame: Frame) -> Frame:
    """What a second upload does: JPEG-like blocks and lost detail."""
    _, packed = cv2.imencode(".jpg", _small(frame), [cv2.IMWRITE_JPEG_QUALITY, 14])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)


def _portrait(frame: Frame) -> Frame:
    """A telephone held upright before the television."""
    middle = WIDTH // 2
    slice_ = frame[:, middle - 56 : middle + 56]
    return np.asarray(cv2.resize(slice_, (144, 256), interpolation=cv2.INTER_LINEAR), np.uint8)


_CHANGES: dict[Version, Callable[[Frame], Frame]] = {
    Version.BASE: lambda frame: frame,
    Version.SCALED: _small,
    Version.CROPPED: _cropped,
    Version.LETTERBOX: _letterbox,
    Version.WATERMARK: _watermark,
    Version.TRIMMED: _small,
    Version.LOW_QUALITY: _low_quality,
    Version.PORTRAIT: _portrait,
}
