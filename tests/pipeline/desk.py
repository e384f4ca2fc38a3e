"""A pipeline on a desk: real database, videos and folder library; only search and network are ours."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple, cast

from footyd.adapters.library_folder import FolderLibrary
from footyd.adapters.mongo import Store
from footyd.adapters.workers import Workers
from footyd.config import Config, Retry
from footyd.model import (
    FixtureState,
    Found,
    GoalRecord,
    Media,
    NoResults,
    ObjectKey,
    Post,
    PostId,
    Query,
    Rejection,
)
from footyd.pipeline import GoalReport, Tools, work_goal
from footyd.stages.publish import side_keys
from footyd.stages.search import Look, SourceChain, Unreachable
from tests.builders import KICKOFF, a_fixture, a_goal
from tests.video import changed, scaled, scene, watermarked, write

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

CONFIRMED = KICKOFF + timedelta(minutes=35)


READ: dict[tuple[Any, bytes], Any] = {}
"""What a task made of a file, by its bytes: the same few files are read in every test."""


class InlineWorkers:
    """Runs tasks where they are asked for: what is tested here is the way, not the processes."""

    async def run(self, fn: Callable[[*Ts], T], *args: *Ts, timeout_seconds: float) -> T:
        file = args[0] if args else None
        if not isinstance(file, Path):
            return fn(*args)
        known = file.read_bytes()
        if (fn, known) not in READ:
            READ[fn, known] = fn(*args)
        found: T = READ[fn, known]
        return found


class Shelf:
    """A downloader over local files: a url is a file's name; a name not on the shelf is a dead link."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fetched: list[str] = []
        self.rejections: dict[str, Rejection] = {}

    async def fetch(self, url: str, into: Path, item: int = 1) -> Path | Rejection:
        self.fetched.append(url)
        if url in self.rejections:
            return self.rejections[url]
        if not (self.folder / url).is_file():
            return Rejection(reason="dead_link")
        return Path(shutil.copy(self.folder / url, into / "clip.mp4"))


class Chain:
    """Answers each query with the next reply of a list, then with nothing found."""

    def __init__(self) -> None:
        self.replies: list[Found | NoResults | Unreachable] = []
        self.queries: list[Query] = []

    async def ask(self, query: Query, look: Look = Look.FIRST) -> Found | NoResults | Unreachable:
        self.queries.append(query)
        return self.replies.pop(0) if self.replies else NoResults(source="nitter")


def a_good_post(id: str, file: str) -> Post:
    return Post(
        id=PostId(id),
        url=f"https://x.com/fan/status/{id}",
        author="fan",
        text="GOAL! A. Striker scores 23' Home 1-0 Away",
        posted_at=KICKOFF + timedelta(minutes=31),
        media=(Media(url=file),),
        source="nitter",
    )


@dataclass
class Desk:
    """One goal on its way; `now` moves only when a test moves it."""

    store: Store
    net: Path
    config: Config
    chain: Chain = field(default_factory=Chain)
    now: datetime = CONFIRMED
    announced: list[tuple[str, str]] = field(default_factory=list)
    posted: int = 900
    room: bool = True

    def __post_init__(self) -> None:
        self.shelf = Shelf(self.net)
        self.library = FolderLibrary(self.config.library_dir, Retry(attempts=1, first_wait_seconds=0))

    @classmethod
    async def open(cls, store: Store, root: Path, net: Path, **sections: Any) -> Desk:
        """With one fixture in play, one goal confirmed, and the files of `make_files` in `net`."""
        settings = {
            "state": {"dir": root / "state"},
            "search": {"passes_minutes": [0, 1, 2]},
            "download": {"min_free_bytes": 0},
            **sections,
        }
        desk = cls(store=store, net=net, config=Config.model_validate(settings))
        await desk.library.prepare()
        playing = a_fixture(1, status="1H", score=(1, 0), events=[])
        await store.fixtures.take_in([(FixtureState.ACTIVE, playing)])
        goal = a_goal(at=CONFIRMED - timedelta(minutes=5))
        window = timedelta(minutes=3)
        await store.goals.save_believed([], [goal], renamed=(), window=window, now=CONFIRMED)
        return desk

    def tools(self) -> Tools:
        async def announce(title: str, body: str) -> None:
            self.announced.append((title, body))

        async def has_room() -> bool:
            return self.room

        return Tools(
            store=self.store,
            chain=cast(SourceChain, self.chain),
            downloader=self.shelf,
            workers=cast(Workers, InlineWorkers()),
            library=self.library,
            announce=announce,
            config=self.config,
            clock=lambda: self.now,
            has_room=has_room,
        )

    def finds(self, *files: str) -> None:
        """The next query finds a good post for each file."""
        posts = tuple(a_good_post(str(self.posted + n), file) for n, file in enumerate(files))
        self.posted += len(files)
        self.chain.replies.append(Found(posts=posts, source="nitter"))

    async def record(self) -> GoalRecord:
        [record] = await self.store.goals.records()
        return record

    async def work(self) -> GoalReport:
        return await work_goal(await self.record(), self.tools())

    async def keys(self) -> list[str]:
        """The clips in the library, each of which has its poster and sidecar, and nothing else."""
        root = self.config.library_dir
        found = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
        clips = {key for key in found if key.endswith(".mp4")}
        assert found - clips == {side for key in clips for side in side_keys(ObjectKey(key))}
        return sorted(clips)


def make_files(folder: Path) -> None:
    write(folder / "main.mp4", scene(1))
    write(folder / "main_small.mp4", changed(scene(1), scaled(320, 180)))
    write(folder / "main_large.mp4", changed(scene(1), scaled(960, 540)))
    write(folder / "main_marked.mp4", changed(changed(scene(1), watermarked("@GOALS")), scaled(400, 226)))
    write(folder / "other.mp4", scene(2))
    (folder / "broken.mp4").write_bytes(b"\x00\x00\x00\x18ftypmp42" + b"\x07" * 900)
