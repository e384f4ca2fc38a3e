"""Plays injections beside each other and tells of each fault what it cost."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.daemon import RECORD
from tests.faults.day import DAY_SECONDS, a_fault_day
from tests.faults.fault import Fault, Injection, NotInjectedError, SkippedError, Undisturbed
from tests.faults.remains import COLUMNS, Losses, evening, losses

GOLDEN = Path(__file__).with_name("short_day.txt")
Tell = Callable[[str], None]


@dataclass(kw_only=True)
class Place:
    """Where days are played: the clips, made once, and a folder for each day."""

    clips: Path
    root: Path
    days: int = 0

    def next_day(self) -> Path:
        self.days += 1
        place = self.root / f"day-{self.days}"
        return self.next_day() if place.exists() else place


@dataclass(kw_only=True)
class Result:
    """A row of the table, while it fills; `told` are the differences in words."""

    name: str
    injections: int = 0
    not_injected: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)
    skipped: str = ""

    @property
    def verdict(self) -> str:
        if self.skipped:
            return f"skipped: {self.skipped}"
        return "FAILED" if self.told or not self.injections else "passed"

    @property
    def green(self) -> bool:
        return self.verdict == "passed"


async def undisturbed_day(place: Place) -> Undisturbed:
    """Twice it would tell nothing new."""
    root, begun = place.next_day(), time.monotonic()
    async with a_fault_day(root, place.clips) as day:
        day.footyd.environ[RECORD] = str(root / "points")
        await day.footyd.start()
        left = await evening(day)
        seconds = time.monotonic() - begun
    written = GOLDEN.read_text(encoding="utf-8").splitlines()
    told = [*losses(left, left).told, *set(left.report.splitlines()).symmetric_difference(written)]
    assert not told, f"an undisturbed day ended otherwise (see {root}): {told}"
    points = tuple((root / "points").read_text().splitlines())
    return Undisturbed(remains=left, points=points, seconds=seconds)


async def play_rows(
    faults: Sequence[Fault],
    undisturbed: Undisturbed,
    place: Place,
    *,
    seed: int,
    jobs: int,
    tell: Tell,
    at_most: int | None = None,
) -> list[Result]:
    """The rows in order; the injections of all of them side by side, `jobs` at a time."""
    results, work = [], []
    for fault in faults:
        result = Result(name=fault.name)
        results.append(result)
        try:
            found = spread(fault.injections(undisturbed, seed), at_most)
            work += [(result, injection) for injection in found]
        except SkippedError as exc:
            result.skipped = str(exc)
    slots = asyncio.Semaphore(jobs)

    async def play(result: Result, injection: Injection) -> None:
        async with slots:
            await _play_into(result, injection, undisturbed, place, tell)

    await asyncio.gather(*(play(result, injection) for result, injection in work))
    return results


def spread(injections: Sequence[Injection], at_most: int | None) -> Sequence[Injection]:
    """So many of them, from the first to the last."""
    if at_most is None or len(injections) <= at_most:
        return injections
    return [injections[n * len(injections) // at_most] for n in range(at_most)]


async def _play_into(
    result: Result, injection: Injection, undisturbed: Undisturbed, place: Place, tell: Tell
) -> None:
    begun, root = time.monotonic(), place.next_day()
    missed: list[str] = []
    try:
        harms, lost = await _play(injection, undisturbed, place, root, missed)
    except NotInjectedError as exc:
        result.not_injected += 1
        verdict = f"not injected: {exc}"
    except (AssertionError, TimeoutError) as exc:
        result.injections += 1
        result.told.append(f"{injection.name}: {type(exc).__name__}: {exc}")
        verdict = f"FAILED: {type(exc).__name__}: {exc}"
    else:
        result.injections += harms
        result.counts.update(lost.counts)
        result.told += [f"{injection.name}: {line}" for line in lost.told]
        verdict = "ok" if lost.clean else f"FAILED: {'; '.join(lost.told)}"
    if not verdict.startswith("FAILED"):
        shutil.rmtree(root, ignore_errors=True)
    else:
        verdict += f" (see {root})"
    tell(f"{result.name} | {injection.name} | {time.monotonic() - begun:.1f} s | {verdict}")
    for name in missed:
        assert injection.singly is not None, f"{injection.name} missed {name}"
        alone = Injection(name=name, play=injection.singly(name))
        await _play_into(result, alone, undisturbed, place, tell)


async def _play(
    injection: Injection, undisturbed: Undisturbed, place: Place, root: Path, missed: list[str]
) -> tuple[int, Losses]:
    """How often harm was done, and what it cost."""
    wanted = undisturbed.remains
    async with asyncio.timeout(DAY_SECONDS), a_fault_day(root, place.clips) as day:
        await injection.play(day)
        left = await evening(day)
        missed += day.missed
    found = losses(left, wanted, same_report=injection.check is None)
    if injection.check is None:
        return max(1, day.harms), found
    told = (*found.told, *injection.check(left, wanted))
    return max(1, day.harms), Losses(counts=found.counts, told=told)


def table(results: Sequence[Result]) -> str:
    """As Markdown."""
    head = ("fault", "injections", *COLUMNS, "verdict")
    lines = [head, tuple("---" for _ in head)]
    for one in results:
        counts = [str(one.counts[name]) for name in COLUMNS]
        lines.append((one.name, str(one.injections), *counts, one.verdict))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
