"""The real entry point, in this process or in one of its own, in a place with nothing of the machine's."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import ProxyHandler, Request, build_opener

import pytest
import structlog

from footyd.cli import main
from footyd.demo.clip_maker import make_clip
from footyd.demo.scenario import DEMO_KEY, Scenario, written_day
from footyd.demo.world import World, open_world

FOOTYD = Path(sys.executable).with_name("footyd")
VRELOGRAD = 992_001
"""The fixture of the demo whose goal at 12' the tests add by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str


Footyd = Callable[..., Done]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory; the state directory is `state/footyd` in it."""
    for name in [name for name in os.environ if name.startswith("FOOTYD_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def footyd(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Footyd]:
    """`footyd("goal", "list")` in this process."""
    monkeypatch.setenv("COLUMNS", "80")
    hook = sys.excepthook

    def run(*arguments: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["footyd", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        return Done(code=ended.value.code, **capsys.readouterr()._asdict())

    yield run
    sys.excepthook = hook
    _forget_logging()


def _forget_logging() -> None:
    structlog.reset_defaults()
    logging.captureWarnings(False)
    for handler in [h for h in logging.getLogger().handlers if type(h).__module__ == "footyd.log"]:
        logging.getLogger().removeHandler(handler)


@pytest.fixture
def process(place: Path) -> Footyd:
    """The installed script in a process of its own."""

    def run(*arguments: str | Path, **environment: str) -> Done:
        done = subprocess.run(
            [FOOTYD, *arguments],
            env={**os.environ, **environment},
            cwd=place,
            capture_output=True,
            check=False,
            timeout=120,
        )
        encoding = environment.get("PYTHONIOENCODING", "utf-8")
        return Done(code=done.returncode, out=done.stdout.decode(encoding), err=done.stderr.decode())

    return run


@pytest.fixture
def fast_mongo(mongo_uri: str, mongo_database: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """All commands use the worker's mongod; its URI."""
    monkeypatch.setenv("FOOTYD_MONGO__URI", mongo_uri)
    monkeypatch.setenv("FOOTYD_MONGO__DATABASE", mongo_database)
    return mongo_uri


# ---------------------------------------------------------------- the outside world


@pytest.fixture(scope="session")
def goal_clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clips of Vrelograd's goal at 12', made once."""
    folder = tmp_path_factory.mktemp("clips")
    for post in written_day(1, datetime.now(UTC)).posts:
        if post.fixture_id == VRELOGRAD and post.event.minute == 12 and post.recipe is not None:
            make_clip(post.recipe, folder)
    return folder


@pytest.fixture
def world(goal_clips: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The demo's feed, search page and clip host at the end of their day, and a config that names them."""
    scenario = written_day(1, datetime.now(UTC))
    with _served(scenario, goal_clips) as world:
        while not world.feed.finished.is_set():
            ask(world, "live=all")
        _write_config(place / "config.toml", world, scenario)
        yield world


def _write_config(path: Path, world: World, scenario: Scenario) -> None:
    path.write_text(f"""
        [api_football]
        base_url = "{world.feed_url}"
        key = "{DEMO_KEY}"
        [follow]
        leagues = [{scenario.league_id}]
        [search]
        passes_minutes = [0, 0.001]
        [search.nitter]
        base_urls = ["{world.nitter_url}"]
        [search.retry]
        first_wait_seconds = 0
        [download]
        min_free_bytes = 0
        [download.retry]
        first_wait_seconds = 0
    """)


def ask(world: World, question: str) -> object:
    request = Request(f"{world.feed_url}/fixtures?{question}", headers={"x-apisports-key": DEMO_KEY})  # noqa: S310  # loopback
    with build_opener(ProxyHandler({})).open(request, timeout=30) as reply:
        return json.load(reply)


@contextmanager
def _served(scenario: Scenario, clips: Path) -> Iterator[World]:
    """In a thread: the commands bring an event loop of their own."""
    loop = asyncio.new_event_loop()
    opened: list[World] = []
    ready, stop = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with open_world(scenario, clips) as world:
            opened.append(world)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), name="world")
    thread.start()
    try:
        assert ready.wait(30), "the stand-ins did not start"
        yield opened[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
