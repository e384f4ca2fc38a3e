"""What a crash can leave behind: found by name, mended once, and then there is nothing left to find."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from footyd.errors import LibraryError
from footyd.model import Clip, ClipId, ClipState, Fingerprint, FixtureState, GoalId, ObjectKey
from footyd.pipeline import CHECKS, mend_all
from footyd.stages.fingerprint import FINGERPRINT_VERSION
from tests.builders import a_clip, a_fixture, a_goal
from tests.pipeline.desk import CONFIRMED, Desk


async def found(desk: Desk) -> dict[str, list[str]]:
    cases = {check.name: list(await check.find(desk.tools())) for check in CHECKS}
    return {name: those for name, those in cases.items() if those}


async def a_keeper(desk: Desk) -> Clip:
    desk.finds("main.mp4")
    await desk.work()
    [keeper] = await desk.store.clips.keepers()
    return keeper


async def test_a_system_at_rest_has_nothing_to_mend(desk: Desk) -> None:
    await a_keeper(desk)
    assert await found(desk) == {}
    assert await mend_all(desk.tools()) == {}


async def break_all(desk: Desk, keeper: Clip) -> None:
    """One case of each."""
    database = desk.store.database
    playing = await database.fixtures_active.find_one({"_id": 1})
    assert playing is not None
    await database.fixtures_staging.insert_one(playing)
    goal = await database.goals.find_one({"_id": keeper.goal_id})
    assert goal is not None
    await database.pending_goals.insert_one({**goal, "state": "pending"})
    await desk.store.runs.begin_run("1", job="poll", trigger="interval", attempt=1, now=desk.now)
    await desk.store.clips.save_clip(replace(keeper, state=ClipState.PUBLISHING))
    cancelled = {"state": "cancelled", "cancelled_at": desk.now - timedelta(days=8)}
    await database.goals.insert_one({**goal, "_id": "old", **cancelled})
    old = replace(
        keeper,
        id=ClipId(f"old:{keeper.facts.sha256}"),
        goal_id=GoalId("old"),
        object_key=ObjectKey("old.mp4"),
    )
    await desk.store.clips.save_clip(old)
    await database.goals.insert_one({**goal, "_id": "lonely", "outcome": "needs_review"})
    stale = desk.config.work_dir / "1-101-9-9-1" / "900"
    stale.mkdir(parents=True)
    (stale / ".download-x").write_bytes(b"x")


async def test_one_case_of_each_is_found_and_mended_once(desk: Desk) -> None:
    keeper = await a_keeper(desk)
    await break_all(desk, keeper)
    assert await found(desk) == {
        "match in two places": ["1"],
        "goal in two places": [keeper.goal_id],
        "run without an end": [f"poll of {desk.now:%Y-%m-%d %H:%M}"],
        "clip half kept": [keeper.id],
        "goal nobody was told of": ["lonely"],
        "quarantine that is over": ["old"],
        "work left behind": [str(desk.config.work_dir / "1-101-9-9-1" / "900")],
    }
    mended = await mend_all(desk.tools())
    assert set(mended.values()) == {1}
    assert len(mended) == 7
    assert await found(desk) == {}
    assert await desk.keys() == [keeper.object_key]
    assert [title for title, _ in desk.announced if title == "Needs review"] == ["Needs review"]
    assert (await desk.store.fixtures.counts())[FixtureState.STAGING] == 0


async def test_looking_changes_nothing(desk: Desk) -> None:
    keeper = await a_keeper(desk)
    await break_all(desk, keeper)
    assert await found(desk) == await found(desk)
    assert [path.name for path in desk.config.work_dir.rglob("*") if path.is_file()] == [".download-x"]


async def test_an_older_fingerprint_is_made_anew_from_the_kept_clip(desk: Desk) -> None:
    keeper = await a_keeper(desk)
    await desk.store.clips.save_clip(replace(keeper, fingerprint=Fingerprint(version=1, data=b"old")))
    assert await found(desk) == {"older fingerprint": [keeper.id]}
    await mend_all(desk.tools())
    assert await desk.store.clips.keepers() == [keeper]
    assert keeper.fingerprint.version == FINGERPRINT_VERSION
    assert [path for path in desk.config.work_dir.rglob("*") if path.is_file()] == []


async def test_an_older_fingerprint_is_made_anew_when_its_goal_is_searched_again(desk: Desk) -> None:
    keeper = await a_keeper(desk)
    await desk.store.clips.save_clip(replace(keeper, fingerprint=Fingerprint(version=1, data=b"old")))
    desk.now += timedelta(minutes=1)
    desk.finds("main_small.mp4")
    report = await desk.work()
    assert (report.groups, report.duplicates) == (1, 1), "it is compared with what is new"


async def test_an_older_fingerprint_whose_clip_is_gone_stays(desk: Desk) -> None:
    keeper = await a_keeper(desk)
    outdated = replace(keeper, fingerprint=Fingerprint(version=1, data=b"old"))
    await desk.store.clips.save_clip(outdated)
    await desk.library.delete(keeper.object_key or ObjectKey(""))
    with capture_logs() as logs:
        await mend_all(desk.tools())
    assert await desk.store.clips.keepers() == [outdated]
    assert "older fingerprint stays" in [entry["event"] for entry in logs]


async def test_a_library_that_refuses_one_goal_does_not_keep_the_others_from_being_mended(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clip that could not be deleted kept footyd from starting."""
    keeper = await a_keeper(desk)
    other = a_goal("2-101-1-0-1", fixture=2, at=CONFIRMED)
    await desk.store.fixtures.take_in([(FixtureState.ACTIVE, a_fixture(2, status="1H", score=(1, 0)))])
    window = timedelta(minutes=3)
    await desk.store.goals.save_believed([], [other], renamed=(), window=window, now=CONFIRMED)
    await desk.store.clips.save_clip(replace(keeper, state=ClipState.DUPLICATE))
    await desk.store.clips.save_clip(a_clip(other.id, path=Path("/gone/clip.mp4")))

    async def refuse(key: ObjectKey) -> None:
        raise LibraryError(f"could not delete {key}")

    with monkeypatch.context() as patched:
        patched.setattr(desk.library, "delete", refuse)
        await mend_all(desk.tools())
    assert await desk.store.clips.clips(other.id) == []
    assert await found(desk) == {"clip half kept": [keeper.id]}
    await mend_all(desk.tools())
    assert await found(desk) == {}


async def test_a_library_that_deletes_nothing_does_not_keep_footyd_from_starting(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quarantine that was over ended every start, as long as the bucket refused deletions."""
    keeper = await a_keeper(desk)
    await desk.store.goals.cancel(keeper.goal_id, CONFIRMED)
    desk.now = CONFIRMED + timedelta(days=8)
    work = desk.config.work_dir / "goal" / "left"
    work.mkdir(parents=True)

    async def refuse(key: ObjectKey) -> None:
        raise LibraryError(f"could not delete {key}")

    with monkeypatch.context() as patched:
        patched.setattr(desk.library, "delete", refuse)
        with capture_logs() as logs:
            await mend_all(desk.tools())
    assert [entry["what"] for entry in logs if entry["event"] == "not mended"] == ["quarantine that is over"]
    assert not work.exists(), "what comes later was mended"
    await mend_all(desk.tools())
    assert await found(desk) == {}


async def test_what_a_killed_playwright_left_is_removed_unless_something_lies_in_it(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """footyd's own are empty; what another program has downloaded is not ours."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ours, theirs = tmp_path / "playwright-artifacts-aB3dE6", tmp_path / "playwright-artifacts-gH9jK0"
    fresh = tmp_path / "playwright-artifacts-xY1zW2"
    for path in (ours, theirs, fresh):
        path.mkdir()
    (theirs / "download").write_text("a file")
    for path in (ours, theirs):
        os.utime(path, (0, 0))
    assert await found(desk) == {"temporary file left behind": [str(ours)]}
    await mend_all(desk.tools())
    assert [path.exists() for path in (ours, theirs, fresh)] == [False, True, True]


async def test_looking_for_temporary_files_makes_none(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`tempfile` writes a file to see whether it can: a kill in that moment left four bytes behind."""
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    before = scratch.stat().st_mtime_ns
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv("TMPDIR", str(scratch))
    assert await found(desk) == {}
    assert scratch.stat().st_mtime_ns == before


async def test_old_scratch_and_half_written_secrets_are_removed_and_nothing_else(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    scratch, state = tmp_path / "tmp", desk.config.state.dir
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    ours = [scratch / "footyd-a1b2c3d_", state / ".x_session.json.a1b2c3d4", state / "mongod.partial"]
    theirs = [scratch / "footyd-demo-a1b2c3d4", scratch / "footyd-0-0123456789abcdef", scratch / "other"]
    theirs += [state / "x_session.json", state / ".x_session.json.backup"]
    for path in (*ours, *theirs):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir() if path.parent == scratch else path.write_text("secret")
    assert await found(desk) == {}, "somebody may be at work on them"
    for path in (*ours, *theirs):
        os.utime(path, (0, 0))
    assert await found(desk) == {"temporary file left behind": sorted(map(str, ours), key=str)}
    await mend_all(desk.tools())
    assert [path for path in ours if path.exists()] == []
    assert all(path.exists() for path in theirs)


async def test_a_clip_of_a_goal_that_is_not_recorded_is_left_alone(desk: Desk) -> None:
    await desk.store.clips.save_clip(a_clip("nobody", path=Path("/gone/clip.mp4")))
    assert await found(desk) == {}
