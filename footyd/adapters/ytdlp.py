"""The one door to yt-dlp: one download per task in a worker process, answered by a file or a typed reason."""

from __future__ import annotations

import errno
import hashlib
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import stamina

from footyd.errors import WorkerError
from footyd.model import Rejection

if TYPE_CHECKING:  # a worker process imports this module and needs no pydantic
    from footyd.adapters.workers import Workers
    from footyd.config import DownloadConfig

SOCKET_SECONDS = 20
DETAIL_LENGTH = 300

NO_VIDEO_FILE = "no_video_file"
NEEDS_LOGIN = "needs_login"
DEAD_LINK = "dead_link"
GEO_BLOCKED = "geo_blocked"
TOO_LARGE = "too_large"
UNSUPPORTED = "unsupported"
UNREACHABLE = "unreachable"

_STATUS_REASONS = {
    401: (NEEDS_LOGIN, False),
    403: ("forbidden", True),  # signed addresses run out: the post may lead to a fresh one
    408: (UNREACHABLE, True),
    425: (UNREACHABLE, True),
    429: ("rate_limited", True),
    451: (GEO_BLOCKED, False),
}
_MESSAGE_REASONS = (
    (r"no video could be found|not a video|requested format is not available", NO_VIDEO_FILE, False),
    (r"no video formats|unsupported url|no suitable extractor", UNSUPPORTED, False),
    (r"log ?in|sign in|authenticat|age.restricted|nsfw|protected|cookies", NEEDS_LOGIN, False),
    (r"not available (in|from) your|geo.?restrict", GEO_BLOCKED, False),
    (r"suspended|deleted|removed|does(n't| not) exist|no longer|not found|unavailable", DEAD_LINK, False),
    (r"too short|did not get any data|bytes read|more expected", "incomplete", True),
    (r"timed? ?out|connection|resolve|network|ssl|unable to download", UNREACHABLE, True),
)


class YtDlp:
    """Fetches with retries; a file comes whole or not at all."""

    def __init__(self, workers: Workers, config: DownloadConfig) -> None:
        self._workers = workers
        self._config = config

    async def fetch(self, url: str, into: Path) -> Path | Rejection:
        """The first video of `url` as one file in the existing folder `into`, or why there is none."""
        first_wait = self._config.retry.first_wait_seconds
        try:
            async for attempt in stamina.retry_context(
                on=_TryAgainError,
                attempts=self._config.retry.attempts,
                timeout=None,
                wait_initial=first_wait,
                wait_max=first_wait * 2**self._config.retry.attempts,
                wait_jitter=first_wait / 10,
            ):
                with attempt:
                    return await self._fetch_once(url, into)
        except _TryAgainError as exc:
            return exc.rejection
        raise AssertionError("stamina neither returned nor raised")

    async def _fetch_once(self, url: str, into: Path) -> Path | Rejection:
        scratch = Path(tempfile.mkdtemp(dir=into, prefix=".download-"))
        order = _Order(
            url=url,
            folder=scratch,
            max_bytes=self._config.max_bytes,
            max_height=self._config.max_height,
            socket_seconds=min(SOCKET_SECONDS, self._config.timeout_seconds),
        )
        try:
            reply = await self._workers.run(
                fetch_in_worker, order, timeout_seconds=self._config.timeout_seconds
            )
            if isinstance(reply, Rejection):
                return _again_if_temporary(reply)
            return reply.replace(into / f"{_digest(url)}{reply.suffix}")
        except WorkerError as exc:
            reason = "timed_out" if exc.timed_out else "crashed"
            return Rejection(reason=reason, temporary=True, detail=str(exc))
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


class _TryAgainError(Exception):
    def __init__(self, rejection: Rejection) -> None:
        super().__init__(f"{rejection.reason}: {rejection.detail}")
        self.rejection = rejection


def _again_if_temporary(rejection: Rejection) -> Rejection:
    if rejection.temporary:
        raise _TryAgainError(rejection)
    return rejection


def _digest(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:16]


# ---------------------------------------------------------------- in the worker


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    url: str
    folder: Path
    max_bytes: int
    max_height: int
    socket_seconds: float


def fetch_in_worker(order: _Order) -> Path | Rejection:
    """One try, without retries of yt-dlp's own; what it leaves in `order.folder` belongs to the caller."""
    import yt_dlp  # noqa: PLC0415  # 0.3 s and 30 MB that the daemon does not pay

    if not order.url.startswith(("http://", "https://")):
        return Rejection(reason=UNSUPPORTED, detail="not an http address")
    try:
        with yt_dlp.YoutubeDL(_options(order)) as ydl:
            ydl.extract_info(order.url)
    except _TooLargeError as exc:
        return Rejection(reason=TOO_LARGE, detail=str(exc))
    except (yt_dlp.utils.YoutubeDLError, OSError) as exc:
        return _judge(exc)
    except (AttributeError, LookupError, TypeError, ValueError) as exc:  # yt-dlp on posts it does not expect
        return Rejection(reason=UNSUPPORTED, detail=f"{type(exc).__name__}: {exc}"[:DETAIL_LENGTH])
    return _fetched_file(order.folder)


class _TooLargeError(Exception): ...


class _SilentLog:
    """yt-dlp prints nothing: its errors arrive as exceptions."""

    def debug(self, message: str) -> None: ...

    def warning(self, message: str) -> None: ...

    def error(self, message: str) -> None: ...


def _options(order: _Order) -> dict[str, Any]:
    """Options of `YoutubeDL` (its docstring); unlike the command line it reads no configuration files."""
    return {
        "format": _formats(order.max_height),
        "outtmpl": str(order.folder / "clip.%(ext)s"),
        "progress_hooks": [_size_guard(order.max_bytes)],
        "logger": _SilentLog(),
        "quiet": True,
        "noprogress": True,
        "noplaylist": True,
        "playlist_items": "1",
        "cachedir": False,
        "overwrites": True,
        "continuedl": False,
        "nopart": True,
        "updatetime": False,
        "fixup": "never",
        "retries": 0,
        "extractor_retries": 0,
        "file_access_retries": 0,
        "socket_timeout": order.socket_seconds,
    }


def _formats(max_height: int) -> str:
    """Whole files over plain HTTP only, so that nothing has to be merged by ffmpeg."""
    whole = "[protocol^=http][protocol!*=dash]"
    mp4 = f"{whole}[ext=mp4]"
    return f"b{mp4}[height<=?{max_height}]/b{mp4}/b{whole}/bv*{mp4}[height<=?{max_height}]/bv*{mp4}"


def _size_guard(max_bytes: int) -> Any:
    """`max_filesize` would skip in silence and believe a false Content-Length: count instead."""

    def guard(progress: dict[str, Any]) -> None:
        size = max(progress.get("total_bytes") or 0, progress.get("downloaded_bytes") or 0)
        if size > max_bytes:
            raise _TooLargeError(f"at least {size} bytes where {max_bytes} are accepted")

    return guard


def _fetched_file(folder: Path) -> Path | Rejection:
    files = sorted(path for path in folder.iterdir() if path.is_file())
    if not files:
        return Rejection(reason=NO_VIDEO_FILE, detail="yt-dlp left no file")
    if files[0].stat().st_size == 0:
        return Rejection(reason=NO_VIDEO_FILE, detail="the file is empty")
    return files[0]


def _judge(exc: Exception) -> Rejection:
    """By disk, then by HTTP status, then by what yt-dlp says."""
    causes = list(_causes(exc))
    detail = re.sub(r"\x1b\[[0-9;]*m|^ERROR: ", "", str(exc))[:DETAIL_LENGTH]
    if any(isinstance(cause, OSError) and cause.errno == errno.ENOSPC for cause in causes):
        return Rejection(reason="disk_full", temporary=True, detail=detail)
    statuses = [status for cause in causes if isinstance(status := getattr(cause, "status", None), int)]
    if statuses:
        reason, temporary = _STATUS_REASONS.get(statuses[0], (DEAD_LINK, False))
        if statuses[0] >= 500:
            reason, temporary = UNREACHABLE, True
        return Rejection(reason=reason, temporary=temporary, detail=detail)
    for pattern, reason, temporary in _MESSAGE_REASONS:
        if re.search(pattern, detail, re.IGNORECASE):
            return Rejection(reason=reason, temporary=temporary, detail=detail)
    return Rejection(reason=UNSUPPORTED, detail=detail)


def _causes(exc: BaseException) -> Iterator[BaseException]:
    """The exception and everything behind it; yt-dlp keeps causes in `exc_info` and `cause`, too."""
    waiting: list[Any] = [exc]
    seen: list[BaseException] = []
    while waiting:
        cause = waiting.pop(0)
        if not isinstance(cause, BaseException) or cause in seen:
            continue
        seen.append(cause)
        yield cause
        exc_info = getattr(cause, "exc_info", None) or (None, None)
        waiting += [exc_info[1], getattr(cause, "cause", None), cause.__cause__, cause.__context__]
