"""Fetching the video of a candidate: the direct file first, then whatever the post itself leads to."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from footyd.config import DownloadConfig
from footyd.model import Candidate, Media, Post, Rejection, Variant

NO_WAY = frozenset({"dead_link", "unsupported", "no_video_file"})
"""Reasons that tell of the way to a file, not of the file."""


class Downloader(Protocol):
    async def fetch(self, url: str, into: Path, item: int = 1) -> Path | Rejection: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """The file, and the better one of the same video that was left where it is."""

    file: Path
    better: Variant | None = None


async def download_candidate(
    candidate: Candidate, downloader: Downloader, into: Path, config: DownloadConfig
) -> Fetched | Rejection:
    """The file under `into`, or why there is none: temporary if any of the ways may work later.

    Of a video in several sizes a small one comes first: it is as good to compare, at a ninth of the price.
    """
    media = candidate.post.media[0] if candidate.post.media else None
    small, better = sizes_of(media, config) if media else (None, None)
    if small is not None:
        reply = await _fetch(small.url, downloader, into, config)
        if isinstance(reply, Path):
            return Fetched(file=reply, better=better)
    rejections: list[Rejection] = []
    for url, item in _ways(candidate.post):
        reply = await _fetch(url, downloader, into, config, item)
        if isinstance(reply, Path):
            return Fetched(file=reply)
        rejections.append(reply)
    return _telling(rejections)


def _telling(rejections: Sequence[Rejection]) -> Rejection:
    """One that passes; then why a file was refused, rather than that another way leads nowhere."""
    passing = (rejection for rejection in rejections if rejection.temporary)
    refused = (rejection for rejection in rejections if rejection.reason not in NO_WAY)
    return next(passing, None) or next(refused, rejections[-1])


async def download_better(
    better: Variant, downloader: Downloader, into: Path, config: DownloadConfig
) -> Path | Rejection:
    return await _fetch(better.url, downloader, into, config)


async def _fetch(
    url: str, downloader: Downloader, into: Path, config: DownloadConfig, item: int = 1
) -> Path | Rejection:
    if (rejection := _disk_full(into, config.min_free_bytes)) is not None:
        return rejection
    return await downloader.fetch(url, into, item)


def sizes_of(media: Media, config: DownloadConfig) -> tuple[Variant | None, Variant | None]:
    """The file to look at first and the best one, when the video comes in at least two that are worth it."""
    whole = [v for v in media.variants if v.content_type == "video/mp4" and _lines(v) <= config.max_height]
    enough = [v for v in whole if _lines(v) >= config.first_look_lines]
    if not config.first_look_lines or not enough:
        return None, None
    small = min(enough, key=_by_size)
    best = max(whole, key=_by_size)
    return (small, best) if _lines(best) > _lines(small) else (None, None)


def _lines(variant: Variant) -> int:
    return min(variant.width or 0, variant.height or 0)


def _by_size(variant: Variant) -> tuple[int, int]:
    return _lines(variant), variant.bit_rate or 0


def _ways(post: Post) -> tuple[tuple[str, int], ...]:
    """Addresses, with which of the videos there is meant."""
    direct = [(media.url, 1) for media in post.media if media.url is not None][:1]
    return tuple(dict.fromkeys((*direct, (post.url, post.item))))


def _disk_full(into: Path, min_free_bytes: int) -> Rejection | None:
    into.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(into).free
    if free >= min_free_bytes:
        return None
    detail = f"{free} bytes free where {min_free_bytes} must stay free"
    return Rejection(reason="disk_full", temporary=True, detail=detail)
