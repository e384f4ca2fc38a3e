"""The one door to yt-dlp: one download per task in a worker process, answered by a file or a typed reason."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from footyd.adapters.tries import tried
from footyd.adapters.ytdlp_reasons import FORBIDDEN
from footyd.adapters.ytdlp_worker import PROGRESS, Order, fetch_in_worker
from footyd.errors import WorkerError
from footyd.model import Rejection

if TYPE_CHECKING:
    from footyd.adapters.workers import Workers
    from footyd.config import ClipsConfig, DownloadConfig

SOCKET_SECONDS = 20


def no_cookies() -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A download on its way; `total_bytes` is 0 until it is known."""

    url: str
    done_bytes: int
    total_bytes: int


class YtDlp:
    """Fetches with retries, at most so many at once from one host; a file comes whole or not at all.

    One for the life of the process: the configuration is asked for at each download. `cookies` gives the text
    of a cookies.txt, for posts that are shown to members only.
    """

    def __init__(
        self,
        workers: Workers,
        config: Callable[[], DownloadConfig],
        clips: Callable[[], ClipsConfig],
        cookies: Callable[[], str] = no_cookies,
    ) -> None:
        self._workers = workers
        self._config = config
        self._clips = clips
        self._cookies = cookies
        self._at_host = Counter[str]()
        self._free = asyncio.Condition()
        self._running: dict[Path, str] = {}

    async def fetch(self, url: str, into: Path, item: int = 1) -> Path | Rejection:
        """The `item`-th video of `url` as one file in the existing folder `into`, or why there is none.

        What a try that failed has fetched already is not fetched again by the next.
        """
        scratch = Path(tempfile.mkdtemp(dir=into, prefix=".download-"))
        self._running[scratch] = url
        try:
            async with self._one_at_host(urlsplit(url).netloc):
                once = partial(self._fetch_once, url, item, scratch)
                file = await tried(once, _TryAgainError, self._config().retry)
                return file if isinstance(file, Rejection) else _kept(file, into, url, item)
        except _TryAgainError as exc:
            return exc.rejection
        finally:
            del self._running[scratch]
            shutil.rmtree(scratch, ignore_errors=True)

    def running(self) -> Iterator[Progress]:
        """The downloads of this moment."""
        for scratch, url in self._running.items():
            done, total = _read_progress(scratch / PROGRESS)
            yield Progress(url=url, done_bytes=done, total_bytes=total)

    @asynccontextmanager
    async def _one_at_host(self, host: str) -> AsyncIterator[None]:
        async with self._free:
            await self._free.wait_for(lambda: self._at_host[host] < self._config().per_host)
            self._at_host[host] += 1
        try:
            yield
        finally:
            self._at_host[host] -= 1
            if not self._at_host[host]:
                del self._at_host[host]
            async with self._free:
                self._free.notify_all()

    def _order(self, url: str, item: int, scratch: Path) -> Order:
        config = self._config()
        return Order(
            url=url,
            folder=scratch,
            item=item,
            max_bytes=config.max_bytes,
            max_height=config.max_height,
            max_seconds=self._clips().max_seconds,
            socket_seconds=min(SOCKET_SECONDS, config.timeout_seconds),
            cookies=self._cookies(),
        )

    async def _fetch_once(self, url: str, item: int, scratch: Path) -> Path | Rejection:
        order = self._order(url, item, scratch)
        try:
            reply = await self._workers.run(
                fetch_in_worker, order, timeout_seconds=self._config().timeout_seconds
            )
        except WorkerError as exc:
            reason = "timed_out" if exc.timed_out else "crashed"
            return Rejection(reason=reason, temporary=True, detail=str(exc))
        if isinstance(reply, Rejection) and reply.temporary and reply.reason != FORBIDDEN:
            raise _TryAgainError(
                reply
            )  # a signed address that ran out stays so: the post leads to a fresh one
        return reply


class _TryAgainError(Exception):
    def __init__(self, rejection: Rejection) -> None:
        super().__init__(f"{rejection.reason}: {rejection.detail}")
        self.rejection = rejection


def _kept(file: Path, into: Path, url: str, item: int) -> Path:
    return file.replace(into / f"{_digest(f'{url} {item}')}{file.suffix}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _read_progress(file: Path) -> tuple[int, int]:
    try:
        done, total = file.read_text().split()
        return int(done), int(total)
    except (OSError, ValueError):
        return 0, 0
