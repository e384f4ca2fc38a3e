"""A real `footyd run` in a process of its own, and a match day around it."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import re
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from footyd.adapters.library_owner import MARKER
from footyd.adapters.mongo import Store, open_store
from footyd.adapters.mongod import socket_uri
from footyd.adapters.workers import open_workers
from footyd.config import WorkersConfig
from footyd.demo.clip_maker import make_clip
from footyd.demo.report import DayRecords
from footyd.demo.run import is_over, read_day
from footyd.demo.scenario import DEMO_KEY, Scenario, written_day
from footyd.demo.world import World, open_world
from footyd.model import ObjectKey
from footyd.stages.publish import side_keys
from tests.waiting import until, until_found

SEED = 1
LOOK_SECONDS = 0.05
Settings = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str


class Footyd:
    """One process; everything it says is read from the file it logs into."""

    def __init__(self, root: Path, settings: Settings) -> None:
        self.root = root
        self.config = root / "config.toml"
        self.state = root / "state"
        self.log = root / "footyd.log"
        self.ready_seconds = 0.0
        self._log_from = 0
        self._process: asyncio.subprocess.Process | None = None
        self.configure(settings)

    def configure(self, settings: Settings) -> None:
        always: Settings = {
            "state": {"dir": str(self.state)},
            "log": {"format": "json"},
            "web": {"enabled": False},
        }
        self.config.write_text(as_toml({**always, **settings}), encoding="utf-8")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def library(self) -> Path:
        return self.state / "library"

    async def start(self) -> None:
        """Until it tells systemd that it is ready; an AssertionError when it ends before."""
        begun = time.monotonic()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as manager:
            address = f"\0footyd-test-{os.getpid()}-{id(self)}"
            manager.bind(address)
            await self.spawn(NOTIFY_SOCKET=f"@{address[1:]}")
            await until(lambda: self._is_ready(manager))
        self.ready_seconds = time.monotonic() - begun

    def _is_ready(self, manager: socket.socket) -> bool:
        assert self._process is not None
        assert self._process.returncode is None, self.log.read_text()[-3000:]
        with suppress(BlockingIOError):
            return manager.recv(1000).startswith(b"READY=1")
        return False

    async def spawn(self, **environ: str) -> None:
        command = [sys.executable, "-m", "footyd", "run", "--config", str(self.config)]
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command, cwd=self.root, env=clean_environ() | environ, stdout=log, stderr=log
            )

    async def command(self, name: str, *arguments: str, **environ: str) -> Said:
        """Another `footyd`, which reads the same file."""
        command = [sys.executable, "-m", "footyd", name, *arguments]
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=self.root,
            env=clean_environ() | {"FOOTYD_CONFIG": str(self.config)} | environ,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        return Said(code=process.returncode or 0, out=out.decode(), err=err.decode())

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    async def ended(self) -> int:
        assert self._process is not None
        async with asyncio.timeout(120):
            return await self._process.wait()

    async def end(self) -> None:
        """Whatever happened in the test, nothing of it goes on."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    def turn_page(self) -> None:
        """From now on `entries` holds only what is logged later."""
        self._log_from = self.log.stat().st_size

    def entries(self, event: str) -> list[dict[str, Any]]:
        written = self.log.read_bytes()[self._log_from :].decode()
        whole = written.split("\n")[:-1]
        found = (json.loads(line) for line in whole if line.startswith("{"))
        return [entry for entry in found if entry["event"] == event]

    async def logged(self, event: str, count: int = 1) -> dict[str, Any]:
        """The latest of `count` such lines, once there are so many."""
        await until(lambda: len(self.entries(event)) >= count, look=LOOK_SECONDS)
        return self.entries(event)[-1]

    def descendants(self) -> set[int]:
        """Every process that it started, or that those started."""
        found = {self.pid}
        parents = _parents()
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return found - {self.pid}

    def mongod_pid(self) -> int:
        return int((self.state / "db/mongod.lock").read_text())

    @asynccontextmanager
    async def store(self) -> AsyncIterator[Store]:
        uri = socket_uri(self.state)
        assert uri is not None, "its database does not answer"
        async with open_store(uri, "footyd", timeout_seconds=30, runs_kept_days=90) as store:
            yield store


@asynccontextmanager
async def footyd(root: Path, settings: Settings) -> AsyncIterator[Footyd]:
    """Not started yet; killed at the end if it still runs then."""
    process = Footyd(root, settings)
    try:
        yield process
    finally:
        await process.end()


def clean_environ() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith(("FOOTYD_", "NOTIFY_", "WATCHDOG_"))}


def as_toml(settings: Settings) -> str:
    """Two levels deep; JSON's texts, numbers and lists are TOML's too."""
    tables = []
    for name, keys in settings.items():
        lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in keys.items()]
        tables.append("\n".join([f"[{name}]", *lines]))
    return "\n\n".join(tables) + "\n"


def _parents() -> dict[int, int]:
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            name_end = (text := stat.read_text()).rindex(")")
            state, parent = text[name_end + 2 :].split()[:2]
            if state != "Z":
                found[int(stat.parent.name)] = int(parent)
    return found


def living(pids: set[int]) -> set[int]:
    return pids & set(_parents())


async def all_gone(pids: set[int]) -> None:
    """Soon: what watches a pipe for our end needs a moment to see it."""
    await until(lambda: not living(pids), seconds=30, look=LOOK_SECONDS)


# ---------------------------------------------------------------- the day around it


def make_clips(folder: Path) -> None:
    """The clips of the day, made once for all processes of a test run."""
    folder.mkdir(parents=True, exist_ok=True)
    recipes = written_day(SEED, datetime.now(UTC)).recipes

    async def make_missing() -> None:
        async with open_workers(WorkersConfig(processes=2)) as workers:
            missing = [recipe for recipe in recipes if not (folder / recipe.file_name).exists()]
            await asyncio.gather(
                *(workers.run(make_clip, recipe, folder, timeout_seconds=120) for recipe in missing)
            )

    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        asyncio.run(make_missing())


def fast_settings(world: World, scenario: Scenario) -> Settings:
    """Seconds where a match takes minutes, as in the demo."""
    retry = {"attempts": 3, "first_wait_seconds": 0.2}
    return {
        "api_football": {"base_url": world.feed_url, "key": DEMO_KEY},
        "follow": {"leagues": [scenario.league_id]},
        "poll": {"interval_seconds": 0.5},
        "search": {"passes_minutes": [0, 0.05, 0.1], "rate_window_minutes": 0.1},
        "search.nitter": {"base_urls": [world.nitter_url]},
        "search.retry": retry,
        "download": {"min_free_bytes": 0},
        "download.retry": retry,
        "workers": {"goals": 4, "idle_seconds": 5},
    }


@dataclass
class Day:
    """A footyd and the world it looks at."""

    scenario: Scenario
    world: World
    footyd: Footyd

    async def over(self) -> DayRecords:
        """What the database holds once nothing is left to do."""
        async with self.footyd.store() as store:

            async def records_at_the_end() -> DayRecords | None:
                records = await read_day(store)
                return records if is_over(records, self.world) else None

            return await until_found(records_at_the_end, look=0.3)

    def keys(self) -> set[str]:
        """The library without posters and sidecars, and without dates: a day may begin before midnight."""
        root = self.footyd.library
        files = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()} - {MARKER}
        beside = {side for name in files if name.endswith(".mp4") for side in side_keys(ObjectKey(name))}
        return {re.sub(r"\d{4}-\d\d-\d\d", "DATE", name) for name in files - beside}

    def work_left(self) -> list[Path]:
        return [path for path in (self.footyd.state / "work").rglob("*") if path.is_file()]


@asynccontextmanager
async def a_day(root: Path, clips: Path) -> AsyncIterator[Day]:
    """The clips lie in `clips`; footyd is not started yet."""
    scenario = written_day(SEED, datetime.now(UTC))
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(open_world(scenario, clips))
        process = await stack.enter_async_context(footyd(root, fast_settings(world, scenario)))
        yield Day(scenario=scenario, world=world, footyd=process)
