"""Whether footyd's own query and judgement make of the written posts what the script says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession

from footyd.adapters.feed_payload import parse_fixture
from footyd.adapters.x_nitter import open_nitter
from footyd.config import ClipsConfig, NitterConfig, Retry, SearchConfig
from footyd.demo.feed_payloads import fixture_payload
from footyd.demo.posts import PostKind, plain
from footyd.demo.scenario import ExpectedGoal, Scenario, written_day
from footyd.demo.world import World, open_world
from footyd.model import Candidate, Found
from footyd.stages.search import GoalContext, query_for, score_candidate
from tests.demo.conftest import NOON
from tests.demo.days import a_good_day
from tests.demo.test_nitter import play_to

AFTER_DOWNLOAD = {PostKind.PORTRAIT.reason, PostKind.DEAD_LINK.reason, PostKind.CORRUPT.reason}
"""What no page tells: these posts are accepted first."""


def contexts(scenario: Scenario) -> Iterator[tuple[ExpectedGoal, GoalContext]]:
    """Each goal as it was believed, in its match."""
    fixtures = [parse_fixture(fixture_payload(one, scenario.end_minute)) for one in scenario.fixtures]
    for expected, record in zip(scenario.expected, a_good_day(scenario).goals, strict=True):
        yield (
            expected,
            GoalContext(
                goal=record.goal,
                fixture=next(one for one in fixtures if one.id == expected.fixture_id),
                others=tuple(one for one in fixtures if one.id != expected.fixture_id),
                window_from=NOON - timedelta(minutes=3),
            ),
        )


async def judged(world: World, context: GoalContext) -> list[Candidate]:
    """What a second pass knows: a search, and once more for the late posts."""
    config = NitterConfig(base_urls=(world.nitter_url,))
    query = query_for(context.goal, context.fixture, context.window_from)
    async with open_nitter(config, Retry(attempts=1)) as nitter:
        await nitter.search(query)
        reply = await nitter.search(query)
    assert isinstance(reply, Found)
    return [score_candidate(context, post, SearchConfig(), ClipsConfig()) for post in reply.posts]


@pytest.mark.parametrize("seed", range(1, 6))
async def test_each_goal_finds_its_own_posts_and_turns_down_those_the_script_names(
    http: ClientSession, tmp_path: Path, seed: int
) -> None:
    scenario = written_day(seed, NOON)
    async with open_world(scenario, tmp_path, clock=lambda: NOON) as world:
        await play_to(http, world, scenario.end_minute)
        for expected, context in contexts(scenario):
            candidates = await judged(world, context)
            assert len(candidates) == expected.posts
            reasons = Counter(one.rejection.reason for one in candidates if one.rejection)
            told = {reason: count for reason, count in expected.turned_down if reason not in AFTER_DOWNLOAD}
            assert reasons == told, expected.title


def test_plain_spelling_is_what_a_foreign_keyboard_makes_of_the_names() -> None:
    assert plain("Łosina Grodów, Fjærvik, Þ. Hallvarsson, S. Ødemark, Étoile Brévence") == (
        "Losina Grodow, Fjaervik, Th. Hallvarsson, S. Odemark, Etoile Brevence"
    )
