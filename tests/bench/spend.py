"""What a Saturday costs: twelve matches between noon and midnight, under each way of polling.

    python -m tests.bench.spend

The old set-ups spent one call per 20 fixtures and poll: 20 an hour at 3 minutes, 12 an hour at 5.
"""

from __future__ import annotations

import asyncio
import statistics

from tests.saturday import Saturday, play_saturday

HOURS = 12
OLD = (("old, every 3 min", 20), ("old, every 5 min", 12))


def row(name: str, day: Saturday) -> str:
    delays = sorted(day.delays())
    confirmed = len(day.confirmed)
    p95 = delays[int(0.95 * (len(delays) - 1))]
    return (
        f"{name:28} {day.feed.calls:5} {day.feed.calls / confirmed:10.1f} {confirmed:4} of {day.true_goals}"
        f" {statistics.median(delays):13.1f} {p95:6.1f} {len(day.refused):8}"
    )


async def main() -> None:
    print("way                          calls  calls/goal  believed  delay: median    p95  refused")
    free = await play_saturday(interval="auto", day_limit=100, free=True)
    print(row("free plan (100), auto", free))
    print(row("free plan (100), 5 min", await play_saturday(interval=300, day_limit=100, free=True)))
    print(row("7,500 calls, 5 min", await play_saturday(interval=300, day_limit=7500)))
    looked = await play_saturday(interval=300, day_limit=7500, second_look_seconds=60)
    print(row("7,500, 5 min, second look", looked))
    print(row("7,500 calls, auto", await play_saturday(interval="auto", day_limit=7500)))
    for name, per_hour in OLD:
        calls = per_hour * HOURS
        print(f"{name:28} {calls:5} {calls / free.true_goals:10.1f}   (counted, not played)")


if __name__ == "__main__":
    asyncio.run(main())
