"""What the Runs and Health pages cost over the records of years: `python -m tests.bench.figures`.

50,000 goals in 900 days, 30,000 clips with their fingerprints (20,000 of them keepers), 10,000 matches with
payloads and 90 days of polls, in a real mongod; each read is timed five times, the median is told.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from footyd.adapters.mongo import Store, open_store
from footyd.adapters.mongod import embedded_mongod
from footyd.model import GoalId
from tests.builders import KICKOFF
from tests.web.site import opened

GOALS, CLIPS, KEEPERS, MATCHES, DAYS = 50_000, 30_000, 20_000, 10_000, 900
RUNS = 90 * 200
NOW = KICKOFF + timedelta(minutes=40)
FINGERPRINT = bytes(8_000)


def goal(number: int, luck: random.Random) -> dict[str, Any]:
    confirmed = NOW - timedelta(minutes=number * DAYS * 1440 // GOALS)
    outcome = None if number < 12 else luck.choices(["stored", "needs_review", "cancelled"], [90, 2, 8])[0]
    flags = {"twitter_scraped": number % 3 > 0, "videos_downloaded": outcome == "stored", "completed": True}
    return {
        "_id": f"{number}-1-1-0-1",
        "fixture_id": number // 3,
        "state": "cancelled" if outcome == "cancelled" else "confirmed",
        "first_seen": confirmed - timedelta(seconds=luck.randint(60, 900)),
        "confirmed_at": confirmed,
        "team": "Real Qarth",
        "player": "J. Álvarez-Núñez",
        "search": {"next_at": NOW if outcome is None else None, "pass_index": 9, "searched": False},
        "processing_status": flags,
        "outcome": outcome,
        "reached": {"searched": confirmed, "downloaded": confirmed, "deduped": confirmed},
        "error": "",
    }


def clip(number: int) -> dict[str, Any]:
    return {
        "_id": f"{number % GOALS}-1-1-0-1:{number:064x}",
        "goal_id": f"{number % KEEPERS}-1-1-0-1",
        "state": "keeper" if number < KEEPERS else "duplicate",
        "facts": {"size_bytes": 4_000_000 + number, "sha256": f"{number:064x}"},
        "fingerprint": {"version": 3, "data": FINGERPRINT},
        "object_key": f"League/2026/match {number}.mp4" if number < KEEPERS else None,
    }


def run(number: int, luck: random.Random) -> dict[str, Any]:
    start = NOW - timedelta(minutes=7 * number)
    return {
        "_id": f"{luck.getrandbits(128):032x}",
        "job": "ingest" if number % 200 == 0 else "poll",
        "trigger": "interval",
        "start": start,
        "end": start + timedelta(seconds=1),
        "attempt": 1,
        "outcome": "ok" if number % 60 else "refused",
        "metadata": {"fixtures_processed": 40, "calls": 1, "writes": 12},
        "subject": "",
    }


def match(number: int) -> dict[str, Any]:
    return {
        "_id": number,
        "kickoff": NOW - timedelta(hours=number),
        "status": "FT",
        "payload": {"events": ["x" * 5000]},
    }


async def fill(store: Store) -> None:
    luck = random.Random(7)
    database = store.database
    for name, count, make in (
        ("goals", GOALS, lambda n: goal(n, luck)),
        ("clips", CLIPS, clip),
        ("runs", RUNS, lambda n: run(n, luck)),
        ("fixtures_completed", MATCHES, match),
    ):
        for first in range(0, count, 2000):
            numbers = range(first, min(first + 2000, count))
            await database[name].insert_many([make(number) for number in numbers], ordered=False)


async def timed(ask: Callable[[], Awaitable[Any]]) -> float:
    begun = time.perf_counter()
    await ask()
    return (time.perf_counter() - begun) * 1000


def reads(store: Store) -> dict[str, Callable[[], Awaitable[Any]]]:
    figures, history, month = store.figures, store.history, NOW - timedelta(days=30)

    async def clips_of_the_month() -> None:
        days = await figures.goal_days(month, "Europe/Berlin")
        ids: list[GoalId] = [id for day in days for id in day.ids]
        await figures.keepers_of(ids)

    def runs(job: str, outcome: str, after: tuple[datetime, str] | None) -> Callable[[], Awaitable[Any]]:
        return lambda: history.runs(job=job, outcome=outcome, after=after, limit=50)

    deep = (NOW - timedelta(days=60), "")
    return {
        "fixtures to come and in play": figures.fixtures,
        "fixtures by state, as the status line counts": store.fixtures.counts,
        "goals by outcome": store.goals.counts,
        "goals in work": figures.in_work,
        "goals of a day by stage": lambda: figures.reached(NOW - timedelta(days=1)),
        "goals of 30 days": lambda: figures.goal_days(month, "Europe/Berlin"),
        "goals and clips of 30 days": clips_of_the_month,
        "keepers and their size": figures.kept,
        "keepers as retention sees them": store.shelf.kept,
        "the database itself": figures.server,
        "the last poll": lambda: store.runs.last_runs(job="poll", limit=1),
        "50 runs": runs("", "", None),
        "50 runs of a job, deep": runs("poll", "", deep),
        "50 runs refused": runs("", "refused", None),
        "50 ingests that went well": runs("ingest", "ok", None),
        "calls of the last hour": lambda: history.spent(NOW - timedelta(hours=1)),
        "matches to plan by": lambda: figures.slots(NOW + timedelta(days=1)),
    }


async def pages(store: Store, place: Path) -> None:
    """Whole pages over HTTP, and one look at each for all that watch it."""
    async with opened(store, place) as site:
        for path in ("/runs", "/health", "/api/v1/health", "/api/v1/way", "/api/v1/history"):
            first = await timed(partial(site.page, path))
            again = [await timed(partial(site.page, path)) for _ in range(9)]
            print(f"{statistics.median(again):8.1f} ms  {path} (the first time {first:.1f} ms)")
        for topic in ("runs::", "health"):
            looks = [await timed(partial(site.live.parts, topic)) for _ in range(9)]
            print(f"{statistics.median(looks):8.1f} ms  a look at {topic.strip(':')} for its streams")


async def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        async with (
            embedded_mongod(Path(place)) as uri,
            open_store(uri, "bench", timeout_seconds=60, runs_kept_days=9000) as store,
        ):
            await fill(store)
            for name, ask in reads(store).items():
                print(f"{statistics.median([await timed(ask) for _ in range(5)]):8.1f} ms  {name}")
            await pages(store, Path(place))


if __name__ == "__main__":
    asyncio.run(main())
