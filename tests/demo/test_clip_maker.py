"""One goal's worth of real clips, made once for the module and judged by footyd's own eyes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from footyd.config import ClipsConfig
from footyd.demo.clip_maker import Camera, ClipRecipe, Version, make_clip
from footyd.model import Clip, ClipId, ClipState, GoalId, PostId, Rejection
from footyd.stages.fingerprint import Fingerprinted, fingerprint_file, match_fingerprints
from footyd.stages.select import choose_groups, pairs_to_compare

CLIPS = ClipsConfig(min_seconds=3, max_seconds=90, min_height=144, min_aspect=0.75)
BAD = (Version.PORTRAIT, Version.CORRUPT)
GOOD = {
    Camera.MAIN: tuple(version for version in Version if version not in BAD),
    Camera.ANGLE: (Version.BASE, Version.CROPPED, Version.TRIMMED, Version.LOW_QUALITY),
}


def recipe(camera: Camera, version: Version, seed: int = 1) -> ClipRecipe:
    return ClipRecipe(
        name=f"{camera}-{version}-{seed}",
        scene_seed=seed,
        camera=camera,
        version=version,
        caption="VRE 1-0 ETO",
    )


@pytest.fixture(scope="module")
def goal_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every version of the main camera and some of the other."""
    folder = tmp_path_factory.mktemp("goal")
    for camera, versions in GOOD.items():
        for version in versions:
            make_clip(recipe(camera, version), folder)
    return folder


def held(path: Path) -> Clip:
    judged = fingerprint_file(path, CLIPS)
    assert isinstance(judged, Fingerprinted), judged
    return Clip(
        id=ClipId(path.stem),
        goal_id=GoalId("goal"),
        post_id=PostId(path.stem),
        facts=judged.facts,
        fingerprint=judged.fingerprint,
        state=ClipState.HELD,
    )


def test_all_versions_of_a_goal_fall_into_one_group_per_camera_with_the_base_on_top(
    goal_folder: Path,
) -> None:
    clips = [held(path) for path in sorted(goal_folder.glob("*.mp4"))]
    pairs = pairs_to_compare(clips)
    found = match_fingerprints([(a.fingerprint, b.fingerprint) for a, b in pairs])
    matches = {frozenset({a.id, b.id}): match for (a, b), match in zip(pairs, found, strict=True)}
    groups = choose_groups(clips, matches, CLIPS.minimum_match)
    assert {group.keeper: len(group.members) for group in groups} == {
        "main-base-1": len(GOOD[Camera.MAIN]),
        "angle-base-1": len(GOOD[Camera.ANGLE]),
    }


def test_the_base_version_is_better_than_any_other_by_a_margin(goal_folder: Path) -> None:
    pixels = {path.stem: held(path).facts for path in goal_folder.glob("main-*.mp4")}
    base = pixels.pop("main-base-1")
    best_of_the_rest = max(facts.width * facts.height for facts in pixels.values())
    assert base.width * base.height > 1.1 * best_of_the_rest


def test_the_same_recipe_makes_the_same_file(goal_folder: Path, tmp_path: Path) -> None:
    again = make_clip(recipe(Camera.ANGLE, Version.TRIMMED), tmp_path)
    assert again.read_bytes() == (goal_folder / again.name).read_bytes()


@pytest.mark.parametrize(("version", "reason"), [(BAD[0], "portrait"), (BAD[1], "unreadable")])
def test_a_bad_clip_is_turned_down_for_its_own_fault(version: Version, reason: str, tmp_path: Path) -> None:
    judged = fingerprint_file(make_clip(recipe(Camera.MAIN, version), tmp_path), CLIPS)
    assert isinstance(judged, Rejection)
    assert judged.reason == reason


def test_nothing_unfinished_is_left_beside_the_clips(goal_folder: Path) -> None:
    assert len(list(goal_folder.iterdir())) == sum(map(len, GOOD.values()))


def test_the_demo_can_be_imported_without_loading_opencv() -> None:
    """The daemon's process imports the clip maker to send it to a worker."""
    code = "import sys, footyd.demo.world, footyd.demo.clip_maker; sys.exit('cv2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
