"""What comparing a small file first saves: bytes fetched and CPU-seconds, with and without it.

    python -m tests.bench.two_steps --demo
    python -m tests.bench.two_steps --set SET_DIR [--segments 3]

The posts of each goal (the demo's day, or the versions of a segment of a labelled set) are offered in three
sizes, 360, 720 and 1080 lines, made with ffmpeg. The pipeline is the real one, in this process: search reply,
download (a copy), decode, fingerprint, compare, keep. CPU is this process's own.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from footyd.adapters.mongo import open_store
from footyd.adapters.mongod import embedded_mongod
from footyd.demo.clip_maker import Version, make_clip
from footyd.demo.scenario import written_day
from footyd.model import Found, Media, Post, Variant
from tests.pipeline import desk as a_desk
from tests.pipeline.desk import Desk, a_good_post

LINES = (1080, 720, 360)
LEFT_OUT = frozenset({"compil", "crop916", "bars916", "blur916"})
"""Not the same clip, and shapes that do not come in these three sizes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What one way of downloading cost."""

    files: int = 0
    bytes: int = 0
    seconds: float = 0.0
    keepers: int = 0

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            files=self.files + other.files,
            bytes=self.bytes + other.bytes,
            seconds=self.seconds + other.seconds,
            keepers=self.keepers + other.keepers,
        )


async def main(goals: Mapping[str, Sequence[Path]], root: Path) -> None:
    direct, two_steps = Spent(), Spent()
    for name, posts in goals.items():
        net = root / "net" / name
        net.mkdir(parents=True)
        for post in posts:
            for lines in LINES:
                made_in(lines, post, net / f"{post.stem}-{lines}.mp4")
        direct += await spent(root / f"{name}-direct", net, posts, first_look_lines=0)
        two_steps += await spent(root / f"{name}-two-steps", net, posts, first_look_lines=360)
        print(f"{name}: {len(posts)} posts done", flush=True)
    for way, cost in (("best at once", direct), ("small first", two_steps)):
        print(
            f"{way}: {cost.files} files, {cost.bytes / 1e6:.1f} MB, {cost.seconds:.1f} CPU-s, "
            f"{cost.keepers} keepers"
        )
    print(f"saved: {1 - two_steps.bytes / direct.bytes:.0%} of the bytes, ", end="")
    print(f"{1 - two_steps.seconds / direct.seconds:.0%} of the CPU")


def made_in(lines: int, source: Path, target: Path) -> None:
    rates = {1080: "5M", 720: "2M", 360: "700k"}
    command = ["ffmpeg", "-v", "error", "-i", str(source), "-vf", f"scale=-2:{lines}", "-an"]
    command += ["-c:v", "libx264", "-preset", "veryfast", "-b:v", rates[lines], "-y", str(target)]
    subprocess.run(command, check=True, timeout=120)


async def spent(root: Path, net: Path, posts: Sequence[Path], *, first_look_lines: int) -> Spent:
    root.mkdir()
    a_desk.READ.clear()
    async with (
        embedded_mongod(root, cache_gb=0.25) as uri,
        open_store(uri, "footyd", timeout_seconds=60, runs_kept_days=90) as store,
    ):
        download = {"min_free_bytes": 0, "first_look_lines": first_look_lines, "candidates_per_pass": 40}
        desk = await Desk.open(store, root, net, download=download)
        found = [a_post(900 + n, post) for n, post in enumerate(posts)]
        desk.chain.replies.append(Found(posts=tuple(found), source="cookies"))
        begun = time.process_time()
        await desk.work()
        seconds = time.process_time() - begun
        sizes = [(net / name).stat().st_size for name in desk.shelf.fetched]
        keepers = len(await store.clips.keepers())
        return Spent(files=len(sizes), bytes=sum(sizes), seconds=seconds, keepers=keepers)


def a_post(number: int, source: Path) -> Post:
    variants = tuple(
        Variant(
            url=f"{source.stem}-{lines}.mp4", content_type="video/mp4", width=lines * 16 // 9, height=lines
        )
        for lines in LINES
    )
    post = a_good_post(str(number), variants[0].url)
    return replace(post, media=(Media(url=variants[0].url, variants=variants),))


def goals_of_the_demo(root: Path) -> dict[str, list[Path]]:
    """The posts with a whole landscape video, by goal."""
    folder = root / "demo"
    folder.mkdir()
    goals: dict[str, list[Path]] = defaultdict(list)
    for post in written_day(1, datetime.now(UTC)).posts:
        if post.recipe and post.recipe.version not in {Version.CORRUPT, Version.PORTRAIT}:
            name = f"{post.fixture_id}-{post.event.minute}"
            goals[name].append(make_clip(post.recipe, folder))
    return {name: posts for name, posts in goals.items() if len(posts) > 1}


def goals_of_a_set(folder: Path, segments: int) -> dict[str, list[Path]]:
    goals: dict[str, list[Path]] = defaultdict(list)
    with (folder / "items.csv").open() as items:
        for item in csv.DictReader(items):
            if item["transform"] not in LEFT_OUT:
                goals[item["segment"]].append(folder / "public" / Path(item["file"]).name)
    return dict(sorted(goals.items())[:segments])


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--demo", action="store_true")
    parser.add_argument("--set", type=Path, metavar="SET_DIR")
    parser.add_argument("--segments", type=int, default=3)
    told = parser.parse_args(given)
    if not told.demo and not told.set:
        parser.error("say --demo or --set SET_DIR")
    return told


if __name__ == "__main__":
    told = arguments()
    with tempfile.TemporaryDirectory(prefix="footyd-bench-") as name:
        place = Path(name)
        goals = goals_of_a_set(told.set, told.segments) if told.set else goals_of_the_demo(place)
        asyncio.run(main(goals, place))
