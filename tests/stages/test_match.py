"""Matching made-up footage without files: what re-posting does to a clip, and what only looks like it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

import cv2
import numpy as np
import pytest

from footyd.config import ClipsConfig
from footyd.model import Match
from footyd.stages.fingerprint import coarse, lines, match, refine, sample
from footyd.stages.fingerprint import footage as footage_module
from footyd.stages.fingerprint.content import find_box
from footyd.stages.fingerprint.footage import Footage, LaidOut, joined
from footyd.stages.fingerprint.lines import Line, Lines
from footyd.stages.fingerprint.motion import PER_SECOND, encode
from footyd.stages.fingerprint.scene import encode as encode_scene
from tests import video
from tests.video import FPS, HEIGHT, WIDTH, Change, Picture, changed, cropped, mirrored, watermarked

SAME = ClipsConfig().minimum_match


GRASS = np.random.default_rng(0).integers(0, 25, (HEIGHT, WIDTH, 1), dtype=np.uint8)


def scene(seed: int, seconds: float, *, start: float = 0.0) -> Iterator[Picture]:
    """On grass: a pitch of one flat green would be taken for the side of a framed picture."""
    return changed(video.scene(seed, seconds, start=start), lambda picture: picture + GRASS)


def bytes_of(pictures: Iterable[Picture], fps: float = FPS) -> bytes:
    every = fps / PER_SECOND
    wanted = (picture for at, picture in enumerate(pictures) if at % every < 1)
    frames = np.stack([sample.small(sample._grey(picture)) for picture in wanted])
    return joined(encode(frames), encode_scene(frames, find_box(frames)))


def footage(pictures: Iterable[Picture], fps: float = FPS) -> Footage:
    return Footage(bytes_of(pictures, fps))


def found(a: Iterable[Picture], b: Iterable[Picture]) -> Match:
    return match.align(footage(a), footage(b))


def resized(picture: Picture, width: int, height: int) -> Picture:
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def upright(picture: Picture) -> Picture:
    """The middle of the picture, cut for a telephone."""
    keep = HEIGHT * 9 // 16
    return picture[:, WIDTH // 2 - keep // 2 : WIDTH // 2 + keep // 2]


def framed(picture: Picture) -> Picture:
    """The whole picture across an upright one, between blurred copies of itself."""
    around = cv2.resize(resized(upright(picture), 14, 24), (270, 480), interpolation=cv2.INTER_CUBIC)
    around[164:316] = resized(picture, 270, 152)
    return np.asarray(around, np.uint8)


def filmed(picture: Picture) -> Picture:
    """Off a screen, by hand: smaller, tilted, with the wall around it."""
    corners = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], np.float32)
    screen = np.array([[22, 30], [462, 14], [450, 252], [30, 262]], np.float32)
    warp = cv2.getPerspectiveTransform(corners, screen)
    return np.asarray(cv2.warpPerspective(picture, warp, (WIDTH, HEIGHT), borderValue=(16, 18, 20)), np.uint8)


def with_face(seed: int) -> Iterator[Change]:
    """Another clip laid over a corner."""
    for face in scene(seed, 8):

        def change(picture: Picture, face: Picture = face) -> Picture:
            both = picture.copy()
            both[-80:, :140] = resized(face, 140, 80)
            return both

        yield change


def inside(pictures: Iterable[Picture], seed: int) -> Iterator[Picture]:
    """The pictures shrunk into a corner of another clip."""
    for picture, other in zip(pictures, scene(seed, 8), strict=False):
        both = other.copy()
        both[100:248, 30:294] = resized(picture, 264, 148)
        yield both


@pytest.mark.parametrize(
    "change",
    [cropped(0.2), upright, framed, filmed, mirrored, watermarked("@GOALS")],
    ids=["cropped", "upright", "framed", "filmed", "mirrored", "stamped"],
)
def test_a_reposted_clip_matches_its_source_and_no_other_seconds(change: Change) -> None:
    source = footage(scene(1, 8))
    assert match.align(source, footage(changed(scene(1, 8), change))).score >= SAME
    assert match.align(source, footage(changed(scene(1, 8, start=20), change))).score < SAME


def test_a_clip_shrunk_into_another_is_found_and_placed() -> None:
    same = found(inside(scene(1, 8), seed=5), scene(1, 8))
    assert same.score >= SAME
    assert same.placement is not None
    assert same.placement.width == pytest.approx(264 / WIDTH, abs=0.06)
    assert same.placement.left == pytest.approx(30 / WIDTH, abs=0.06)
    assert same.placement.top == pytest.approx(100 / HEIGHT, abs=0.06)


def test_a_crop_is_placed_within_its_source_and_the_source_beyond_the_crop() -> None:
    there = found(scene(1, 8), changed(scene(1, 8), cropped(0.2))).placement
    back = found(changed(scene(1, 8), cropped(0.2)), scene(1, 8)).placement
    assert there is not None
    assert back is not None
    assert there.width == pytest.approx(0.8, abs=0.05)
    assert there.left == pytest.approx(0.14, abs=0.05)
    assert back.width == pytest.approx(1.25, abs=0.08)
    assert back.left < 0


def test_a_filmed_screen_shows_by_its_tilt() -> None:
    same = found(scene(1, 8), changed(scene(1, 8), filmed))
    assert same.placement is not None
    assert same.placement.tilt_degrees == pytest.approx(0, abs=6)
    assert same.placement.width > 1


def test_a_copy_played_a_tenth_faster_matches_and_says_so() -> None:
    same = match.align(footage(scene(1, 8)), footage(scene(1, 8), fps=FPS * 1.1))
    assert same.score >= SAME
    assert same.speed == pytest.approx(1.1, abs=0.03)


def test_a_replay_in_slow_motion_inside_another_clip_is_found() -> None:
    slow = [picture for picture in scene(1, 5) for _ in (0, 1)]
    same = found(itertools.chain(scene(3, 4), slow), scene(1, 5))
    assert same.score >= SAME
    assert same.speed == pytest.approx(2, abs=0.25)
    assert same.overlap_seconds == pytest.approx(10, abs=1)
    assert same.rest_a_seconds == pytest.approx(4, abs=1)


def test_the_same_face_in_a_corner_does_not_make_two_moments_one() -> None:
    first = [change(picture) for picture, change in zip(scene(1, 7), with_face(8), strict=False)]
    second = [change(picture) for picture, change in zip(scene(1, 7, start=20), with_face(8), strict=False)]
    assert found(first, second).score < SAME


def test_a_face_in_a_corner_does_not_hide_the_source() -> None:
    laid_over = [change(picture) for picture, change in zip(scene(1, 7), with_face(8), strict=False)]
    assert found(scene(1, 7), laid_over).score >= SAME


def test_a_light_that_comes_up_at_the_start_of_every_file_is_no_motion() -> None:
    def brightening(start: float) -> list[Picture]:
        gains = np.minimum(1, 0.9 + np.arange(175) / 250)
        pictures = zip(scene(1, 7, start=start), gains, strict=True)
        return [np.asarray(picture * gain, np.uint8) for picture, gain in pictures]

    assert found(brightening(0), brightening(20)).score < SAME


def test_a_clip_inside_a_longer_one_leaves_the_rest_of_it_over() -> None:
    longer = itertools.chain(scene(1, 6), scene(1, 6, start=20))
    same = found(longer, scene(1, 6))
    assert same.score >= SAME
    assert same.rest_a_seconds == pytest.approx(6, abs=0.6)
    assert same.rest_b_seconds == pytest.approx(0, abs=0.3)


def test_a_rest_in_which_nothing_moves_is_none() -> None:
    pictures = list(scene(1, 6))
    same = found(pictures + [pictures[-1]] * 150, scene(1, 6))
    assert same.score >= SAME
    assert same.rest_a_seconds == pytest.approx(0, abs=1.1)


def test_a_still_picture_matches_itself_only() -> None:
    still = list(scene(1, 0.04)) * 100
    stamped = list(changed(scene(1, 0.04), watermarked("0-2"))) * 100
    assert found(still, changed(still, lambda picture: resized(picture, 320, 180))).score >= SAME
    assert found(still, stamped).score < SAME
    assert found(still, scene(1, 4)).score < SAME


def test_a_fingerprint_holds_at_most_four_kilobytes_a_second_however_much_moves() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (80, 90, 160, 3), dtype=np.uint8)
    assert len(bytes_of(iter(noise), fps=PER_SECOND)) <= 4_000 * 80 / PER_SECOND


def test_the_work_of_a_comparison_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many pictures of the shorter clip are laid over the other, and a handful of places is weighed."""
    weighed: list[object] = []

    def counted(a: Footage, b: Footage, candidate: coarse.Candidate) -> None:
        weighed.append(candidate)

    monkeypatch.setattr(match, "gather", counted)
    found(scene(1, 9), scene(2, 9))
    assert len(weighed) <= 5
    assert max(len(coarse._probes(count)) for count in range(1, 400)) <= 14


def test_lines_of_any_speed_take_the_values_they_run_through_and_nought_beyond_the_ends() -> None:
    similarity = np.arange(1, 13, dtype=np.float32).reshape(4, 3)
    slow = Lines.over(similarity, 0.5)
    for at, offset in enumerate(slow.offsets):
        big = offset + np.rint(np.arange(3) * 0.5).astype(int)
        wanted = [similarity[b, j] if 0 <= b < 4 else 0 for j, b in enumerate(big)]
        assert slow.values[:, at].tolist() == wanted
        assert slow.counts[at] == sum(0 <= b < 4 for b in big)


@pytest.mark.parametrize("shape", [(360, 300), (300, 360), (71, 360), (40, 360)])
def test_layouts_of_long_clips_are_few_and_say_the_same(shape: tuple[int, int]) -> None:
    similarity = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    for speed in (1.0, 1 / 0.3):
        long = Lines.over(similarity, speed)
        _, places, inside, _ = lines._long_layout(*shape, speed)
        assert places.nbytes + inside.nbytes < 3_000_000
        room = np.zeros((shape[1], shape[0] + 1), np.float32)
        room[:, :-1] = similarity.T
        assert np.array_equal(long.values, room.ravel()[lines._layout.__wrapped__(*shape, speed)[1]])
    kept = lines._layout.cache_info()
    for seconds in range(30, 90, 3):
        Lines.over(np.zeros((seconds * PER_SECOND, 360), np.float32), 1.0)
    assert lines._layout.cache_info().currsize == kept.currsize


def test_of_many_long_clips_only_some_are_laid_out_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    prints = [bytes_of(scene(seed, 4)) for seed in (1, 2, 3)]
    laid_out = LaidOut()
    first, second = laid_out.of(prints[0]), laid_out.of(prints[1])
    assert laid_out.of(prints[0]) is first
    monkeypatch.setattr(footage_module, "MOST_SAMPLES", 2 * len(first))
    laid_out.of(prints[2])
    assert laid_out.of(prints[0]) is first
    assert laid_out.of(prints[1]) is not second


def test_a_place_where_blocks_agree_in_nothing_is_given_up() -> None:
    noise = np.random.default_rng(3).normal(size=(2, 16, 27, 48)).astype(np.float32)
    nowhere = coarse.Candidate(score=0.2, small_is_b=True, mirrored=False, line=Line(offset=0))
    assert refine.refine(nowhere, noise[0], noise[1]) is None
    assert refine.refine(nowhere, noise[0], noise[0]) is not None


class Capture:
    """Frames at the container's own times, each as bright as its second."""

    def __init__(self, times: list[float]) -> None:
        self._times, self._at = times, -1

    def grab(self) -> bool:
        self._at += 1
        return self._at < len(self._times)

    def get(self, _: int) -> float:
        return self._times[self._at] * 1000

    def retrieve(self, _: Picture | None) -> tuple[bool, Picture]:
        return True, np.full((90, 160, 3), round(self._times[self._at] * 10), np.uint8)


def sampled(times: list[float], fps: float) -> tuple[list[float], int, float]:
    """The brightness of every picture taken, in seconds; frames; and the end."""
    claim = sample.Claim(width=160, height=90, fps=fps, frames=len(times))
    found = sample.sample(Capture(times), claim, 90)  # type: ignore[arg-type]  # a capture of our own
    return [float(picture.mean()) / 10 for picture in found.frames], found.count, found.seconds


def test_a_variable_frame_rate_is_sampled_by_the_times_of_its_frames() -> None:
    times = [i / 60 for i in range(120)] + [2 + i / 10 for i in range(40)]
    brightness, frames, seconds = sampled(times, fps=26.7)
    assert frames == len(times)
    assert seconds == pytest.approx(5.94, abs=0.02)
    assert brightness == pytest.approx([i / PER_SECOND for i in range(len(brightness))], abs=0.11)


def test_a_gap_beyond_the_longest_clip_is_not_filled() -> None:
    claim = sample.Claim(width=160, height=90, fps=25, frames=3)
    found = sample.sample(Capture([0, 0.5, 1_000_000.0, 1_000_000.3]), claim, 90)  # type: ignore[arg-type]
    assert found.seconds > 90
    assert len(found.frames) == 0.5 * PER_SECOND + 1


def test_a_gap_between_frames_keeps_the_clock() -> None:
    brightness, _, _ = sampled([0, 0.5, 3.0, 3.25], fps=25)
    assert len(brightness) == 3.25 * PER_SECOND + 1
