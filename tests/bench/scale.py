"""One poll with very many matches in play: seconds and database operations of a whole cycle.

    python -m tests.bench.scale LIVE_SNAPSHOT.json [--sizes 200 1000 5000]

The snapshot's matches are multiplied under new ids. The database is footyd's own mongod; operations are
counted as commands that the driver sends. Each size polls four times: all sightings new, all confirmed,
nothing changed, and every match's minute moved on. Log and announcements are the daemon's, into memory.
`seconds` is the clock's time for the cycle, mongod's part included; `own` is what it cost this process,
which is fairer on a busy machine.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from footyd.adapters.api_football import ApiFootball
from footyd.adapters.feed_payload import parse_reply
from footyd.adapters.mongo import Store, open_store
from footyd.adapters.mongod import embedded_mongod
from footyd.config import Config, LogConfig
from footyd.daemon import calm_collector
from footyd.log import configure_logging
from footyd.matchday import Matchday
from footyd.model import Fixture, FixtureState
from footyd.news import News
from footyd.stages.confirm import Belief, confirm
from tests.mongo_commands import Commands, counted_commands

WRITES = frozenset({"insert", "update", "delete", "findAndModify"})
POLLS = ("all new", "all confirmed", "unchanged", "minutes moved")


@dataclass(kw_only=True)
class Snapshot:
    """A feed that answers every live question with one body; notes how long its reading took."""

    body: bytes
    calls: int = 0
    parse_seconds: float = 0.0
    shown: tuple[Fixture, ...] = field(default=())

    async def live(self, leagues: object) -> tuple[Fixture, ...]:
        self.calls += 1
        begun = time.perf_counter()
        self.shown = parse_reply(self.body)
        self.parse_seconds = time.perf_counter() - begun
        return self.shown

    async def by_ids(self, ids: Sequence[int]) -> tuple[Fixture, ...]:
        raise AssertionError("every match is on the live list")


def many(recorded: Sequence[dict[str, Any]], size: int) -> bytes:
    """A reply with so many matches: the recorded ones that are in play, again and again, under new ids."""
    response = []
    for number in range(size):
        match = deepcopy(recorded[number % len(recorded)])
        match["fixture"]["id"] = 10_000_000 + number
        response.append(match)
    body = {"get": "fixtures", "errors": [], "results": size, "response": response}
    return json.dumps(body, separators=(",", ":")).encode()


def later(body: bytes) -> bytes:
    """The same reply when each clock has gone on by five minutes."""
    reply = json.loads(body)
    for match in reply["response"]:
        match["fixture"]["status"]["elapsed"] = (match["fixture"]["status"]["elapsed"] or 0) + 5
    return json.dumps(reply, separators=(",", ":")).encode()


async def measure(uri: str, commands: Commands, body: bytes, size: int) -> None:
    feed = Snapshot(body=body)
    first = parse_reply(body)
    now = max(fixture.kickoff for fixture in first) + timedelta(minutes=45)
    clock = iter_clock(now)
    async with open_store(uri, f"scale-{size}", timeout_seconds=60, runs_kept_days=90) as store:
        await store.fixtures.take_in([(FixtureState.ACTIVE, fixture) for fixture in first])
        matchday = matchday_of(feed, store, clock)
        for kind in POLLS:
            feed.body = later(body) if kind == "minutes moved" else body
            commands.sent.clear()
            begun, spent = time.perf_counter(), time.process_time()
            report = await matchday.cycle(nothing)
            seconds, own = time.perf_counter() - begun, time.process_time() - spent
            assert report is not None
            writes = sum(commands.sent[name] for name in WRITES)
            print(
                f"{size:6}  {kind:13}  {len(report.decisions):9}  {seconds:7.3f}  {own:7.3f}"
                f"  {feed.parse_seconds:7.3f}"
                f"  {_confirm_seconds(feed.shown, now):7.3f}  {commands.sent.total():8}  {writes:6}"
                f"  {report.writes:9}  {feed.calls:5}",
                flush=True,
            )


def matchday_of(feed: Snapshot, store: Store, clock: Iterator[datetime]) -> Matchday:
    async def deliver(title: str, body: str) -> None:
        """Nobody listens."""

    config = Config()
    return Matchday(
        store=store,
        feed=cast("ApiFootball", feed),
        config=lambda: config,
        clock=lambda: next(clock),
        announce=News(lambda: deliver).announce,
    )


def iter_clock(now: datetime) -> Iterator[datetime]:
    while True:
        yield now
        now += timedelta(seconds=1)


async def nothing() -> None:
    """No run is recorded here."""


def _confirm_seconds(fixtures: Sequence[Fixture], now: datetime) -> float:
    """The pure engine alone, on a poll that confirms every goal."""
    config = Config().confirm
    belief = confirm(Belief(), fixtures, now, config).belief
    begun = time.perf_counter()
    confirm(belief, fixtures, now, config)
    return time.perf_counter() - begun


async def main(path: Path, sizes: Sequence[int]) -> None:
    found = json.loads(path.read_text(encoding="utf-8"))
    recorded = found["response"] if isinstance(found, dict) else found
    configure_logging(LogConfig(level="info", format="json"), stream=io.StringIO())
    calm_collector()
    print(
        "  size  poll           decisions  seconds      own    parse  confirm"
        "  commands  writes  documents  calls"
    )
    with tempfile.TemporaryDirectory(prefix="footyd-scale-") as folder:
        async with embedded_mongod(Path(folder)) as uri:
            for size in sizes:
                with counted_commands() as commands:
                    await measure(uri, commands, many(recorded, size), size)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("snapshot", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[200, 1_000, 5_000])
    given = parser.parse_args()
    asyncio.run(main(given.snapshot, given.sizes))
