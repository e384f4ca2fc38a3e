"""Matches as the feed shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from footyd.model.ids import FixtureId, LeagueId, PlayerId, TeamId


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    id: TeamId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class League:
    id: LeagueId
    name: str
    country: str
    season: int
    round: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    home: int
    away: int

    def __str__(self) -> str:
        return f"{self.home}-{self.away}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the feed's event list, revocable and without id; `minute` is its `time.elapsed`."""

    minute: int
    extra: int | None
    team_id: TeamId
    team_name: str
    player_id: PlayerId | None
    player: str | None
    type: str
    detail: str
    comments: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixture:
    """A match as one reply shows it.

    `status` is the feed's short code (NS, 1H, FT…); `score` is None before kick-off; `events` is None when
    the reply carries none (`date=` replies); `payload` is the feed's object as received.
    """

    id: FixtureId
    kickoff: datetime
    status: str
    minute: int | None
    league: League
    home: Team
    away: Team
    score: Score | None
    events: tuple[Event, ...] | None
    payload: Mapping[str, Any] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A match as planning sees it."""

    kickoff: datetime
    status: str


SCHEDULED = frozenset({"NS", "TBD"})
IN_PLAY = frozenset({"1H", "HT", "2H", "ET", "BT", "P", "LIVE", "INT", "SUSP"})
FINAL = frozenset({"FT", "AET", "PEN", "CANC", "ABD", "AWD", "WO"})
DEFERRED = frozenset({"PST", "TBD", "SUSP", "INT"})
"""API-Football v3 status codes (documentation, "All available fixtures status")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What the feed's headers said last: calls allowed and left, per day and per minute; None: not told."""

    day_limit: int | None = None
    day_left: int | None = None
    minute_limit: int | None = None
    minute_left: int | None = None


class FixtureState(StrEnum):
    """In which of the three fixture collections a match lies."""

    STAGING = "staging"
    ACTIVE = "active"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedFixture:
    """A fixture with what footyd notes of it.

    `read_at` is when a live or id reply showed it last, `final_since` when it was first seen finished,
    `lost_at` when the feed last answered for its id without it.
    """

    fixture: Fixture
    state: FixtureState
    read_at: datetime | None = None
    final_since: datetime | None = None
    lost_at: datetime | None = None
