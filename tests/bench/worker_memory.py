"""What a worker holds while it reads large files and compares many long clips.

    python -m tests.bench.worker_memory CLIP...

One real worker process reads every file, then compares all pairs of them in one task, as a goal's clips are.
Printed is the largest private memory (RssAnon) that was seen in steps of 5 ms, in MB.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from footyd.adapters.workers import open_workers
from footyd.config import ClipsConfig, WorkersConfig
from footyd.model import Fingerprint, Rejection
from footyd.stages.fingerprint import fingerprint_file, match_fingerprints

T = TypeVar("T")

SECONDS = 600


def private_mb() -> float:
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["RssAnon"].split()[0]) / 1024


def watched(work: Callable[[], T]) -> tuple[T, float]:
    """The result, and the most that was held meanwhile."""
    seen, done = [private_mb()], threading.Event()

    def watch() -> None:
        while not done.wait(0.005):
            seen.append(private_mb())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        return work(), max(seen)
    finally:
        done.set()
        watcher.join()


def read(path: Path) -> tuple[Fingerprint, float]:
    judged, held = watched(lambda: fingerprint_file(path, ClipsConfig()))
    if isinstance(judged, Rejection):
        raise SystemExit(f"{path}: {judged.reason} {judged.detail}")
    return judged.fingerprint, held


def compare(prints: list[Fingerprint]) -> tuple[int, float]:
    pairs = list(itertools.combinations(prints, 2))
    matches, held = watched(lambda: match_fingerprints(pairs))
    return len(matches), held


async def main(paths: list[Path]) -> None:
    prints = []
    async with open_workers(WorkersConfig(processes=1)) as workers:
        for path in paths:
            print_, held = await workers.run(read, path, timeout_seconds=SECONDS)
            prints.append(print_)
            print(f"{path.name}: read with {held:.0f} MB", flush=True)
        begun = time.monotonic()
        count, held = await workers.run(compare, prints, timeout_seconds=SECONDS)
        print(f"{count} pairs compared with {held:.0f} MB, in {time.monotonic() - begun:.1f} s")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    asyncio.run(main([Path(name) for name in sys.argv[1:]]))
