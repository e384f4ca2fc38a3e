"""`footyd demo`: the real daemon against the loopback world, watched until the day is over, then checked."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console

from footyd.adapters.mongo import Store
from footyd.adapters.workers import open_workers
from footyd.config import Config, WorkersConfig
from footyd.demo.clip_maker import make_clip
from footyd.demo.report import DayRecords, check_day, print_summary
from footyd.demo.scenario import DEMO_KEY, Scenario, written_day
from footyd.demo.view import DayView
from footyd.demo.world import World, open_world
from footyd.errors import FootydError, StoreError
from footyd.model import FixtureState

LOOK_SECONDS = 0.3
FAST_LIMIT_SECONDS = 300.0
"""A fast day that is not over by then is stuck; on two cores it takes well under one minute."""
REAL_LIMIT_SECONDS = 4 * 3600.0
CLIP_SECONDS = 120.0
STOP_SECONDS = 60.0
INTERRUPTED = 130
"""128 + SIGINT, as shells tell it."""


class Running(Protocol):
    """The daemon, once it runs."""

    @property
    def store(self) -> Store: ...


class Stopper(Protocol):
    def terminate(self) -> None: ...


OnReady = Callable[[Running, Stopper], None]


class RunDaemon(Protocol):
    def __call__(
        self, load: Callable[[], Config], *, on_ready: OnReady | None = None, log_stream: Any = None
    ) -> Awaitable[None]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What the command line said; without `dir` a temporary folder is used."""

    dir: Path | None
    seed: int
    fast: bool
    keep: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Day:
    options: DemoOptions
    folder: Path
    scenario: Scenario
    world: World
    config: Config


async def play_demo(options: DemoOptions, run_daemon: RunDaemon, console: Console) -> int:
    """Play the day; 0 when it ended as written, 1 when not, 130 when somebody stopped it."""
    with _folder(options) as folder:
        async with _opened(options, folder) as day:
            records = await _play(day, run_daemon, console)
        if records is None:
            console.print("The day was interrupted.")
            return INTERRUPTED
        library = day.config.library_dir
        keys = {str(file.relative_to(library)) for file in library.rglob("*.mp4")}
        print_summary(console, records, day.world.feed.calls, str(library))
        return _verdict(check_day(records, day.scenario, keys), options, folder, console)


@asynccontextmanager
async def _opened(options: DemoOptions, folder: Path) -> AsyncIterator[_Day]:
    scenario = written_day(options.seed, datetime.now(UTC))
    outside = folder / "outside"
    async with (
        open_world(scenario, outside, real_time=not options.fast) as world,
        _clips(scenario, world, outside),
    ):
        config = demo_config(world, scenario, folder, fast=options.fast)
        yield _Day(options=options, folder=folder, scenario=scenario, world=world, config=config)


def _verdict(differences: list[str], options: DemoOptions, folder: Path, console: Console) -> int:
    for difference in differences:
        console.print(f"not as written: {difference}", markup=False)
    if options.keep:
        config = _keep_config(folder)
        console.print(f"the day is kept; see it with: footyd goal list --config {config}", markup=False)
    else:
        console.print("the day is removed; --keep or --dir keeps it", markup=False)
    console.print("The day did not end as written." if differences else "The day ended as written.")
    return 1 if differences else 0


def _keep_config(folder: Path) -> Path:
    """So that footyd's other commands find the day."""
    path = folder / "config.toml"
    place = json.dumps(str(folder), ensure_ascii=False)  # reads the same as a TOML string
    path.write_text(f"# A day kept by footyd demo.\n[state]\ndir = {place}\n", encoding="utf-8")
    return path


@contextmanager
def _folder(options: DemoOptions) -> Iterator[Path]:
    folder = options.dir or Path(tempfile.mkdtemp(prefix="footyd-demo-"))
    if (folder / "db").exists():
        raise FootydError(f"{folder} holds an earlier day", remedy="Remove it, or name another with --dir")
    try:
        (folder / "outside").mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise FootydError(
            f"{folder} cannot be used ({exc.strerror})", remedy="Name another folder with --dir"
        ) from exc
    try:
        yield folder.absolute()
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)


def demo_config(world: World, scenario: Scenario, folder: Path, *, fast: bool) -> Config:
    """The defaults, pointed at the loopback world; fast waits seconds where a match waits minutes."""
    sections: dict[str, Any] = {
        "state": {"dir": folder},
        "api_football": {"base_url": world.feed_url, "key": DEMO_KEY},
        "follow": {"leagues": [scenario.league_id]},
        "search": {"nitter": {"base_urls": [world.nitter_url]}},
        "library": {"dir": folder / "library"},
        "download": {"min_free_bytes": 50_000_000},
        "log": {"format": "json"},
        "web": {"enabled": False},
    }
    if fast:
        quick = {"attempts": 3, "first_wait_seconds": 0.2}
        sections["poll"] = {"interval_seconds": 0.5}
        hurried = {"passes_minutes": [0, 0.05, 0.1], "rate_window_minutes": 0.1, "retry": quick}
        sections["search"] |= hurried
        sections["download"] |= {"retry": quick}
        sections["workers"] = {"goals": 4, "idle_seconds": 5}
    return Config.model_validate(sections)


@asynccontextmanager
async def _clips(scenario: Scenario, world: World, folder: Path) -> AsyncIterator[None]:
    """Make the day's clips in processes of their own while the day already runs."""
    async with open_workers(WorkersConfig(processes=2)) as workers:

        async def make_all() -> None:
            await asyncio.gather(*(make(recipe) for recipe in scenario.recipes))

        async def make(recipe: Any) -> None:
            await workers.run(make_clip, recipe, folder, timeout_seconds=CLIP_SECONDS)
            world.clips.ready(recipe)

        making = asyncio.create_task(make_all())
        try:
            yield
        finally:
            making.cancel()
            await asyncio.wait([making])
        if not making.cancelled():
            making.result()  # a clip that could not be made is why the day went wrong


async def _play(day: _Day, run_daemon: RunDaemon, console: Console) -> DayRecords | None:
    """Run the daemon until the day is over; what it left, or None when it was stopped before."""
    ready: asyncio.Future[tuple[Running, Stopper]] = asyncio.get_running_loop().create_future()

    def on_ready(running: Running, stopper: Stopper) -> None:
        ready.set_result((running, stopper))

    with (day.folder / "footyd.log").open("w", encoding="utf-8") as log_stream, DayView(console) as view:
        serving = run_daemon(lambda: day.config, on_ready=on_ready, log_stream=log_stream)
        daemon: asyncio.Future[None] = asyncio.ensure_future(serving)
        daemon.add_done_callback(lambda _: ready.cancel())
        await asyncio.wait([ready])
        if ready.cancelled():
            await daemon
            return None
        running, stopper = ready.result()
        try:
            return await _watch(running.store, day, view, daemon)
        finally:
            stopper.terminate()
            await daemon


async def _watch(store: Store, day: _Day, view: DayView, daemon: asyncio.Future[None]) -> DayRecords | None:
    begun = time.monotonic()
    limit = FAST_LIMIT_SECONDS if day.options.fast else REAL_LIMIT_SECONDS
    while not daemon.done():
        try:
            records = await read_day(store)
        except StoreError:  # of a daemon that was told to stop: its database closes before it ends
            await asyncio.wait({daemon}, timeout=STOP_SECONDS)
            if daemon.done():
                return None
            raise
        elapsed = time.monotonic() - begun
        view.update(records, day.world.feed.calls, elapsed)
        if is_over(records, day.world) or elapsed > limit:
            return records
        await asyncio.wait({daemon}, timeout=LOOK_SECONDS)
    return None


def is_over(records: DayRecords, world: World) -> bool:
    """The script has ended, no fixture is left to play, no goal is left to search."""
    open_fixtures = any(state is not FixtureState.COMPLETED for state, _ in records.fixtures)
    open_goals = any(record.plan.next_at is not None for record in records.goals)
    return world.feed.finished.is_set() and bool(records.fixtures) and not open_fixtures and not open_goals


async def read_day(store: Store) -> DayRecords:
    """Everything the database holds."""
    goals = await store.goals.records()
    fixtures = await store.fixtures.between(
        datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    )
    candidates = [c for record in goals for c in await store.clips.candidates(record.goal.id)]
    return DayRecords(
        fixtures=tuple((t.state, t.fixture) for t in fixtures),
        pending=tuple(await store.goals.pending()),
        goals=tuple(goals),
        candidates=tuple(candidates),
        clips=tuple(await store.clips.find_clips({})),
    )
