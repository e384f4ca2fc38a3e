from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from footyd.library_check import Checked, Fault, Finding, check, repair
from footyd.model import CandidateState, Clip, ClipId, ClipState, GoalId, ObjectKey, Shelved
from footyd.stages.publish import poster_key, sidecar_key
from tests.pipeline.desk import Desk


@pytest.fixture
async def kept(desk: Desk) -> Clip:
    """A library of one clip."""
    desk.finds("main.mp4")
    await desk.work()
    [keeper] = await desk.store.clips.keepers()
    return keeper


def place(desk: Desk, key: ObjectKey | None) -> Path:
    return desk.config.library_dir / str(key)


async def look(desk: Desk, *, contents: bool = False) -> Checked:
    return await check(desk.store, desk.library, contents=contents)


async def faults(desk: Desk, *, contents: bool = False) -> list[tuple[Fault, str]]:
    return [(found.fault, found.key) for found in (await look(desk, contents=contents)).findings]


async def set_right(desk: Desk, *, contents: bool = False) -> list[str]:
    found = await look(desk, contents=contents)
    return [await repair(finding, desk.tools()) for finding in found.findings]


async def test_a_library_as_recorded_has_no_findings(desk: Desk, kept: Clip) -> None:
    checked = await look(desk, contents=True)
    assert (checked.keepers, checked.objects, checked.findings) == (1, 3, [])
    assert checked.total_bytes > kept.facts.size_bytes


async def test_a_clip_that_is_gone_is_told_and_its_post_fetched_again(desk: Desk, kept: Clip) -> None:
    place(desk, kept.object_key).unlink()
    assert await faults(desk) == [(Fault.MISSING, kept.object_key)]
    assert await set_right(desk) == ["its post is fetched again with the next pass"]
    [candidate] = await desk.store.clips.candidates(kept.goal_id)
    assert candidate.state is CandidateState.ACCEPTED
    await desk.work()
    assert await faults(desk) == []
    assert await desk.keys() == [kept.object_key]


async def test_a_clip_of_another_size_is_fetched_again(desk: Desk, kept: Clip) -> None:
    place(desk, kept.object_key).write_bytes(b"half")
    assert await faults(desk) == [(Fault.WRONG_SIZE, kept.object_key)]
    await set_right(desk)
    await desk.work()
    assert await faults(desk) == []


async def test_other_bytes_of_the_same_size_are_seen_when_contents_are_read(desk: Desk, kept: Clip) -> None:
    place(desk, kept.object_key).write_bytes(b"x" * kept.facts.size_bytes)
    assert await faults(desk) == []
    assert await faults(desk, contents=True) == [(Fault.WRONG_CONTENT, kept.object_key)]
    await set_right(desk, contents=True)
    await desk.work()
    assert await faults(desk, contents=True) == []


async def test_poster_and_sidecar_are_made_anew(desk: Desk, kept: Clip) -> None:
    assert kept.object_key
    poster, sidecar = place(desk, poster_key(kept.object_key)), place(desk, sidecar_key(kept.object_key))
    before = json.loads(sidecar.read_text())
    poster.unlink()
    sidecar.unlink()
    assert {fault for fault, _ in await faults(desk)} == {Fault.NO_POSTER, Fault.NO_SIDECAR}
    assert sorted(await set_right(desk)) == ["made anew", "written anew"]
    assert await faults(desk) == []
    assert json.loads(sidecar.read_text()) == before
    assert poster.read_bytes()[8:12] == b"WEBP"


async def test_what_no_record_names_is_removed_when_it_is_ours(desk: Desk, kept: Clip) -> None:
    await desk.store.clips.forget_clip(kept.id)
    assert [fault for fault, _ in await faults(desk)] == [Fault.UNNAMED] * 3
    assert await set_right(desk) == ["removed"] * 3
    assert [key async for key, _ in desk.library.objects()] == []


async def test_files_of_the_user_are_told_and_left_alone(desk: Desk, kept: Clip) -> None:
    own = place(desk, ObjectKey("League/holiday.mp4"))
    own.write_bytes(b"mine")
    own.with_suffix(".json").write_text('{"camera": "mine"}')
    assert [fault for fault, _ in await faults(desk)] == [Fault.FOREIGN, Fault.FOREIGN]
    assert await set_right(desk) == ["", ""]
    assert own.read_bytes() == b"mine"


async def test_what_was_set_right_meanwhile_is_left_alone(desk: Desk, kept: Clip) -> None:
    assert kept.object_key
    stale = Finding(fault=Fault.MISSING, key=kept.object_key, clip_id=kept.id)
    unnamed = Finding(fault=Fault.UNNAMED, key=poster_key(kept.object_key))
    assert await repair(stale, desk.tools()) == ""
    assert await repair(unnamed, desk.tools()) == ""
    assert await faults(desk) == []


async def test_a_promise_on_its_way_is_no_finding(desk: Desk, kept: Clip) -> None:
    promised = replace(kept, id=ClipId("1-1:abc"), state=ClipState.PUBLISHING, object_key=ObjectKey("a.mp4"))
    await desk.store.clips.save_clip(promised)
    assert await faults(desk) == []


async def test_a_clip_of_two_goals_under_one_key_is_there_for_both(desk: Desk, kept: Clip) -> None:
    again = replace(kept, id=ClipId(f"again:{kept.facts.sha256}"), goal_id=GoalId("again"))
    await desk.store.clips.save_clip(again)
    assert await faults(desk) == []


async def test_a_leftover_of_another_goal_does_not_hide_a_keeper_that_is_gone(desk: Desk, kept: Clip) -> None:
    """Only the first record of a key was looked at."""
    left = replace(kept, id=ClipId(f"0-0:{kept.facts.sha256}"), goal_id=GoalId("0-0"))
    await desk.store.clips.save_clip(replace(left, state=ClipState.DUPLICATE, keeper_id=kept.id))
    assert await faults(desk) == []
    place(desk, kept.object_key).unlink()
    [finding] = (await look(desk)).findings
    assert (finding.fault, finding.clip_id) == (Fault.MISSING, kept.id)


async def test_each_keeper_of_a_key_that_is_gone_is_told(desk: Desk, kept: Clip) -> None:
    again = replace(kept, id=ClipId(f"again:{kept.facts.sha256}"), goal_id=GoalId("again"))
    await desk.store.clips.save_clip(again)
    for key in (kept.object_key, poster_key(kept.object_key or ObjectKey(""))):
        place(desk, key).unlink()
    found = (await look(desk)).findings
    assert [one.fault for one in found] == [Fault.MISSING, Fault.MISSING, Fault.NO_POSTER]
    assert {one.clip_id for one in found} == {kept.id, again.id}


async def test_a_clip_of_a_goal_taken_back_is_gone_for_good(desk: Desk, kept: Clip) -> None:
    await desk.store.goals.cancel(kept.goal_id, desk.now + timedelta(minutes=1))
    place(desk, kept.object_key).unlink()
    assert await set_right(desk) == ["its record is gone; its goal is not searched any more"]


async def test_keys_whose_order_depends_on_their_bytes_meet(desk: Desk, kept: Clip) -> None:
    """A folder's name sorts as if it ended in a slash, and sidecars come before their clips."""
    for number, key in enumerate(["a.mp4", "a.k/b.mp4", "a b.mp4", "a-b.mp4", "é/z.mp4", "z.mp4"]):
        clip = replace(kept, id=ClipId(f"{number}:{number}"), object_key=ObjectKey(key))
        for each in (key, poster_key(ObjectKey(key)), sidecar_key(ObjectKey(key))):
            place(desk, ObjectKey(each)).parent.mkdir(exist_ok=True)
            place(desk, ObjectKey(each)).write_bytes(b"0" * kept.facts.size_bytes)
        await desk.store.clips.save_clip(clip)
    checked = await look(desk)
    assert (checked.keepers, checked.objects, checked.findings) == (7, 21, [])


async def test_the_records_are_read_without_fingerprints_in_the_order_of_keys(desk: Desk, kept: Clip) -> None:
    await asyncio.gather(
        *(
            desk.store.clips.save_clip(replace(kept, id=ClipId(f"{n}:{n}"), object_key=ObjectKey(f"{n}.mp4")))
            for n in range(3)
        )
    )
    read = [one async for one in desk.store.shelf.shelved()]
    assert [one.key for one in read] == ["0.mp4", "1.mp4", "2.mp4", kept.object_key]
    assert read[-1] == Shelved(
        clip_id=kept.id,
        goal_id=kept.goal_id,
        key=kept.object_key or ObjectKey(""),
        state=ClipState.KEEPER,
        size_bytes=kept.facts.size_bytes,
        sha256=kept.facts.sha256,
    )
