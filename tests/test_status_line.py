"""What `systemctl status footyd` shows."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from footyd import status_line
from footyd.adapters.mongo import open_store
from footyd.errors import StoreError
from footyd.status_line import UNREADABLE, Counts, StatusLine, count
from tests.waiting import until

NOW = datetime(2026, 11, 21, 15, 20, tzinfo=UTC)
IDLE = Counts(live=0, pending=0, next_kickoff=None)


@pytest.mark.parametrize(
    ("counts", "in_work", "wait", "line"),
    [
        (
            Counts(live=3, pending=2, next_kickoff=None),
            1,
            12,
            "3 live, 2 pending, 1 goal in work, next poll 12 s",
        ),
        (replace(IDLE, live=1), 2, None, "1 live, 0 pending, 2 goals in work"),
        (replace(IDLE, live=1), 0, -3, "1 live, 0 pending, 0 goals in work, next poll 0 s"),
        (IDLE, 1, 12, "0 live, 0 pending, 1 goal in work, next poll 12 s"),
        (IDLE, 0, 12, "idle, no match planned"),
        (
            replace(IDLE, next_kickoff=NOW + timedelta(minutes=10)),
            0,
            12,
            "idle, next kick-off Sat 21 Nov 15:30 UTC",
        ),
    ],
)
def test_the_line_tells_what_is_going_on(counts: Counts, in_work: int, wait: int | None, line: str) -> None:
    next_poll = None if wait is None else NOW + timedelta(seconds=wait)
    assert status_line.status_line(counts, in_work=in_work, next_poll=next_poll, now=NOW) == line


class Stage:
    """A line over facts that the test changes."""

    def __init__(self) -> None:
        self.counts: Counts | None = replace(IDLE, live=1)
        self.reads = 0
        self.in_work = 0
        self.next_poll = NOW + timedelta(seconds=60)
        self.now = NOW
        self.told: list[str] = []
        self.line = StatusLine(
            self._count,
            in_work=lambda: self.in_work,
            next_poll=lambda: self.next_poll,
            tell=self.told.append,
            clock=lambda: self.now,
        )

    async def _count(self) -> Counts:
        self.reads += 1
        if self.counts is None:
            raise StoreError("gone")
        return self.counts


async def test_the_records_are_read_again_after_a_poll_or_when_a_goal_came_or_went() -> None:
    stage = Stage()
    await stage.line.line()
    stage.now += timedelta(seconds=5)
    assert await stage.line.line() == "1 live, 0 pending, 0 goals in work, next poll 55 s"
    assert stage.reads == 1
    stage.in_work = 1
    await stage.line.line()
    stage.next_poll += timedelta(seconds=60)
    await stage.line.line()
    assert stage.reads == 3


async def test_a_database_that_does_not_answer_is_told_until_it_does() -> None:
    stage = Stage()
    stage.counts = None
    assert await stage.line.line() == UNREADABLE
    stage.counts = IDLE
    assert await stage.line.line() == "idle, no match planned"


async def test_only_a_line_that_changed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_line, "LOOK_SECONDS", 0.001)
    stage, stop = Stage(), asyncio.Event()
    [serve] = stage.line.services().values()
    serving = asyncio.ensure_future(serve(stop))
    await until(lambda: stage.told)
    stage.now += timedelta(seconds=10)
    await until(lambda: len(stage.told) == 2)
    stop.set()
    await serving
    assert [line[-4:] for line in stage.told] == ["60 s", "50 s"]


async def test_an_empty_database_counts_as_idle(mongo_uri: str, mongo_database: str) -> None:
    async with open_store(mongo_uri, mongo_database, timeout_seconds=10, runs_kept_days=90) as store:
        assert await count(store) == IDLE
