"""A synthetic set, drawn with OpenCV alone: moments of made-up matches, each reposted in a dozen ways."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from tests.bench.dedupe.hard import SLOW_SPEEDS, far_match, replayed, still
from tests.bench.dedupe.sets import DISTINCT, SAME, Item, Pair, write_set
from tests.bench.dedupe.uneven import space_out
from tests.video import (
    FPS,
    HEIGHT,
    WIDTH,
    Change,
    Picture,
    brightened,
    changed,
    cropped,
    letterboxed,
    mirrored,
    scaled,
    scene,
    watermarked,
    write,
)

SOURCES, MOMENTS, SECONDS = 2, 3, 7.0
"""Every second source has a locked camera: its moments differ by what moves alone."""
GAP_SECONDS = 11.0
POSITIVES_PER_MOMENT = 12
OTHERS = 60
LONG_SECONDS = 60.0
STILLS = ("KANE 12' 1-0", "SAKA 12' 1-0", "KANE 88' 2-0")

Play = Callable[[float, float], Iterator[Picture]]
"""Pictures of a match from a second on, for so many seconds."""


def make_set(folder: Path, seed: int = 1) -> None:
    """Writes clips, items and pairs; some minutes."""
    rng = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    items = [item for source in range(SOURCES) for item in _source(folder, f"source{source}", _match(source))]
    items += _source(folder, "far", partial(far_match, 7))
    items += [*_long(folder), *_stills(folder)]
    write_set(folder, items, _pairs(items, rng))
    print(f"{len(items)} clips in {folder}")


def _source(folder: Path, source: str, match: Play) -> Iterator[Item]:
    for moment in range(MOMENTS):
        start, name = moment * GAP_SECONDS, f"{source}m{moment}"
        for transform, posted in _posts(match, start, surroundings=100 + moment).items():
            yield _written(folder, name, source, transform, posted)
        yield _uneven(folder, name, source, match(start, SECONDS))


def _long(folder: Path) -> Iterator[Item]:
    """A minute each: matching must stay bounded."""
    match = _match(SOURCES + 1)
    for moment, start in enumerate((0.0, LONG_SECONDS)):
        name = f"longm{moment}"
        yield _written(folder, name, "long", "base", match(start, LONG_SECONDS))
        yield _written(folder, name, "long", "small", changed(match(start, LONG_SECONDS), scaled(320, 180)))
        yield _written(folder, name, "long", "trimmed", match(start + 8, LONG_SECONDS - 16))


def _stills(folder: Path) -> Iterator[Item]:
    for moment, text in enumerate(STILLS):
        name = f"stillm{moment}"
        yield _written(folder, name, "still", "base", still(text, 5))
        yield _written(folder, name, "still", "small", changed(still(text, 8), scaled(320, 180)))


def _written(folder: Path, segment: str, source: str, transform: str, pictures: Iterator[Picture]) -> Item:
    item = Item(file=f"{segment}__{transform}.mp4", segment=segment, source=source, transform=transform)
    write(folder / item.file, pictures)
    return item


def _uneven(folder: Path, segment: str, source: str, pictures: Iterator[Picture]) -> Item:
    """After a third, of three pictures only one."""
    every = list(pictures)
    third = len(every) // 3
    kept = [*range(third), *range(third, len(every), 3)]
    item = _written(folder, segment, source, "uneven", (every[at] for at in kept))
    space_out(folder / item.file, [after - at for at, after in itertools.pairwise([*kept, len(every)])])
    return item


def _match(source: int) -> Play:
    """One match: players on a pitch with its grass and crowd, the camera still or swinging slowly."""
    ground = np.random.default_rng(source).integers(0, 40, (HEIGHT, 2 * WIDTH, 1), dtype=np.uint8)

    def play(start: float, seconds: float) -> Iterator[Picture]:
        for at, picture in enumerate(scene(source + 1, seconds, start=start)):
            swing = 0.0 if source % 2 == 0 else 0.5 + 0.5 * np.sin(0.7 * (start + at / FPS))
            left = round(swing * WIDTH)
            grass = ground[:, left : left + WIDTH]
            yield np.asarray(np.roll(picture, -left, axis=1) // 8 * 7 + grass, np.uint8)

    return play


def _posts(play: Play, start: float, surroundings: int) -> dict[str, Iterator[Picture]]:
    changes: dict[str, Change] = {
        "base": lambda picture: picture,
        "small": scaled(320, 180),
        "crop10": cropped(0.1),
        "crop20": cropped(0.2),
        "upright": _upright,
        "framed": _framed,
        "barred": letterboxed(50),
        "logo": watermarked("@GOALS"),
        "colour": brightened(1.2, -25),
        "mirror": mirrored,
        "filmed": _filmed,
    }
    posts = {name: changed(play(start, SECONDS), change) for name, change in changes.items()}
    posts["trimmed"] = play(start + 1.7, SECONDS - 3)
    posts["faster"] = (p for at, p in enumerate(play(start, SECONDS)) if at % 11 != 10)
    posts["shrunk"] = _inside(play(start, SECONDS), surroundings)
    for speed in SLOW_SPEEDS:
        posts[f"slow{10 * speed:.0f}"] = replayed(play(start, SECONDS - 2), speed, surroundings + 50)
    posts["intro"] = itertools.chain(scene(200, 4), play(start, SECONDS))
    return posts


def _upright(picture: Picture) -> Picture:
    keep = HEIGHT * 9 // 16
    return np.ascontiguousarray(picture[:, (WIDTH - keep) // 2 : (WIDTH + keep) // 2])


def _framed(picture: Picture) -> Picture:
    around = cv2.resize(scaled(14, 24)(_upright(picture)), (270, 480), interpolation=cv2.INTER_CUBIC)
    around[164:316] = scaled(270, 152)(picture)
    return np.asarray(around, np.uint8)


def _filmed(picture: Picture) -> Picture:
    corners = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], np.float32)
    screen = np.array([[22, 30], [462, 14], [450, 252], [30, 262]], np.float32)
    warp = cv2.getPerspectiveTransform(corners, screen)
    return np.asarray(cv2.warpPerspective(picture, warp, (WIDTH, HEIGHT), borderValue=(16, 18, 20)), np.uint8)


def _inside(pictures: Iterator[Picture], seed: int) -> Iterator[Picture]:
    for picture, other in zip(pictures, scene(seed, SECONDS), strict=False):
        both = other.copy()
        both[60:208, 120:384] = scaled(264, 148)(picture)
        yield both


def _pairs(items: list[Item], rng: random.Random) -> list[Pair]:
    """Every post against its source; some posts against each other; other moments of the match and others."""
    posts = [item for item in items if item.transform != "base"]
    bases = {item.segment: item for item in items if item.transform == "base"}
    pairs = [_pair(bases[post.segment], post, SAME, "pos-base") for post in posts]
    for segment in bases:
        both = list(itertools.combinations([post for post in posts if post.segment == segment], 2))
        chosen = rng.sample(both, min(len(both), POSITIVES_PER_MOMENT))
        pairs += [_pair(a, b, SAME, "pos-var") for a, b in chosen if not _both_slow(a, b)]
    hard = [(a, b) for a, b in _apart(items) if a.source == b.source and a.transform == b.transform]
    pairs += [_pair(a, b, DISTINCT, "neg-hard-same") for a, b in hard]
    mixed = [(a, b) for a, b in _apart(items) if a.source == b.source and a.transform != b.transform]
    pairs += [_pair(a, b, DISTINCT, "neg-hard") for a, b in rng.sample(mixed, OTHERS)]
    easy = [(a, b) for a, b in _apart(items) if a.source != b.source]
    return pairs + [_pair(a, b, DISTINCT, "neg-easy") for a, b in rng.sample(easy, OTHERS)]


def _both_slow(a: Item, b: Item) -> bool:
    """Replays at two speeds share less than any matcher is asked to find."""
    return a.transform.startswith("slow") and b.transform.startswith("slow")


def _apart(items: list[Item]) -> Iterator[tuple[Item, Item]]:
    return ((a, b) for a, b in itertools.combinations(items, 2) if a.segment != b.segment)


def _pair(a: Item, b: Item, label: int, kind: str) -> Pair:
    transform = b.transform if a.transform in {"base", b.transform} else f"{a.transform}|{b.transform}"
    return Pair(a=a.file, b=b.file, label=label, kind=kind, transform=transform)
