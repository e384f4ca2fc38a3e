"""One pass: ask once for the goals of a fixture that are due together, then judge the answer for each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from footyd.config import ClipsConfig, SearchConfig
from footyd.model import Candidate, Fixture, Found, Goal, NoResults, PostId
from footyd.stages.search.bucket import Look
from footyd.stages.search.chain import SourceChain, Unreachable
from footyd.stages.search.context import GoalContext
from footyd.stages.search.query import query_for
from footyd.stages.search.score import judge_posts
from footyd.stages.search.videos import one_per_video

Answer = Found | NoResults | Unreachable


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOutcome:
    """`used` tells whether the pass is spent; if not, `retry_at` says when to come back and `reason` why."""

    used: bool
    retry_at: datetime | None
    reason: str
    source: str | None
    candidates: tuple[Candidate, ...]


async def search_goals(
    goals: Sequence[Goal],
    fixture: Fixture,
    window_from: datetime,
    chain: SourceChain,
    config: SearchConfig,
    *,
    look: Look = Look.FIRST,
) -> Answer:
    """One search that serves all of these goals of one fixture."""
    return await chain.ask(query_for(goals, fixture, window_from, config.aliases), look)


def judge_answer(
    context: GoalContext,
    answer: Answer,
    config: SearchConfig,
    clips: ClipsConfig,
    *,
    known: Collection[PostId],
    blocked: frozenset[str] = frozenset(),
    seen: frozenset[str] = frozenset(),
) -> SearchOutcome:
    """What the answer is to one goal: every post not in `known`, judged, the best first."""
    if isinstance(answer, Unreachable):
        return SearchOutcome(
            used=False, retry_at=answer.retry_at, reason=answer.reason, source=None, candidates=()
        )
    posts = answer.posts if isinstance(answer, Found) else ()
    fresh = {post.id: post for post in one_per_video(posts) if post.id not in known}
    candidates = judge_posts(context, fresh.values(), config, clips, blocked=blocked, seen=seen)
    return SearchOutcome(
        used=True,
        retry_at=None,
        reason="" if posts else "no results",
        source=answer.source,
        candidates=tuple(candidates),
    )
