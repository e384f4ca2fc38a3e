"""The Health page and its API: what is well, what is not, and what to do about it."""

from __future__ import annotations

import random
from datetime import timedelta

from footyd.adapters.mongo import Store
from footyd.adapters.mongo.codec import clip_document
from footyd.model import Clip, ClipState, Goal, GoalOutcome, GoalState, ObjectKey, SourceRest
from tests.builders import a_clip
from tests.web.days import add_goals, goal_of
from tests.web.site import NOW, Site


async def a_month(store: Store) -> None:
    """Goals on most days, their clips, sources in every state and some alerts."""
    luck = random.Random(5)
    goals: list[Goal] = []
    clips: list[Clip] = []
    for ago in range(30):
        for _ in range(luck.choice((0, 2, 5, 9, 14)) if ago % 6 else 22):
            number = 1000 + len(goals)
            at = NOW - timedelta(days=ago, minutes=luck.randint(0, 300))
            seen = at - timedelta(seconds=luck.randint(250, 700))
            goals.append(goal_of(number, (1, 0), state=GoalState.CONFIRMED, first_seen=seen, confirmed_at=at))
            for copy in range(luck.choice((0, 1, 1, 1, 2, 3))):
                sha, key = f"{number:060x}{copy:04x}", ObjectKey(f"League/{number}-{copy}.mp4")
                clips.append(a_clip(goals[-1].id, sha, state=ClipState.KEEPER, object_key=key))
    await add_goals(store, *goals)
    await store.database.clips.insert_many([clip_document(clip) for clip in clips])
    done = {"outcome": GoalOutcome.STORED.value, "search.next_at": None}
    kept = {"_id": {"$in": [clip.goal_id for clip in clips]}}
    await store.database.goals.update_many(kept, {"$set": done})
    soon = NOW + timedelta(minutes=15)
    await store.runs.save_rest(SourceRest(source="nitter", until=soon, step=2, reason="rate limited"))
    reason = "X does not know this login any more; run footyd login"
    await store.runs.save_rest(SourceRest(source="browser", until=None, step=1, reason=reason))
    await store.runs.note_alert("Disk low", "/var/lib/footyd: 312 MB free, 500 MB are to stay free", NOW)
    await store.runs.note_alert("Source needs a person", f"browser: {reason}", NOW + timedelta(minutes=2))


async def test_a_fresh_footyd_says_what_is_to_be_set_up(site: Site) -> None:
    found = (await site.get("/api/v1/health")).json()
    assert [(one["what"], one["grave"]) for one in found["troubles"]] == [
        ("No way to clips is set up", True),
        ("The daemon's last sign of life in the database is old", False),
    ]
    assert "needs you" in await site.page("/health")
