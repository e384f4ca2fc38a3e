"""Judging a post for a goal: a score of named parts, and one typed reason against it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

from footyd.config import ClipsConfig, SearchConfig
from footyd.model import Candidate, CandidateState, Post, Rejection
from footyd.stages.search import reading
from footyd.stages.search.context import GoalContext
from footyd.stages.search.naming import Named, read_names
from footyd.stages.search.people import surname
from footyd.stages.search.reject import Rules, rejected, seen_videos, usable_first

WEIGHTS = {
    "scorer": 0.30,
    "home team": 0.12,
    "away team": 0.12,
    "score": 0.20,
    "score reversed": 0.15,
    "minute": 0.12,
    "goal word": 0.10,
    "fresh": 0.04,
    "another score": -0.35,
    "another minute": -0.15,
    "no sign of a goal": -0.25,
    "another club": -0.30,
    "another moment": -0.45,
    "perhaps another moment": -0.25,
}
FRESH = timedelta(minutes=20)


def judge_posts(
    context: GoalContext,
    posts: Iterable[Post],
    config: SearchConfig,
    clips: ClipsConfig,
    *,
    blocked: frozenset[str] = frozenset(),
    seen: frozenset[str] = frozenset(),
) -> list[Candidate]:
    """Candidates, the best first; of posts with the same video the best one has it, the others were late.

    `blocked` are authors a person does not want, `seen` the videos already judged (see `seen_videos`).
    """
    rules = Rules(search=config, clips=clips, blocked=blocked, seen=seen)
    alone = [(judge(context, post, rules), post) for post in posts]
    alone.sort(key=lambda judged: (judged[0].rejection is not None, -judged[0].score))
    candidates: list[Candidate] = []
    for candidate, post in alone:
        with_others = replace(rules, seen=seen | seen_videos(candidates))
        again = candidate.rejection is None and with_others.seen != seen
        candidates.append(judge(context, post, with_others) if again else candidate)
    return sorted(candidates, key=lambda candidate: candidate.score, reverse=True)


def score_candidate(context: GoalContext, post: Post, config: SearchConfig, clips: ClipsConfig) -> Candidate:
    """One post judged on its own: see `judge`."""
    return judge(context, post, Rules(search=config, clips=clips))


def judge(context: GoalContext, post: Post, rules: Rules) -> Candidate:
    """The post as a candidate of the goal, accepted or with the one reason that decided against it."""
    named = read_names(context, post.text, rules.search.aliases)
    parts = score_parts(context, post, named)
    score = min(1.0, max(0.0, round(sum(parts.values()), 4)))
    rejection = rejected(context, post, named, rules)
    if rejection is None and score < rules.search.minimum_score:
        rejection = _low_score(context, parts)
    return Candidate(
        goal_id=context.goal.id,
        post=replace(post, media=usable_first(post.media, rules)),
        score=score,
        state=CandidateState.REJECTED if rejection else CandidateState.ACCEPTED,
        rejection=rejection,
        parts=parts,
    )


def score_parts(context: GoalContext, post: Post, named: Named) -> dict[str, float]:
    """What speaks for and against the post, by name, with its weight."""
    minute = _minute_part(context, post.text)
    score = _score_part(context, post.text, named, confirmed=named.scorer or minute == "minute")
    goal_word = reading.tells_goal(post.text)
    told = goal_word or score.startswith("score") or minute == "minute"
    found = {
        "scorer": named.scorer,
        "home team": named.home,
        "away team": named.away,
        score: True,
        minute: True,
        "goal word": goal_word,
        "no sign of a goal": not told and not reading.hints_at_goal(post.text),
        _moment_part(post): True,
        "another club": bool(named.elsewhere),
        "fresh": abs(post.posted_at - context.goal.first_seen) <= FRESH,
    }
    return {part: WEIGHTS[part] for part, there in found.items() if part and there}


def _score_part(context: GoalContext, text: str, named: Named, *, confirmed: bool) -> str:
    """Some write the away side first; a score that is neither order belongs to another goal.

    The reverse of ours may be another goal's own: it counts where scorer or minute confirm it.
    """
    ours, written = context.goal.score_after, reading.scores(text) | named.scores
    if (ours.home, ours.away) in written:
        return "score"
    if (ours.away, ours.home) in written:
        return "score reversed" if confirmed else ""
    return "another score" if written else ""


def _minute_part(context: GoalContext, text: str) -> str:
    written = reading.minutes(text)
    if any(reading.is_minute_of(context.goal, *one) for one in written | reading.perhaps_minutes(text)):
        return "minute"
    return "another minute" if written else ""


def _moment_part(post: Post) -> str:
    if reading.tells_other_moment(post.text, post.posted_at.year):
        return "another moment"
    return "perhaps another moment" if reading.perhaps_other_moment(post.text) else ""


def _low_score(context: GoalContext, parts: Mapping[str, float]) -> Rejection:
    """Temporary while the scorer is unknown: his name may yet lift the post."""
    detail = ", ".join(f"{part} {weight:+.2f}" for part, weight in parts.items())
    return Rejection(
        reason="low_score",
        temporary=not surname(context.goal.player),
        detail=detail or "nothing speaks for it",
    )
