"""SIGKILL, for footyd at every boundary between two effects and at any instant, and for what works for it."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import Sequence

from tests.faults.daemon import AT, WORKER
from tests.faults.day import FaultDay
from tests.faults.fault import Fault, Injection, NotInjectedError, Play, Row, Undisturbed

INSTANTS = 50
LIVES_A_DAY = 8
FROZEN_SECONDS = 15.0

# ---------------------------------------------------------------- footyd, between two effects


def at_points(*points: str) -> Play:
    """One life for each point, which ends there; then one that is left alone."""

    async def play(day: FaultDay) -> None:
        for index, point in enumerate(points):
            if not await _dies_at(point, day):
                day.missed += points[index:]  # the day is over
                break
            day.harms += 1
        if not day.harms:
            raise NotInjectedError(f"the day did not pass {points[0]}")
        await day.footyd.start()

    return play


async def _dies_at(point: str, day: FaultDay) -> bool:
    """Some points are passed only while it stops."""
    await day.footyd.spawn(**{AT: point})
    if await day.over(or_dead=True) is not None:
        day.footyd.send(signal.SIGTERM)
    return await day.dead() == -signal.SIGKILL


def names(points: Sequence[str]) -> list[str]:
    """The points without their counts, in the order in which they are first passed."""
    return list(dict.fromkeys(point.rpartition("#")[0] for point in points))


def _between_effects(undisturbed: Undisturbed, _seed: int) -> list[Injection]:
    """Every point, spread over days so that the lives of each end early, at noon and late."""
    points = [f"{name}#1" for name in names(undisturbed.points)]
    days = -(-len(points) // LIVES_A_DAY)
    return [
        Injection(
            name=f"day {n + 1} of {days}: {', '.join(points[n::days])}",
            play=at_points(*points[n::days]),
            singly=at_points,
        )
        for n in range(days)
    ]


def _at_last_passages(undisturbed: Undisturbed, _seed: int) -> list[Injection]:
    last = {point.rpartition("#")[0]: point for point in undisturbed.points}
    later = [point for point in last.values() if not point.endswith("#1")]
    return [Injection(name=point, play=at_points(point)) for point in later]


MILESTONES = (
    "stages.advance:advance fixtures_active.replace_one after",
    "matchday:_believe goals.bulk_write after",
    "pipeline.acquire:_acquire_one clips.replace_one after",
    "stages.publish:publish_clip library.put after",
    "pipeline.shelf:unshelve library.delete before",
)
"""The worst moments of a day, between an effect and the one that must follow it, in the day's order."""


def at_milestones(milestones: Sequence[str] = MILESTONES) -> Play:
    return at_points(*(f"{point}#1" for point in milestones))


def _at_every_passage(undisturbed: Undisturbed, _seed: int) -> list[Injection]:
    return [Injection(name=point, play=at_points(point)) for point in undisturbed.points]


# ---------------------------------------------------------------- footyd, at any instant


def after(*seconds: float) -> Play:
    """Killed so long after it was started, and each further life so long after its own start."""

    async def play(day: FaultDay) -> None:
        for life in seconds:
            await day.footyd.spawn()
            await asyncio.sleep(life)
            assert day.footyd.code is None, f"footyd ended by itself with {day.footyd.code}"
            await day.kill()
            day.harms += 1
        await day.footyd.start()

    return play


def lives(rng: random.Random, seconds: float) -> tuple[float, ...]:
    """One cut at any time of a day; then one that ends while it mends, or soon after; then once more."""
    return rng.uniform(0.1, seconds), rng.uniform(0.3, 3), rng.uniform(0.3, 6)


def _at_instants(undisturbed: Undisturbed, seed: int) -> list[Injection]:
    rng = random.Random(seed)
    days = [lives(rng, undisturbed.seconds) for _ in range(-(-INSTANTS // 3))]
    return [Injection(name=f"after {', '.join(f'{s:.2f}' for s in day)} s", play=after(*day)) for day in days]


# ---------------------------------------------------------------- what works for it


def in_worker(task: str, seconds: float) -> Play:
    """The worker process that is the first to run this task dies so long after it began."""

    async def play(day: FaultDay) -> None:
        spent = day.footyd.root / "worker-killed"
        day.footyd.environ[WORKER] = f"{task}:{seconds}:{spent}"
        day.configure(workers={"processes": 2})  # so that it has neighbours
        await day.footyd.start()
        await day.over()
        if not spent.exists():
            raise NotInjectedError(f"no worker ran {task}")

    return play


def _workers(_undisturbed: Undisturbed, _seed: int) -> list[Injection]:
    moments = {
        "fetch_in_worker": (0.0, 0.01, 0.05),
        "fingerprint_file": (0.0, 0.05, 0.15),
        "match_fingerprints": (0.0, 0.01),
        "poster_of": (0.0, 0.01),
    }
    return [
        Injection(name=f"{task}, {seconds:g} s after it began", play=in_worker(task, seconds))
        for task, instants in moments.items()
        for seconds in instants
    ]


def _mongod_dies(moment: float) -> Play:
    """footyd ends with it, as it should, and is started again, as systemd would."""

    async def play(day: FaultDay) -> None:
        await day.footyd.start()
        await asyncio.sleep(moment)
        os.kill(day.footyd.mongod_pid(), signal.SIGKILL)
        code = await day.dead()
        assert code > 0, f"ended with {code} when its mongod died"
        await day.footyd.start()

    return play


def _mongod_killed(undisturbed: Undisturbed, seed: int) -> list[Injection]:
    rng = random.Random(seed + 2)
    moments = [rng.uniform(0, undisturbed.seconds - 3) for _ in range(6)]
    return [
        Injection(name=f"{moment:.2f} s after the start", play=_mongod_dies(moment)) for moment in moments
    ]


def frozen(moment: float, seconds: float = FROZEN_SECONDS) -> Play:
    """Longer than an operation may take; afterwards everything goes on without a restart."""

    async def play(day: FaultDay) -> None:
        day.configure(mongo={"timeout_seconds": 3.0})
        await day.footyd.start()
        await asyncio.sleep(moment)
        mongod = day.footyd.mongod_pid()
        os.kill(mongod, signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            os.kill(mongod, signal.SIGCONT)
        assert day.footyd.code is None, f"footyd ended with {day.footyd.code}"

    return play


def _mongod_frozen(undisturbed: Undisturbed, seed: int) -> list[Injection]:
    rng = random.Random(seed + 3)
    moments = [rng.uniform(0, undisturbed.seconds - 3) for _ in range(6)]
    name = f"for {FROZEN_SECONDS:g} s"
    return [
        Injection(name=f"{name}, {moment:.2f} s after the start", play=frozen(moment)) for moment in moments
    ]


FAULTS: tuple[Fault, ...] = (
    Row(name="SIGKILL between two effects", make=_between_effects),
    Row(name="SIGKILL where it is passed last", make=_at_last_passages),
    Row(name="SIGKILL at random instants", make=_at_instants),
    Row(name="SIGKILL of a pool worker", make=_workers),
    Row(name="SIGKILL of mongod", make=_mongod_killed),
    Row(name="mongod frozen and back", make=_mongod_frozen),
)
EXHAUSTIVE: tuple[Fault, ...] = (Row(name="SIGKILL at every single passage", make=_at_every_passage),)
