"""What comparing a small file first saves: bytes fetched and CPU-seconds, with and without it.

    python -m tests.bench.two_steps --demo
    python -m tests.bench.two_steps --clips CLIPS_DIR

The posts of each goal are made with ffmpeg: the demo's day in 360, 720 and 1080 lines; or ten seconds of
clips of 720 lines, changed as people change them, in 360, 540 and 720, never larger than they were filmed.
The pipeline is the real one, in this process: search reply, download (a copy), decode, fingerprint, compare,
keep. CPU is this process's own.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import cv2

from footyd.adapters.mongo import open_store
from footyd.adapters.mongod import embedded_mongod
from footyd.demo.clip_maker import Version, make_clip
from footyd.demo.scenario import written_day
from footyd.model import Found, Media, Post, Variant
from tests.pipeline import desk as a_desk
from tests.pipeline.desk import Desk, a_good_post

PIECE_SECONDS = 10
FILMED_LINES = 720
CHANGES = {
    "as-it-was": "null",
    "again": "scale=-2:480",
    "cropped": "crop=iw*.9:ih*.9",
    "darker": "eq=brightness=-0.06:contrast=1.1",
    "mirrored": "hflip",
    "stamped": "drawbox=x=iw*.77:y=ih*.05:w=iw*.2:h=ih*.14:color=orange:t=fill",
    "later": "trim=start=1.2,setpts=PTS-STARTPTS",
    "slower-frames": "fps=20",
}
RATES = {1080: 5_000_000, 720: 2_000_000, 540: 1_200_000, 360: 700_000}
"""Bits per second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a post shows, and the sizes it is offered in."""

    name: str
    path: Path
    lines: tuple[int, ...] = (1080, 720, 360)
    start: float = 0.0
    seconds: float = 600.0
    change: str = "null"


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


async def main(goals: Mapping[str, Sequence[Source]], root: Path) -> None:
    direct, two_steps = Spent(), Spent()
    for name, posts in goals.items():
        net = root / "net" / name
        net.mkdir(parents=True)
        for post in posts:
            for lines in post.lines:
                made_in(lines, post, net / f"{post.name}-{lines}.mp4")
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


def made_in(lines: int, source: Source, target: Path) -> None:
    command = ["ffmpeg", "-v", "error", "-ss", str(source.start), "-t", str(source.seconds)]
    command += ["-i", str(source.path), "-vf", f"{source.change},scale=-2:{lines}", "-an"]
    command += ["-c:v", "libx264", "-preset", "veryfast", "-b:v", str(RATES[lines]), "-y", str(target)]
    subprocess.run(command, check=True, timeout=120)


async def spent(root: Path, net: Path, posts: Sequence[Source], *, first_look_lines: int) -> Spent:
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


def a_post(number: int, source: Source) -> Post:
    variants = tuple(
        Variant(
            url=f"{source.name}-{lines}.mp4",
            content_type="video/mp4",
            width=lines * 16 // 9,
            height=lines,
            bit_rate=RATES[lines],
        )
        for lines in source.lines
    )
    post = a_good_post(str(number), variants[0].url)
    return replace(post, media=(Media(url=variants[0].url, variants=variants),))


def goals_of_the_demo(root: Path) -> dict[str, list[Source]]:
    """The posts with a whole landscape video, by goal."""
    folder = root / "demo"
    folder.mkdir()
    goals: dict[str, list[Source]] = defaultdict(list)
    for post in written_day(1, datetime.now(UTC)).posts:
        if post.recipe and post.recipe.version not in {Version.CORRUPT, Version.PORTRAIT}:
            name = f"{post.fixture_id}-{post.event.minute}"
            made = make_clip(post.recipe, folder)
            goals[name].append(Source(name=made.stem, path=made))
    return {name: posts for name, posts in goals.items() if len(posts) > 1}


def goals_of_clips(folder: Path) -> dict[str, list[Source]]:
    """Every whole piece of every landscape clip that was filmed large enough."""
    goals: dict[str, list[Source]] = {}
    for path in sorted(folder.glob("*.mp4")):
        capture = cv2.VideoCapture(str(path))
        width, lines = (capture.get(what) for what in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
        seconds = capture.get(cv2.CAP_PROP_FRAME_COUNT) / max(1.0, capture.get(cv2.CAP_PROP_FPS))
        capture.release()
        if lines < FILMED_LINES or width < lines:
            continue
        for start in range(0, int(seconds) - PIECE_SECONDS + 1, PIECE_SECONDS):
            name = f"{path.stem}-{start}"
            goals[name] = [
                Source(
                    name=f"{name}-{change}",
                    path=path,
                    lines=(720, 540, 360),
                    start=start,
                    seconds=PIECE_SECONDS,
                    change=filters,
                )
                for change, filters in CHANGES.items()
            ]
    return goals


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--demo", action="store_true")
    parser.add_argument("--clips", type=Path, metavar="CLIPS_DIR")
    told = parser.parse_args(given)
    if not told.demo and not told.clips:
        parser.error("say --demo or --clips CLIPS_DIR")
    return told


if __name__ == "__main__":
    told = arguments()
    with tempfile.TemporaryDirectory(prefix="footyd-bench-") as name:
        place = Path(name)
        goals = goals_of_clips(told.clips) if told.clips else goals_of_the_demo(place)
        asyncio.run(main(goals, place))
