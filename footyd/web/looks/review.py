"""The goals that wait for a person, each with its best posts."""

from __future__ import annotations

from dataclasses import dataclass

from footyd.adapters.mongo import Store
from footyd.config import Config
from footyd.review import ToReview, goals_to_review
from footyd.web.looks.goal import GoalItem, look_item
from footyd.web.looks.posts import PostLook, look_post

GOALS_AT_MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewItem:
    """A goal whose passes ended without a clip; `search_link` is its search on X's own page."""

    goal: GoalItem
    posts: tuple[PostLook, ...]
    search_link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewLook:
    """The newest first; `waiting` counts those that are not listed, too."""

    waiting: int
    items: tuple[ReviewItem, ...]


async def look_review(
    store: Store, config: Config, *, limit: int = GOALS_AT_MOST, best: int = 3
) -> ReviewLook:
    """Raises StoreError."""
    found = await goals_to_review(store, config.search.aliases, limit=limit, best=best)
    matches = await store.goal_pages.matches({one.record.goal.fixture_id for one in found})
    items = tuple(_item(one, matches.get(one.record.goal.fixture_id)) for one in found)
    return ReviewLook(waiting=max(len(items), await store.pages.to_review()), items=items)


def _item(one: ToReview, match: dict[str, object] | None) -> ReviewItem:
    goal = one.record.goal
    return ReviewItem(
        goal=look_item(goal, one.record, match),
        posts=tuple(look_post(candidate, goal) for candidate in one.candidates),
        search_link=one.link,
    )
