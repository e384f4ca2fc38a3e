"""Finding posts: the chain of sources, the query, the judgement, and the pass that joins them."""

from footyd.stages.search.bucket import Look
from footyd.stages.search.chain import Source, SourceBook, SourceChain, Unreachable
from footyd.stages.search.context import GoalContext
from footyd.stages.search.goal import Answer, SearchOutcome, judge_answer, search_goals
from footyd.stages.search.query import query_for, within_one_query
from footyd.stages.search.reject import TOO_EARLY, is_too_early, seen_videos
from footyd.stages.search.rests import RestBook
from footyd.stages.search.score import judge_posts, score_candidate

__all__ = [
    "TOO_EARLY",
    "Answer",
    "GoalContext",
    "Look",
    "RestBook",
    "SearchOutcome",
    "Source",
    "SourceBook",
    "SourceChain",
    "Unreachable",
    "is_too_early",
    "judge_answer",
    "judge_posts",
    "query_for",
    "score_candidate",
    "search_goals",
    "seen_videos",
    "within_one_query",
]
