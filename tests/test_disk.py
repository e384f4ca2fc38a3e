"""Room on disk as a state: told when it begins and when it ends, once each."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from footyd.config import Config
from footyd.disk import Disk, free_bytes
from footyd.errors import StoreError
from tests.waiting import until


class Notes:
    """The database's small memory; out of reach while `down`."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}
        self.down = False

    async def noted(self, name: str) -> Mapping[str, Any]:
        if self.down:
            raise StoreError("the database failed while reading")
        return dict(self.kept)

    async def note(self, name: str, fields: Mapping[str, Any]) -> None:
        if self.down:
            raise StoreError("the database failed while storing")
        self.kept |= fields


class Place:
    """A disk of which a test says how much is free."""

    def __init__(self, root: Path) -> None:
        folders = {"state": {"dir": root / "state"}, "library": {"dir": root / "library"}}
        self.config = Config.model_validate({**folders, "download": {"min_free_bytes": 1000}})
        self.free = {root / "state": 5000, root / "library": 5000}
        self.notes = Notes()
        self.told: list[str] = []
        self.disk = self.opened()

    def opened(self) -> Disk:
        return Disk(lambda: self.config, self.notes, self._announce, lambda place: self.free[place])

    async def _announce(self, title: str, body: str) -> None:
        self.told.append(title)

    async def has_room_with(self, free: int) -> bool:
        self.free[self.config.state.dir] = free
        return await self.disk.has_room()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


async def test_low_and_room_again_are_told_once_each(place: Place) -> None:
    answers = [await place.has_room_with(free) for free in (5000, 999, 900, 0, 1100, 1199, 1200, 1000)]
    assert answers == [True, False, False, False, False, False, True, True]
    assert place.told == ["Disk low", "Disk has room again"]


async def test_a_restart_tells_nobody_again(place: Place) -> None:
    assert not await place.has_room_with(10)
    place.disk = place.opened()
    assert not await place.has_room_with(20)
    place.disk = place.opened()
    assert await place.has_room_with(5000)
    assert place.told == ["Disk low", "Disk has room again"]


async def test_it_is_known_without_the_database_too(place: Place) -> None:
    place.notes.down = True
    assert not await place.has_room_with(10)
    assert await place.has_room_with(5000)
    assert place.told == ["Disk low", "Disk has room again"]


async def test_a_floor_of_nothing_never_calls_a_disk_low(place: Place) -> None:
    place.config = Config.model_validate(
        {"state": {"dir": place.config.state.dir}, "download": {"min_free_bytes": 0}}
    )
    assert await place.has_room_with(0)


async def test_the_disk_of_a_folder_library_counts_as_well(place: Place) -> None:
    place.free[place.config.library_dir] = 10
    stop = asyncio.Event()
    serving = asyncio.ensure_future(place.disk.services()["disk"](stop))
    await until(lambda: place.told)
    assert place.disk.low
    assert place.disk.free() == {"state": 5000, "library": 10}
    stop.set()
    await serving
    assert place.told == ["Disk low"]


async def test_a_library_on_a_share_that_hangs_holds_up_nobody(place: Place) -> None:
    answer = threading.Event()

    def hang(path: Path) -> int:
        if path == place.config.library_dir:
            answer.wait(10)
        return 5000

    place.disk = Disk(lambda: place.config, place.notes, place._announce, hang)
    stop = asyncio.Event()
    serving = asyncio.ensure_future(place.disk.services()["disk"](stop))
    try:
        async with asyncio.timeout(5):
            await asyncio.sleep(0)
            assert await place.disk.has_room()
            assert place.disk.free() == {"state": 5000}
    finally:
        answer.set()
        stop.set()
        await serving


async def test_a_disk_that_cannot_be_measured_stops_nothing(place: Place) -> None:
    def broken(path: Path) -> int:
        raise OSError(5, "Input/output error", path)

    place.disk = Disk(lambda: place.config, place.notes, place._announce, broken)
    stop = asyncio.Event()
    serving = asyncio.ensure_future(place.disk.services()["disk"](stop))
    assert await place.disk.has_room()
    stop.set()
    await serving
    assert (place.disk.free(), place.told) == ({}, [])


def test_a_folder_that_is_not_made_yet_is_measured_where_it_will_be(tmp_path: Path) -> None:
    assert free_bytes(tmp_path / "not" / "yet") > 0
