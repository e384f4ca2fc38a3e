"""One goal: its clips and what they won against, its posts, and all that happened to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from footyd.adapters.mongo import Store
from footyd.adapters.mongo.goal_pages import Ends
from footyd.config import Config
from footyd.model import (
    Clip,
    FixtureId,
    Goal,
    GoalId,
    GoalRecord,
    GoalState,
)
from footyd.pipeline import QUARANTINE
from footyd.pipeline.needs_review import search_link
from footyd.web.looks.clips import GoneLook, KeeperLook, look_gone, look_keepers
from footyd.web.looks.posts import PostLook, look_post
from footyd.web.looks.stages import StageLook, stages_of
from footyd.web.looks.timeline import HappeningLook, timeline_of


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalItem:
    """A goal as lists show it; the match's facts are empty where it is not in the database any more."""

    id: GoalId
    fixture_id: FixtureId
    kickoff: datetime | None
    league: str
    home: str
    away: str
    team: str
    player: str | None
    clock: str
    kind: str
    score_after: str
    state: str
    outcome: str | None
    error: str
    first_seen: datetime
    confirmed_at: datetime | None
    search_pass: int | None
    next_at: datetime | None
    stages: tuple[StageLook, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalPageLook:
    """Everything about one goal; `quarantine_ends` when the clips of one taken back go."""

    goal: GoalItem
    keepers: tuple[KeeperLook, ...]
    gone: tuple[GoneLook, ...]
    posts: tuple[PostLook, ...]
    timeline: tuple[HappeningLook, ...]
    search_link: str
    cancelled_at: datetime | None
    cancelled_by: str
    quarantine_ends: datetime | None

    @property
    def takes_wishes(self) -> bool:
        return self.goal.state == GoalState.CONFIRMED.value


async def look_goal(store: Store, config: Config, goal_id: GoalId) -> GoalPageLook | None:
    """Seven small reads; None for a goal that nobody has seen. Raises StoreError."""
    record = await store.goals.record(goal_id)
    goal = record.goal if record else await store.goal_pages.sighting(goal_id)
    if goal is None:
        return None
    clips = await store.goal_pages.clips(goal_id)
    candidates = await store.clips.candidates(goal_id)
    ends = await store.goal_pages.ends(goal_id)
    noted = await store.timeline.of(goal_id)
    matches = await store.goal_pages.matches([goal.fixture_id])
    posts = tuple(look_post(c, goal) for c in candidates)
    return GoalPageLook(
        goal=look_item(goal, record, matches.get(goal.fixture_id)),
        keepers=look_keepers(clips, candidates, posts),
        gone=look_gone(clips),
        posts=posts,
        timeline=timeline_of(goal, clips, noted, ends),
        search_link=await link_for(store, config, record) if record else "",
        cancelled_at=ends.cancelled_at,
        cancelled_by=ends.cancelled_by,
        quarantine_ends=_quarantine_ends(ends, clips),
    )


def look_item(goal: Goal, record: GoalRecord | None, match: Mapping[str, Any] | None) -> GoalItem:
    waits = record is not None and record.plan.next_at is not None and goal.state is GoalState.CONFIRMED
    found: Mapping[str, Any] = match or {}
    return GoalItem(
        id=goal.id,
        fixture_id=goal.fixture_id,
        kickoff=found.get("kickoff"),
        league=found.get("league", ""),
        home=found.get("home", {}).get("name", ""),
        away=found.get("away", {}).get("name", ""),
        team=goal.team,
        player=goal.player,
        clock=goal.clock,
        kind=goal.kind.value,
        score_after=str(goal.score_after),
        state=goal.state.value,
        outcome=record.outcome.value if record and record.outcome else None,
        error=record.error if record else "",
        first_seen=goal.first_seen,
        confirmed_at=goal.confirmed_at,
        search_pass=record.plan.pass_index + 1 if record and waits else None,
        next_at=record.plan.next_at if record and waits else None,
        stages=stages_of(goal, record),
    )


async def link_for(store: Store, config: Config, record: GoalRecord) -> str:
    tracked = await store.fixtures.fixture(record.goal.fixture_id)
    return search_link(record, tracked.fixture, config.search.aliases) if tracked else ""


def _quarantine_ends(ends: Ends, clips: Sequence[Clip]) -> datetime | None:
    held = any(clip.object_key for clip in clips)
    return ends.cancelled_at + QUARANTINE if ends.cancelled_at and held else None
