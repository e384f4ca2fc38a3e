"""Searching when much happens at once, and when much fails: the simulated Saturday, a week, and the matrix.

    python -m tests.bench.search [--seeds 1 2 3]

All by a clock of its own: see `tests/search_days.py`. Delays are from the confirmation to the first search.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time

import structlog

from tests.search_matrix import matrix
from tests.search_play import Days, play_saturday, play_week

CLIPS = {"early": (-1.0, 3.0), "late": (9.0,), "never": ()}


def row(name: str, days: Days, seconds: float) -> str:
    busiest = "/".join(str(days.busiest(account)) for account in ("", "x", "nitter", "api"))
    delays = days.delays()
    cost = 1000 * seconds / max(1, days.passes)
    return (
        f"{name:22} {len(days.goals):5} {len(days.searches()):8} {busiest:>14}"
        f" {statistics.median(delays):7.0f} {delays[-1]:7.0f} {days.passes:6} {days.shared:6}"
        f" {days.postponed['paced']:6} {days.postponed['outage']:7} {sum(days.burned.values()):6}"
        f" {len(days.given_back):6} {len(days.with_clip):6} {cost:8.2f}"
    )


def _drop(*_: object) -> str:
    """A traceback for every search of a broken source is no part of the table."""
    raise structlog.DropEvent


async def main() -> None:
    seeds = argparse.ArgumentParser()
    seeds.add_argument("--seeds", nargs="*", type=int, default=[1])
    chosen = seeds.parse_args().seeds
    structlog.configure(processors=[_drop])
    print("                               busiest 15 min  delay s                 postponed")
    print(
        "day                    goals searches  all/x/nitt/api  median     max passes shared  paced  outage"
        " burned  given  clips ms/pass"
    )
    for matches in (12, 6, 1):
        for name, minutes in CLIPS.items():
            begun = time.process_time()
            days = await play_saturday(matches=matches, clip_minutes=minutes)
            print(row(f"{matches} matches, {name}", days, time.process_time() - begun))
    begun = time.process_time()
    days = await play_saturday(matches=100, clip_minutes=(-1, 3), goals=100)
    print(row("100 goals in 10 min", days, time.process_time() - begun))
    for seed in chosen:
        begun = time.process_time()
        days = await play_week(seed)
        print(row(f"week of outages, {seed}", days, time.process_time() - begun))
        for way in days.ways:
            asked = ", ".join(f"{kind} {count}" for kind, count in way.replies.most_common())
            print(f"  {way.name:8} hammered {way.hammered}, canaries {len(way.canaries)}; asked: {asked}")
    print("\nsource   failure        resulting state")
    print("\n".join(await matrix()))


if __name__ == "__main__":
    asyncio.run(main())
