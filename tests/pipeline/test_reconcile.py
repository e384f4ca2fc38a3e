"""Once after a start records and library are made to agree, but never at the price of somebody's library."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from footyd import reconcile as reconcile_module
from footyd.doctor import Level, records
from footyd.errors import LibraryError
from footyd.library_check import Checked, Fault, Finding, check
from footyd.model import Clip, ClipId, Leftover, ObjectKey
from footyd.pipeline import set_right
from footyd.reconcile import SIDES_AT_MOST, LibraryChecks, is_another_library
from footyd.stages.publish import poster_key, side_keys
from tests.pipeline.desk import Desk


@pytest.fixture
async def kept(desk: Desk) -> Clip:
    """A library of one clip."""
    desk.finds("main.mp4")
    await desk.work()
    [keeper] = await desk.store.clips.keepers()
    return keeper


def place(desk: Desk, key: str | None) -> Path:
    return desk.config.library_dir / str(key)


async def found(desk: Desk) -> dict[str, list[str]]:
    cases = {c.name: list(await c.find(desk.tools())) for c in LibraryChecks().all()}
    return {name: those for name, those in cases.items() if those}


async def reconcile(desk: Desk) -> dict[str, int]:
    return dict(await set_right(LibraryChecks().all(), desk.tools()))


def orphan(desk: Desk, kept: Clip, goal: str, name: str = "orphan") -> list[Path]:
    """A clip with its poster and sidecar that no record names."""
    key = ObjectKey(f"{name}.mp4")
    files = [place(desk, each) for each in (key, *side_keys(key))]
    for file in files:
        file.write_bytes(b"x")
    told = {"footyd": 1, "sha256": "ab", "goal": {"id": goal}}
    files[-1].write_text(json.dumps(told))
    return files


async def test_what_agrees_is_left_alone(desk: Desk, kept: Clip) -> None:
    assert await found(desk) == {}
    assert await reconcile(desk) == {}


async def test_objects_of_a_goal_of_ours_that_no_record_names_are_removed(desk: Desk, kept: Clip) -> None:
    files = orphan(desk, kept, kept.goal_id)
    assert await found(desk) == {
        "object without a record": ["orphan.json", "orphan.mp4", "orphan.webp"],
    }
    assert await reconcile(desk) == {"object without a record": 3}
    assert [file for file in files if file.exists()] == []
    assert await desk.keys() == [kept.object_key]


async def test_a_new_database_has_no_claim_on_the_library_of_an_old_one(desk: Desk, kept: Clip) -> None:
    """Its goals are unknown, all its objects are named by no record: yet they are somebody's clips."""
    files = orphan(desk, kept, "9-9-1-0-1")
    assert await reconcile(desk) == {}
    assert all(file.exists() for file in files)
    faults = {finding.fault for finding in (await check(desk.store, desk.library)).findings}
    assert faults == {Fault.ANOTHERS}


async def test_only_so_many_objects_without_records_are_looked_into(desk: Desk, kept: Clip) -> None:
    for number in range(3):
        orphan(desk, kept, kept.goal_id, f"orphan{number}")
    looked = await check(desk.store, desk.library, unclaimed_at_most=3)
    assert [finding.fault for finding in looked.findings] == [Fault.UNNAMED] * 3 + [Fault.FOREIGN] * 6


async def test_a_clip_that_is_gone_is_fetched_again_and_what_lay_beside_one_made_anew(
    desk: Desk, kept: Clip
) -> None:
    place(desk, poster_key(kept.object_key or ObjectKey(""))).unlink()
    assert await reconcile(desk) == {"clip without poster or sidecar": 1}
    assert await found(desk) == {}
    place(desk, kept.object_key).unlink()
    assert await reconcile(desk) == {"record without its object": 1}
    await desk.work()
    assert await desk.keys() == [kept.object_key]


async def test_a_start_makes_few_side_files_anew(
    desk: Desk, kept: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand clips without a readable frame would all be fetched at every start, for nothing."""
    made: list[str] = []

    async def make(finding: Finding, _tools: object) -> str:
        made.append(finding.key)
        return ""

    monkeypatch.setattr(reconcile_module, "repair", make)
    for number in range(30):
        clip = replace(kept, id=ClipId(f"{number}:{number}"), object_key=ObjectKey(f"{number:02d}.mp4"))
        await desk.store.clips.save_clip(clip)
        place(desk, clip.object_key).write_bytes(b"0" * kept.facts.size_bytes)
    await reconcile(desk)
    assert len(made) == SIDES_AT_MOST


async def test_a_library_whose_disk_is_not_mounted_costs_no_record(desk: Desk, kept: Clip) -> None:
    for number in range(3):
        other = replace(kept, id=ClipId(f"{number}:{number}"), object_key=ObjectKey(f"{number}.mp4"))
        await desk.store.clips.save_clip(other)
    place(desk, kept.object_key).unlink()
    with pytest.raises(LibraryError, match="4 of 4 clips are not in the library") as caught:
        await reconcile(desk)
    assert "Mount its disk" in caught.value.remedy
    assert len(await desk.store.clips.keepers()) == 4


async def test_a_doctor_tells_of_a_library_that_is_gone_and_makes_none(desk: Desk, kept: Clip) -> None:
    moved = desk.config.library_dir.rename(desk.config.state.dir / "unmounted")
    lines = [line async for line in records.look(desk.config, desk.store, running="", fix=False)]
    assert lines[-1].level is Level.FAIL
    assert lines[-1].finding.startswith(f"{desk.config.library_dir} is not there")
    assert not desk.config.library_dir.exists()
    moved.rename(desk.config.library_dir)
    lines = [line async for line in records.look(desk.config, desk.store, running="", fix=False)]
    assert {line.level for line in lines} == {Level.OK}


async def test_beside_a_daemon_only_what_is_safe_there_is_mended(
    desk: Desk, kept: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it has in hand may be half done at any moment, and is no fault."""
    left = place(desk, ".footyd-x1y2.part")
    left.write_bytes(b"half")
    await desk.store.runs.begin_run("1", job="poll", trigger="interval", attempt=1, now=desk.now)
    at_work = desk.config.work_dir / kept.goal_id / "900"
    at_work.mkdir(parents=True)

    async def open_app(*_: object) -> Desk:
        return desk

    monkeypatch.setattr(records, "open_app", open_app)
    found = [line async for line in records.look(desk.config, desk.store, running="pid 1", fix=True)]
    told = {line.what: line.finding for line in found if line.finding != "none"}
    assert set(told) == {"run without an end", "work left behind", "write cut off in the library"}
    assert {line.level for line in found} == {Level.OK}
    assert not left.exists()
    assert at_work.exists()
    assert (await desk.store.runs.last_runs())[0]["outcome"] == "running"


@pytest.mark.parametrize(
    ("keepers", "lost", "another"),
    [
        (0, 0, False),
        (2, 2, False),
        (3, 3, True),
        (50, 20, False),
        (50, 21, True),
        (1000, 100, False),
        (1000, 101, True),
    ],
)
def test_too_much_that_is_gone_is_another_library(keepers: int, lost: int, another: bool) -> None:
    gone = [Finding(fault=Fault.MISSING, key=ObjectKey(f"{n}.mp4")) for n in range(lost)]
    assert is_another_library(Checked(keepers=keepers, objects=2, findings=gone)) is another


async def test_an_empty_library_costs_not_even_a_single_record(desk: Desk, kept: Clip) -> None:
    """The first clip of a new footyd was forgotten at a boot without its disk, and removed at the next."""
    library = desk.config.library_dir
    library.rename(desk.config.state.dir / "unmounted")
    library.mkdir()
    with pytest.raises(LibraryError, match="1 of 1 clips are not in the library"):
        await reconcile(desk)
    assert await desk.store.clips.keepers() == [kept]


async def test_a_partial_file_that_nobody_writes_is_removed(desk: Desk, kept: Clip) -> None:
    left = place(desk, ".footyd-x1y2.part")
    left.write_bytes(b"half")
    assert await found(desk) == {"write cut off in the library": [str(left)]}
    await reconcile(desk)
    assert not left.exists()


async def test_an_upload_in_parts_to_a_key_that_no_record_names_is_somebody_elses(
    desk: Desk, kept: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads = [Leftover(name="1", key=kept.object_key), Leftover(name="2", key=ObjectKey("backup.tar"))]
    swept: list[str] = []

    async def leftovers() -> list[Leftover]:
        return uploads

    async def sweep(left: Leftover) -> None:
        swept.append(left.name)

    monkeypatch.setattr(desk.library, "leftovers", leftovers)
    monkeypatch.setattr(desk.library, "sweep", sweep)
    await reconcile(desk)
    assert swept == ["1"]


async def test_a_sidecar_that_tells_no_goal_is_left_alone(desk: Desk, kept: Clip) -> None:
    files = orphan(desk, kept, kept.goal_id)
    files[-1].write_text('{"footyd": 1, "sha256": "ab"}')
    assert await found(desk) == {}
