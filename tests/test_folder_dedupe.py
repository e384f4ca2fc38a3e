"""A folder of real files, judged by real worker processes."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from footyd.adapters.workers import Workers, open_workers
from footyd.config import ClipsConfig, Config, WorkersConfig
from footyd.errors import FootydError
from footyd.folder_dedupe import FolderReport, dedupe_folders, find_videos
from tests.video import VARIANTS, changed, letterboxed, scaled, scene, write

CONFIG = Config(clips=ClipsConfig(max_seconds=20))


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    async with open_workers(WorkersConfig(processes=2)) as opened:
        yield opened


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scene 1 thrice, scene 2 twice, a copy, a broken file, a text."""
    root = tmp_path_factory.mktemp("folder")
    (root / "deep" / "er").mkdir(parents=True)
    write(root / "one.mp4", scene(1))
    write(root / "deep" / "one_small.mp4", changed(scene(1), scaled(320, 180)))
    write(root / "deep" / "er" / "one_logo.mp4", changed(scene(1), VARIANTS["watermarked"]))
    write(root / "two.mp4", scene(2))
    write(root / "deep" / "two_boxed.mp4", changed(scene(2), VARIANTS["letterboxed"]))
    shutil.copy(root / "two.mp4", root / "two_copy.mp4")
    (root / "broken.mp4").write_bytes((root / "one.mp4").read_bytes()[:20_000])
    (root / "notes.txt").write_text("not a video")
    return root


async def test_a_folder_falls_into_groups_with_one_keeper_each(workers: Workers, folder: Path) -> None:
    report = await dedupe_folders([folder], workers, CONFIG)
    groups = {
        group.keeper.stem: {str(member.relative_to(folder)) for member in group.members}
        for group in report.groups
    }
    assert sorted(map(sorted, groups.values())) == [
        ["deep/er/one_logo.mp4", "deep/one_small.mp4", "one.mp4"],
        ["deep/two_boxed.mp4", "two.mp4", "two_copy.mp4"],
    ]
    assert "one_small" not in groups
    assert [(path.name, reason.partition(":")[0]) for path, reason in report.unreadable] == [
        ("broken.mp4", "unreadable")
    ]


async def test_a_copy_with_bars_does_not_win_over_its_original(workers: Workers, tmp_path: Path) -> None:
    write(tmp_path / "a_boxed.mp4", changed(scene(1), letterboxed(54)))
    write(tmp_path / "original.mp4", scene(1))
    report = await dedupe_folders([tmp_path], workers, CONFIG)
    assert [group.keeper.name for group in report.groups] == ["original.mp4"]


async def test_the_order_of_the_arguments_changes_nothing(workers: Workers, folder: Path) -> None:
    files = find_videos([folder])
    forth = await dedupe_folders(files, workers, CONFIG)
    back = await dedupe_folders([folder, *reversed(files)], workers, CONFIG)
    assert forth == back


async def test_progress_ends_with_all_files(workers: Workers, folder: Path) -> None:
    told: list[tuple[int, int]] = []
    await dedupe_folders([folder / "deep"], workers, CONFIG, lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


async def test_a_missing_path_is_named(workers: Workers, tmp_path: Path) -> None:
    with pytest.raises(FootydError, match="nowhere") as caught:
        await dedupe_folders([tmp_path / "nowhere"], workers, CONFIG)
    assert caught.value.remedy


async def test_an_empty_folder_has_no_groups(workers: Workers, tmp_path: Path) -> None:
    assert await dedupe_folders([tmp_path], workers, CONFIG) == FolderReport(groups=(), unreadable=())


async def test_portrait_and_short_clips_are_compared_too(workers: Workers, tmp_path: Path) -> None:
    write(tmp_path / "narrow.mp4", changed(scene(1, 4), scaled(180, 320)))
    write(tmp_path / "brief.mp4", scene(2, 1))
    report = await dedupe_folders([tmp_path], workers, CONFIG)
    assert [group.keeper.name for group in report.groups] == ["brief.mp4", "narrow.mp4"]


async def test_a_clip_beyond_the_longest_is_named_with_its_reason(workers: Workers, tmp_path: Path) -> None:
    write(tmp_path / "long.mp4", scene(1, 5))
    report = await dedupe_folders([tmp_path], workers, Config(clips=ClipsConfig(max_seconds=4)))
    assert [reason.partition(":")[0] for _, reason in report.unreadable] == ["too_long"]
