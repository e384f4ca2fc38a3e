"""Fetching the video of a candidate: the direct file first, then whatever the post itself leads to."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Protocol

from footyd.model import Candidate, Post, Rejection


class Downloader(Protocol):
    async def fetch(self, url: str, into: Path) -> Path | Rejection: ...


async def download_candidate(
    candidate: Candidate, downloader: Downloader, into: Path, *, min_free_bytes: int
) -> Path | Rejection:
    """The file under `into`, or why there is none: temporary if any of the ways may work later."""
    rejections: list[Rejection] = []
    for url in _ways(candidate.post):
        if (rejection := _disk_full(into, min_free_bytes)) is not None:
            return rejection
        reply = await downloader.fetch(url, into)
        if isinstance(reply, Path):
            return reply
        rejections.append(reply)
    return next((rejection for rejection in rejections if rejection.temporary), rejections[-1])


def _ways(post: Post) -> tuple[str, ...]:
    direct = [media.url for media in post.media if media.url is not None][:1]
    return tuple(dict.fromkeys((*direct, post.url)))


def _disk_full(into: Path, min_free_bytes: int) -> Rejection | None:
    into.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(into).free
    if free >= min_free_bytes:
        return None
    detail = f"{free} bytes free where {min_free_bytes} must stay free"
    return Rejection(reason="disk_full", temporary=True, detail=detail)
