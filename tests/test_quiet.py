"""Alerts that flap, told to people at a bearable rate; the loop's clock is moved by the tests."""

from __future__ import annotations

import asyncio

import pytest

from footyd.alerts import DISK_HAS_ROOM, DISK_LOW, FEED_ANSWERS, FEED_REFUSES, FEED_UNWELL, NEEDS_PERSON
from footyd.quiet import Quiet

QUIET = 900.0


class Told:
    """Who reads what comes through; `later` lets time pass and the loop's timers fire."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.read: list[tuple[str, str]] = []
        self.quiet = Quiet(lambda title, body: self.read.append((title, body)), lambda: QUIET)
        self._ahead = 0.0
        loop = asyncio.get_running_loop()
        real = loop.time
        monkeypatch.setattr(loop, "time", lambda: real() + self._ahead)

    def take(self, *titles: str, body: str = "x") -> None:
        for title in titles:
            self.quiet.take(title, body)

    async def later(self, seconds: float) -> None:
        self._ahead += seconds
        for _ in range(3):
            await asyncio.sleep(0)

    @property
    def titles(self) -> list[str]:
        return [title for title, _ in self.read]


@pytest.fixture
async def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    return Told(monkeypatch)


async def test_news_of_goals_pass_however_alike_they_are(told: Told) -> None:
    told.take("Goal", "Goal taken back", "Goal", "Goal stored", "Goal stored")
    assert told.titles == ["Goal", "Goal taken back", "Goal", "Goal stored", "Goal stored"]


async def test_what_flaps_is_told_once_with_its_end(told: Told) -> None:
    for _ in range(5):
        told.take(DISK_LOW, DISK_HAS_ROOM)
        await told.later(60)
    assert told.titles == [DISK_LOW, DISK_HAS_ROOM]
    await told.later(QUIET)
    told.take(DISK_LOW)
    assert told.titles == [DISK_LOW, DISK_HAS_ROOM, DISK_LOW]


async def test_what_came_again_too_soon_and_lasts_is_told_when_the_quiet_is_over(told: Told) -> None:
    told.take(FEED_UNWELL, FEED_ANSWERS)
    await told.later(300)
    told.take(FEED_UNWELL, body="the last word")
    await told.later(QUIET - 301)
    assert told.titles == [FEED_UNWELL, FEED_ANSWERS]
    await told.later(2)
    assert told.read[2:] == [(FEED_UNWELL, "the last word")]
    told.take(FEED_ANSWERS)
    assert told.titles[3:] == [FEED_ANSWERS]


async def test_an_alert_that_says_more_is_told_though_another_stands(told: Told) -> None:
    told.take(FEED_UNWELL, FEED_REFUSES, FEED_ANSWERS)
    assert told.titles == [FEED_UNWELL, FEED_REFUSES, FEED_ANSWERS]


async def test_the_end_of_what_was_told_before_a_restart_is_told(told: Told) -> None:
    told.take(FEED_ANSWERS)
    assert told.titles == [FEED_ANSWERS]


async def test_each_source_has_a_quiet_of_its_own(told: Told) -> None:
    told.take(NEEDS_PERSON, body="cookies: logged out")
    told.take(NEEDS_PERSON, body="browser: logged out")
    told.take(NEEDS_PERSON, body="cookies: logged out")
    assert told.read == [(NEEDS_PERSON, "cookies: logged out"), (NEEDS_PERSON, "browser: logged out")]
    await told.later(QUIET + 1)
    assert told.read[2:] == [(NEEDS_PERSON, "cookies: logged out")]


async def test_at_the_end_of_the_process_nothing_stays_held_back(told: Told) -> None:
    told.take(DISK_LOW, DISK_HAS_ROOM, DISK_LOW)
    told.quiet.release()
    assert told.titles == [DISK_LOW, DISK_HAS_ROOM, DISK_LOW]
    await told.later(QUIET + 1)
    assert len(told.read) == 3
