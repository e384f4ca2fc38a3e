"""`footyd clips`: any folder, for people and for machines."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Footyd


@pytest.fixture
def folders(goal_clips: Path, place: Path) -> Path:
    """Two folders: the goal from two cameras, with a copy, a broken file and names that are no markup."""
    (place / "a/[raw]").mkdir(parents=True)
    (place / "b").mkdir()
    for clip in goal_clips.glob("*.mp4"):
        shutil.copy(clip, place / ("b" if "angle" in clip.name else "a/[raw]") / clip.name.split("12-")[1])
    shutil.copy(place / "a/[raw]/main-base.mp4", place / "b/copy of main.mp4")
    (place / "b/broken :x:.mp4").write_bytes(b"\x00\x00\x00\x1cftypisom" + b"\x00" * 900)
    (place / "b/notes.txt").write_text("no clip")
    return place


def test_json_is_one_object_with_exactly_the_promised_keys_and_nothing_else(
    process: Footyd, folders: Path
) -> None:
    done = process("clips", "a", "b", "--json")
    assert (done.code, done.err, done.out.count("\n")) == (0, "", 1)
    report = json.loads(done.out)
    assert list(report) == ["groups", "unreadable"]
    assert all(list(group) == ["keeper", "members"] for group in report["groups"])
    groups = {group["keeper"]: group["members"] for group in report["groups"]}
    assert groups["b/angle-base.mp4"] == [
        "b/angle-base.mp4",
        "b/angle-letterbox.mp4",
        "b/angle-scaled.mp4",
    ]
    [main] = [group for group in report["groups"] if group["keeper"] != "b/angle-base.mp4"]
    assert main["keeper"] in ("a/[raw]/main-base.mp4", "b/copy of main.mp4")
    assert main["members"] == [
        "a/[raw]/main-base.mp4",
        "a/[raw]/main-cropped.mp4",
        "a/[raw]/main-trimmed.mp4",
        "b/copy of main.mp4",
    ]
    [broken] = report["unreadable"]
    assert list(broken) == ["path", "reason"]
    assert broken["path"] == "b/broken :x:.mp4"
    assert broken["reason"]


def test_people_see_each_keeper_with_its_copies_by_their_own_names(footyd: Footyd, folders: Path) -> None:
    done = footyd("clips", "a", "b")
    assert done.code == 0
    assert "    also a/[raw]/main-trimmed.mp4\n" in done.out
    assert "unreadable: b/broken :x:.mp4: " in done.out
    assert done.out.endswith("2 distinct, 5 copies, 1 unreadable\n")


def test_explained_copies_tell_what_decided_against_them(footyd: Footyd, folders: Path) -> None:
    [copy] = [
        line for line in footyd("clips", "a", "b", "--explain").out.splitlines() if "main-trimmed" in line
    ]
    assert "main-trimmed.mp4 (" in copy
    assert ", of the one kept " in copy


def test_a_path_longer_than_80_columns_stays_on_one_line(footyd: Footyd, folders: Path) -> None:
    deep = Path("a") / ("d" * 90)
    deep.mkdir()
    shutil.copy("a/[raw]/main-base.mp4", deep / "clip.mp4")
    assert f"{deep}/clip.mp4\n" in footyd("clips", deep).out


def test_a_folder_without_clips_is_no_error(footyd: Footyd, place: Path) -> None:
    (place / "empty").mkdir()
    done = footyd("clips", "empty", "--json")
    assert (done.code, json.loads(done.out)) == (0, {"groups": [], "unreadable": []})
    assert footyd("clips", "empty").out == "0 distinct, 0 copies, 0 unreadable\n"


def test_a_missing_folder_leaves_stdout_empty(footyd: Footyd, place: Path) -> None:
    (place / "there").mkdir()
    done = footyd("clips", "there", "nowhere", "--json")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("footyd: nowhere does not exist. ")
    assert done.err.count("\n") == 1


def test_a_name_that_is_not_utf_8_comes_through_json_unharmed(process: Footyd, place: Path) -> None:
    name = os.fsdecode(b"caf\xe9.mp4")
    (place / "odd").mkdir()
    (place / "odd" / name).write_bytes(b"no video")
    done = process("clips", "odd", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["unreadable"][0]["path"] == f"odd/{name}"
    assert "caf\\udce9.mp4" in process("clips", "odd").out
