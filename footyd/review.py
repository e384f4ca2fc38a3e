"""What persons decide about goals that need one: the same for the command line and the page.

A verdict is recorded at once; what it asks for, a download or a clip's end, is done by the pass it makes due.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from footyd.adapters.mongo import Store
from footyd.errors import FootydError
from footyd.model import (
    Candidate,
    CandidateState,
    GoalId,
    GoalOutcome,
    GoalRecord,
    GoalState,
    Happening,
    HappeningKind,
    PersonVerdict,
    Post,
    PostId,
    Rejection,
)
from footyd.pasted import read_address
from footyd.pipeline.needs_review import search_link
from footyd.pipeline.verdicts import is_chosen

BY_PERSON = Rejection(reason="by_person")
CERTAIN = 1.0
"""The score of a post that a person brings: nothing was judged."""
SHORTEST_ENDING = 4
"""Digits of a post's number that may stand for it; posts of one hour begin with the same ones."""
_IN_WORK = frozenset({CandidateState.ACCEPTED, CandidateState.DOWNLOADED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ToReview:
    """A goal that ended without a keeper, its best posts that were not taken, and X's page for its search."""

    record: GoalRecord
    candidates: tuple[Candidate, ...]
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """The posts as they were before, one per goal; `due` are the goals that have work now."""

    candidates: tuple[Candidate, ...]
    due: tuple[GoalId, ...]


async def goals_to_review(
    store: Store, aliases: Mapping[str, Sequence[str]], *, limit: int = 20, best: int = 5
) -> list[ToReview]:
    """The newest first; without posts that a person rejected."""
    needing = {"state": GoalState.CONFIRMED.value, "outcome": GoalOutcome.NEEDS_REVIEW.value}
    records = await store.goals.records(needing, limit=limit)
    return [await _to_review(record, store, aliases, best) for record in records]


async def _to_review(
    record: GoalRecord, store: Store, aliases: Mapping[str, Sequence[str]], best: int
) -> ToReview:
    tracked = await store.fixtures.fixture(record.goal.fixture_id)
    candidates = await store.clips.candidates(record.goal.id)
    open_ = [c for c in candidates if c.verdict is None or c.verdict.accepted]
    link = search_link(record, tracked.fixture, aliases) if tracked else ""
    return ToReview(record=record, candidates=tuple(open_[:best]), link=link)


def as_document(one: ToReview) -> dict[str, Any]:
    """The same as plain JSON values: times as ISO text."""
    goal = one.record.goal
    return {
        "goal": goal.id,
        "team": goal.team,
        "score": str(goal.score_after),
        "minute": goal.clock,
        "scorer": goal.player,
        "first_seen": goal.first_seen.isoformat(),
        "search": one.link,
        "posts": [_post_document(candidate) for candidate in one.candidates],
    }


def _post_document(candidate: Candidate) -> dict[str, Any]:
    post, rejection = candidate.post, candidate.rejection
    return {
        "post": post.id,
        "url": post.url,
        "author": post.author,
        "posted_at": post.posted_at.isoformat(),
        "text": post.text,
        "score": candidate.score,
        "parts": dict(candidate.parts),
        "state": candidate.state.value,
        "reason": rejection.reason if rejection else None,
        "detail": rejection.detail if rejection else None,
    }


# ---------------------------------------------------------------- verdicts


async def accept(
    store: Store, post: str, now: datetime, *, goal: GoalId | None = None, mirrors: Collection[str] = ()
) -> Ruled:
    """Take a post whatever was judged; one that is a clip already stays what it is."""
    found = await _candidates_of(store, post, goal, mirrors)
    living = [c for c in found if await is_confirmed(store, c.goal_id)]
    if not living:
        raise taken_back(found[0].goal_id)
    if len(living) > 1:
        goals = ", ".join(c.goal_id for c in living)
        raise FootydError(f"post {living[0].post.id} was found for {goals}", remedy="Say which with --goal")
    return await _accept(store, living[0], now, HappeningKind.ACCEPTED)


async def _accept(store: Store, candidate: Candidate, now: datetime, told: HappeningKind) -> Ruled:
    verdict = PersonVerdict(accepted=True, at=now, chosen=is_chosen(candidate))
    is_clip = candidate.state is CandidateState.DOWNLOADED
    state = candidate.state if is_clip else CandidateState.ACCEPTED
    await store.timeline.note(post_told(candidate, told, now))
    await store.clips.save_verdict(candidate.id, verdict, state=state, rejection=None)
    due = () if is_clip else await work_now(store, [candidate.goal_id], now)
    return Ruled(candidates=(candidate,), due=due)


async def reject(
    store: Store,
    post: str,
    now: datetime,
    *,
    goal: GoalId | None = None,
    author: bool = False,
    mirrors: Collection[str] = (),
) -> Ruled:
    """Never take a post, nor with `author` any other of its author; a clip it has become goes."""
    found = await _candidates_of(store, post, goal, mirrors)
    if author and not found[0].post.author:
        raise FootydError(f"the author of post {found[0].post.id} is not known", remedy="Leave --author out")
    verdict = PersonVerdict(accepted=False, at=now, blocks_author=author)
    await store.timeline.note(*(post_told(c, HappeningKind.REJECTED, now) for c in found))
    for candidate in found:
        await store.clips.save_verdict(
            candidate.id, verdict, state=CandidateState.REJECTED, rejection=BY_PERSON
        )
    due = [c.goal_id for c in found if c.state in _IN_WORK or c.clip_id]
    return Ruled(candidates=tuple(found), due=await work_now(store, due, now))


async def link(
    store: Store, goal: GoalId, url: str, now: datetime, *, mirrors: Collection[str] = ()
) -> Ruled:
    """Take the video behind an address as a post of the goal that a person has accepted."""
    pasted = read_address(url, mirrors)
    if not await is_confirmed(store, goal):
        raise taken_back(goal)
    post = Post(
        id=pasted.id, url=pasted.url, author=pasted.author, text="", posted_at=now, media=(), source="person"
    )
    state = CandidateState.ACCEPTED
    await store.clips.add_candidates([Candidate(goal_id=goal, post=post, score=CERTAIN, state=state)])
    [candidate] = [c for c in await store.clips.candidates_of(pasted.id) if c.goal_id == goal]
    return await _accept(store, candidate, now, HappeningKind.LINKED)


async def search_again(store: Store, goal: GoalId, now: datetime) -> None:
    """One more search round; what persons decided stays."""
    if not await is_confirmed(store, goal):
        raise taken_back(goal)
    await store.timeline.note(Happening(goal_id=goal, at=now, kind=HappeningKind.SEARCH_ASKED))
    if not await store.goals.search_again(goal, now):
        raise taken_back(goal)


def post_told(candidate: Candidate, kind: HappeningKind, now: datetime) -> Happening:
    """What a person decided about a post, for its goal's timeline."""
    post = candidate.post
    facts = {"author": post.author, "url": post.url}
    return Happening(goal_id=candidate.goal_id, at=now, kind=kind, subject=post.id, facts=facts)


# ---------------------------------------------------------------- which post, which goal


async def _candidates_of(
    store: Store, text: str, goal: GoalId | None, mirrors: Collection[str]
) -> list[Candidate]:
    """By id, by address, or by the last digits of one that waits for a person; never empty."""
    id = PostId(text) if _is_id(text) else read_address(text, mirrors).id
    found = [c for c in await store.clips.candidates_of(id) if goal in {None, c.goal_id}]
    found = found or await _by_ending(store, text, goal)
    if not found:
        of = f" of goal {goal}" if goal else ""
        raise FootydError(
            f"no post {text}{of}", remedy="footyd review lists posts, footyd review link GOAL URL adds one"
        )
    return found


def _is_id(text: str) -> bool:
    return text.isdigit() or text.startswith("link-")


async def _by_ending(store: Store, text: str, goal: GoalId | None) -> list[Candidate]:
    if not text.isdigit() or len(text) < SHORTEST_ENDING:
        return []
    waiting = [goal] if goal else [one.record.goal.id for one in await goals_to_review(store, {})]
    listed = [c for one in waiting for c in await store.clips.candidates(one) if c.post.id.endswith(text)]
    ids = {c.post.id for c in listed}
    if len(ids) > 1:
        raise FootydError(f"{text} is the end of {len(ids)} posts", remedy=f"Say {' or '.join(sorted(ids))}")
    return listed


async def is_confirmed(store: Store, goal: GoalId) -> bool:
    """Raises FootydError for a goal that is not known."""
    record = await store.goals.record(goal)
    if record is None:
        raise FootydError(f"no goal {goal}", remedy="footyd goal list shows the ids")
    return record.goal.state is GoalState.CONFIRMED


def taken_back(goal: GoalId) -> FootydError:
    """What is told when nothing can be asked of a goal any more."""
    return FootydError(f"goal {goal} was taken back", remedy="Add it anew with footyd goal add")


async def work_now(store: Store, goals: Collection[GoalId], now: datetime) -> tuple[GoalId, ...]:
    """Those that have work now; a goal that was taken back has none."""
    return tuple([goal for goal in dict.fromkeys(goals) if await store.review.work_now(goal, now)])
