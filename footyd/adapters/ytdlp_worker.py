"""One download by yt-dlp, in a worker process: what may be fetched, and what is left behind."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from footyd.adapters.ytdlp_reasons import (
    DETAIL_LENGTH,
    NO_VIDEO_FILE,
    TOO_LARGE,
    TOO_LONG,
    UNSUPPORTED,
    judge,
)
from footyd.model import Rejection

PROGRESS = "progress"
COOKIES = "cookies.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """`item` is which of the post's videos is meant, from 1; `cookies` the text of a cookies.txt."""

    url: str
    folder: Path
    item: int
    max_bytes: int
    max_height: int
    max_seconds: float
    socket_seconds: float
    cookies: str = field(default="", repr=False)


def fetch_in_worker(order: Order) -> Path | Rejection:
    """One try, without retries of yt-dlp's own; what it leaves in `order.folder` belongs to the caller."""
    import yt_dlp  # noqa: PLC0415  # 0.3 s and 30 MB that the daemon does not pay

    if not order.url.startswith(("http://", "https://")):
        return Rejection(reason=UNSUPPORTED, detail="not an http address")
    try:
        with yt_dlp.YoutubeDL(_options(order)) as ydl:
            ydl.extract_info(order.url)
    except _UnwantedError as exc:
        return exc.rejection
    except (yt_dlp.utils.YoutubeDLError, OSError) as exc:
        return judge(exc)
    except (AttributeError, LookupError, TypeError, ValueError) as exc:  # yt-dlp on posts it does not expect
        return Rejection(reason=UNSUPPORTED, detail=f"{type(exc).__name__}: {exc}"[:DETAIL_LENGTH])
    return _fetched_file(order.folder)


class _UnwantedError(Exception):
    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason)
        self.rejection = Rejection(reason=reason, detail=detail)


class _SilentLog:
    """yt-dlp prints nothing: its errors arrive as exceptions."""

    def debug(self, message: str) -> None: ...

    def warning(self, message: str) -> None: ...

    def error(self, message: str) -> None: ...


def _options(order: Order) -> dict[str, Any]:
    """Options of `YoutubeDL` (its docstring); unlike the command line it reads no configuration files."""
    return {
        "format": _formats(order.max_height),
        "outtmpl": str(order.folder / "clip.%(ext)s"),
        "progress_hooks": [_size_guard(order.max_bytes), _progress_writer(order.folder / PROGRESS)],
        "match_filter": _length_guard(order.max_seconds),
        "cookiefile": _private_cookies(order),
        "logger": _SilentLog(),
        "quiet": True,
        "noprogress": True,
        "noplaylist": True,
        "playlist_items": str(order.item),
        "cachedir": False,
        "overwrites": False,
        "continuedl": True,
        "nopart": False,
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
            raise _UnwantedError(TOO_LARGE, f"at least {size} bytes where {max_bytes} are accepted")

    return guard


def _length_guard(max_seconds: float) -> Any:
    """What the page tells of the length, before a byte of the video; a filter alone would skip in silence."""

    def guard(info: dict[str, Any], *, incomplete: bool = False) -> None:
        seconds = info.get("duration")
        if isinstance(seconds, int | float) and seconds > max_seconds:
            raise _UnwantedError(TOO_LONG, f"{seconds:g} s where {max_seconds:g} s are accepted")

    return guard


def _progress_writer(file: Path) -> Any:
    """Bytes here and in all, for whoever looks; at most one write a second."""
    last = 0.0

    def write(progress: dict[str, Any]) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < 1:
            return
        last = now
        total = progress.get("total_bytes") or progress.get("total_bytes_estimate") or 0
        file.write_text(f"{progress.get('downloaded_bytes') or 0} {int(total)}")

    return write


def _private_cookies(order: Order) -> str | None:
    """A copy for this download alone: yt-dlp writes its cookie file anew when it ends."""
    if not order.cookies:
        return None
    file = order.folder / COOKIES
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as private:
        private.write(order.cookies)
    return str(file)


def _fetched_file(folder: Path) -> Path | Rejection:
    files = sorted(path for path in folder.glob("clip.*") if path.suffix not in {".part", ".ytdl"})
    if not files:
        return Rejection(reason=NO_VIDEO_FILE, detail="yt-dlp left no file")
    if files[0].stat().st_size == 0:
        return Rejection(reason=NO_VIDEO_FILE, detail="the file is empty")
    return files[0]
