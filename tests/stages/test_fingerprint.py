"""Judging and matching real files: what is refused and why, what is the same footage, what is not."""

from __future__ import annotations

import itertools
import pickle
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from footyd.adapters.workers import open_workers
from footyd.config import ClipsConfig, WorkersConfig
from footyd.model import Fingerprint, Match, Rejection
from footyd.stages.fingerprint import FINGERPRINT_VERSION, Fingerprinted, fingerprint_file, match_fingerprints
from tests.video import (
    FPS,
    HEIGHT,
    WIDTH,
    Picture,
    changed,
    letterboxed,
    scaled,
    scene,
    write,
    write_variants,
)

CONFIG = ClipsConfig()


def judged(path: Path, config: ClipsConfig = CONFIG) -> Fingerprinted:
    reply = fingerprint_file(path, config)
    assert isinstance(reply, Fingerprinted), reply
    return reply


def refused(path: Path, config: ClipsConfig = CONFIG) -> str:
    reply = fingerprint_file(path, config)
    assert isinstance(reply, Rejection), reply
    assert not reply.temporary
    return reply.reason


def match(a: Path, b: Path) -> Match:
    return match_fingerprints([(judged(a).fingerprint, judged(b).fingerprint)])[0]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("clip") / "clip.mp4", scene(1, 6))


@pytest.fixture(scope="module")
def variants(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """Two scenes on one pitch, each in a dozen files."""
    folder = tmp_path_factory.mktemp("variants")
    return {"a": write_variants(folder, "a", 1), "b": write_variants(folder, "b", 2)}


def test_importing_the_stage_loads_neither_opencv_nor_numpy() -> None:
    code = "import sys, footyd.stages.fingerprint; print({'cv2', 'numpy'} & set(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "set()"


def test_the_facts_are_those_of_the_decoded_file(clip: Path) -> None:
    facts = judged(clip).facts
    assert (facts.width, facts.height, facts.fps, facts.frames) == (WIDTH, HEIGHT, FPS, 150)
    assert facts.duration_seconds == pytest.approx(6, abs=0.05)
    assert facts.size_bytes == clip.stat().st_size
    assert len(facts.sha256) == 64
    assert facts.container == "mp4"


def test_a_clip_without_bars_reports_none(clip: Path) -> None:
    facts = judged(clip).facts
    assert (facts.content_width, facts.content_height) == (None, None)


@pytest.mark.parametrize("bar", [20, 54, 90])
def test_a_padded_copy_reports_the_picture_inside_its_bars(tmp_path: Path, bar: int) -> None:
    facts = judged(write(tmp_path / "a.mp4", changed(scene(1, 4), letterboxed(bar)))).facts
    assert facts.height == HEIGHT + 2 * bar
    assert facts.content_width == WIDTH
    assert facts.content_height == pytest.approx(HEIGHT, abs=4)


def test_white_bars_at_the_sides_are_bars_too(tmp_path: Path) -> None:
    def pillarboxed(picture: Picture) -> Picture:
        return np.pad(picture, ((0, 0), (60, 60), (0, 0)), constant_values=255)

    facts = judged(write(tmp_path / "a.mp4", changed(scene(1, 4), pillarboxed))).facts
    assert facts.content_width == pytest.approx(WIDTH, abs=4)
    assert facts.content_height == HEIGHT


def test_bars_that_leave_less_than_half_the_frame_are_none(tmp_path: Path) -> None:
    def narrowed(picture: Picture) -> Picture:
        return np.pad(picture, ((0, 0), (WIDTH, WIDTH), (0, 0)))

    facts = judged(write(tmp_path / "a.mp4", changed(scene(1, 4), narrowed))).facts
    assert (facts.content_width, facts.content_height) == (None, None)


def test_a_fade_from_black_is_no_bar(tmp_path: Path) -> None:
    black = [np.zeros((HEIGHT, WIDTH, 3), np.uint8)] * round(FPS)
    facts = judged(write(tmp_path / "a.mp4", itertools.chain(black, scene(1, 4)))).facts
    assert (facts.content_width, facts.content_height) == (None, None)


def test_a_fingerprint_is_compact_versioned_and_deterministic(clip: Path) -> None:
    first, second = judged(clip), judged(clip)
    assert first == second
    assert first.fingerprint.version == FINGERPRINT_VERSION
    assert len(first.fingerprint.data) < 3_000 * first.facts.duration_seconds
    assert pickle.loads(pickle.dumps(first)) == first  # noqa: S301  # our own bytes


def test_a_text_that_calls_itself_a_video_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("<html>Log on</html>" * 100)
    assert refused(tmp_path / "a.mp4") == "unreadable"


def test_an_empty_file_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    assert refused(tmp_path / "a.mp4") == "unreadable"


def test_a_playlist_that_names_other_addresses_is_never_opened(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("#EXTM3U\n#EXTINF:5,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n")
    assert refused(tmp_path / "a.mp4") == "unreadable"


def test_a_file_without_its_index_is_unreadable(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    assert refused(tmp_path / "a.mp4") == "unreadable"


def test_frames_that_the_file_claims_but_does_not_hold_make_it_truncated(tmp_path: Path) -> None:
    path = write(tmp_path / "a.avi", scene(1, 6), codec="MJPG")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    assert refused(path) == "truncated"


def test_a_clip_is_too_short_or_too_long_by_the_config(clip: Path) -> None:
    assert refused(clip, ClipsConfig(min_seconds=7)) == "too_short"
    assert refused(clip, ClipsConfig(min_seconds=1, max_seconds=5)) == "too_long"


def test_a_narrow_picture_is_portrait(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", changed(scene(1, 4), scaled(180, 320)))
    assert refused(path) == "portrait"


def test_a_low_picture_is_too_small(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", changed(scene(1, 4), scaled(160, 90)))
    assert refused(path) == "too_small"


def test_a_picture_beyond_4k_is_not_decoded(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", changed(scene(1, 0.2), scaled(4096, 2304)))
    assert refused(path) == "too_large"


async def test_every_variant_of_a_scene_matches_every_other_and_none_of_the_other_scene(
    variants: dict[str, list[Path]],
) -> None:
    scene_of = {path: name for name, paths in variants.items() for path in paths}
    async with open_workers(WorkersConfig(processes=2)) as workers:
        replies = [await workers.run(fingerprint_file, path, CONFIG, timeout_seconds=60) for path in scene_of]
        prints = [reply.fingerprint for reply in replies if isinstance(reply, Fingerprinted)]
        assert len(prints) == len(scene_of), replies
        pairs = list(itertools.combinations(prints, 2))
        matches = await workers.run(match_fingerprints, pairs, timeout_seconds=300)
    wrong = [
        (a.name, b.name, found.score)
        for (a, b), found in zip(itertools.combinations(scene_of, 2), matches, strict=True)
        if (found.score >= CONFIG.minimum_match) != (scene_of[a] == scene_of[b])
    ]
    assert wrong == []


def test_a_trimmed_copy_tells_where_it_lies_in_the_whole(clip: Path, tmp_path: Path) -> None:
    found = match(clip, write(tmp_path / "a.mp4", scene(1, 4, start=1)))
    assert found.offset_seconds == pytest.approx(1, abs=0.13)
    assert found.overlap_seconds == pytest.approx(4, abs=0.26)
    assert found.coverage_a == pytest.approx(4 / 6, abs=0.05)
    assert found.coverage_b == pytest.approx(1, abs=0.05)


def test_a_match_reads_the_same_from_both_sides(clip: Path, tmp_path: Path) -> None:
    trimmed = write(tmp_path / "a.mp4", scene(1, 4, start=1))
    there, back = match(clip, trimmed), match(trimmed, clip)
    assert back.score == pytest.approx(there.score, abs=0.05)
    assert back.offset_seconds == pytest.approx(-there.offset_seconds, abs=0.13)


def test_a_mirrored_copy_is_recognised_as_such(variants: dict[str, list[Path]]) -> None:
    by_name = {path.stem: path for path in variants["a"]}
    assert match(by_name["a_original"], by_name["a_mirrored"]).mirrored
    assert not match(by_name["a_original"], by_name["a_scaled"]).mirrored


def test_other_seconds_of_the_same_scene_do_not_match(tmp_path: Path) -> None:
    early = write(tmp_path / "early.mp4", scene(1, 5))
    late = write(tmp_path / "late.mp4", scene(1, 5, start=7))
    assert match(early, late).score < CONFIG.minimum_match


def test_a_shared_intro_does_not_make_two_scenes_one(tmp_path: Path) -> None:
    first = write(tmp_path / "a.mp4", itertools.chain(scene(9, 3), scene(1, 6)))
    second = write(tmp_path / "b.mp4", itertools.chain(scene(9, 3), scene(2, 6)))
    assert match(first, second).score < CONFIG.minimum_match


def test_a_picture_between_blurred_copies_is_the_content(tmp_path: Path) -> None:
    grass = np.random.default_rng(0).integers(0, 30, (HEIGHT, WIDTH, 1), dtype=np.uint8)

    def framed(picture: Picture) -> Picture:
        around = cv2.GaussianBlur(cv2.resize(picture, (WIDTH, 2 * HEIGHT)), (0, 0), 25)
        around[HEIGHT // 2 : HEIGHT // 2 + HEIGHT] = picture + grass
        return np.asarray(around, np.uint8)

    facts = judged(write(tmp_path / "a.mp4", changed(scene(1, 4), framed))).facts
    assert facts.content_width == WIDTH
    assert facts.content_height == pytest.approx(HEIGHT, abs=20)


def test_fingerprints_of_other_versions_never_match(clip: Path) -> None:
    ours = judged(clip).fingerprint
    other = Fingerprint(version=FINGERPRINT_VERSION + 1, data=ours.data)
    assert [found.score for found in match_fingerprints([(ours, other), (other, other)])] == [0, 0]
