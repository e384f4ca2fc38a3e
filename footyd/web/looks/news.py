"""What feeds tell: the clips that came last, and the followed matches around today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from footyd.adapters.mongo import Store
from footyd.adapters.mongo.codec import Document
from footyd.config import Config
from footyd.model import FixtureState, Goal, GoalId, GoalRecord, GoalState
from footyd.stages.publish import content_type

PAST, AHEAD = timedelta(days=30), timedelta(days=90)
MOST_MATCHES = 1000
"""Who follows everything has three hundred on a Saturday: then the calendar reaches less far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsLook:
    """A clip that came into the library `at` this time."""

    goal_id: GoalId
    sha256: str
    at: datetime
    team: str
    player: str | None
    clock: str
    score_after: str
    home: str
    away: str
    league: str
    kickoff: datetime
    width: int
    height: int
    duration_seconds: float
    size_bytes: int
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchLook:
    """A followed match; `day` is the one on which Today shows it."""

    id: int
    kickoff: datetime
    day: date
    status: str
    league: str
    round: str
    home: str
    away: str
    score: str | None
    venue: str


async def look_news(store: Store, *, limit: int) -> tuple[NewsLook, ...]:
    """The newest first; without the clips of goals that were taken back. Raises StoreError."""
    keepers = await store.keepers.newest(limit)
    ids = sorted({keeper.goal_id for keeper in keepers})
    records = await store.goals.records({"_id": {"$in": ids}, "state": GoalState.CONFIRMED.value})
    by_id = {record.goal.id: record for record in records}
    matches = await store.keepers.names({record.goal.fixture_id for record in records})
    found = []
    for keeper in keepers:
        record = by_id.get(keeper.goal_id)
        match = matches.get(record.goal.fixture_id) if record else None
        if record is None or match is None:
            continue
        goal: Goal = record.goal
        found.append(
            NewsLook(
                goal_id=goal.id,
                sha256=keeper.sha256,
                at=keeper.kept_at or _stored_at(record),
                team=goal.team,
                player=goal.player,
                clock=goal.clock,
                score_after=str(goal.score_after),
                home=match["home"]["name"],
                away=match["away"]["name"],
                league=match["league"],
                kickoff=match["kickoff"],
                width=keeper.width,
                height=keeper.height,
                duration_seconds=keeper.duration_seconds,
                size_bytes=keeper.size_bytes,
                content_type=content_type(keeper.container),
            )
        )
    return tuple(sorted(found, key=lambda one: (one.at, one.sha256), reverse=True))


def _stored_at(record: GoalRecord) -> datetime:
    """Of a clip that came before its time was noted."""
    goal = record.goal
    return record.reached.get("stored") or goal.confirmed_at or goal.first_seen


async def look_matches(store: Store, config: Config, now: datetime) -> tuple[MatchLook, ...]:
    """By kick-off; only what is followed today. Raises StoreError."""
    found = await store.pages.matches(now - PAST, now + AHEAD, playing=True)
    zone = ZoneInfo(config.ingest.time_zone)
    followed = sorted(_followed(found, config), key=lambda document: abs(document["kickoff"] - now))
    looks = [_match(document, zone) for document in followed[:MOST_MATCHES]]
    return tuple(sorted(looks, key=lambda match: (match.kickoff, match.id)))


def _followed(found: Sequence[tuple[FixtureState, Document]], config: Config) -> list[Document]:
    return [
        document
        for _, document in found
        if config.follow.wants(
            league=document["league_id"], teams=(document["home"]["id"], document["away"]["id"])
        )
    ]


def _match(document: Document, zone: ZoneInfo) -> MatchLook:
    payload, score = document.get("payload", {}), document.get("score")
    venue = payload.get("fixture", {}).get("venue") or {}
    return MatchLook(
        id=document["_id"],
        kickoff=document["kickoff"],
        day=document["kickoff"].astimezone(zone).date(),
        status=document["status"],
        league=document["league"],
        round=payload.get("league", {}).get("round") or "",
        home=document["home"]["name"],
        away=document["away"]["name"],
        score=f"{score['home']}-{score['away']}" if score else None,
        venue=", ".join(text for text in (venue.get("name"), venue.get("city")) if text),
    )
