"""The day's fixtures: fetched, filtered by what is followed, sorted into staging, active and completed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from footyd.config import FollowConfig, IngestConfig
from footyd.model import FINAL, IN_PLAY, Fixture, FixtureState


class DayFeed(Protocol):
    async def day(self, date: date, time_zone: str) -> tuple[Fixture, ...]: ...


class FixtureIntake(Protocol):
    async def take_in(self, fixtures: Sequence[tuple[FixtureState, Fixture]]) -> int:
        """Insert unknown ones where they belong, update known ones where they are; how many were new."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """What one day brought; `fixtures_processed` are those followed."""

    day: date
    fixtures_seen: int
    fixtures_processed: int
    new: int
    by_state: Mapping[FixtureState, int]


def today(now: datetime, config: IngestConfig) -> date:
    """The day it is where the user lives."""
    return now.astimezone(ZoneInfo(config.time_zone)).date()


def days_to_fetch(now: datetime, config: IngestConfig) -> tuple[date, ...]:
    first = today(now, config)
    return tuple(first + timedelta(days=ahead) for ahead in range(config.lookahead_days + 1))


def state_of(fixture: Fixture) -> FixtureState:
    """Where a fixture belongs that we see for the first time, by its status alone."""
    if fixture.status in FINAL:
        return FixtureState.COMPLETED
    if fixture.status in IN_PLAY:
        return FixtureState.ACTIVE
    return FixtureState.STAGING


async def ingest_day(
    day: date, feed: DayFeed, intake: FixtureIntake, follow: FollowConfig, config: IngestConfig
) -> IngestReport:
    """One call, one day. Running it again changes nothing but what the feed changed."""
    fixtures = await feed.day(day, config.time_zone)
    wanted = [(state_of(f), f) for f in fixtures if is_followed(f, follow)]
    new = await intake.take_in(wanted)
    counts = {state: sum(1 for found, _ in wanted if found is state) for state in FixtureState}
    return IngestReport(
        day=day, fixtures_seen=len(fixtures), fixtures_processed=len(wanted), new=new, by_state=counts
    )


def is_followed(fixture: Fixture, follow: FollowConfig) -> bool:
    return follow.wants(league=fixture.league.id, teams=(fixture.home.id, fixture.away.id))
