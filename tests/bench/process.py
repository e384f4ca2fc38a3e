"""What the process costs: start to ready, memory and processor time when idle, a whole demo day.

    python -m tests.bench.process [--rounds 3] [--idle-seconds 600]

Prints seconds and MB. Resident memory is VmRSS of /proc, shared pages counted; written is what was handed
to the disk (`write_bytes` of /proc); the start is timed from the fork to the log line `footyd runs`, on a new
state directory first and then on the same one again.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from footyd.demo.scenario import DEMO_KEY, written_day
from footyd.demo.world import World, open_world

SETTLED_AFTER_SECONDS = 5.0
"""What a start sets going is over by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """One idle daemon."""

    ready_seconds: float
    daemon_mb: float
    mongod_mb: float
    processor_seconds: float
    mongod_processor_seconds: float
    written_bytes: int
    mongod_written_bytes: int
    processes: int
    calls: int
    stop_seconds: float


def children(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield int(child)


def resident_mb(pid: int) -> float:
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmRSS" in line)
    return int(line.split()[1]) / 1024


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def written_bytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))


def measure_idle(state: Path, world: World, idle_seconds: float) -> Idle:
    """A daemon that follows nothing in play: started, watched, stopped."""
    environment = os.environ | {
        "FOOTYD_STATE__DIR": str(state),
        "FOOTYD_API_FOOTBALL__BASE_URL": world.feed_url,
        "FOOTYD_API_FOOTBALL__KEY": DEMO_KEY,
        "FOOTYD_FOLLOW__TEAMS": "[1]",
        "FOOTYD_LOG__FORMAT": "json",
        "FOOTYD_WEB__PORT": "0",
    }
    begun = time.monotonic()
    daemon = subprocess.Popen(
        [sys.executable, "-m", "footyd", "run"], env=environment, stderr=subprocess.PIPE, text=True
    )
    assert daemon.stderr is not None
    while "footyd runs" not in (line := daemon.stderr.readline()):
        assert line, "the daemon ended before it was ready"
    ready = time.monotonic() - begun
    time.sleep(SETTLED_AFTER_SECONDS)
    [mongod] = children(daemon.pid)
    both = (daemon.pid, mongod)
    calls = world.feed.calls
    spent, written = [processor_seconds(p) for p in both], [written_bytes(p) for p in both]
    time.sleep(idle_seconds)
    found = Idle(
        ready_seconds=ready,
        daemon_mb=resident_mb(daemon.pid),
        mongod_mb=resident_mb(mongod),
        processor_seconds=processor_seconds(daemon.pid) - spent[0],
        mongod_processor_seconds=processor_seconds(mongod) - spent[1],
        written_bytes=written_bytes(daemon.pid) - written[0],
        mongod_written_bytes=written_bytes(mongod) - written[1],
        processes=1 + len(list(children(daemon.pid))),
        calls=world.feed.calls - calls,
        stop_seconds=_stopped(daemon),
    )
    assert daemon.returncode == 0, f"the daemon ended with {daemon.returncode}"
    return found


def _stopped(daemon: subprocess.Popen[str]) -> float:
    begun = time.monotonic()
    daemon.send_signal(signal.SIGTERM)
    daemon.communicate(timeout=60)
    return time.monotonic() - begun


def measure_demo() -> float:
    begun = time.monotonic()
    subprocess.run([sys.executable, "-m", "footyd", "demo"], check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - begun


async def main(rounds: int, idle_seconds: float) -> None:
    with tempfile.TemporaryDirectory(prefix="footyd-bench-") as folder:
        for number in range(rounds):
            async with open_world(written_day(1, datetime.now(UTC)), Path(folder) / "clips") as world:
                for kind in ("new", "again"):
                    state = Path(folder) / f"state{number}"
                    print(kind, await asyncio.to_thread(measure_idle, state, world, idle_seconds))
            print(f"demo {await asyncio.to_thread(measure_demo):.1f} s")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=1)
    arguments.add_argument("--idle-seconds", type=float, default=10.0)
    chosen = arguments.parse_args()
    asyncio.run(main(chosen.rounds, chosen.idle_seconds))
