from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from footyd.config import PollConfig
from footyd.model import FixtureId, FixtureState, Goal, TrackedFixture
from footyd.stages.advance import advance
from tests.builders import KICKOFF, a_goal, tracked

END = KICKOFF + timedelta(hours=2)
CONFIG = PollConfig()


class Shelf:
    """A shelf and a ledger in memory that note the moves."""

    def __init__(
        self, *, staged: Sequence[TrackedFixture] = (), active: Sequence[TrackedFixture] = ()
    ) -> None:
        self._staged, self._active = staged, active
        self.goals: list[Goal] = []
        self.pending: set[FixtureId] = set()
        self.moves: list[tuple[int, str, str, bool | None]] = []

    async def staged(self, before: datetime) -> Sequence[TrackedFixture]:
        return [t for t in self._staged if t.fixture.kickoff <= before]

    async def active(self) -> Sequence[TrackedFixture]:
        return self._active

    async def confirmed_goals(self, fixtures: Collection[FixtureId]) -> Sequence[Goal]:
        return self.goals

    async def fixtures_with_pending(self, fixtures: Collection[FixtureId]) -> Collection[FixtureId]:
        return self.pending

    async def move(
        self, fixture: FixtureId, origin: FixtureState, to: FixtureState, *, parity: bool | None = None
    ) -> None:
        self.moves.append((fixture, origin.value, to.value, parity))


async def moves(shelf: Shelf, now: datetime) -> list[tuple[int, str, str, bool | None]]:
    await advance(shelf, shelf, CONFIG, now)
    return shelf.moves


async def test_a_fixture_becomes_active_shortly_before_kick_off() -> None:
    shelf = Shelf(staged=[tracked(1)])
    assert await moves(shelf, KICKOFF - timedelta(minutes=6)) == []
    assert await moves(shelf, KICKOFF - timedelta(minutes=5)) == [(1, "staging", "active", None)]


@pytest.mark.parametrize("status", ["PST", "CANC", "AWD"])
async def test_a_match_that_will_not_start_stays_where_it_is(status: str) -> None:
    assert await moves(Shelf(staged=[tracked(1, status=status)]), END) == []


async def test_a_match_postponed_after_it_became_active_goes_back() -> None:
    shelf = Shelf(active=[tracked(1, status="PST")])
    assert await moves(shelf, KICKOFF) == [(1, "active", "staging", None)]


@pytest.mark.parametrize("status", ["FT", "AET", "PEN"])
async def test_a_finished_match_with_all_goals_confirmed_completes_when_its_end_is_read_twice(
    status: str,
) -> None:
    """VAR took a goal back after the first complete reading, and nobody looked again."""
    once = tracked(1, status=status, score=(1, 0), final_since=END, read_at=END)
    twice = replace(once, read_at=END + timedelta(minutes=5))
    shelf = Shelf(active=[once])
    shelf.goals = [a_goal()]
    assert await moves(shelf, END) == []
    shelf._active = [twice]
    assert await moves(shelf, END + timedelta(minutes=5)) == [(1, "active", "completed", True)]


async def test_a_finished_match_that_cannot_be_read_again_completes_after_the_grace() -> None:
    shelf = Shelf(active=[tracked(1, status="FT", score=(1, 0), final_since=END, read_at=END)])
    shelf.goals = [a_goal()]
    assert await moves(shelf, END + timedelta(minutes=59)) == []
    assert await moves(shelf, END + timedelta(minutes=60)) == [(1, "active", "completed", True)]


async def test_a_finished_match_waits_an_hour_for_missing_events_and_records_it() -> None:
    shelf = Shelf(active=[tracked(1, status="FT", score=(1, 0), final_since=END)])
    assert await moves(shelf, END + timedelta(minutes=59)) == []
    assert await moves(shelf, END + timedelta(minutes=60)) == [(1, "active", "completed", False)]


async def test_a_match_never_completes_over_an_unconfirmed_goal() -> None:
    shelf = Shelf(active=[tracked(1, status="FT", score=(0, 0), final_since=END)])
    shelf.pending = {FixtureId(1)}
    assert await moves(shelf, END + timedelta(hours=5)) == []


@pytest.mark.parametrize("status", ["CANC", "AWD", "WO"])
async def test_a_match_decided_at_a_table_has_no_goals_to_wait_for(status: str) -> None:
    shelf = Shelf(active=[tracked(1, status=status, score=(3, 0), final_since=END)])
    assert await moves(shelf, END) == [(1, "active", "completed", True)]


async def test_a_match_the_feed_forgot_is_given_up_after_three_days() -> None:
    shelf = Shelf(active=[tracked(1, status="NS")])
    assert await moves(shelf, KICKOFF + timedelta(hours=71)) == []
    assert await moves(shelf, KICKOFF + timedelta(hours=73)) == [(1, "active", "completed", True)]


async def test_a_match_in_play_goes_on_while_the_clock_stands_days_ahead() -> None:
    """It was completed in its 75th minute, and nobody looked at it when the clock was right again."""
    shelf = Shelf(active=[tracked(1, status="2H", score=(0, 0), read_at=KICKOFF)])
    await advance(shelf, shelf, CONFIG, KICKOFF + timedelta(days=400), in_doubt=True)
    assert shelf.moves == []


async def test_a_score_of_the_wrong_team_is_no_parity() -> None:
    shelf = Shelf(active=[tracked(1, status="FT", score=(0, 1), final_since=END)])
    shelf.goals = [a_goal(team=101)]
    assert await moves(shelf, END) == []


@pytest.mark.parametrize("status", ["FT", "AET", "PEN"])
async def test_a_last_whistle_without_a_score_is_waited_out(status: str) -> None:
    """The reply came with `goals` null, and the match was filed away before its last goal was listed."""
    shelf = Shelf(active=[tracked(1, status=status, final_since=END)])
    assert await moves(shelf, END) == []
    assert await moves(shelf, END + timedelta(hours=1)) == [(1, "active", "completed", False)]
