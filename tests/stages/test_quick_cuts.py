"""Quick cuts and pans: within half a sample the camera shows something else."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from footyd.config import ClipsConfig
from footyd.stages.fingerprint import match
from footyd.stages.fingerprint.coarse import Candidate
from footyd.stages.fingerprint.footage import Footage
from footyd.stages.fingerprint.lines import Line
from footyd.stages.fingerprint.motion import PER_SECOND
from tests.far_camera import play
from tests.stages.test_match import footage, scene
from tests.stages.test_scene import footage as far_footage
from tests.video import FPS, HEIGHT, WIDTH, Picture, brightened, changed, cropped, watermarked

SAME = ClipsConfig().minimum_match
HALF_A_SAMPLE = 0.5 / PER_SECOND
PIXELS_PER_SECOND = 400
SECONDS_PER_SHOT = 1.6


def montage(seed: int, seconds: float, *, start: float = 0.0) -> Iterator[Picture]:
    """Pans over a place that is all texture, each into another direction."""
    rng = np.random.default_rng(seed)
    blobs = rng.uniform(20, 235, (60, 80, 3)).astype(np.float32)
    world = np.clip(cv2.resize(blobs, (2400, 1800), interpolation=cv2.INTER_CUBIC), 0, 255).astype(np.uint8)
    per_shot, corners = round(SECONDS_PER_SHOT * FPS), []
    for _ in range(round(seconds / SECONDS_PER_SHOT) + 1):
        angle, first = rng.uniform(0, 2 * np.pi), rng.uniform([500, 400], [1400, 1000])
        pace = rng.uniform(0.4, 1.2) * PIXELS_PER_SECOND * np.array([np.cos(angle), np.sin(angle)])
        corners += [first + pace * at / FPS for at in range(per_shot)]
    for x, y in np.clip(corners, 0, [2400 - WIDTH, 1800 - HEIGHT])[round(start * FPS) : round(seconds * FPS)]:
        yield world[int(y) : int(y) + HEIGHT, int(x) : int(x) + WIDTH]


def reposted(pictures: Iterator[Picture]) -> Iterator[Picture]:
    for change in (cropped(0.1), brightened(0.8, -10), watermarked("@GOALS")):
        pictures = changed(pictures, change)
    return pictures


def test_a_montage_cut_between_the_samples_looks_unlike_and_is_the_same_footage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = footage(montage(1, 9))
    cut = footage(reposted(montage(1, 8.6, start=0.6)))
    again = match.align(whole, cut)
    assert again.score >= SAME
    assert again.offset_seconds == pytest.approx(0.6, abs=0.2)
    monkeypatch.setattr(match, "_RELIEF", 0)
    assert match.align(whole, cut).score < SAME / 2


def test_another_montage_and_other_seconds_of_one_are_other_footage() -> None:
    whole = footage(montage(1, 9))
    assert match.align(whole, footage(reposted(montage(2, 9)))).score < SAME / 2
    assert match.align(whole, footage(reposted(montage(1, 18, start=9)))).score < SAME / 2


def test_a_montage_is_told_from_a_steady_camera() -> None:
    assert footage(montage(1, 6)).steadiness < 0.5
    assert far_footage(play(1, 6)).steadiness > 0.9


def test_half_a_sample_on_is_like_what_was_sampled_then() -> None:
    whole, later = footage(scene(1, 6)), footage(scene(1, 6, start=HALF_A_SAMPLE))
    halfway = whole.half_a_sample_on()
    assert len(halfway) == len(whole) - 1

    def likeness(one: Footage, other: Footage) -> float:
        count = min(len(one), len(other)) - 1
        return float(np.corrcoef(one.pictures[:count].ravel(), other.pictures[:count].ravel())[0, 1])

    assert likeness(halfway, later) > likeness(whole, later) + 0.1


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_place_turned_twice_is_the_same_place(mirrored: bool) -> None:
    line = Line(offset=6, speed=0.5)
    place = Candidate(
        score=0.3, small_is_b=True, mirrored=mirrored, line=line, top=0.1, left=0.2, height=0.5, width=0.4
    )
    turned = place.turned()
    assert (turned.small_is_b, turned.line) == (False, Line(offset=-12, speed=2))
    assert [turned.top, turned.height] == pytest.approx([-0.2, 2])
    assert turned.left == pytest.approx(-1.0 if mirrored else -0.5)
    again = turned.turned()
    assert again.line == line
    assert [again.left, again.width] == pytest.approx([0.2, 0.4])
