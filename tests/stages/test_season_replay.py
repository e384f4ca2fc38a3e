"""Three real Premier League seasons on a bad feed: every goal believed once, none invented, none missed.

What the noise is and where its rates come from: `footyd/demo/season_noise.py`, `season_player.py`.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from functools import partial

import pytest
from pydantic import HttpUrl, SecretStr

from footyd.adapters.api_football import ApiFootball, open_feed
from footyd.adapters.mongo import Store, open_store
from footyd.config import ApiFootballConfig, Config, Retry
from footyd.demo.season import read_season
from footyd.demo.season_player import POLL_MINUTES, SeasonPlayer
from footyd.demo.season_reply import Trouble
from footyd.demo.season_server import open_season
from footyd.demo.season_spells import Noise
from footyd.errors import FeedError
from footyd.matchday import Matchday
from footyd.model import Decision, DecisionKind, FixtureId, FixtureState, GoalState
from tests.stages.season_truth import Verdict, judge
from tests.stages.season_watch import SEASONS, SeasonWatch, season_file

pytestmark = pytest.mark.skipif(not SEASONS.is_dir(), reason="needs the recorded seasons")

SEEDS = range(20)


def assert_all_true(verdict: Verdict) -> None:
    assert verdict.wrong == ()
    assert (verdict.precision, verdict.recall) == (1.0, 1.0)
    assert (verdict.doubled, verdict.unjustified) == (0, 0)


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_season_on_a_bad_feed_is_believed_goal_by_goal(seed: int) -> None:
    player = SeasonPlayer(read_season(season_file(seed)), seed)
    watch = await SeasonWatch(player=player).play()

    assert_all_true(judge(player, watch.believed, watch.decisions))
    kinds = Counter(decision.kind for decision in watch.decisions)
    assert kinds[DecisionKind.DISCARDED] >= player.noise[Noise.TAKEN_BACK], "seen once, never confirmed"
    assert 0 < kinds[DecisionKind.CANCELLED] <= player.noise[Noise.TAKEN_BACK_LATE], "seen twice, taken back"
    assert kinds[DecisionKind.CONFIRMED] == player.season.goals + kinds[DecisionKind.CANCELLED]
    assert player.calls["live"] <= watch.cycles, "at most one live call per cycle"
    assert set(player.noise) == set(Noise), "every kind of noise was borne"
    assert set(player.troubles) == set(Trouble), "and every kind of spoilt reply"


def test_the_same_seed_plays_the_same_season_and_another_one_another() -> None:
    season = read_season(season_file(0), rounds=1)
    at = season.begins + timedelta(minutes=210)

    def bodies(seed: int) -> list[bytes]:
        player = SeasonPlayer(season, seed)
        times = [at + timedelta(minutes=POLL_MINUTES * poll) for poll in range(10)]
        return [player.answer({"live": "all"}, moment).body for moment in times]

    assert bodies(3) == bodies(3)
    assert bodies(3) != bodies(4)


# ---------------------------------------------------------------- over HTTP, on a real database


class Evening:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now


async def nothing() -> None:
    """No run is recorded here."""


async def unannounced(title: str, body: str) -> None:
    """Nobody listens."""


def config_for(url: str) -> Config:
    retry = Retry(attempts=1, first_wait_seconds=0)
    return Config(api_football=ApiFootballConfig(base_url=HttpUrl(url), key=SecretStr("season"), retry=retry))


def matchday_of(feed: ApiFootball, store: Store, config: Config, evening: Evening) -> Matchday:
    """As the daemon makes it, with nothing remembered from before."""
    return Matchday(
        store=store, feed=feed, config=lambda: config, clock=lambda: evening.now, announce=unannounced
    )


async def poll(matchday: Matchday, decisions: list[Decision]) -> None:
    """A refused poll loses only itself."""
    try:
        report = await matchday.cycle(nothing)
    except FeedError:
        return
    if report:
        decisions += report.decisions


@pytest.mark.parametrize("seed", [2])
async def test_rounds_over_http_on_a_database_with_a_restart_in_each_hour_end_as_in_memory(
    seed: int, mongo_uri: str, mongo_database: str
) -> None:
    player = SeasonPlayer(read_season(season_file(seed), rounds=3), seed)
    evening = Evening(player.season.begins)
    decisions: list[Decision] = []
    async with (
        open_season(player, lambda: evening.now) as url,
        open_store(mongo_uri, mongo_database, timeout_seconds=10, runs_kept_days=90) as store,
        open_feed(config_for(url).api_football) as feed,
    ):
        remade = partial(matchday_of, feed, store, config_for(url), evening)
        for matches in player.season.rounds:
            evening.now = matches[0].kickoff
            matchday = remade()
            await matchday.ingest([evening.now.date()])
            for number in range(200):
                matchday = remade() if number % 12 == 11 else matchday
                await poll(matchday, decisions)
                evening.now += timedelta(minutes=POLL_MINUTES)
                left = await store.fixtures.counts()
                if not left[FixtureState.STAGING] + left[FixtureState.ACTIVE]:
                    break
        goals = await store.goals.believed([FixtureId(match.script.id) for match in player.matches])
    assert_all_true(judge(player, goals, decisions))
    assert not [goal for goal in goals if goal.state is GoalState.PENDING]
