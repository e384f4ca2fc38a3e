"""A goal's timeline, put together from dates and notes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from footyd.adapters.mongo import Store
from footyd.adapters.mongo.goal_pages import Ends
from footyd.matchday import renamings
from footyd.model import ClipState, GoalId, GoalState, Happening, HappeningKind
from footyd.web.looks.timeline import timeline_of
from tests.builders import KICKOFF, a_clip, a_goal

LATER = KICKOFF + timedelta(hours=2)
GOAL = a_goal()


def test_dates_and_notes_become_one_line_of_time() -> None:
    stored = a_clip(state=ClipState.EXPIRED, kept_at=LATER, expired_at=LATER + timedelta(days=9))
    noted = [
        Happening(goal_id=GOAL.id, at=LATER, kind=HappeningKind.SEARCHED),
        Happening(goal_id=GOAL.id, at=LATER, kind=HappeningKind.DOWNLOADED),
    ]
    ends = Ends(cancelled_at=LATER + timedelta(days=1), cancelled_by="person", review_told_at=None)
    found = timeline_of(GOAL, [stored], noted, ends)
    assert [one.kind for one in found] == [
        "sighted",
        "confirmed",
        "searched",
        "downloaded",
        "stored",
        "cancelled",
        "expired",
    ]
    assert found[-2].facts == {"by": "person"}


def test_a_scorer_named_or_corrected_is_told_and_nothing_else() -> None:
    named, corrected, moved, fresh = (
        replace(GOAL, id=GoalId(id)) for id in ("named", "corrected", "moved", "fresh")
    )
    nameless = replace(named, player=None)
    pending = replace(fresh, state=GoalState.PENDING, player=None)
    before = [nameless, corrected, moved, pending]
    after = [named, replace(corrected, player="B. Other"), replace(moved, minute=25), fresh]
    found = {one.goal_id: one for one in renamings(before, after, LATER)}
    assert {id: (one.kind.value, dict(one.facts)) for id, one in found.items()} == {
        "named": ("named", {"from": "", "to": "A. Striker"}),
        "corrected": ("renamed", {"from": "A. Striker", "to": "B. Other"}),
    }


async def test_what_happens_again_in_the_same_step_is_told_once(store: Store) -> None:
    """As after a crash between the note and what it tells of."""
    once = Happening(goal_id=GOAL.id, at=LATER, kind=HappeningKind.DUPLICATE, subject="ab", step="0.1")
    await store.timeline.note(once)
    await store.timeline.note(replace(once, at=LATER + timedelta(minutes=5)))
    await store.timeline.note(replace(once, step="1.1", at=LATER + timedelta(minutes=9)))
    assert [one.at for one in await store.timeline.of(GOAL.id)] == [LATER, LATER + timedelta(minutes=9)]
    await store.timeline.note()
    assert len(await store.timeline.of(GOAL.id, limit=1)) == 1
