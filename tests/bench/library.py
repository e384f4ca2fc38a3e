"""A library of many clips, listed, verified, looked through as at a start: the seconds and memory this takes.

    python -m tests.bench.library [--clips 10000] [--s3]

Records with fingerprints of real size in footyd's own mongod; objects of 64 bytes, three a clip, in a folder,
and with --s3 in `rclone serve s3` too (objects are written into its folder directly).
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import re
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

from footyd.adapters.library_folder import FolderLibrary
from footyd.adapters.library_s3 import open_s3_library
from footyd.adapters.mongo import Store, open_store
from footyd.adapters.mongo.codec import clip_document
from footyd.adapters.mongod import embedded_mongod
from footyd.config import Config, Retry
from footyd.doctor.records import Site
from footyd.errors import LibraryError
from footyd.library_check import check
from footyd.model import ClipState, Fingerprint, ObjectKey
from footyd.pipeline import CHECKS
from footyd.reconcile import LibraryChecks
from footyd.stages.publish import Library, side_keys
from tests.adapters.s3_servers import rclone_server, s3_config
from tests.builders import a_clip

CONTENT = b"footyd" * 10 + b"\n" * 4
FINGERPRINT_BYTES = 40_000


async def main(clips: int, *, s3: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="footyd-bench-") as name:
        root = Path(name)
        async with a_store(root / "db") as store:
            folder = root / "s3" / "footyd"
            await fill(store, folder, clips)
            print(f"{clips} clips, {3 * clips} objects", flush=True)
            await measure("folder", store, FolderLibrary(folder, Retry()))
            await examine(store, FolderLibrary(folder, Retry()), root)
            if s3:
                with rclone_server(folder.parent) as address:
                    async with open_s3_library(s3_config(address), Retry()) as library:
                        await measure("S3 (rclone)", store, library)


@asynccontextmanager
async def a_store(folder: Path) -> AsyncIterator[Store]:
    folder.mkdir()
    async with (
        embedded_mongod(folder, cache_gb=0.25) as uri,
        open_store(uri, "footyd", timeout_seconds=60, runs_kept_days=90) as store,
    ):
        yield store


async def fill(store: Store, folder: Path, clips: int) -> None:
    fingerprint = Fingerprint(version=1, data=os.urandom(FINGERPRINT_BYTES))
    sha = hashlib.sha256(CONTENT).hexdigest()
    for start in range(0, clips, 500):
        documents = []
        for n in range(start, min(start + 500, clips)):
            key = ObjectKey(
                f"League {n % 20}/2026/Match {n // 30}/{n % 90:03d} Scorer {n // 3}/1-{n:08x}.mp4"
            )
            clip = a_clip(goal=f"{n // 3}-1-1-0-1", sha=f"{n:064x}", state=ClipState.KEEPER, object_key=key)
            facts = replace(clip.facts, size_bytes=len(CONTENT), sha256=sha)
            documents.append(clip_document(replace(clip, facts=facts, fingerprint=fingerprint)))
            (folder / key).parent.mkdir(parents=True, exist_ok=True)
            for each in (key, *side_keys(key)):
                (folder / each).write_bytes(CONTENT)
        await store.database.clips.insert_many(documents)


async def measure(name: str, store: Store, library: Library) -> None:
    reset_peak()
    before = peak_bytes()
    begun = time.perf_counter()
    listed = sum([1 async for _ in library.objects()])
    records = sum([1 async for _ in store.shelf.shelved()])
    listing = time.perf_counter() - begun
    begun = time.perf_counter()
    found = await check(store, library)
    checking = time.perf_counter() - begun
    begun = time.perf_counter()
    read = await check(store, library, contents=True)
    reading = time.perf_counter() - begun
    grown = (peak_bytes() - before) / 1e6
    print(f"{name}: {listed} objects and {records} records listed in {listing:.1f} s")
    print(f"  verified in {checking:.1f} s, {len(found.findings)} findings")
    print(
        f"  with contents in {reading:.1f} s, {len(read.findings)} findings; memory +{grown:.1f} MB",
        flush=True,
    )


async def examine(store: Store, library: Library, root: Path) -> None:
    """Every check that a start and `footyd doctor` make, then once more with half of the clips broken."""
    config = Config.model_validate({"state": {"dir": root / "state"}})
    site = Site(store=store, library=library, config=config)
    await look(site, 0)
    await look(site, await spoil(store))


async def look(site: Site, broken: int) -> None:
    reset_peak()
    before, begun, cpu, slowest = peak_bytes(), time.perf_counter(), time.process_time(), (0.0, "")
    found = 0
    for one in (*CHECKS, *LibraryChecks().all()):
        alone = time.perf_counter()
        with suppress(LibraryError):  # so much is gone that it would be another library
            found += len(await one.find(site))
        slowest = max(slowest, (time.perf_counter() - alone, one.name))
    took, grown = time.perf_counter() - begun, (peak_bytes() - before) / 1e6
    spent = time.process_time() - cpu
    print(f"{broken} broken: all checks in {took:.1f} s ({spent:.1f} s of CPU), {found} cases")
    print(f"  the longest, {slowest[1]}: {slowest[0]:.1f} s; memory +{grown:.1f} MB", flush=True)


async def spoil(store: Store) -> int:
    """Half of the clips lose their place: promised, moved, unwanted."""
    clips = store.database.clips
    ids = [d["_id"] async for d in clips.find({}, {"_id": 1})]
    half = ids[: len(ids) // 2]
    ways = [{"state": "publishing"}, {"moved_from": "elsewhere.mp4"}, {"state": "duplicate"}]
    for number, way in enumerate(ways):
        await clips.update_many({"_id": {"$in": half[number::3]}}, {"$set": way})
    goals = {id.rpartition(":")[0] for id in half}
    await store.database.goals.insert_many([{"_id": goal} for goal in goals])
    return len(half)


def reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def peak_bytes() -> int:
    """`VmHWM` of proc(5), since the last reset."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) << 10


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--clips", type=int, default=10_000)
    parser.add_argument("--s3", action="store_true")
    return parser.parse_args(given)


if __name__ == "__main__":
    told = arguments()
    asyncio.run(main(told.clips, s3=told.s3))
