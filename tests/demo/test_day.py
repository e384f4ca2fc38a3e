"""A whole match day by a real daemon in a process of its own, undisturbed and killed again and again."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from footyd.demo.report import check_day, day_report
from tests.adapters.s3_servers import ACCESS_KEY, SECRET_KEY, rclone_server
from tests.footyd_process import LOOK_SECONDS, Day, a_day, all_gone, fast_settings, living, make_clips
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("day")  # they compare with one day, played once

GOLDEN = Path(__file__).with_name("day_report.txt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What a day left, `differences` from the script included."""

    report: str
    keys: set[str]
    differences: list[str]
    calls: int
    seconds_to_ready: float


async def stopped(day: Day) -> None:
    """SIGTERM: when the daemon has ended, its mongod has."""
    started, mongod = day.footyd.descendants(), day.footyd.mongod_pid()
    day.footyd.send(signal.SIGTERM)
    assert await day.footyd.ended() == 0
    assert living({mongod}) == set()
    await all_gone(started)


async def evening(day: Day) -> Ended:
    """Wait for the day's end, stop the daemon, look at what is left."""
    records = await day.over()
    await stopped(day)
    assert day.work_left() == []
    files = {str(path.relative_to(day.footyd.library)) for path in day.footyd.library.rglob("*.mp4")}
    return Ended(
        report=day_report(records, calls=None),
        keys=day.keys(),
        differences=check_day(records, day.scenario, files),
        calls=day.world.feed.calls,
        seconds_to_ready=day.footyd.ready_seconds,
    )


@pytest.fixture(scope="session")
def day_clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all workers of pytest-xdist, whose own folders lie beside each other."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "day-clips"
    make_clips(folder)
    return folder


@pytest.fixture(scope="session")
def undisturbed(day_clips: Path, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """The same day twice in one session would tell nothing new."""

    async def play() -> Ended:
        async with a_day(tmp_path_factory.mktemp("undisturbed"), day_clips) as day:
            await day.footyd.start()
            return await evening(day)

    return asyncio.run(play())


def test_a_day_ends_as_written(undisturbed: Ended) -> None:
    assert undisturbed.differences == []
    assert undisturbed.report == GOLDEN.read_text(encoding="utf-8")
    assert len(undisturbed.keys) == 10


Moment = Callable[[Day], bool]


def first_search(day: Day) -> bool:
    return day.world.nitter.searches >= 1


def half_time(day: Day) -> bool:
    return day.world.feed.minute >= day.scenario.end_minute / 2


def first_keeper(day: Day) -> bool:
    return bool(day.keys())


def six_keepers(day: Day) -> bool:
    return len(day.keys()) >= 6


async def reached(moment: Moment, day: Day) -> None:
    await until(lambda: moment(day), look=LOOK_SECONDS)


async def killed(day: Day) -> None:
    """SIGKILL: mongod and the workers end by themselves."""
    started = day.footyd.descendants()
    day.footyd.send(signal.SIGKILL)
    assert await day.footyd.ended() == -signal.SIGKILL
    await all_gone(started)


CUTS = (
    (first_search, killed),
    (first_keeper, stopped),
    (half_time, killed),
    (six_keepers, killed),
)


async def test_a_day_of_kills_and_stops_ends_like_any_other(
    undisturbed: Ended, tmp_path: Path, day_clips: Path
) -> None:
    async with a_day(tmp_path, day_clips) as day:
        for moment, cut in CUTS:
            await day.footyd.start()
            await reached(moment, day)
            await cut(day)
        await day.footyd.start()
        ended = await evening(day)
    assert ended.differences == []
    assert ended.report == undisturbed.report
    assert ended.keys == undisturbed.keys


async def test_a_day_into_an_s3_bucket_ends_as_written(
    undisturbed: Ended, tmp_path: Path, day_clips: Path
) -> None:
    bucket = tmp_path / "s3" / "goals"
    bucket.parent.mkdir()
    with rclone_server(bucket.parent) as address:
        async with a_day(tmp_path, day_clips) as day:
            settings = fast_settings(day.world, day.scenario)
            settings["library"] = {"kind": "s3"}
            settings["library.s3"] = {
                "endpoint_url": address,
                "bucket": bucket.name,
                "access_key": ACCESS_KEY,
                "secret_key": SECRET_KEY,
            }
            day.footyd.configure(settings)
            await day.footyd.start()
            records = await day.over()
            await stopped(day)
        objects = {str(path.relative_to(bucket)) for path in bucket.rglob("*.mp4")}
    assert check_day(records, day.scenario, objects) == []
    assert day_report(records, calls=None) == undisturbed.report
    assert not day.footyd.library.exists(), "nothing of it lies in a folder"
