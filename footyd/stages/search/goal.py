"""One pass of a goal: ask, judge, hand over."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from footyd.config import ClipsConfig, SearchConfig
from footyd.model import Candidate, Found, PostId
from footyd.stages.search.chain import SourceChain, Unreachable
from footyd.stages.search.context import GoalContext
from footyd.stages.search.query import query_for
from footyd.stages.search.score import score_candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOutcome:
    """`used` tells whether the pass is spent; if not, `retry_at` says when to come back and `reason` why."""

    used: bool
    retry_at: datetime | None
    reason: str
    source: str | None
    candidates: tuple[Candidate, ...]


async def search_goal(
    context: GoalContext,
    chain: SourceChain,
    config: SearchConfig,
    clips: ClipsConfig,
    known: Collection[PostId],
) -> SearchOutcome:
    """Every post not in `known`, judged, the best first."""
    reply = await chain.ask(query_for(context.goal, context.fixture, context.window_from))
    if isinstance(reply, Unreachable):
        return SearchOutcome(
            used=False, retry_at=reply.retry_at, reason=reply.reason, source=None, candidates=()
        )
    posts = reply.posts if isinstance(reply, Found) else ()
    fresh = {post.id: post for post in posts if post.id not in known}
    candidates = [score_candidate(context, post, config, clips) for post in fresh.values()]
    candidates.sort(key=lambda candidate: candidate.score, reverse=True)
    return SearchOutcome(
        used=True,
        retry_at=None,
        reason="" if posts else "no results",
        source=reply.source,
        candidates=tuple(candidates),
    )
