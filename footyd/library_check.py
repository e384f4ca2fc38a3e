"""Records against objects: what the library lacks, what it has too much, and setting both right.

Both sides are read once, in the order of their keys; memory holds only what has not met its other half.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Container, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

from footyd.adapters.mongo import Store
from footyd.errors import LibraryError
from footyd.model import Clip, ClipId, ClipState, GoalId, ObjectKey, Shelved
from footyd.pipeline import Tools
from footyd.pipeline.shelf import put_poster, put_sidecar, unshelve
from footyd.pipeline.verdicts import want_again
from footyd.stages.publish import Library, poster_key, sidecar_key


class Fault(StrEnum):
    """How record and object disagree."""

    MISSING = "missing"
    WRONG_SIZE = "wrong size"
    WRONG_CONTENT = "wrong content"
    NO_POSTER = "no poster"
    NO_SIDECAR = "no sidecar"
    UNNAMED = "named by no record"
    ANOTHERS = "of another database"
    FOREIGN = "not footyd's"


LOST = frozenset({Fault.MISSING, Fault.WRONG_SIZE, Fault.WRONG_CONTENT})
LEFT_ALONE = frozenset({Fault.ANOTHERS, Fault.FOREIGN})
"""What may be all that is left of somebody's library: told, never removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One disagreement; `clip_id` where a record is concerned."""

    fault: Fault
    key: ObjectKey
    detail: str = ""
    clip_id: ClipId | None = None


@dataclass(slots=True, kw_only=True)
class Checked:
    """Counts of one check; `findings` are those that were found, sorted by key."""

    keepers: int = 0
    objects: int = 0
    total_bytes: int = 0
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """A key with all records that name it; the keepers among them say what has to be there."""

    key: ObjectKey
    records: tuple[Shelved, ...]

    @property
    def keepers(self) -> tuple[Shelved, ...]:
        return tuple(record for record in self.records if record.state is ClipState.KEEPER)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    records: tuple[Shelved, ...]
    """The keepers for whom it has to be there; none where it may be there or not."""
    fault: Fault
    """What its absence is."""


async def check(
    store: Store, library: Library, *, contents: bool = False, unclaimed_at_most: int | None = None
) -> Checked:
    """Compare presence and sizes, and with `contents` every clip's bytes with its SHA-256.

    Of objects that no record names, only so many are looked into; beyond that they count as somebody's own.
    """
    checked = Checked()
    wanted, found = await _differences(store, library, checked)
    checked.findings += [
        Finding(fault=want.fault, key=key, clip_id=record.clip_id)
        for key, want in wanted.items()
        for record in want.records
    ]
    some = list(found)[:unclaimed_at_most]
    checked.findings += [Finding(fault=Fault.FOREIGN, key=key) for key in list(found)[len(some) :]]
    checked.findings += [finding async for finding in _unclaimed(some, found, store, library)]
    if contents:
        checked.findings += [finding async for finding in _spoilt(store, library, checked.findings)]
    checked.findings.sort(key=lambda finding: finding.key)
    return checked


async def _differences(
    store: Store, library: Library, checked: Checked
) -> tuple[dict[ObjectKey, _Wanted], dict[ObjectKey, int]]:
    """What is left of both sides when all that agrees is struck out."""
    wanted: dict[ObjectKey, _Wanted] = {}
    found: dict[ObjectKey, int] = {}
    async for one in _side_by_side(_by_key(store.shelf.shelved()), library.objects()):
        if isinstance(one, tuple):
            key, size = one
            checked.objects += 1
            checked.total_bytes += size
            if (want := wanted.pop(key, None)) is not None:
                _meet(key, want, size, wanted, checked)
            else:
                found[key] = size
        else:
            checked.keepers += bool(one.keepers)
            for key, want in _expected(one).items():
                _meet(key, want, found.pop(key, None), wanted, checked)
    return wanted, found


async def _by_key(records: AsyncIterator[Shelved]) -> AsyncIterator[_Named]:
    """The same bytes may keep two goals, or a duplicate's key outlive it beside another goal's keeper."""
    same: list[Shelved] = []
    async for record in records:
        if same and record.key != same[0].key:
            yield _Named(key=same[0].key, records=tuple(same))
            same = []
        same.append(record)
    if same:
        yield _Named(key=same[0].key, records=tuple(same))


async def _side_by_side(
    names: AsyncIterator[_Named], objects: AsyncIterator[tuple[ObjectKey, int]]
) -> AsyncIterator[_Named | tuple[ObjectKey, int]]:
    """Both in the order of their keys, so that what belongs together comes close together."""
    named, entry = await anext(names, None), await anext(objects, None)
    while named is not None or entry is not None:
        if named is not None and (entry is None or named.key.encode() <= entry[0].encode()):
            yield named
            named = await anext(names, None)
        elif entry is not None:
            yield entry
            entry = await anext(objects, None)


def _expected(named: _Named) -> dict[ObjectKey, _Wanted]:
    keepers = named.keepers
    return {
        named.key: _Wanted(records=keepers, fault=Fault.MISSING),
        poster_key(named.key): _Wanted(records=keepers[:1], fault=Fault.NO_POSTER),
        sidecar_key(named.key): _Wanted(records=keepers[:1], fault=Fault.NO_SIDECAR),
    }


def _meet(
    key: ObjectKey, want: _Wanted, size: int | None, wanted: dict[ObjectKey, _Wanted], checked: Checked
) -> None:
    if size is None:
        wanted[key] = want
    elif want.fault is Fault.MISSING:
        checked.findings += [_of_size(record, size) for record in want.records if size != record.size_bytes]


def _of_size(record: Shelved, size: int) -> Finding:
    detail = f"{size} bytes where the record says {record.size_bytes}"
    return Finding(fault=Fault.WRONG_SIZE, key=record.key, detail=detail, clip_id=record.clip_id)


async def _unclaimed(
    keys: Sequence[ObjectKey], found: Container[ObjectKey], store: Store, library: Library
) -> AsyncIterator[Finding]:
    """Ours is what a sidecar of a goal we know stands beside: a new database has no claim on an old library.

    What belongs together comes together, so each sidecar is read once.
    """
    read: ObjectKey | None = None
    fault = Fault.FOREIGN
    for key in keys:
        beside = ObjectKey(f"{key.rpartition('.')[0]}.json")
        if beside not in found:
            yield Finding(fault=Fault.FOREIGN, key=key)
            continue
        if beside != read:
            read, fault = beside, await _whose(beside, store, library)
        yield Finding(fault=fault, key=key)


async def _whose(key: ObjectKey, store: Store, library: Library) -> Fault:
    goal_id = await _goal_of(key, library)
    if goal_id is None:
        return Fault.FOREIGN
    return Fault.UNNAMED if await store.mend.known_goals([goal_id]) else Fault.ANOTHERS


async def _goal_of(key: ObjectKey, library: Library) -> GoalId | None:
    """The goal that a sidecar of footyd's tells of; None for a file of somebody else's."""
    with TemporaryDirectory(prefix="footyd-") as folder:
        file = Path(folder) / "sidecar.json"
        try:
            await library.fetch(key, file)
            facts = json.loads(file.read_bytes())
        except (LibraryError, ValueError):
            return None
    if not (isinstance(facts, dict) and isinstance(facts.get("footyd"), int) and "sha256" in facts):
        return None
    goal = facts.get("goal")
    return GoalId(str(goal.get("id"))) if isinstance(goal, dict) else None


async def _spoilt(store: Store, library: Library, known: list[Finding]) -> AsyncIterator[Finding]:
    lost = {finding.key for finding in known if finding.fault in LOST}
    async for record in store.shelf.shelved():
        if record.state is not ClipState.KEEPER or record.key in lost:
            continue
        if await library.sha256(record.key) != record.sha256:
            yield Finding(
                fault=Fault.WRONG_CONTENT, key=record.key, detail="other bytes", clip_id=record.clip_id
            )


# ---------------------------------------------------------------- setting right


async def repair(finding: Finding, tools: Tools) -> str:
    """Set one finding right, after a second look; what was done, empty when there was nothing to do."""
    if finding.fault in LEFT_ALONE:
        return ""
    if finding.fault is Fault.UNNAMED:
        return await _remove(finding.key, tools)
    clips = await tools.store.clips.find_clips({"_id": finding.clip_id, "state": ClipState.KEEPER.value})
    if not clips or clips[0].object_key is None:
        return ""
    if finding.fault in LOST:
        return await _fetch_again(clips[0], clips[0].object_key, finding, tools)
    return await _complete(clips[0], clips[0].object_key, finding.fault, tools)


async def _remove(key: ObjectKey, tools: Tools) -> str:
    if await tools.store.shelf.names(key):
        return ""
    await tools.library.delete(key)
    return "removed"


async def _fetch_again(clip: Clip, key: ObjectKey, finding: Finding, tools: Tools) -> str:
    if finding.fault is not Fault.WRONG_CONTENT and await tools.library.size(key) == clip.facts.size_bytes:
        return ""
    await want_again(clip, tools)
    await unshelve(key, clip.id, tools)
    if await tools.store.goals.search_again(clip.goal_id, tools.clock()):
        return "its post is fetched again with the next pass"
    return "its record is gone; its goal is not searched any more"


async def _complete(clip: Clip, key: ObjectKey, fault: Fault, tools: Tools) -> str:
    record = await tools.store.goals.record(clip.goal_id)
    tracked = await tools.store.fixtures.fixture(record.goal.fixture_id) if record else None
    if fault is Fault.NO_SIDECAR and record and tracked:
        await put_sidecar(key, clip, record.goal, tracked.fixture, tools)
        return "written anew"
    if fault is Fault.NO_POSTER:
        with TemporaryDirectory(prefix="footyd-") as folder:
            file = Path(folder) / f"clip.{clip.facts.container}"
            await tools.library.fetch(key, file)
            await put_poster(key, clip, file, tools)
        return "made anew" if await tools.library.size(poster_key(key)) else ""
    return ""
