"""The best copy of each distinct clip goes to the library: object first, record second, deletion last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from footyd.model import Clip, ClipId, ClipState, Fixture, Goal, GoalRecord, Group, Match, ObjectKey
from footyd.pipeline.better import fetch_better
from footyd.pipeline.shelf import move_renamed, remove_object, shelve
from footyd.pipeline.told import hidings
from footyd.pipeline.tools import Tools
from footyd.pipeline.verdicts import chosen_clips, want_again
from footyd.stages.fingerprint import match_fingerprints
from footyd.stages.publish import object_key
from footyd.stages.select import choose_groups, pairs_to_compare

GONE = (ClipState.REFUSED, ClipState.EXPIRED)
LIVE = (ClipState.HELD, ClipState.KEEPER)

Matches = Mapping[frozenset[ClipId], Match]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    groups: int
    duplicates: int
    stored: tuple[ObjectKey, ...]
    removed: tuple[ObjectKey, ...]


async def keep_clips(record: GoalRecord, fixture: Fixture, tools: Tools) -> Kept:
    """Group what the goal holds, publish new keepers, retire what they replace."""
    goal = record.goal
    await move_renamed(goal, fixture, tools)
    clips, found, matches = await _settle(goal, tools)
    if found:
        await tools.reach(record, "deduped")
    by_id = _with_evidence(clips, found, matches)
    groups = [group for group in found if by_id[group.keeper].state in LIVE]
    ranks = {clip.rank for clip in clips if clip.rank}
    stored: list[ObjectKey] = []
    removed: list[ObjectKey] = []
    for number, group in enumerate(groups, start=1):
        keeper = by_id[group.keeper]
        others = [by_id[id] for id in group.members if id != group.keeper]
        if keeper.state is ClipState.HELD:
            rank = _rank_for(others, ranks)
            ranks.add(rank)
            keeper = await _publish(keeper, goal, fixture, tools, rank=rank, group=number)
            stored += [keeper.object_key] if keeper.object_key else []
            await tools.reach(record, "stored")
        await tools.store.timeline.note(*hidings(others, keeper, record, tools.clock()))
        for other in others:
            removed += [other.object_key] if other.object_key else []
            await retire(other, keeper.id, tools)
    await _free_orphans(found, by_id, tools)
    return Kept(
        groups=len(groups),
        duplicates=sum(len(group.members) - 1 for group in groups),
        stored=tuple(stored),
        removed=tuple(removed),
    )


def _with_evidence(clips: Sequence[Clip], groups: Sequence[Group], matches: Matches) -> dict[ClipId, Clip]:
    """The clips by id, each with what it is kept or hidden for and how it agrees with what hides it."""
    told = {
        id: (why, matches.get(frozenset((id, group.keeper))))
        for group in groups
        for id, why in zip(group.members, group.reasons, strict=True)
    }
    return {clip.id: replace(clip, evidence=told[clip.id][0], match=told[clip.id][1]) for clip in clips}


async def _free_orphans(groups: Sequence[Group], by_id: Mapping[ClipId, Clip], tools: Tools) -> None:
    """What only a clip hid that is hidden itself now, by a person's choice, is wanted again."""
    keepers = {group.keeper for group in groups if by_id[group.keeper].state in LIVE}
    left = [by_id[id] for group in groups if group.keeper not in keepers for id in group.members]
    orphans = [clip for clip in left if clip.keeper_id in by_id and clip.keeper_id not in keepers]
    for orphan in orphans:
        await want_again(orphan, tools)
    if orphans:
        await tools.store.review.work_now(orphans[0].goal_id, tools.clock())


async def _settle(goal: Goal, tools: Tools) -> tuple[list[Clip], tuple[Group, ...], Matches]:
    """The goal's clips and their groups, once every keeper is there in the best size its post has."""
    matches: dict[frozenset[ClipId], Match] = {}
    tried: set[ClipId] = set()
    while True:
        found = await tools.store.clips.clips(goal.id)
        clips = [clip for clip in found if clip.state not in GONE]
        matches |= await _compare(clips, matches, tools)
        chosen = chosen_clips(await tools.store.clips.candidates(goal.id), clips)
        groups = choose_groups(clips, matches, tools.config.clips.minimum_match, chosen)
        keepers = {group.keeper for group in groups}
        small = [c for c in clips if c.id in keepers - tried and c.better and c.state in LIVE]
        if not small:
            return clips, groups, matches
        for clip in small:
            tried.add(clip.id)
            await fetch_better(clip, tools)


async def _compare(clips: list[Clip], known: Matches, tools: Tools) -> dict[frozenset[ClipId], Match]:
    pairs = [(a, b) for a, b in pairs_to_compare(clips) if frozenset((a.id, b.id)) not in known]
    if not pairs:
        return {}
    matches = await tools.workers.run(
        match_fingerprints,
        [(a.fingerprint, b.fingerprint) for a, b in pairs],
        timeout_seconds=tools.config.workers.task_timeout_seconds,
    )
    return {frozenset((a.id, b.id)): match for (a, b), match in zip(pairs, matches, strict=True)}


def _rank_for(others: list[Clip], taken: set[int]) -> int:
    """The rank of the keeper that is replaced, else the next free one."""
    inherited = sorted(clip.rank for clip in others if clip.rank)
    return inherited[0] if inherited else next(n for n in range(1, len(taken) + 2) if n not in taken)


async def _publish(clip: Clip, goal: Goal, fixture: Fixture, tools: Tools, *, rank: int, group: int) -> Clip:
    """Promise the key, put the object, then record it: a crash in between is mended from the promise."""
    key = object_key(
        tools.config.library.key_template, goal=goal, fixture=fixture, rank=rank, sha256=clip.facts.sha256
    )
    promised = replace(clip, state=ClipState.PUBLISHING, object_key=key, rank=rank, group=group)
    await tools.store.clips.save_clip(promised)
    return await shelve(promised, goal, fixture, tools)


async def retire(clip: Clip, keeper: ClipId, tools: Tools) -> None:
    """A clip whose footage another one keeps: record it, delete its object, then forget the key."""
    if clip.state is ClipState.DUPLICATE and clip.keeper_id == keeper:
        return
    duplicate = replace(clip, state=ClipState.DUPLICATE, keeper_id=keeper, path=None)
    await tools.store.clips.save_clip(duplicate)
    if clip.path:
        clip.path.unlink(missing_ok=True)
    await remove_object(duplicate, tools)
