"""`footyd library …`: the kept clips, and whether the library holds what the records say."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest
from pymongo import MongoClient

from footyd.adapters.library_owner import MARKER
from footyd.adapters.mongo import open_store
from footyd.model import Clip, ClipState, ObjectKey
from footyd.stages.publish import side_keys
from tests.builders import a_clip
from tests.cli.conftest import Footyd

KEY = ObjectKey("League/2026/023 A. Striker/1-abababab.mp4")


@pytest.fixture
def library(fast_mongo: str, mongo_database: str, place: Path) -> Path:
    """One keeper of ten bytes with what lies beside it."""
    keeper = a_clip(state=ClipState.KEEPER, object_key=KEY)
    keeper = replace(keeper, facts=replace(keeper.facts, size_bytes=10))
    asyncio.run(_recorded(fast_mongo, mongo_database, keeper))
    folder = place / "state/footyd/library"
    for key in (KEY, *side_keys(KEY)):
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(b"0123456789")
    return folder


async def _recorded(uri: str, database: str, clip: Clip) -> None:
    async with open_store(uri, database, timeout_seconds=10, runs_kept_days=90) as store:
        await store.clips.save_clip(clip)


def test_the_kept_clips_are_listed_by_their_place(footyd: Footyd, library: Path) -> None:
    [header, row] = footyd("library", "list").out.splitlines()
    assert header.split("\t") == ["clip", "bytes", "goal"]
    assert row.split("\t") == [KEY, "10", "1-101-1-0-1"]


def test_a_library_as_recorded_passes(footyd: Footyd, library: Path) -> None:
    done = footyd("library", "verify")
    assert (done.code, done.err) == (0, "")
    assert done.out == "1 clips kept, 3 objects, 0.0 MB: all as recorded\n"


def test_what_is_wrong_is_told_with_the_way_to_set_it_right(footyd: Footyd, library: Path) -> None:
    (library / KEY).write_bytes(b"half")
    (library / "holiday.mp4").write_bytes(b"mine")
    done = footyd("library", "verify")
    assert done.code == 1
    assert done.out.splitlines() == [
        f"wrong size (4 bytes where the record says 10)  {KEY}",
        "not footyd's  holiday.mp4",
        "1 clips kept, 4 objects, 0.0 MB: 1 not footyd's, 1 wrong size",
        "footyd library verify --repair sets it right",
    ]


def test_repair_tells_what_it_did_and_a_second_look_finds_nothing(footyd: Footyd, library: Path) -> None:
    (library / KEY).unlink()
    done = footyd("library", "verify", "--repair", "--json")
    assert done.code == 0
    [finding] = json.loads(done.out)["findings"]
    assert (finding["fault"], finding["key"]) == ("missing", KEY)
    assert finding["done"] == "its record is gone; its goal is not searched any more"
    assert footyd("library", "verify").code == 0
    assert [path.name for path in library.rglob("*") if path.is_file()] == [MARKER]


def test_files_of_the_user_alone_are_no_failure(footyd: Footyd, library: Path) -> None:
    (library / "holiday.mp4").write_bytes(b"mine")
    assert footyd("library", "verify").code == 0


def test_a_footyd_that_never_ran_says_so(footyd: Footyd) -> None:
    done = footyd("library", "verify")
    assert done.code == 1
    assert "has never run" in done.err
    assert footyd("library", "list").code == 0


def test_sizes_are_compared_without_reading_and_contents_when_asked(footyd: Footyd, library: Path) -> None:
    assert footyd("library", "verify").code == 0
    done = footyd("library", "verify", "--contents")
    assert (done.code, done.out.splitlines()[0]) == (1, f"wrong content (other bytes)  {KEY}")


def test_a_library_of_another_database_is_left_alone_until_it_is_adopted(
    footyd: Footyd, library: Path, monkeypatch: pytest.MonkeyPatch, mongo_database: str
) -> None:
    assert footyd("library", "verify").code == 0
    before = {path: path.read_bytes() for path in library.rglob("*") if path.is_file()}
    monkeypatch.setenv("FOOTYD_MONGO__DATABASE", f"{mongo_database}-2")
    refused = footyd("library", "verify", "--repair")
    assert refused.code == 75
    assert f"is another database's: {socket.gethostname()}, " in refused.err
    assert "footyd library adopt makes the library this one's" in refused.err
    doctor = footyd("doctor")
    assert f"fail  library: the library ({library}) is another database's: " in doctor.out
    assert {path: path.read_bytes() for path in library.rglob("*") if path.is_file()} == before
    adopted = footyd("library", "adopt")
    assert (adopted.code, adopted.err) == (0, "")
    assert f", and was another one's: {socket.gethostname()}, " in adopted.out
    assert footyd("library", "verify").code == 0
    assert footyd("library", "adopt").out.endswith("is this database's already\n")
    monkeypatch.setenv("FOOTYD_MONGO__DATABASE", mongo_database)
    assert footyd("library", "verify").code == 75
    with MongoClient[dict[str, object]](os.environ["FOOTYD_MONGO__URI"]) as client:
        client.drop_database(f"{mongo_database}-2")
