"""The ways to a candidate's video, in order, under the free-space floor."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from footyd.model import Candidate, CandidateState, GoalId, Media, Post, PostId, Rejection
from footyd.stages.download import download_candidate

DIRECT = "https://video.example/goal.mp4"
POST = "https://x.example/fan/status/1"
DEAD = Rejection(reason="dead_link")
BUSY = Rejection(reason="unreachable", temporary=True)


@dataclass
class FakeDownloader:
    replies: dict[str, Path | Rejection]
    asked: list[str] = field(default_factory=list)

    async def fetch(self, url: str, into: Path) -> Path | Rejection:
        self.asked.append(url)
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
    reply = await download_candidate(candidate(DIRECT), downloader, tmp_path, min_free_bytes=0)
    assert reply == tmp_path / "clip.mp4"
    assert downloader.asked == [DIRECT]


async def test_the_post_is_opened_when_the_direct_file_is_gone(tmp_path: Path) -> None:
    downloader = FakeDownloader({DIRECT: DEAD, POST: tmp_path / "clip.mp4"})
    reply = await download_candidate(candidate(DIRECT), downloader, tmp_path, min_free_bytes=0)
    assert reply == tmp_path / "clip.mp4"
    assert downloader.asked == [DIRECT, POST]


async def test_the_post_is_opened_at_once_when_no_direct_file_is_known(tmp_path: Path) -> None:
    downloader = FakeDownloader({POST: tmp_path / "clip.mp4"})
    await download_candidate(candidate(None), downloader, tmp_path, min_free_bytes=0)
    assert downloader.asked == [POST]


async def test_a_way_that_may_work_later_makes_the_rejection_temporary(tmp_path: Path) -> None:
    downloader = FakeDownloader({DIRECT: BUSY, POST: DEAD})
    assert await download_candidate(candidate(DIRECT), downloader, tmp_path, min_free_bytes=0) == BUSY


async def test_the_last_reason_stands_when_every_way_is_closed_for_good(tmp_path: Path) -> None:
    login = Rejection(reason="needs_login")
    downloader = FakeDownloader({DIRECT: DEAD, POST: login})
    assert await download_candidate(candidate(DIRECT), downloader, tmp_path, min_free_bytes=0) == login


async def test_nothing_is_fetched_below_the_free_space_floor(tmp_path: Path) -> None:
    downloader = FakeDownloader({})
    reply = await download_candidate(candidate(DIRECT), downloader, tmp_path, min_free_bytes=2**60)
    assert isinstance(reply, Rejection)
    assert (reply.reason, reply.temporary) == ("disk_full", True)
    assert downloader.asked == []


async def test_the_folder_is_made(tmp_path: Path) -> None:
    into = tmp_path / "work" / "goal"
    await download_candidate(candidate(), FakeDownloader({POST: DEAD}), into, min_free_bytes=0)
    assert into.is_dir()
