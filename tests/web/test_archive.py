"""The archive of a match: whole from every kind of library, in little memory, and never half unnoticed."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest
from aiohttp import ClientPayloadError

from footyd.adapters.library_folder import FolderLibrary
from footyd.adapters.library_s3 import open_s3_library
from footyd.config import Retry
from footyd.errors import LibraryError
from footyd.model import GoalState, ObjectKey
from footyd.stages.publish import Library
from footyd.web.archive import Entry, length_of, zipped
from tests.adapters.s3_servers import rclone_server, s3_config
from tests.web.days import add_goals, add_match, goal_of
from tests.web.kept import keep, keeper_of, put
from tests.web.site import Site

AT_ONCE = Retry(attempts=1, first_wait_seconds=0)
BLOCK = b"\x5a" * 262_144
BODIES = {"a/Ünal 1.mp4": bytes(range(256)) * 3000, "a/Ünal 2.mp4": b"y", "a/b.mp4": b"x"}


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with rclone_server(tmp_path_factory.mktemp("rclone")) as address:
        yield address


@pytest.mark.parametrize("kind", ["folder", "s3"])
async def test_an_archive_is_whole_and_as_long_as_it_was_told(kind: str, s3: str, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        library: Library = FolderLibrary(tmp_path / "library", AT_ONCE)
        if kind == "s3":
            opening = open_s3_library(s3_config(s3), AT_ONCE)
            library = await stack.enter_async_context(opening)
        await library.prepare()
        for key, body in BODIES.items():
            await put(library, ObjectKey(key), body, "video/mp4")
        entries = [Entry(key=ObjectKey(k), name=f"M/{k[2:]}", size_bytes=len(b)) for k, b in BODIES.items()]
        body = b"".join([block async for block in zipped(entries, library)])
    assert len(body) == length_of(entries)
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert {f"a/{n[2:]}": archive.read(n) for n in archive.namelist()} == BODIES


class Endless:
    """Gives as many blocks as are asked for, or fails after some."""

    def __init__(self, fails_after: int = 1 << 40) -> None:
        self.fails_after = fails_after

    async def read(self, key: ObjectKey, *, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        for at in range(start, stop or 0, len(BLOCK)):
            if at >= self.fails_after:
                raise LibraryError(f"{key} cannot be read", remedy="Check the disk")
            yield BLOCK


async def test_one_block_is_in_memory_however_large_the_match_is() -> None:
    library = cast("Library", Endless())
    entries = [Entry(key=ObjectKey("k"), name=f"{n}.mp4", size_bytes=len(BLOCK) * 64) for n in range(4)]
    total = 0
    tracemalloc.start()
    try:
        async for block in zipped(entries, library):
            total += len(block)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert total == length_of(entries)
    assert total > 64_000_000
    assert peak < 2_000_000, peak


async def test_an_object_that_is_shorter_than_it_was_is_an_error() -> None:
    class Short:
        async def read(self, key: ObjectKey, **_stretch: int) -> AsyncIterator[bytes]:
            yield b"abc"

    with pytest.raises(LibraryError, match="has 3 bytes of 9"):
        async for _ in zipped([Entry(key=ObjectKey("k"), name="k", size_bytes=9)], cast("Library", Short())):
            pass


def test_of_an_archive_beyond_plain_zip_no_length_is_told() -> None:
    entries = [Entry(key=ObjectKey("k"), name=str(n), size_bytes=200_000_000) for n in range(11)]
    assert length_of(entries[:10]) is not None
    assert length_of(entries) is None


async def test_a_library_that_fails_on_the_way_cuts_the_answer_so_that_nobody_takes_it_for_whole(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    goal = goal_of(1, (1, 0), state=GoalState.CONFIRMED)
    await add_match(site.store, 1, score=(1, 0))
    await add_goals(site.store, goal)
    body = BLOCK * 8
    await keep(site.store, site.library, (keeper_of(goal, 1, body), body))
    monkeypatch.setattr(site.library, "read", Endless(fails_after=len(BLOCK) * 2).read)
    with pytest.raises(ClientPayloadError):
        await site.get("/media/matches/1.zip")


async def test_a_clip_kept_under_a_clock_that_was_not_set_is_in_the_archive(site: Site) -> None:
    goal = goal_of(1, (1, 0), state=GoalState.CONFIRMED)
    await add_match(site.store, 1, score=(1, 0))
    await add_goals(site.store, goal)
    clip = keeper_of(goal, 1, b"film", kept_at=datetime(1970, 1, 1, tzinfo=UTC))
    await keep(site.store, site.library, (clip, b"film"))
    body = (await site.get("/media/matches/1.zip")).body
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert [archive.read(name) for name in archive.namelist()] == [b"film"]
