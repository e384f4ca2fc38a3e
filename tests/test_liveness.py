"""When the watchdog may be fed, on a clock of the test's own."""

from __future__ import annotations

import asyncio

import pytest

from footyd import liveness
from footyd.liveness import Liveness
from tests.waiting import until


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def alive(clock: Clock) -> Liveness:
    return Liveness({"schedule": 60, "pool": 180}, clock)


def test_at_the_beginning_every_part_has_its_time(alive: Liveness, clock: Clock) -> None:
    assert alive.silent() == ()
    clock.now += 60
    assert alive.silent() == ()


def test_a_part_is_silent_once_its_own_time_is_over(alive: Liveness, clock: Clock) -> None:
    clock.now += 61
    assert alive.silent() == ("schedule",)
    clock.now += 120
    assert alive.silent() == ("schedule", "pool")


def test_a_part_that_was_seen_again_is_not_silent_any_more(alive: Liveness, clock: Clock) -> None:
    clock.now += 100
    alive.seen("schedule")
    assert alive.silent() == ()


def test_a_long_start_does_not_count(alive: Liveness, clock: Clock) -> None:
    clock.now += 1000
    alive.begin()
    assert alive.silent() == ()


@pytest.mark.parametrize(("answer", "silent"), [(True, ()), (False, ("pool",))])
async def test_a_part_that_is_asked_is_seen_when_it_answers(
    alive: Liveness, clock: Clock, monkeypatch: pytest.MonkeyPatch, *, answer: bool, silent: tuple[str, ...]
) -> None:
    monkeypatch.setattr(liveness, "PROBE_SECONDS", 0.001)
    asked = 0

    async def answers() -> bool:
        nonlocal asked
        asked += 1
        return answer

    clock.now += 181
    alive.seen("schedule")
    stop = asyncio.Event()
    [probe] = alive.probing("pool", answers).values()
    serving = asyncio.ensure_future(probe(stop))
    await until(lambda: asked >= 2)
    stop.set()
    await serving
    assert alive.silent() == silent
