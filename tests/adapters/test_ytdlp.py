"""Real yt-dlp in real worker processes against a loopback server of good files and bad answers."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import pytest_asyncio

from footyd.adapters.workers import Workers, open_workers
from footyd.adapters.ytdlp import YtDlp
from footyd.config import ClipsConfig, DownloadConfig, Retry, WorkersConfig
from footyd.model import Rejection
from tests.video import scene, write
from tests.waiting import until

MAX_BYTES = 300_000


class Host(ThreadingHTTPServer):
    """Answers by the first part of the path; counts what it was asked."""

    daemon_threads = True

    def __init__(self, clip: bytes) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.clip = clip
        self.asked: list[str] = []
        self.ranges: list[str] = []
        self.lock = threading.Lock()
        self.here = self.most_here = 0
        self.stopping = threading.Event()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{path}"


class Handler(BaseHTTPRequestHandler):
    server: Host
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        self.server.asked.append(f"{self.command} {self.path}")
        self.close_connection = True
        kind = self.path.strip("/").partition("/")[0].partition(".")[0]
        if kind.isdigit():
            self.answer(int(kind), b"no", "text/plain")
        else:
            getattr(self, f"send_{kind}")()

    def answer(self, status: int, body: bytes, kind: str = "video/mp4", length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if length != -1:
            self.send_header("Content-Length", str(len(body) if length is None else length))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_clip(self) -> None:
        self.answer(200, self.server.clip)

    def send_once(self) -> None:
        """503 at the first GET of the file, then the clip."""
        if sum(line.startswith("GET") for line in self.server.asked) == 1:
            self.answer(503, b"busy", "text/plain")
        else:
            self.answer(200, self.server.clip)

    def send_cut(self) -> None:
        """The first half, then the rest to whoever asks for it."""
        clip = self.server.clip
        start = self.headers.get("Range", "").removeprefix("bytes=").rstrip("-")
        if self.command == "GET":
            self.server.ranges.append(start)
        if start and start != "0":
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(clip) - 1}/{len(clip)}")
            self.send_header("Content-Type", "video/mp4")
            self.send_header("Content-Length", str(len(clip) - int(start)))
            self.end_headers()
            self.wfile.write(clip[int(start) :])
        else:
            self.answer(200, clip[: len(clip) // 2], length=len(clip))

    def send_together(self) -> None:
        """Slowly, counting who is here at the same time."""
        with self.server.lock:
            self.server.here += 1
            self.server.most_here = max(self.server.most_here, self.server.here)
        self.server.stopping.wait(0.1)
        self.answer(200, self.server.clip)
        with self.server.lock:
            self.server.here -= 1

    def send_two(self) -> None:
        video = '<video src="/{}/{}.mp4"></video>'
        page = f"<html><title>Two</title>{video.format('clip', 1)}{video.format('third', 2)}</html>"
        self.answer(200, page.encode(), "text/html")

    def send_third(self) -> None:
        self.answer(200, self.server.clip[: len(self.server.clip) // 3])

    def send_hours(self) -> None:
        """A page that tells of a video of four hours."""
        facts = {
            "@context": "https://schema.org",
            "@type": "VideoObject",
            "name": "Full match",
            "duration": "PT4H",
            "contentUrl": self.server.url("clip/whole.mp4"),
        }
        page = f'<html><title>x</title><script type="application/ld+json">{json.dumps(facts)}</script></html>'
        self.answer(200, page.encode(), "text/html")

    def send_members(self) -> None:
        if self.headers.get("Cookie") == "auth=hunter2":
            self.answer(200, self.server.clip)
        else:
            self.answer(401, b"no", "text/plain")

    def send_html(self) -> None:
        self.answer(200, b"<html><head><title>Welcome</title></head><body>Log on</body></html>", "text/html")

    def send_empty(self) -> None:
        self.answer(200, b"")

    def send_large(self) -> None:
        self.answer(200, bytes(MAX_BYTES + 1))

    def send_unannounced(self) -> None:
        self.answer(200, bytes(4 * MAX_BYTES), length=-1)

    def send_short(self) -> None:
        self.answer(200, self.server.clip, length=len(self.server.clip) + 5_000)

    def send_endless(self) -> None:
        self.answer(200, self.server.clip[:2000], length=100_000)
        while not self.server.stopping.wait(0.05):
            try:
                self.wfile.write(b"x")
            except OSError:
                return

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = write(tmp_path_factory.mktemp("clip") / "clip.mp4", scene(1, 3))
    data = path.read_bytes()
    assert len(data) < MAX_BYTES
    return data


@pytest.fixture
def host(clip: bytes) -> Iterator[Host]:
    host = Host(clip)
    thread = threading.Thread(target=host.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield host
    host.stopping.set()
    host.shutdown()
    thread.join()
    host.server_close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def workers() -> AsyncIterator[Workers]:
    async with open_workers(WorkersConfig(processes=1)) as opened:
        yield opened


pytestmark = pytest.mark.asyncio(loop_scope="module")


def ytdlp(workers: Workers, *, attempts: int = 1, timeout_seconds: float = 60) -> YtDlp:
    retry = Retry(attempts=attempts, first_wait_seconds=0)
    config = DownloadConfig(max_bytes=MAX_BYTES, timeout_seconds=timeout_seconds, retry=retry, per_host=1)
    return YtDlp(workers, lambda: config, ClipsConfig)


async def rejected(
    workers: Workers, host: Host, path: str, into: Path, *, timeout_seconds: float = 60
) -> Rejection:
    """The rejection; nothing may be left on disk."""
    reply = await ytdlp(workers, timeout_seconds=timeout_seconds).fetch(host.url(path), into)
    assert isinstance(reply, Rejection)
    assert list(into.iterdir()) == []
    return reply


async def test_a_plain_file_arrives_whole_and_alone(
    workers: Workers, host: Host, clip: bytes, tmp_path: Path
) -> None:
    reply = await ytdlp(workers).fetch(host.url("clip.mp4"), tmp_path)
    assert isinstance(reply, Path)
    assert reply.read_bytes() == clip
    assert list(tmp_path.iterdir()) == [reply]
    assert reply.suffix == ".mp4"


async def test_the_same_address_replaces_its_file_and_another_does_not(
    workers: Workers, host: Host, tmp_path: Path
) -> None:
    first = await ytdlp(workers).fetch(host.url("clip.mp4"), tmp_path)
    again = await ytdlp(workers).fetch(host.url("clip.mp4"), tmp_path)
    other = await ytdlp(workers).fetch(host.url("clip/other.mp4"), tmp_path)
    assert first == again
    assert other != first


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("404.mp4", ("dead_link", False)),
        ("410.mp4", ("dead_link", False)),
        ("401.mp4", ("needs_login", False)),
        ("403.mp4", ("forbidden", True)),
        ("429.mp4", ("rate_limited", True)),
        ("451.mp4", ("geo_blocked", False)),
        ("500.mp4", ("unreachable", True)),
        ("503.mp4", ("unreachable", True)),
        ("html", ("unsupported", False)),
        ("html.mp4", ("unsupported", False)),
        ("large.mp4", ("too_large", False)),
        ("unannounced.mp4", ("too_large", False)),
        ("short.mp4", ("incomplete", True)),
        ("empty.mp4", ("incomplete", True)),
    ],
)
async def test_a_bad_answer_is_a_typed_reason_and_leaves_nothing(
    workers: Workers, host: Host, tmp_path: Path, path: str, expected: tuple[str, bool]
) -> None:
    reply = await rejected(workers, host, path, tmp_path)
    assert (reply.reason, reply.temporary) == expected, reply


async def test_an_endless_body_is_ended_by_killing_the_process(
    workers: Workers, host: Host, tmp_path: Path
) -> None:
    reply = await rejected(workers, host, "endless.mp4", tmp_path, timeout_seconds=3)
    assert (reply.reason, reply.temporary) == ("timed_out", True)


async def test_a_closed_port_is_unreachable(workers: Workers, tmp_path: Path) -> None:
    reply = await ytdlp(workers).fetch("http://127.0.0.1:9/clip.mp4", tmp_path)
    assert isinstance(reply, Rejection)
    assert (reply.reason, reply.temporary) == ("unreachable", True)


async def test_a_temporary_failure_is_tried_again(workers: Workers, host: Host, tmp_path: Path) -> None:
    reply = await ytdlp(workers, attempts=2).fetch(host.url("once.mp4"), tmp_path)
    assert isinstance(reply, Path)


async def test_a_permanent_failure_is_not_tried_again(workers: Workers, host: Host, tmp_path: Path) -> None:
    await ytdlp(workers, attempts=3).fetch(host.url("404.mp4"), tmp_path)
    once = len(host.asked)
    await ytdlp(workers, attempts=1).fetch(host.url("404.mp4"), tmp_path)
    assert len(host.asked) == 2 * once


async def test_only_http_is_fetched(workers: Workers, tmp_path: Path) -> None:
    reply = await ytdlp(workers).fetch(f"file://{os.devnull}", tmp_path)
    assert isinstance(reply, Rejection)
    assert reply.reason == "unsupported"


async def test_a_second_try_goes_on_where_the_first_was_cut(
    workers: Workers, host: Host, clip: bytes, tmp_path: Path
) -> None:
    reply = await ytdlp(workers, attempts=3).fetch(host.url("cut.mp4"), tmp_path)
    assert isinstance(reply, Path)
    assert reply.read_bytes() == clip
    assert any(start not in {"", "0"} for start in host.ranges)


async def test_one_host_is_asked_by_so_many_downloads_at_once(host: Host, tmp_path: Path) -> None:
    async with open_workers(WorkersConfig(processes=2)) as two:
        fetcher = ytdlp(two)
        urls = [host.url(f"together/{n}.mp4") for n in range(3)]
        replies = await asyncio.gather(*(fetcher.fetch(url, tmp_path) for url in urls))
    assert all(isinstance(reply, Path) for reply in replies)
    assert host.most_here == 1


async def test_each_video_of_a_page_is_a_file_of_its_own(
    workers: Workers, host: Host, clip: bytes, tmp_path: Path
) -> None:
    first = await ytdlp(workers).fetch(host.url("two"), tmp_path, 1)
    second = await ytdlp(workers).fetch(host.url("two"), tmp_path, 2)
    assert isinstance(first, Path)
    assert isinstance(second, Path)
    assert first.read_bytes() == clip
    assert second.read_bytes() == clip[: len(clip) // 3]


async def test_a_video_of_hours_is_refused_before_it_is_fetched(
    workers: Workers, host: Host, tmp_path: Path
) -> None:
    reply = await rejected(workers, host, "hours", tmp_path)
    assert (reply.reason, reply.temporary) == ("too_long", False)
    assert "14400 s" in reply.detail
    assert len([line for line in host.asked if "whole.mp4" in line]) == 1, "its head is looked at, no more"


async def test_a_forbidden_address_is_not_asked_again(workers: Workers, host: Host, tmp_path: Path) -> None:
    await ytdlp(workers, attempts=3).fetch(host.url("403.mp4"), tmp_path)
    once = len(host.asked)
    await ytdlp(workers, attempts=1).fetch(host.url("403.mp4"), tmp_path)
    assert len(host.asked) == 2 * once


async def test_members_only_clips_come_with_a_copy_of_the_cookies(
    workers: Workers, host: Host, clip: bytes, tmp_path: Path
) -> None:
    text = "# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t4102444800\tauth\thunter2\n"
    config = DownloadConfig(max_bytes=MAX_BYTES, retry=Retry(attempts=1))
    fetcher = YtDlp(workers, lambda: config, ClipsConfig, lambda: text)
    reply = await fetcher.fetch(host.url("members.mp4"), tmp_path)
    assert isinstance(reply, Path)
    assert reply.read_bytes() == clip
    assert list(tmp_path.iterdir()) == [reply], "the copy is gone"


async def test_a_download_on_its_way_can_be_looked_at(workers: Workers, host: Host, tmp_path: Path) -> None:
    fetcher = ytdlp(workers)
    task = asyncio.create_task(fetcher.fetch(host.url("endless.mp4"), tmp_path))
    [seen] = await until(lambda: [one for one in fetcher.running() if one.done_bytes], look=0.02)
    assert seen.url == host.url("endless.mp4")
    assert seen.total_bytes == 100_000
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list(fetcher.running()) == []
    assert list(tmp_path.iterdir()) == []
