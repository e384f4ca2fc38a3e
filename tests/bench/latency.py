"""What the orchestration itself costs: from many goals confirmed at once to their searches sent.

    python -m tests.bench.latency [--goals 100] [--rounds 5] [--answer-ms 0 300]

A real mongod, the daemon's queue, chain and pipeline; only the source is played: it notes when it is asked
and answers after so many milliseconds that it found nothing; it is asked by eight at a time. Prints
milliseconds from the wake that follows the poll.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import structlog

from footyd.adapters.mongo import Store, open_store
from footyd.adapters.mongod import embedded_mongod
from footyd.config import Config, SearchConfig
from footyd.goal_queue import GoalQueue
from footyd.model import FixtureState, NoResults, Query, SourceReply, utcnow
from footyd.pipeline import Tools
from footyd.stages.search import SourceChain
from tests.builders import a_fixture, a_goal

WINDOW = timedelta(minutes=3)


class Played:
    """A source that has nothing, and notes when it was asked."""

    name, account, costs_money = "nitter", "nitter", True

    def __init__(self, answer_seconds: float) -> None:
        self.asked: list[float] = []
        self._news = asyncio.Event()
        self._answer_seconds = answer_seconds

    async def search(self, query: Query) -> SourceReply:
        self.asked.append(time.perf_counter())
        self._news.set()
        await asyncio.sleep(self._answer_seconds)
        return NoResults(source=self.name)

    async def was_asked(self, times: int) -> None:
        while len(self.asked) < times:
            await self._news.wait()
            self._news.clear()


async def measure(uri: str, database: str, goals: int, answer_seconds: float) -> list[float]:
    """Milliseconds until each goal's search, in the order in which they were sent."""
    source = Played(answer_seconds)
    config = SearchConfig(searches_per_window=max(goals, 50))
    async with open_store(uri, database, timeout_seconds=10, runs_kept_days=90) as store:
        chain = SourceChain([source], store.runs, config, utcnow, _announce)
        tools = cast(
            Tools,
            SimpleNamespace(
                store=store,
                chain=chain,
                clock=utcnow,
                config=Config(search=config),
                timing=Tools.timing.__get__(SimpleNamespace(took=lambda *_: None)),
            ),
        )
        queue = GoalQueue(store, lambda: tools, workers=1, clock=utcnow)
        stop = asyncio.Event()
        feeding = asyncio.ensure_future(queue.services()["goal queue"](stop))
        await asyncio.sleep(0.2)
        await confirm_at_once(store, goals, utcnow())
        begun = time.perf_counter()
        queue.wake()
        await source.was_asked(goals)
        stop.set()
        await feeding
    return [1000 * (asked - begun) for asked in source.asked]


async def confirm_at_once(store: Store, goals: int, now: datetime) -> None:
    """One goal in each of so many matches, as the poll that confirms them stores them."""
    ids = range(1, goals + 1)
    await store.fixtures.take_in(
        [(FixtureState.ACTIVE, a_fixture(n, status="1H", score=(1, 0), kickoff=now, minute=23)) for n in ids]
    )
    confirmed = [
        replace(a_goal(f"{n}-101-1-0-1", fixture=n, at=now), first_seen=now, confirmed_at=now) for n in ids
    ]
    await store.goals.save_believed([], confirmed, renamed=(), window=WINDOW, now=now)


async def _announce(title: str, body: str) -> None:
    raise AssertionError(f"{title}: {body}")


def row(answer_ms: float, waits: list[float]) -> str:
    cuts = statistics.quantiles(waits, n=20)
    return (
        f"{answer_ms:9.0f} {waits[0]:8.1f} {statistics.median(waits):8.1f} {cuts[18]:8.1f} {waits[-1]:8.1f}"
    )


def _drop(*_: object) -> str:
    """A log line for each goal is not what is measured."""
    raise structlog.DropEvent


async def main(goals: int, rounds: int, answers: list[float]) -> None:
    structlog.configure(processors=[_drop])
    print("ms from the wake to the search sent\nanswer ms    first   median      p95     last")
    with tempfile.TemporaryDirectory(prefix="footyd-bench-") as folder:
        async with embedded_mongod(Path(folder)) as uri:
            for number in range(rounds):
                for answer_ms in answers:
                    database = f"latency-{number}-{answer_ms:.0f}"
                    print(row(answer_ms, await measure(uri, database, goals, answer_ms / 1000)), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--goals", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--answer-ms", type=float, nargs="*", default=[0, 300])
    chosen = parser.parse_args()
    asyncio.run(main(chosen.goals, chosen.rounds, chosen.answer_ms))
