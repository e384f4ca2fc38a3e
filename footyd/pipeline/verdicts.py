"""What persons decided, made true of a goal's posts and clips: record first, deletion last, repeatable."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import datetime

from footyd.config import ClipsConfig
from footyd.model import Candidate, CandidateState, Clip, ClipId, ClipState, GoalId, Rejection
from footyd.pipeline.ledger import read_ledger
from footyd.pipeline.shelf import remove_object
from footyd.pipeline.tools import Tools

REFUSED_FILE = Rejection(reason="refused_file", detail="a person rejected a post with the same file")
LONGEST_SECONDS = 300.0
"""Of a clip a person asks for: its pictures take 90 MB while they are read, more would not fit a Pi."""


async def apply_verdicts(goal_id: GoalId, tools: Tools) -> None:
    """The clips of rejected posts go and what they hid is wanted again; posts ruled out since are not."""
    candidates = await tools.store.clips.candidates(goal_id)
    clips = await tools.store.clips.clips(goal_id)
    unwanted = [clip for clip in clips if _is_unwanted(clip, candidates)]
    refused = [await _refuse(clip, tools) for clip in unwanted]
    for clip in clips:
        if clip not in unwanted and clip.keeper_id in {one.id for one in refused}:
            await want_again(clip, tools)
    await _set_aside({one.id for one in refused}, goal_id, tools)
    await _fetch_lost_choices([clip for clip in clips if clip not in unwanted], candidates, tools)
    for clip in refused:
        await remove_object(clip, tools)


def _is_unwanted(clip: Clip, candidates: Sequence[Candidate]) -> bool:
    """By the latest verdict on any post that shows this file."""
    verdicts = [c.verdict for c in candidates if c.verdict and _shows(c, clip)]
    return bool(verdicts) and not max(verdicts, key=lambda verdict: verdict.at).accepted


def _shows(candidate: Candidate, clip: Clip) -> bool:
    return candidate.clip_id == clip.id or candidate.post.id == clip.post_id


async def _refuse(clip: Clip, tools: Tools) -> Clip:
    """As recorded; its object still lies in the library."""
    if clip.state is ClipState.REFUSED:
        return clip
    refused = replace(clip, state=ClipState.REFUSED, path=None, keeper_id=None)
    await tools.store.clips.save_clip(refused)
    if clip.path:
        clip.path.unlink(missing_ok=True)
    return refused


async def _set_aside(refused: Container[ClipId], goal_id: GoalId, tools: Tools) -> None:
    """Other posts of refused files, and those whose post or author a person ruled out elsewhere."""
    ledger = await read_ledger(goal_id, tools.store)
    for candidate in await tools.store.clips.candidates(goal_id):
        judged = ledger.judged(candidate)
        if candidate.clip_id in refused and candidate.verdict is None:
            judged = replace(candidate, state=CandidateState.REJECTED, rejection=REFUSED_FILE)
        if judged != candidate:
            await tools.store.clips.save_candidate(judged)


async def _fetch_lost_choices(clips: Sequence[Clip], candidates: Sequence[Candidate], tools: Tools) -> None:
    """A pass that was about to hide a clip while a person chose it has hidden it: its file is gone."""
    chosen = {c.clip_id: c.verdict.at for c in candidates if is_chosen(c) and c.verdict}
    hidden = {clip.id: clip.keeper_id for clip in clips if clip.state is ClipState.DUPLICATE}
    for candidate in candidates:
        at = chosen.get(candidate.clip_id) if candidate.state is CandidateState.DOWNLOADED else None
        if at is None or not is_chosen(candidate) or candidate.clip_id not in hidden:
            continue
        later = chosen.get(hidden[candidate.clip_id])
        if later is None or later < at:
            await tools.store.clips.save_candidate(replace(candidate, state=CandidateState.ACCEPTED))


async def want_again(clip: Clip, tools: Tools) -> None:
    """Its posts are to be downloaded again, then its record goes: the file is lost."""
    for candidate in await tools.store.clips.candidates(clip.goal_id):
        if candidate.clip_id == clip.id and not is_rejected_by_person(candidate):
            again = replace(candidate, state=CandidateState.ACCEPTED, clip_id=None)
            await tools.store.clips.save_candidate(again)
    await tools.store.clips.forget_clip(clip.id)


def is_rejected_by_person(candidate: Candidate) -> bool:
    return candidate.verdict is not None and not candidate.verdict.accepted


def is_accepted_by_person(candidate: Candidate) -> bool:
    return candidate.verdict is not None and candidate.verdict.accepted


def chosen_clips(candidates: Sequence[Candidate], clips: Sequence[Clip]) -> dict[ClipId, datetime]:
    """The clips that persons want kept, with when they said so; without those to be fetched again."""
    held = {clip.id for clip in clips if clip.state in (ClipState.HELD, ClipState.KEEPER)}
    return {c.clip_id: c.verdict.at for c in candidates if is_chosen(c) and c.verdict and c.clip_id in held}


def is_chosen(candidate: Candidate) -> bool:
    return candidate.verdict is not None and candidate.verdict.accepted and candidate.verdict.chosen


def limits_for(candidate: Candidate, config: ClipsConfig) -> ClipsConfig:
    """A person's word goes before the limits of shape and length; what cannot be decoded stays refused."""
    if not is_accepted_by_person(candidate):
        return config
    longest = max(config.max_seconds, LONGEST_SECONDS)
    free = {"min_seconds": 0.0, "max_seconds": longest, "min_height": 16, "min_aspect": 0.01}
    return config.model_copy(update=free)
