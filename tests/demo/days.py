"""A day's records as they are when everything went as written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from footyd.adapters.feed_payload import parse_fixture
from footyd.demo.feed_payloads import fixture_payload
from footyd.demo.posts import PostKind, ScriptedPost
from footyd.demo.report import DayRecords
from footyd.demo.scenario import ExpectedGoal, Scenario
from footyd.model import (
    Candidate,
    CandidateState,
    Clip,
    ClipId,
    ClipState,
    Fingerprint,
    FixtureId,
    FixtureState,
    Goal,
    GoalId,
    GoalKind,
    GoalRecord,
    GoalState,
    ObjectKey,
    Post,
    PostId,
    ProcessingStatus,
    Rejection,
    Score,
    SearchPlan,
    TeamId,
    VideoFacts,
)

NOON = datetime(2026, 3, 7, 12, tzinfo=UTC)


def a_good_day(scenario: Scenario) -> DayRecords:
    written = [(goal, list(_posts(scenario, goal))) for goal in scenario.expected]
    return DayRecords(
        fixtures=tuple(
            (FixtureState.COMPLETED, parse_fixture(fixture_payload(fixture, scenario.end_minute)))
            for fixture in scenario.fixtures
        ),
        pending=(_taken_back(),),
        goals=tuple(_record(goal) for goal in scenario.expected),
        candidates=tuple(_candidate(goal, post) for goal, posts in written for post in posts),
        clips=tuple(clip for goal, posts in written for clip in _clips(goal, posts)),
    )


def goal_id(goal: ExpectedGoal) -> GoalId:
    return GoalId(f"{goal.fixture_id}-{goal.score_after}-1")


def changed(records: DayRecords, field: str, index: int, **facts: Any) -> DayRecords:
    """The same records with some facts of one of them changed."""
    values = list(getattr(records, field))
    values[index] = replace(values[index], **facts)
    return replace(records, **{field: tuple(values)})


def _posts(scenario: Scenario, goal: ExpectedGoal) -> Iterator[ScriptedPost]:
    for post in scenario.posts:
        if post.fixture_id == goal.fixture_id and post.event.clock == goal.clock:
            yield post


def _goal(goal: ExpectedGoal) -> Goal:
    minute, _, extra = goal.clock.rstrip("'").partition("+")
    return Goal(
        id=goal_id(goal),
        fixture_id=FixtureId(goal.fixture_id),
        team_id=TeamId(1),
        team=goal.team,
        player_id=None,
        player=goal.player,
        minute=int(minute),
        extra=int(extra) if extra else None,
        score_after=goal.score_after,
        kind=goal.kind,
        generation=1,
        state=GoalState.CONFIRMED,
        first_seen=NOON,
    )


def _record(goal: ExpectedGoal) -> GoalRecord:
    return GoalRecord(
        goal=_goal(goal),
        plan=SearchPlan(pass_index=3, searched=False, next_at=None, window_from=NOON),
        status=ProcessingStatus(twitter_scraped=True, completed=True),
        outcome=goal.outcome,
    )


def _taken_back() -> Goal:
    """What the VAR took away from Brévence."""
    return Goal(
        id=GoalId("gone"),
        fixture_id=FixtureId(992_001),
        team_id=TeamId(2),
        team="Étoile Brévence",
        player_id=None,
        player="T. Bréchard",
        minute=23,
        extra=None,
        score_after=Score(home=1, away=1),
        kind=GoalKind.NORMAL,
        generation=1,
        state=GoalState.DISCARDED,
        first_seen=NOON,
    )


def _candidate(goal: ExpectedGoal, post: ScriptedPost) -> Candidate:
    good = post.kind is PostKind.CLIP
    return Candidate(
        goal_id=goal_id(goal),
        post=Post(
            id=PostId(str(post.id)),
            url=f"https://x.com/{post.handle}/status/{post.id}",
            author=post.handle,
            text=post.text,
            posted_at=NOON,
            media=(),
            source="nitter",
        ),
        score=0.9,
        state=CandidateState.DOWNLOADED if good else CandidateState.REJECTED,
        rejection=None if good else Rejection(reason=post.kind.reason),
    )


def _clips(goal: ExpectedGoal, posts: list[ScriptedPost]) -> Iterator[Clip]:
    """The base version of each camera is kept in front of the others."""
    for post in posts:
        if post.kind is PostKind.CLIP and post.recipe is not None:
            base = f"{goal_id(goal)}:{post.recipe.camera}-base"
            own = f"{goal_id(goal)}:{post.recipe.camera}-{post.recipe.version}"
            kept = own == base
            yield Clip(
                id=ClipId(own),
                goal_id=goal_id(goal),
                post_id=PostId(str(post.id)),
                facts=_facts(320 if kept else 272),
                fingerprint=Fingerprint(version=1, data=b""),
                state=ClipState.KEEPER if kept else ClipState.DUPLICATE,
                object_key=ObjectKey(f"{own}.mp4") if kept else None,
                keeper_id=None if kept else ClipId(base),
            )


def _facts(width: int) -> VideoFacts:
    height = width * 9 // 16
    return VideoFacts(
        width=width, height=height, duration_seconds=3.75, fps=8, frames=30, size_bytes=70_000, sha256="0"
    )
