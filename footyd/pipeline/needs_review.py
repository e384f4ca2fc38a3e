"""A goal that needs a person: where to look, and that it is told once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

from footyd.adapters.mongo import Store
from footyd.model import Fixture, Goal, GoalOutcome, GoalRecord, GoalState
from footyd.pipeline.tools import Tools
from footyd.stages.search import query_for

NEEDS_REVIEW = "Needs review"
LOOK_BACK = timedelta(hours=12)
"""How long after a goal its clips are worth finding by hand; later posts are of the next matches."""


def search_link(record: GoalRecord, fixture: Fixture, aliases: Mapping[str, Sequence[str]]) -> str:
    """The goal's own query as a page of X, within the hours in which its clips are posted."""
    query = query_for(record.goal, fixture, record.plan.window_from, aliases)
    since, until = query.since, record.goal.first_seen + LOOK_BACK
    text = f"{query.text} since_time:{int(since.timestamp())} until_time:{int(until.timestamp())}"
    return f"https://x.com/search?q={quote(text, safe='')}&f=live"


async def tell_needs_review(record: GoalRecord, fixture: Fixture, tools: Tools) -> None:
    """When the last pass has ended without a keeper; a goal is told of once, whatever comes after."""
    if await tools.store.review.note_need(record.goal.id, tools.clock()):
        link = search_link(record, fixture, tools.config.search.aliases)
        await tools.announce(NEEDS_REVIEW, f"{_line(record.goal)}: {link}")


async def untold(store: Store, now: datetime) -> list[GoalRecord]:
    """Goals whose last pass had ended when footyd was ended before it told anybody."""
    ended = {"state": GoalState.CONFIRMED.value, "outcome": GoalOutcome.NEEDS_REVIEW.value}
    lately = {"review_told_at": None, "confirmed_at": {"$gt": now - LOOK_BACK}}
    return await store.goals.records({**ended, **lately})


async def tell_untold(tools: Tools) -> None:
    for record in await untold(tools.store, tools.clock()):
        tracked = await tools.store.fixtures.fixture(record.goal.fixture_id)
        if tracked is not None:
            await tell_needs_review(record, tracked.fixture, tools)


def _line(goal: Goal) -> str:
    return f"{goal.team} {goal.score_after}, {goal.clock} {goal.player or ''}".rstrip()
