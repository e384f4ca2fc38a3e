"""The Health page and its API: what is well, what is not, and what to do about it."""

from __future__ import annotations

import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from markupsafe import escape

from footyd.adapters.mongo import Store
from footyd.adapters.mongo.codec import clip_document
from footyd.model import Clip, ClipState, Goal, GoalOutcome, GoalState, ObjectKey, SourceRest
from footyd.web.looks.health import DatabaseLook
from footyd.web.looks.inside import PartLook
from tests.builders import a_clip
from tests.web.days import a_saturday, add_goals, goal_of
from tests.web.site import NOW, Site, opened
from tests.web.test_runs import add_run, an_afternoon

NITTER: Mapping[str, Mapping[str, Any]] = {"search": {"nitter": {"base_urls": ["http://127.0.0.1:9"]}}}


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


async def health(site: Site) -> Any:
    return (await site.get("/api/v1/health")).json()


async def well(store: Store) -> None:
    """A daemon that beats, with a source that answers."""
    await a_saturday(store, NOW)
    await an_afternoon(store)


@pytest.fixture
async def watched(store: Store, tmp_path: Path) -> AsyncIterator[Site]:
    """All is well there."""
    await well(store)
    async with opened(store, tmp_path, NITTER) as site:
        yield site


# ---------------------------------------------------------------- troubles


async def test_all_is_well_is_said_in_so_many_words(watched: Site) -> None:
    found = await health(watched)
    assert (found["status"], found["troubles"]) == ("ok", [])
    assert "all is well" in await watched.page("/health")


async def a_hanging_pool(site: Site) -> None:
    hangs = PartLook(name="pool", silent_seconds=200, limit_seconds=180)
    site.within = replace(site.within, parts=(*site.within.parts[:1], hangs))


async def a_low_disk(site: Site) -> None:
    site.within = replace(site.within, disk_low=True, disk_free={"state": 40_000_000})


async def a_feed_that_rests(site: Site) -> None:
    rest = {"step": 2, "rest_until": NOW + timedelta(minutes=5), "reason": "the feed did not answer"}
    await site.store.runs.note("feed", {**rest, "needs_person": False})


async def a_key_refused(site: Site) -> None:
    rest = {"step": 1, "rest_until": NOW + timedelta(hours=1), "reason": "the feed refuses the key"}
    await site.store.runs.note("feed", {**rest, "needs_person": True})


async def a_rest_that_is_over(site: Site) -> None:
    await a_feed_that_rests(site)
    site.now = NOW + timedelta(minutes=6)
    await site.store.runs.note("daemon", {"beat_at": site.now})


async def a_failed_ingest(site: Site) -> None:
    await add_run(site.store, "no", job="ingest", start=NOW, outcome="refused", error="no answer.")


async def a_poll_refused(site: Site) -> None:
    await add_run(site.store, "no", start=NOW, outcome="refused", error="no answer.")


async def a_poll_overdue(site: Site) -> None:
    await site.store.runs.note("daemon", {"next_runs": {"poll": NOW - timedelta(minutes=11)}})


async def calls_spent(site: Site) -> None:
    await site.store.runs.note("daemon", {"quota": {"day_limit": 100, "day_left": 0}})


async def few_calls(site: Site) -> None:
    await site.store.runs.note("daemon", {"quota": {"day_limit": 100, "day_left": 12}})


async def a_source_that_waits(site: Site) -> None:
    rest = SourceRest(source="nitter", until=NOW + timedelta(minutes=9), step=1, reason="rate limited")
    await site.store.runs.save_rest(rest)


async def a_login_that_ended(site: Site) -> None:
    reason = "X does not know this login any more; run footyd login"
    await site.store.runs.save_rest(SourceRest(source="browser", until=None, step=1, reason=reason))


@pytest.mark.parametrize(
    ("make", "what", "remedy", "grave"),
    [
        (a_hanging_pool, "The pool has shown nothing for more than 180 s", "watchdog", True),
        (a_low_disk, "The disk is low: downloads wait", "download.min_free_bytes", True),
        (a_feed_that_rests, "The feed refuses us: the feed did not answer", "goes on by itself", False),
        (a_key_refused, "The feed refuses us: the feed refuses the key", "api_football", True),
        (a_failed_ingest, "The last ingest was refused: no answer.", "Run it again", True),
        (a_poll_refused, "The last poll was refused", "goes on by itself", False),
        (a_poll_overdue, "The poll is overdue since 14:29 UTC", "Look into the log", True),
        (calls_spent, "The day's calls are spent", "goes on by itself", True),
        (few_calls, "The day's calls will not last for the matches to come", "poll.interval_seconds", False),
        (a_source_that_waits, "nitter rests: rate limited", "goes on by itself", False),
        (a_login_that_ended, "browser rests: X does not know this login any more", "Run footyd login", True),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
async def test_each_trouble_is_told_with_its_remedy(
    watched: Site, make: Callable[[Site], Awaitable[None]], what: str, remedy: str, grave: bool
) -> None:
    await make(watched)
    found = (await health(watched))["troubles"]
    assert [(one["what"], one["grave"]) for one in found] == [(what, grave)]
    assert remedy in found[0]["remedy"]
    text = await watched.page("/health")
    assert escape(what) in text
    assert ("needs you" in text.partition('id="quota"')[0], "hangs" in text) == (
        grave and make is not a_hanging_pool,
        make is a_hanging_pool,
    )


async def test_a_rest_that_is_over_is_no_trouble(watched: Site) -> None:
    await a_rest_that_is_over(watched)
    found = await health(watched)
    assert (found["troubles"], found["feed"]["rests_until"]) == ([], None)


async def test_a_poll_that_takes_its_time_is_no_trouble(watched: Site) -> None:
    await watched.store.runs.note("daemon", {"next_runs": {"poll": NOW - timedelta(minutes=9)}})
    assert (await health(watched))["troubles"] == []


async def test_grave_troubles_come_first(watched: Site) -> None:
    await a_source_that_waits(watched)
    await a_low_disk(watched)
    assert [one["grave"] for one in (await health(watched))["troubles"]] == [True, False]


# ---------------------------------------------------------------- quota


async def test_the_quota_is_forecast_by_the_matches_to_come_and_by_the_last_hour(watched: Site) -> None:
    midnight = NOW.replace(hour=0, minute=0) + timedelta(days=1)
    facts = {
        "quota": {"day_limit": 100, "day_left": 80},
        "next_runs": {"ingest": midnight - timedelta(hours=1)},
    }
    await watched.store.runs.note("daemon", facts)
    quota = (await health(watched))["quota"]
    in_play, later = 75, 2 * 115  # minutes of the matches in play, and of those of 17:00 and 19:00
    assert (quota["used"], quota["day_left"], quota["resets_at"][:13]) == (20, 80, "2026-08-23T00")
    assert quota["polls_planned"] == (in_play + later) // 5
    assert (quota["settling_planned"], quota["ingests_planned"]) == (10, 2)
    assert quota["left_as_planned"] == 80 - (in_play + later) // 5 - 10 - 2
    assert quota["rate_per_hour"] == 8, "the refused poll counted none"
    assert quota["left_at_rate"] == 80 - 75, "of 9 hours and 20 minutes"
    assert quota["spent_at"] is None


async def test_calls_that_run_out_at_this_rate_are_told_with_the_hour(watched: Site) -> None:
    await watched.store.runs.note("daemon", {"quota": {"day_limit": 100, "day_left": 60}})
    quota = (await health(watched))["quota"]
    assert (quota["left_at_rate"], quota["spent_at"]) == (
        -15,
        (NOW + timedelta(hours=7.5)).isoformat()[:19] + "Z",
    )


async def test_a_quota_that_was_never_told_is_no_trouble(watched: Site) -> None:
    await watched.store.runs.note("daemon", {"quota": {}})
    found = await health(watched)
    assert (found["quota"]["used"], found["quota"]["left_as_planned"], found["troubles"]) == (None, None, [])
    assert "has not told" in await watched.page("/health")


# ---------------------------------------------------------------- library, database, alerts


async def test_retention_tells_beforehand_what_it_will_take(store: Store, tmp_path: Path) -> None:
    await well(store)
    await a_month(store)
    old = await store.database.goals.count_documents({"confirmed_at": {"$lt": NOW - timedelta(days=20)}})
    async with opened(store, tmp_path, {**NITTER, "library": {"keep_days": 20}}) as site:
        library = (await health(site))["library"]
        going = library["going"]
        assert (library["keep_days"], library["kind"], going["at"]) == (20, "folder", None)
        assert 0 < going["clips"] < library["keepers"]
        assert going["size_bytes"] == going["clips"] * 1000
        assert going["reasons"] == {"older than 20 days (library.keep_days)": going["clips"]}
        assert old > 0
        await store.database.clips.delete_many({})
        site.now = NOW + timedelta(minutes=9)
        assert (await health(site))["library"]["going"] == going, "it is dear: kept for ten minutes"
        site.now = NOW + timedelta(minutes=10)
        assert (await health(site))["library"]["going"]["clips"] == 0


async def test_without_a_limit_nothing_goes_and_no_keeper_is_read(
    watched: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched.store.shelf, "kept", None)
    assert (await health(watched))["library"]["going"] is None


async def test_the_database_tells_its_version_its_size_and_that_it_is_footyds_own(watched: Site) -> None:
    found = await health(watched)
    database = found["database"]
    assert (database["version"], database["embedded"]) == (found["versions"]["MongoDB"], True)
    assert re.match(r"\d+\.\d+", database["version"])
    assert database["size_bytes"] > 4096
    assert database["records"] > 20
    assert 0 < database["answer_seconds"] < 10


def test_an_answers_time_is_shown_in_steps() -> None:
    def step(seconds: float) -> float | None:
        return DatabaseLook(
            version="6", embedded=True, size_bytes=1, records=1, answer_seconds=seconds
        ).answer_step_seconds

    assert [step(seconds) for seconds in (0.001, 0.0051, 0.3, 1.0, 1.1)] == [0.005, 0.025, 0.5, 1.0, None]


async def test_alerts_told_lately_are_shown_the_newest_first_and_old_ones_forgotten(watched: Site) -> None:
    for number in range(40):
        await watched.store.runs.note_alert("Disk low", f"{number} MB free", NOW + timedelta(minutes=number))
    found = (await health(watched))["alerts"]
    assert [one["body"] for one in found] == [f"{number} MB free" for number in range(39, 31, -1)]
    assert len(await watched.store.runs.alerts()) == 30


# ---------------------------------------------------------------- the days


async def test_days_are_cut_where_the_user_lives_and_days_without_goals_are_there(
    store: Store, tmp_path: Path
) -> None:
    late = datetime(2026, 8, 21, 22, 30, tzinfo=UTC)  # half past midnight of the 22nd in Berlin
    for number, (at, delay) in enumerate(((late, 300), (late, 600), (late - timedelta(hours=1), 100)), 1):
        seen = at - timedelta(seconds=delay)
        goal = goal_of(number, (1, 0), state=GoalState.CONFIRMED, first_seen=seen, confirmed_at=at)
        await add_goals(store, goal)
    for sha in ("aa" * 32, "bb" * 32):
        await store.clips.save_clip(a_clip("1-10-1-0-1", sha, state=ClipState.KEEPER))
    await store.clips.save_clip(a_clip("1-10-1-0-1", "cc" * 32, state=ClipState.DUPLICATE))
    await store.goals.cancel(goal.id, NOW)
    async with opened(store, tmp_path, {"ingest": {"time_zone": "Europe/Berlin"}}) as site:
        found = (await site.get("/api/v1/history?days=3")).json()
    assert found["time_zone"] == "Europe/Berlin"
    days = {one.pop("day"): one for one in found["days"]}
    assert list(days) == ["2026-08-20", "2026-08-21", "2026-08-22"]
    nothing = dict.fromkeys(("goals", "stored", "needs_review", "taken_back", "clips"), 0)
    none = {"delay_seconds": None, "slow_delay_seconds": None}
    assert days["2026-08-20"] == {**nothing, **none}
    taken_back = {**nothing, "goals": 1, "taken_back": 1}
    assert days["2026-08-21"] == {**taken_back, "delay_seconds": 100.0, "slow_delay_seconds": 100.0}
    two = {**nothing, "goals": 2, "clips": 2}
    assert days["2026-08-22"] == {**two, "delay_seconds": 450.0, "slow_delay_seconds": 600.0}


@pytest.mark.parametrize("days", ["0", "367", "-1", "many"])
async def test_no_day_and_more_than_a_year_cannot_be_asked_for(site: Site, days: str) -> None:
    assert (await site.get(f"/api/v1/history?days={days}")).status == 400


async def test_the_plots_are_told_in_words_and_as_a_table(site: Site) -> None:
    await a_month(site.store)
    text = (await site.page("/health")).partition('id="days"')[2]
    goals = await site.store.database.goals.count_documents({})
    clips = await site.store.database.clips.count_documents({})
    assert text.count(f"{goals} goals and {clips} clips in 30 days.</desc>") == 2
    assert len(re.findall(r'<svg class="draw \w+ plot" [^>]*role="img" aria-labelledby', text)) == 4
    assert text.partition('id="days-table"')[2].count('<th scope="row">') == 30


# ---------------------------------------------------------------- live


async def test_an_open_page_is_told_of_what_changed_and_is_still_otherwise(watched: Site) -> None:
    async def parts() -> Mapping[str, str]:
        return (await watched.live.parts("health")).html

    before = await parts()
    steady = {**before, "database": ""}
    assert {**await parts(), "database": ""} == steady, "nothing changes by itself"
    await a_source_that_waits(watched)
    after = await parts()
    changed = {name for name, html in after.items() if html != before[name]}
    assert changed - {"database"} == {"state", "sources"}


async def test_the_health_of_a_busy_process_is_shown(watched: Site) -> None:
    watched.within = replace(watched.within, searching=3, working=2, pool_busy=1, pool_processes=2)
    work = (await health(watched))["work"]
    assert (work["searching"], work["working"], work["goals_at_once"]) == (3, 2, 2)
    text = await watched.page("/health")
    assert "2 of 2, 1 busy" in text
