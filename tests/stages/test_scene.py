"""A camera that stands still, far from the pitch: the players are specks, and shaking drowns them."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from itertools import chain

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from footyd.config import ClipsConfig
from footyd.model import Match
from footyd.stages.fingerprint import match, motion, register, scene, steady
from footyd.stages.fingerprint.content import Box, find_box
from footyd.stages.fingerprint.footage import Footage, joined
from footyd.stages.fingerprint.motion import PER_SECOND
from footyd.stages.fingerprint.specks import sighting
from tests.far_camera import HEIGHT, WIDTH, Picture, each, filmed, framed, pitch, play, sampled

SAME = ClipsConfig().minimum_match
SECONDS = 9.0


def footage(pictures: Iterator[Picture], *, with_scene: bool = True) -> Footage:
    frames = sampled(pictures)
    box = find_box(frames)
    return Footage(joined(motion.encode(frames, box), scene.encode(frames, box) if with_scene else b""))


def found(one: Iterator[Picture], other: Iterator[Picture]) -> Match:
    return match.align(footage(one), footage(other))


@pytest.mark.parametrize("seed", [2, 3, 6])
def test_a_far_pitch_filmed_off_a_screen_by_hand_is_the_same_footage(seed: int) -> None:
    again = found(play(seed, SECONDS), filmed(play(seed, SECONDS), seed))
    assert again.score >= SAME
    assert (again.offset_seconds, again.mirrored, again.overlap_seconds) == (0, False, SECONDS)


def test_without_the_specks_the_shaking_of_the_hand_drowns_the_players() -> None:
    still, shaken = play(2, SECONDS), filmed(play(2, SECONDS), 2)
    assert match.align(footage(still, with_scene=False), footage(shaken, with_scene=False)).score < SAME


def test_a_mirrored_copy_filmed_off_a_screen_is_told_from_a_pitch_that_is_its_own_mirror_image() -> None:
    turned = each(play(3, SECONDS), lambda picture: picture[:, ::-1])
    again = found(play(3, SECONDS), filmed(turned, 53))
    assert (again.score >= SAME, again.mirrored) == (True, True)


def test_a_far_pitch_shrunk_inside_another_video_is_found_in_its_place() -> None:
    again = found(framed(play(4, SECONDS), 8), play(4, SECONDS))
    assert again.score >= SAME
    assert again.placement is not None
    assert again.placement.width == pytest.approx(0.6, abs=0.03)


def test_a_clip_filmed_off_a_screen_from_two_seconds_on_is_found_at_those_two_seconds() -> None:
    again = found(play(6, SECONDS), filmed(play(6, 7, start=2), 6))
    assert (again.score >= SAME, again.offset_seconds) == (True, 2)


def intro(seconds: float) -> Iterator[Picture]:
    """Of another channel: all of it moves."""
    rng = np.random.default_rng(9)
    for _ in range(round(seconds * PER_SECOND)):
        blobs = rng.uniform(20, 235, (9, 16)).astype(np.float32)
        yield np.asarray(cv2.resize(blobs, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC), np.float32)


def test_a_far_pitch_is_found_behind_an_intro_and_an_intro_makes_no_two_moments_one() -> None:
    behind = footage(chain(intro(4), filmed(play(2, SECONDS), 2)))
    again = match.align(behind, footage(play(2, SECONDS)))
    assert (again.score >= SAME, again.offset_seconds) == (True, 4)
    other = footage(chain(intro(4), play(3, SECONDS)))
    assert (behind.scene and behind.scene.start) == 4 * PER_SECOND
    assert match.align(behind, other).score < SAME / 2


def test_an_intro_that_fades_and_an_end_card_are_cut_off_too() -> None:
    before, after = list(intro(4)), list(filmed(play(2, SECONDS), 2))
    fade = [
        np.asarray((1 - share) * old + share * new, np.float32)
        for share, old, new in zip((0.2, 0.4, 0.6, 0.8), before[-4:], after[:4], strict=True)
    ]
    faded = footage(iter([*before[:-4], *fade, *after[4:], *intro(2)]))
    assert faded.scene is not None
    assert faded.scene.start in range(13, 17)
    assert len(faded.scene.specks) <= len(faded) - 2 * PER_SECOND - 12
    assert match.align(faded, footage(play(2, SECONDS))).score >= SAME


@pytest.mark.parametrize("seeds", [(2, 3), (3, 6), (6, 2), (4, 8)])
def test_other_moments_on_the_same_pitch_are_other_footage(seeds: tuple[int, int]) -> None:
    one, other = seeds
    assert found(play(one, SECONDS), filmed(play(other, SECONDS), other)).score < SAME / 2
    assert found(play(one, SECONDS), play(other, SECONDS)).score < SAME / 2


def test_a_face_in_the_corner_of_two_moments_does_not_make_them_one() -> None:
    def with_face(pictures: Iterator[Picture]) -> Iterator[Picture]:
        for at, picture in enumerate(pictures):
            nods = (round(70 + 14 * np.sin(1.1 * at)), round(225 + 9 * np.cos(0.7 * at)))
            yield np.asarray(cv2.circle(np.ascontiguousarray(picture), nods, 34, 220, -1), np.float32)

    assert found(with_face(play(2, SECONDS)), with_face(play(3, SECONDS))).score < SAME


def test_clouds_that_darken_the_pitch_alike_do_not_make_two_moments_one() -> None:
    """At the ends of a clip nothing came before or after: a change of light must cancel there too."""

    def clouded(pictures: Iterator[Picture]) -> Iterator[Picture]:
        return (picture * (1 - 0.03 * at / PER_SECOND) for at, picture in enumerate(pictures))

    assert found(clouded(play(2, SECONDS)), clouded(play(3, SECONDS))).score < SAME / 2


def test_a_camera_that_follows_play_has_no_scene() -> None:
    stands = np.random.default_rng(1).uniform(40, 200, (HEIGHT // 8, WIDTH // 4)).astype(np.float32)
    wide = np.asarray(cv2.resize(stands, (2 * WIDTH, HEIGHT)), np.float32)
    frames = sampled(wide[:, 12 * at : 12 * at + WIDTH] for at in range(36))
    assert scene.encode(frames, find_box(frames)) == b""


def test_a_clip_of_under_four_seconds_has_no_scene() -> None:
    frames = sampled(play(2, 3.5))
    assert scene.encode(frames, find_box(frames)) == b""


def test_what_is_stored_of_a_scene_is_what_was_seen() -> None:
    frames = sampled(play(2, SECONDS))
    box = find_box(frames)
    data = scene.encode(frames, box)
    seen = scene.decode(data)
    assert seen.specks.shape == box.of(frames).shape
    assert set(np.unique(seen.specks)) == {-1, 0, 1}
    assert 0.01 < np.count_nonzero(seen.specks) / seen.specks.size < 0.1
    assert len(data) < 2_000 * SECONDS
    bent = cv2.Laplacian(box.of(frames).mean(axis=0), -1, ksize=5)
    lines = np.corrcoef(seen.background.ravel(), bent.ravel())
    assert lines[0, 1] < -0.3


def test_a_scene_keeps_to_its_bytes_by_the_specks_that_stand_out_most() -> None:
    frames = sampled(filmed(play(2, SECONDS), 2))
    box = find_box(frames)
    whole = scene.encode(frames, box)
    most = len(whole) * 3 // 4
    fewer = scene.encode(frames, box, most)
    assert 0 < len(fewer) <= most
    assert scene.encode(frames, box, len(whole) / 20) == b""
    again = match.align(Footage(joined(motion.encode(frames, box), fewer)), footage(play(2, SECONDS)))
    assert again.score >= SAME


@given(st.lists(st.tuples(st.integers(0, 300), st.sampled_from([-1, 1])), max_size=40))
def test_specks_come_back_as_they_were(runs: list[tuple[int, int]]) -> None:
    specks = np.zeros((40, 20, 16), np.int8)
    at = np.cumsum([gap + 1 for gap, _ in runs], dtype=np.intp) - 1
    specks.ravel()[at] = [light for _, light in runs]
    assert np.array_equal(scene._placed(scene._runs(specks), (40, 20, 16)), specks)


def test_a_shaking_hand_is_steadied_to_a_fraction_of_a_cell() -> None:
    held = (cv2.warpAffine(pitch(), _swung(at), (WIDTH, HEIGHT)) for at in range(36))
    before = steady._detail(sampled(np.asarray(picture, np.float32) for picture in held), 1, 11)
    after = steady._steadied(before)
    inside = np.s_[:, 8:-8, 8:-8]
    assert after[inside].std(axis=0).mean() < 0.4 * before[inside].std(axis=0).mean()


def _swung(at: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    turn = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), 0.3 * np.sin(0.5 * at), 1)
    turn[:, 2] += [6 * np.sin(0.6 * at), 3 * np.sin(0.8 * at + 1)]
    return np.asarray(turn)


def test_a_mirrored_copy_is_placed_in_the_other_picture_as_that_one_shows_it() -> None:
    turned = footage(each(play(4, SECONDS), lambda picture: picture[:, ::-1]))
    upright, around = footage(play(4, SECONDS)), footage(framed(play(4, SECONDS), 8))
    plain, mirrored = match.align(around, upright), match.align(around, turned)
    assert (plain.mirrored, mirrored.mirrored) == (False, True)
    assert plain.placement is not None
    assert mirrored.placement is not None
    assert mirrored.placement.left == pytest.approx(plain.placement.left, abs=0.02)


def test_a_standing_picture_without_any_slope_has_a_scene_in_which_nothing_moves() -> None:
    """Of columns that alternate the slope is nought everywhere: this once ended in a singular matrix."""
    frames = np.tile(np.arange(128) % 2 * np.float32(200), (9 * PER_SECOND, 72, 1))
    box = Box(top=0, bottom=72, left=0, right=128)
    seen = scene.decode(scene.encode(frames, box))
    assert np.abs(seen.background).max() == 1
    assert not seen.specks.any()
    assert sighting(seen, seen) is None


def test_a_strip_longer_than_a_header_can_tell_has_no_scene() -> None:
    strip = np.random.default_rng(1).uniform(0, 255, (34, 272)).astype(np.float32)
    frames = np.tile(strip, (9 * PER_SECOND, 1, 1))
    assert scene.encode(frames, find_box(frames)) == b""


def test_a_fit_that_collapses_costs_no_more_than_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture laid into a thousandth of a cell was softened over millions of cells."""
    widest, blur = [0.0], cv2.GaussianBlur

    def watched(picture: Picture, size: tuple[int, int], spread: float) -> cv2.typing.MatLike:
        widest[0] = max(widest[0], spread)
        return blur(picture, size, sigmaX=min(spread, 20))

    monkeypatch.setattr(cv2, "GaussianBlur", watched)
    background = np.random.default_rng(3).normal(0, 1, (72, 128)).astype(np.float32)
    collapsed = np.diag([1e-6, 1e-6, 1.0])
    collapsed[:2, 2] = 30
    place = register.Registered(likeness=1, warp=collapsed, mirrored=False)
    assert register.fitted(background, background, place) is None
    assert widest[0] < 20


def test_a_scene_of_ninety_seconds_is_told_and_compared_in_little_memory() -> None:
    """A worker may hold 100 MB, and the pictures themselves are 13 of them."""
    frames = np.tile(sampled(play(2, SECONDS)), (10, 1, 1))
    box = find_box(frames)
    tracemalloc.start()
    try:
        data = scene.encode(frames, box)
        _, of_telling = tracemalloc.get_traced_memory()
        one, other = scene.decode(data), scene.decode(data)
        tracemalloc.reset_peak()
        assert sighting(one, other) is not None
        _, of_comparing = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert of_telling < 3 * frames.nbytes
    assert of_comparing < 4 * frames.nbytes
