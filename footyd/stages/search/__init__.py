"""Finding posts: the chain of sources, the query, the judgement, and the pass that joins them."""

from footyd.stages.search.chain import RestBook, Source, SourceChain, Unreachable
from footyd.stages.search.context import GoalContext
from footyd.stages.search.goal import SearchOutcome, search_goal
from footyd.stages.search.query import query_for
from footyd.stages.search.reject import seen_videos
from footyd.stages.search.score import judge_posts, score_candidate

__all__ = [
    "GoalContext",
    "RestBook",
    "SearchOutcome",
    "Source",
    "SourceChain",
    "Unreachable",
    "judge_posts",
    "query_for",
    "score_candidate",
    "search_goal",
    "seen_videos",
]
