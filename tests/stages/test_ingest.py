from datetime import UTC, date, datetime

import pytest

from footyd.config import FollowConfig, IngestConfig
from footyd.model import Fixture, FixtureState
from footyd.stages.ingest import days_to_fetch, ingest_day, state_of
from tests.builders import AWAY, a_fixture

DAY = date(2026, 8, 22)


class Feed:
    def __init__(self, *fixtures: Fixture) -> None:
        self.fixtures = fixtures
        self.asked: list[tuple[date, str]] = []

    async def day(self, date: date, time_zone: str) -> tuple[Fixture, ...]:
        self.asked.append((date, time_zone))
        return self.fixtures


class Intake:
    def __init__(self) -> None:
        self.taken: list[tuple[FixtureState, int]] = []

    async def take_in(self, fixtures: object) -> int:
        self.taken += [(state, fixture.id) for state, fixture in fixtures]  # type: ignore[attr-defined]
        return len(self.taken)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("NS", FixtureState.STAGING),
        ("TBD", FixtureState.STAGING),
        ("PST", FixtureState.STAGING),
        ("1H", FixtureState.ACTIVE),
        ("INT", FixtureState.ACTIVE),
        ("FT", FixtureState.COMPLETED),
        ("PEN", FixtureState.COMPLETED),
        ("CANC", FixtureState.COMPLETED),
    ],
)
def test_a_fixture_is_sorted_by_its_status(status: str, state: FixtureState) -> None:
    assert state_of(a_fixture(status=status)) is state


async def test_with_nothing_followed_everything_is_taken() -> None:
    intake = Intake()
    report = await ingest_day(
        DAY, Feed(a_fixture(1), a_fixture(2, league=78)), intake, FollowConfig(), IngestConfig()
    )
    assert (report.fixtures_seen, report.fixtures_processed) == (2, 2)
    assert intake.taken == [(FixtureState.STAGING, 1), (FixtureState.STAGING, 2)]


@pytest.mark.parametrize(
    ("follow", "taken"),
    [
        (FollowConfig(leagues=(78,)), [2]),
        (FollowConfig(teams=(AWAY,)), [1, 2]),
        (FollowConfig(teams=(5,)), []),
        (FollowConfig(teams=(5,), leagues=(39,)), [1]),
    ],
)
async def test_a_match_counts_when_a_team_or_its_league_is_followed(
    follow: FollowConfig, taken: list[int]
) -> None:
    intake = Intake()
    await ingest_day(DAY, Feed(a_fixture(1), a_fixture(2, league=78)), intake, follow, IngestConfig())
    assert [id for _, id in intake.taken] == taken


def test_the_day_begins_where_the_user_lives() -> None:
    late = datetime(2026, 8, 21, 23, 30, tzinfo=UTC)
    berlin = IngestConfig(time_zone="Europe/Berlin", lookahead_days=1)
    assert days_to_fetch(late, berlin) == (date(2026, 8, 22), date(2026, 8, 23))
    assert days_to_fetch(late, IngestConfig(lookahead_days=0)) == (date(2026, 8, 21),)
