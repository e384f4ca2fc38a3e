"""Clips in the library, with their objects where a test reads them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from footyd.adapters.mongo import Store
from footyd.model import Clip, ClipId, ClipState, Fingerprint, Goal, ObjectKey, PostId, VideoFacts
from footyd.stages.publish import Library, poster_key


def keeper_of(goal: Goal, rank: int, body: bytes, *, kept_at: datetime | None = None) -> Clip:
    sha256 = hashlib.sha256(goal.id.encode() + body).hexdigest()
    facts = VideoFacts(
        width=1280,
        height=720,
        duration_seconds=11.5 + rank,
        fps=25,
        frames=300,
        size_bytes=len(body),
        sha256=sha256,
    )
    folder = f"League/2026/2026-08-22 A vs B {goal.fixture_id}/{goal.minute:03d} {goal.player}"
    return Clip(
        id=ClipId(f"{goal.id}:{sha256}"),
        goal_id=goal.id,
        post_id=PostId(f"9{goal.minute}{rank}"),
        facts=facts,
        fingerprint=Fingerprint(version=1, data=b"f" * 2000),
        state=ClipState.KEEPER,
        group=rank,
        rank=rank,
        object_key=ObjectKey(f"{folder}/{rank}-{sha256[:8]}.mp4"),
        kept_at=kept_at,
    )


async def keep(store: Store, library: Library, *clips: tuple[Clip, bytes], posters: bool = False) -> None:
    """Record and object of each, with a picture beside it where a browser looks."""
    for clip, body in clips:
        await store.clips.save_clip(clip)
        assert clip.object_key
        await put(library, clip.object_key, body, "video/mp4")
        if posters:
            await put(library, poster_key(clip.object_key), picture(), "image/webp")


async def put(library: Library, key: ObjectKey, body: bytes, kind: str) -> None:
    nothing: Mapping[str, str] = {}
    with TemporaryDirectory() as folder:
        file = Path(folder, "object")
        file.write_bytes(body)
        await library.put(key, file, content_type=kind, metadata=nothing)


@cache
def picture() -> bytes:
    """A pitch."""
    shown = np.full((180, 320, 3), (60, 120, 40), np.uint8)
    for column in range(0, 320, 64):
        shown[:, column : column + 32] = (70, 140, 50)
    cv2.circle(shown, (160, 90), 40, (230, 230, 230), 2)
    _, packed = cv2.imencode(".webp", shown)
    return packed.tobytes()
