"""The short day, played by a real daemon against a world that can be made to misbehave."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from footyd.adapters.library_owner import MARKER
from footyd.adapters.mongo import Store
from footyd.adapters.mongo.client import connect
from footyd.adapters.mongod import socket_uri
from footyd.demo.clip_host import ClipHost
from footyd.demo.feed import FeedStandIn
from footyd.demo.nitter import NitterStandIn
from footyd.demo.report import DayRecords
from footyd.demo.run import is_over, read_day
from footyd.demo.scenario import Scenario
from footyd.demo.world import World
from footyd.errors import FootydError
from tests.faults.daemon import ROOTS
from tests.faults.short_day import (
    CORRECTED,
    GOALS_WITH_CLIPS,
    KEEPERS,
    LAST_ACT,
    STEP_MINUTES,
    TRUE_SCORER,
    short_day,
)
from tests.footyd_process import Footyd, Settings, clean_environ, fast_settings, living
from tests.waiting import until

REPO = Path(__file__).parents[2]
MARK = "FAULT_DAY"
LOOK_SECONDS = 0.2
DAY_SECONDS = 400.0
"""A day that is not over by then is stuck; on two cores of its own it takes eight seconds."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Trouble = Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]
"""What a stand-in answers instead; it may ask the handler for the healthy answer."""


@dataclass(kw_only=True)
class Outside:
    """The feed, the search page and the clip host; `trouble` by their names: `feed`, `search`, `clips`."""

    world: World
    trouble: dict[str, Trouble]


class HeldFeed(FeedStandIn):
    """Stands still before the last act till the goals have their clips, or for so many polls.

    In the last act a scorer is corrected.
    """

    def __init__(self, scenario: Scenario, has_clips: Callable[[], bool]) -> None:
        super().__init__(scenario, lambda: datetime.now(UTC))
        self._has_clips = has_clips
        self.patience = 100
        """Polls."""

    def _step(self) -> None:
        held = self.minute + STEP_MINUTES >= LAST_ACT > self.minute and not self._has_clips()
        if held and self.patience:
            self.patience -= 1
        else:
            self.patience = 0 if held else self.patience
            super()._step()

    def _answer(self, asked: Mapping[str, str]) -> list[dict[str, Any]]:
        answer = super()._answer(asked)
        events = [event for fixture in answer for event in fixture.get("events", ())]
        if self.minute >= LAST_ACT:
            for event in events:
                if event["player"]["id"] == CORRECTED.player[0]:
                    event["player"] = TRUE_SCORER
        return answer


@asynccontextmanager
async def open_outside(
    scenario: Scenario, clips: Path, has_clips: Callable[[], bool]
) -> AsyncIterator[Outside]:
    """As `footyd.demo.world`, many beside each other in one process, and each able to misbehave."""
    trouble: dict[str, Trouble] = {}
    feed, host = HeldFeed(scenario, has_clips), ClipHost(scenario.recipes, clips)
    async with AsyncExitStack() as stack:
        clip_url = await serve(stack, host.app(), trouble, "clips")
        nitter = NitterStandIn(scenario, feed.reached_at, clip_url)
        world = World(
            feed_url=await serve(stack, feed.app(), trouble, "feed"),
            nitter_url=await serve(stack, nitter.app(), trouble, "search"),
            clip_url=clip_url,
            feed=feed,
            nitter=nitter,
            clips=host,
        )
        yield Outside(world=world, trouble=trouble)


async def serve(stack: AsyncExitStack, app: web.Application, trouble: dict[str, Trouble], name: str) -> str:
    """The address of the app, whose answers are `trouble[name]`'s while there is such one."""

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        wrong = trouble.get(name)
        return await (wrong(request, handler) if wrong else handler(request))

    app.middlewares.append(answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return f"http://127.0.0.1:{runner.addresses[0][1]}"


class HurtFootyd(Footyd):
    """footyd with points between its effects (tests/faults/daemon.py); it tells all it starts by a mark."""

    def __init__(self, root: Path, settings: Settings) -> None:
        self.environ: dict[str, str] = {}
        self.lives = 0
        self.temporary = root / "tmp"
        self.temporary.mkdir(parents=True)
        super().__init__(root, settings)

    async def spawn(self, **environ: str) -> None:
        self.lives += 1
        always = {
            "PYTHONPATH": str(REPO),
            "TMPDIR": str(self.temporary),
            MARK: str(self.root),
            ROOTS: os.pathsep.join((str(self.state), str(self.temporary))),
        }
        command = [sys.executable, "-m", "tests.faults.daemon", "run", "--config", str(self.config)]
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                cwd=self.root,
                env=clean_environ() | always | self.environ | environ,
                stdout=log,
                stderr=log,
            )

    @property
    def code(self) -> int | None:
        """None while it runs."""
        return self._process.returncode if self._process else None

    def processes(self) -> set[int]:
        """Whatever lives that it started, in all of its lives."""
        return living({pid for pid in _pids() if self._is_mine(pid)})

    def _is_mine(self, pid: int) -> bool:
        with suppress(OSError):
            return f"{MARK}={self.root}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        return False


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").glob("[0-9]*")]


@dataclass(kw_only=True)
class FaultDay:
    """One short day: the scenario, the world around, and footyd, which is not started yet.

    A play that does harm several times counts it in `harms`; `missed` are those that it came too late for.
    """

    scenario: Scenario
    outside: Outside
    footyd: HurtFootyd
    settings: Settings
    library: Path
    clips: Path
    """Where the host's files lie, whole."""
    undo: AsyncExitStack
    """What is to be undone once the day is over and footyd is gone."""
    seen: set[int] = field(default_factory=set)
    harms: int = 0
    missed: list[str] = field(default_factory=list)

    @property
    def world(self) -> World:
        return self.outside.world

    def configure(self, **changed: dict[str, Any]) -> None:
        """Sections of the config over those of the day; a double underscore stands for a dot."""
        for name, keys in changed.items():
            section = name.replace("__", ".")
            self.settings[section] = self.settings.get(section, {}) | keys
        self.footyd.configure(self.settings)

    async def at_minute(self, minute: float) -> None:
        """Until the feed shows the day's script minute."""
        await until(lambda: self.world.feed.minute >= minute, seconds=DAY_SECONDS, look=0.02)

    async def at_line(self, event: str, count: int = 1) -> None:
        """Until footyd has logged such a line so often."""
        await self.footyd.logged(event, count)

    # -------------------------------------------------- lives and deaths

    async def kill(self) -> None:
        """SIGKILL, and wait until all that it started has ended by itself."""
        self.footyd.send(signal.SIGKILL)
        await self.dead()

    async def dead(self) -> int:
        """Until it has ended, however, and all that it had started with it; its exit code."""
        code = await self.footyd.ended()
        await until(lambda: not self.footyd.processes(), seconds=40, look=0.05)
        return code

    async def stop(self) -> None:
        """SIGTERM; it ends well and leaves nobody behind."""
        self.footyd.send(signal.SIGTERM)
        code = await self.dead()
        assert code == 0, f"stopped with exit code {code}"

    async def over(self, *, or_dead: bool = False) -> DayRecords | None:
        """What the database holds once nothing is left to do; None when footyd ended before."""
        finished = self.world.feed.finished
        await until(lambda: finished.is_set() or self._has_ended(), seconds=DAY_SECONDS, look=LOOK_SECONDS)
        while not self._has_ended():
            records = await self._records()
            if records is not None and is_over(records, self.world):
                return records
            await asyncio.sleep(LOOK_SECONDS)
        assert or_dead, f"footyd ended with {self.footyd.code}: {self.footyd.log.read_text()[-2000:]}"
        return None

    def _has_ended(self) -> bool:
        return self.footyd.code is not None

    async def _records(self) -> DayRecords | None:
        uri = self.settings.get("mongo", {}).get("uri") or socket_uri(self.footyd.state)
        if uri is None:
            return None
        try:
            async with connect(uri, "footyd", timeout_seconds=5) as database:
                return await read_day(Store(database))
        except FootydError:  # it is being killed just now
            return None

    # -------------------------------------------------- what lies around

    def objects(self) -> dict[str, int]:
        """All but the owner's mark, with sizes, under comparable keys: a day may begin before midnight."""
        found = [path for path in self.library.rglob("*") if path.is_file() and path.name != MARKER]
        return {comparable(str(path.relative_to(self.library))): path.stat().st_size for path in found}

    def left_behind(self) -> list[str]:
        """Files of work and temporary ones that nobody needs any more, and half-written objects."""
        work, places = self.footyd.state / "work", (self.footyd.state, self.library)
        found = [p for p in (*work.rglob("*"), *self.footyd.temporary.rglob("*")) if not p.is_dir()]
        found += [p for place in places for p in place.rglob(".footyd-*.part")]
        return sorted({str(path) for path in found})


def comparable(key: str) -> str:
    """Without the date and the rank: of two keepers that one pass finds together either may be first."""
    return re.sub(r"/\d+-(?=[0-9a-f]{8}\.)", "/RANK-", re.sub(r"\d{4}-\d\d-\d\d", "DATE", key))


def short_settings(outside: Outside, scenario: Scenario) -> Settings:
    """The demo's haste, and more of it."""
    settings = fast_settings(outside.world, scenario)
    settings["poll"] = {"interval_seconds": 0.25}
    settings["search"] = {
        "passes_minutes": [0, 0.02, 0.04],
        "rate_window_minutes": 0.05,
        "rest_minutes": [0.01, 0.02],
    }
    settings["daemon"] = {"grace_seconds": 100.0}  # on a loaded machine a pass takes longer than 20
    settings["workers"] = {"goals": 2, "processes": 1, "idle_seconds": 20}
    return settings


@asynccontextmanager
async def a_fault_day(root: Path, clips: Path, seed: int = 1) -> AsyncIterator[FaultDay]:
    """footyd is not started yet; whatever of it runs at the end of the block is killed."""
    root.mkdir(parents=True, exist_ok=True)
    scenario, library = short_day(seed, datetime.now(UTC)), root / "state" / "library"
    begun: list[FaultDay] = []
    async with (
        AsyncExitStack() as undo,
        open_outside(scenario, clips, lambda: any(_has_clips(day.library) for day in begun)) as outside,
    ):
        settings = short_settings(outside, scenario)
        footyd = HurtFootyd(root, settings)
        footyd.environ = {"https_proxy": outside.world.clip_url, "no_proxy": "127.0.0.1"}
        day = FaultDay(
            scenario=scenario,
            outside=outside,
            footyd=footyd,
            settings=settings,
            library=library,
            clips=clips,
            undo=undo,
        )
        begun.append(day)
        try:
            yield day
        finally:
            await footyd.end()
            _kill(sorted(footyd.processes()))


def _has_clips(library: Path) -> bool:
    """Of each goal that gets some; one has one more until the better has replaced the first."""
    found = list(library.rglob("*.mp4"))
    return len(found) >= KEEPERS and len({path.parent for path in found}) >= GOALS_WITH_CLIPS


def _kill(pids: Sequence[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
            os.kill(pid, signal.SIGKILL)
