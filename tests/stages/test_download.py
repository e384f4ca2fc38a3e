"""The ways to a candidate's video, in order, under the free-space floor."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from footyd.config import DownloadConfig
from footyd.model import Candidate, CandidateState, GoalId, Media, Post, PostId, Rejection, Variant
from footyd.stages.download import Fetched, download_candidate, sizes_of

DIRECT = "https://video.example/goal.mp4"
POST = "https://x.example/fan/status/1"
ANY = DownloadConfig(min_free_bytes=0)
DEAD = Rejection(reason="dead_link")
BUSY = Rejection(reason="unreachable", temporary=True)


@dataclass
class FakeDownloader:
    replies: dict[str, Path | Rejection]
    asked: list[str] = field(default_factory=list)
    items: list[int] = field(default_factory=list)

    async def fetch(self, url: str, into: Path, item: int = 1) -> Path | Rejection:
        self.asked.append(url)
        self.items.append(item)
        return self.replies[url]


def candidate(*media: str | None) -> Candidate:
    post = Post(
        id=PostId("1"),
        url=POST,
        author="fan",
        text="GOAL",
        posted_at=datetime(2026, 5, 1, tzinfo=UTC),
        media=tuple(Media(url=url) for url in media),
        source="nitter",
    )
    return Candidate(goal_id=GoalId("g"), post=post, score=1, state=CandidateState.ACCEPTED)


async def test_the_direct_file_is_fetched_first_and_is_enough(tmp_path: Path) -> None:
    downloader = FakeDownloader({DIRECT: tmp_path / "clip.mp4"})
    reply = await download_candidate(
        candidate(DIRECT), downloader, tmp_path, DownloadConfig(min_free_bytes=0)
    )
    assert reply == Fetched(file=tmp_path / "clip.mp4")
    assert downloader.asked == [DIRECT]


async def test_the_post_is_opened_when_the_direct_file_is_gone(tmp_path: Path) -> None:
    downloader = FakeDownloader({DIRECT: DEAD, POST: tmp_path / "clip.mp4"})
    reply = await download_candidate(
        candidate(DIRECT), downloader, tmp_path, DownloadConfig(min_free_bytes=0)
    )
    assert reply == Fetched(file=tmp_path / "clip.mp4")
    assert downloader.asked == [DIRECT, POST]


async def test_the_post_is_opened_at_once_when_no_direct_file_is_known(tmp_path: Path) -> None:
    downloader = FakeDownloader({POST: tmp_path / "clip.mp4"})
    await download_candidate(candidate(None), downloader, tmp_path, ANY)
    assert downloader.asked == [POST]


async def test_a_way_that_may_work_later_makes_the_rejection_temporary(tmp_path: Path) -> None:
    downloader = FakeDownloader({DIRECT: BUSY, POST: DEAD})
    assert await download_candidate(candidate(DIRECT), downloader, tmp_path, ANY) == BUSY


async def test_the_last_reason_stands_when_every_way_is_closed_for_good(tmp_path: Path) -> None:
    login = Rejection(reason="needs_login")
    downloader = FakeDownloader({DIRECT: DEAD, POST: login})
    assert await download_candidate(candidate(DIRECT), downloader, tmp_path, ANY) == login


async def test_why_a_file_was_refused_is_told_rather_than_that_its_post_is_gone(tmp_path: Path) -> None:
    """A host that never ended was once known as a dead link: the post's own page had been tried after it."""
    large = Rejection(reason="too_large")
    downloader = FakeDownloader({DIRECT: large, POST: DEAD})
    assert await download_candidate(candidate(DIRECT), downloader, tmp_path, ANY) == large


async def test_nothing_is_fetched_below_the_free_space_floor(tmp_path: Path) -> None:
    downloader = FakeDownloader({})
    reply = await download_candidate(
        candidate(DIRECT), downloader, tmp_path, DownloadConfig(min_free_bytes=2**60)
    )
    assert isinstance(reply, Rejection)
    assert (reply.reason, reply.temporary) == ("disk_full", True)
    assert downloader.asked == []


async def test_the_folder_is_made(tmp_path: Path) -> None:
    into = tmp_path / "work" / "goal"
    await download_candidate(
        candidate(), FakeDownloader({POST: DEAD}), into, DownloadConfig(min_free_bytes=0)
    )
    assert into.is_dir()


# ---------------------------------------------------------------- several sizes


def variant(lines: int, bit_rate: int = 0, kind: str = "video/mp4") -> Variant:
    width = lines * 16 // 9
    return Variant(
        url=f"{lines}-{bit_rate}",
        content_type=kind,
        bit_rate=bit_rate or lines * 1000,
        width=width,
        height=lines,
    )


STREAM = variant(1080, kind="application/x-mpegURL")


@pytest.mark.parametrize(
    ("variants", "small", "best"),
    [
        ((variant(720), variant(360), variant(270)), 360, 720),
        ((variant(1080), variant(720), variant(480)), 480, 1080),
        ((variant(2160), variant(1080), variant(480)), 480, 1080),  # more lines than download.max_height
        ((STREAM, variant(720), variant(360)), 360, 720),
        ((variant(720), variant(720, 99)), None, None),  # the same size twice: nothing to gain
        ((variant(360), variant(270)), None, None),
        ((variant(270), variant(180)), None, None),
        ((variant(720),), None, None),
        ((), None, None),
    ],
)
def test_the_smallest_that_shows_enough_comes_first(
    variants: tuple[Variant, ...], small: int | None, best: int | None
) -> None:
    found = sizes_of(Media(url="x", variants=variants), ANY)
    assert tuple(v.height if v else None for v in found) == (small, best)


def test_lines_are_counted_across_the_shorter_side() -> None:
    tall = replace(variant(360), width=360, height=640)
    large = replace(variant(720), width=720, height=1280)
    assert sizes_of(Media(url="x", variants=(large, tall)), ANY) == (tall, large)


def test_looking_first_can_be_switched_off() -> None:
    media = Media(url="x", variants=(variant(720), variant(360)))
    assert sizes_of(media, DownloadConfig(first_look_lines=0)) == (None, None)


async def test_the_small_file_is_fetched_and_the_better_one_remembered(tmp_path: Path) -> None:
    small, best = variant(360), variant(720)
    post = replace(candidate().post, media=(Media(url=best.url, variants=(best, small)),))
    downloader = FakeDownloader({small.url: tmp_path / "clip.mp4"})
    reply = await download_candidate(replace(candidate(), post=post), downloader, tmp_path, ANY)
    assert reply == Fetched(file=tmp_path / "clip.mp4", better=best)
    assert downloader.asked == [small.url]


async def test_without_the_small_file_the_others_are_tried(tmp_path: Path) -> None:
    small, best = variant(360), variant(720)
    post = replace(candidate().post, media=(Media(url=best.url, variants=(best, small)),))
    downloader = FakeDownloader({small.url: DEAD, best.url: tmp_path / "clip.mp4"})
    reply = await download_candidate(replace(candidate(), post=post), downloader, tmp_path, ANY)
    assert reply == Fetched(file=tmp_path / "clip.mp4")


async def test_the_second_video_of_a_post_is_asked_for_where_the_post_is_opened(tmp_path: Path) -> None:
    post = replace(candidate(DIRECT).post, item=2)
    downloader = FakeDownloader({DIRECT: DEAD, POST: tmp_path / "clip.mp4"})
    await download_candidate(replace(candidate(), post=post), downloader, tmp_path, ANY)
    assert list(zip(downloader.asked, downloader.items, strict=True)) == [(DIRECT, 1), (POST, 2)]
