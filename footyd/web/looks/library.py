"""The library: its clips by match, the newest first, and those that fit a search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from footyd.adapters.mongo import Store
from footyd.adapters.mongo.codec import Document
from footyd.adapters.mongo.keepers import Keeper, Place, by_fixture
from footyd.config import Config
from footyd.model import FixtureId, Goal, GoalId, GoalState
from footyd.stages.search.words import phrase
from footyd.web.endpoint import Listed, cursor
from footyd.web.looks.today import bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class KeeperLook:
    """A clip; its bytes are at `/media/clips/{goal_id}/{sha256}`, its picture at `/media/posters/…`."""

    goal_id: GoalId
    sha256: str
    rank: int
    width: int
    height: int
    duration_seconds: float
    size_bytes: int
    kept_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptGoalLook:
    """A goal with its clips, the best first."""

    id: GoalId
    team: str
    player: str | None
    clock: str
    kind: str
    score_after: str
    clips: tuple[KeeperLook, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMatchLook:
    """A match with the clips kept of it; all of them in one file are at `/media/matches/{id}.zip`."""

    id: int
    kickoff: datetime
    status: str
    league_id: int
    league: str
    country: str
    home: str
    away: str
    score: str | None
    clips: int
    size_bytes: int
    goals: tuple[KeptGoalLook, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Every word of `text` has to be in the names of teams, scorer or league; both days count."""

    text: str = ""
    league: int | None = None
    first: date | None = None
    last: date | None = None

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(phrase(self.text).split())

    @property
    def is_empty(self) -> bool:
        return not (self.words or self.league is not None or self.first or self.last)


async def look_library(
    store: Store, config: Config, wish: Wish, *, before: Place | None = None, limit: int
) -> Listed[KeptMatchLook]:
    """Raises StoreError."""
    kept = by_fixture(await store.keepers.goals())
    if wish.words:
        kept = await _that_fit(store, kept, wish.words)
    found = await store.keepers.matches(
        kept, _wanted(wish, config.ingest.time_zone), before, limit + 1 if limit else 0
    )
    shown = found[:limit]
    matches = await _matches(store, shown, [goal for match in shown for goal in kept[match["_id"]]])
    return Listed(items=tuple(matches), next=_place(shown[-1]) if len(found) > limit else None)


async def look_match(store: Store, fixture_id: FixtureId) -> KeptMatchLook | None:
    """One match; None when nothing of it is kept."""
    found = await store.keepers.matches([fixture_id], {}, None, 1)
    goals = await store.goals.confirmed_goals([fixture_id])
    looks = await _matches(store, found, [goal.id for goal in goals])
    return looks[0] if looks else None


def _place(match: Document) -> str:
    return cursor([match["kickoff"].isoformat(), match["_id"]])


def _wanted(wish: Wish, time_zone: str) -> dict[str, Any]:
    query: dict[str, Any] = {}
    if wish.league is not None:
        query["league_id"] = wish.league
    if wish.first:
        query["kickoff"] = {"$gte": bounds(wish.first, time_zone)[0]}
    if wish.last:
        query.setdefault("kickoff", {})["$lt"] = bounds(wish.last, time_zone)[1]
    return query


async def _that_fit(
    store: Store, kept: Mapping[FixtureId, Sequence[GoalId]], words: Sequence[str]
) -> dict[FixtureId, list[GoalId]]:
    """Words of the match find all its goals, words of a scorer only his.

    Names are few and short, so they are read and folded here: no index of MongoDB finds Müller by `mull`.
    """
    names = await store.keepers.names(kept)
    scorers = await store.keepers.scorers([goal for goals in kept.values() for goal in goals])
    found: dict[FixtureId, list[GoalId]] = {}
    for id, match in names.items():
        of_match = phrase(f"{match['home']['name']} {match['away']['name']} {match['league']}")
        left = [word for word in words if word not in of_match]
        goals = [goal for goal in kept[id] if _has(scorers.get(goal, ""), left)]
        if goals:
            found[id] = goals
    return found


def _has(name: str, words: Sequence[str]) -> bool:
    folded = phrase(name) if words else ""
    return all(word in folded for word in words)


# ---------------------------------------------------------------- from records


async def _matches(store: Store, matches: Sequence[Document], goals: Sequence[GoalId]) -> list[KeptMatchLook]:
    """With the clips of these goals; those of a goal that was taken back are hidden."""
    confirmed = {"_id": {"$in": list(goals)}, "state": GoalState.CONFIRMED.value}
    clips: dict[GoalId, list[Keeper]] = {}
    for keeper in await store.keepers.of_goals(goals):
        clips.setdefault(keeper.goal_id, []).append(keeper)
    by_match: dict[FixtureId, list[KeptGoalLook]] = {}
    for record in sorted(await store.goals.records(confirmed), key=lambda r: _in_order(r.goal)):
        if record.goal.id in clips:
            look = _goal(record.goal, clips[record.goal.id])
            by_match.setdefault(record.goal.fixture_id, []).append(look)
    return [_match(match, by_match[match["_id"]]) for match in matches if match["_id"] in by_match]


def _in_order(goal: Goal) -> tuple[int, int, int, str]:
    return (goal.score_after.home + goal.score_after.away, goal.minute, goal.extra or 0, goal.id)


def _match(document: Document, goals: Sequence[KeptGoalLook]) -> KeptMatchLook:
    score = document.get("score")
    clips = [clip for goal in goals for clip in goal.clips]
    return KeptMatchLook(
        id=document["_id"],
        kickoff=document["kickoff"],
        status=document["status"],
        league_id=document["league_id"],
        league=document["league"],
        country=document.get("payload", {}).get("league", {}).get("country") or "",
        home=document["home"]["name"],
        away=document["away"]["name"],
        score=f"{score['home']}-{score['away']}" if score else None,
        clips=len(clips),
        size_bytes=sum(clip.size_bytes for clip in clips),
        goals=tuple(goals),
    )


def _goal(goal: Goal, keepers: Sequence[Keeper]) -> KeptGoalLook:
    return KeptGoalLook(
        id=goal.id,
        team=goal.team,
        player=goal.player,
        clock=goal.clock,
        kind=goal.kind.value,
        score_after=str(goal.score_after),
        clips=tuple(keeper_look(keeper) for keeper in keepers),
    )


def keeper_look(keeper: Keeper) -> KeeperLook:
    return KeeperLook(
        goal_id=keeper.goal_id,
        sha256=keeper.sha256,
        rank=keeper.rank,
        width=keeper.width,
        height=keeper.height,
        duration_seconds=keeper.duration_seconds,
        size_bytes=keeper.size_bytes,
        kept_at=keeper.kept_at,
    )
