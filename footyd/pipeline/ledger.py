"""The ledger as a search needs it: what was judged already, and what persons decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from footyd.adapters.mongo import Store
from footyd.model import Candidate, CandidateState, GoalId, PostId, Rejection
from footyd.stages.search import TOO_EARLY, is_too_early, seen_videos


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Before a search of a goal.

    `known` posts are judged for good, those that `may_rise` are judged again; `blocked` authors and `refused`
    posts are ruled out by persons, whichever goal they were found for; `seen` are the videos taken already.
    """

    known: frozenset[PostId]
    may_rise: frozenset[PostId]
    blocked: frozenset[str]
    refused: frozenset[PostId]
    seen: frozenset[str]

    async def remember(self, candidates: Sequence[Candidate], store: Store) -> tuple[Candidate, ...]:
        """Record what a search found, as persons' verdicts leave it."""
        found = tuple(self.judged(candidate) for candidate in candidates)
        await store.clips.add_candidates([c for c in found if c.post.id not in self.may_rise])
        for candidate in found:
            if candidate.post.id in self.may_rise:
                await store.clips.save_candidate(candidate)
        return found

    def judged(self, candidate: Candidate) -> Candidate:
        """The same, unless a person ruled the post or its author out and did not rule on this candidate."""
        rejection = self._ruled_out(candidate)
        if rejection is None or candidate.verdict or candidate.state is not CandidateState.ACCEPTED:
            return candidate
        return replace(candidate, state=CandidateState.REJECTED, rejection=rejection)

    def _ruled_out(self, candidate: Candidate) -> Rejection | None:
        if candidate.post.id in self.refused:
            return Rejection(reason="refused_elsewhere", detail="a person rejected it for another goal")
        if handle(candidate.post.author) in self.blocked:
            return Rejection(reason="blocked_author", detail=candidate.post.author)
        return None


async def read_ledger(goal_id: GoalId, store: Store, *, window_from: datetime | None = None) -> Ledger:
    """Three small reads; the two of the blocklist come from indexes alone.

    With a window posts rise too that were too early for the one it was before the clock was set.
    """
    candidates = await store.clips.candidates(goal_id)
    rising = frozenset(c.post.id for c in candidates if _may_rise(c, window_from))
    return Ledger(
        known=frozenset(c.post.id for c in candidates) - rising,
        may_rise=rising,
        blocked=_handles(await store.clips.blocked_authors()),
        refused=await store.clips.rejected_posts(),
        seen=seen_videos(candidates),
    )


def _may_rise(candidate: Candidate, window_from: datetime | None) -> bool:
    """Rejected for a passing reason: a scorer named later may still lift it, if no person ruled on it."""
    rejection = candidate.rejection
    if rejection is None or candidate.state is not CandidateState.REJECTED or candidate.verdict is not None:
        return False
    if rejection.reason == TOO_EARLY and window_from is not None:
        return not is_too_early(candidate.post, window_from)
    return rejection.temporary


def _handles(authors: Iterable[str]) -> frozenset[str]:
    return frozenset(filter(None, map(handle, authors)))


def handle(author: str) -> str:
    """X does not mind the case of a handle."""
    return author.strip().removeprefix("@").casefold()
