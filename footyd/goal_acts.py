"""What persons ask of a goal besides verdicts on posts: another keeper, or an end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from footyd.adapters.mongo import Store
from footyd.errors import FootydError
from footyd.model import (
    Candidate,
    CandidateState,
    Clip,
    ClipId,
    ClipState,
    GoalId,
    Happening,
    HappeningKind,
    PersonVerdict,
)
from footyd.review import Ruled, is_confirmed, post_told, taken_back, work_now

_AT_HAND = frozenset({ClipState.HELD, ClipState.KEEPER, ClipState.PUBLISHING})


async def choose(store: Store, goal: GoalId, clip_id: ClipId, now: datetime) -> Ruled:
    """Keep this clip instead of whatever shows the same footage, from now on.

    The file of a duplicate is gone: its post is fetched again, and the keeper stays until that one is stored.
    """
    if not await is_confirmed(store, goal):
        raise taken_back(goal)
    clips = await store.clips.clips(goal)
    candidate = _post_of(clip_id, clips, await store.clips.candidates(goal))
    at_hand = any(clip.id == candidate.clip_id and clip.state in _AT_HAND for clip in clips)
    state = CandidateState.DOWNLOADED if at_hand else CandidateState.ACCEPTED
    verdict = PersonVerdict(accepted=True, at=now, chosen=True)
    await store.timeline.note(post_told(candidate, HappeningKind.CHOSEN, now))
    await store.clips.save_verdict(candidate.id, verdict, state=state, rejection=None)
    return Ruled(candidates=(candidate,), due=await work_now(store, [goal], now))


def _post_of(clip_id: ClipId, clips: Sequence[Clip], candidates: Sequence[Candidate]) -> Candidate:
    """The post to fetch it from: its own before others that showed the same bytes."""
    clip = next((c for c in clips if c.id == clip_id), None)
    if clip is None or clip.state in (ClipState.REFUSED, ClipState.EXPIRED):
        raise FootydError(f"no clip {clip_id} to choose", remedy="footyd goal show lists the clips of a goal")
    posts = [c for c in candidates if clip_id == c.clip_id or c.post.id == clip.post_id]
    if not posts:
        raise FootydError(f"the post of clip {clip_id} is not known", remedy="Paste its address instead")
    return max(posts, key=lambda c: (c.post.id == clip.post_id, c.clip_id == clip_id))


async def cancel(store: Store, goal: GoalId, now: datetime) -> None:
    """Take a goal back: no more searches, its clips go after the quarantine."""
    if not (await is_confirmed(store, goal) and await store.goals.cancel(goal, now)):
        raise FootydError(f"goal {goal} is cancelled already", remedy="Nothing to do")


async def close(store: Store, goal: GoalId, now: datetime) -> None:
    """A person has looked, and there is no clip: the goal waits for nobody any more."""
    if not await is_confirmed(store, goal):
        raise taken_back(goal)
    if not await store.review.close(goal):
        raise FootydError(f"goal {goal} does not wait for a person", remedy="Nothing to do")
    await store.timeline.note(Happening(goal_id=goal, at=now, kind=HappeningKind.CLOSED))
