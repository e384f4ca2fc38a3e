"""A page over a real database, asked over real HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, DummyCookieJar

from footyd.adapters.library_folder import FolderLibrary
from footyd.adapters.mongo import Store, open_store
from footyd.config import Config
from footyd.job import Asked, Tick
from footyd.overview import Overview, overview
from footyd.web import Answers, Live, serve
from footyd.web.looks.inside import Inside, PartLook
from tests.builders import KICKOFF

NOW = KICKOFF + timedelta(minutes=40)
HOST = "127.0.0.1"
IDLE = Inside(
    searching=0,
    working=0,
    pool_busy=0,
    pool_processes=0,
    parts=tuple(
        PartLook(name=name, silent_seconds=3, limit_seconds=limit)
        for name, limit in (("schedule", 60.0), ("pool", 180.0))
    ),
    disk_free={"state": 5_000_000_000},
    disk_low=False,
)
Settings = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `text` is empty where it is no text."""

    status: int
    text: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.text)


@dataclass
class FakeJobs:
    """Remembers which runs were asked for."""

    asks: list[tuple[str, str, str]] = field(default_factory=list)
    waiting: list[Asked] = field(default_factory=list)
    is_full: bool = False

    def next_runs(self) -> dict[str, datetime | None]:
        return {"poll": NOW + timedelta(minutes=5), "ingest": None, "retention": None}

    def rules(self) -> dict[str, str]:
        return {"poll": "every 300 s", "ingest": "0 0 * * * (UTC)", "retention": "30 4 * * * (UTC)"}

    def ask(self, name: str, trigger: str, subject: str = "") -> str | None:
        if name not in self.next_runs() or self.is_full:
            return None
        self.asks.append((name, trigger, subject))
        tick = Tick(trigger=trigger, subject=subject, run_id=f"run-{len(self.asks)}")
        self.waiting.append(Asked(job=name, tick=tick))
        return tick.run_id

    def asked(self) -> tuple[Asked, ...]:
        return tuple(self.waiting)


@dataclass
class Site:
    """One served page, and a visitor with cookies of its own."""

    store: Store
    library: FolderLibrary
    config: Config
    live: Live
    now: datetime = NOW
    jobs: FakeJobs = field(default_factory=FakeJobs)
    changes: int = 0
    healthy: Mapping[str, Any] = field(default_factory=lambda: {"status": "ok", "ready": True, "live": True})
    within: Inside = IDLE
    address: str = ""
    http: ClientSession | None = None
    cookies: dict[str, str] = field(default_factory=dict)
    served: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def stop(self) -> None:
        """No page any more, as when the daemon has ended."""
        await self.served.aclose()

    @property
    def answers(self) -> Answers:
        return Answers(
            store=self.store,
            library=self.library,
            config=lambda: self.config,
            clock=lambda: self.now,
            jobs=self.jobs,
            look=self.look,
            health=self.health,
            metrics=self.metrics,
            inside=lambda: self.within,
            changed=self.changed,
        )

    async def look(self) -> Overview:
        return await overview(self.store, self.config, self.now, free={"state": 5_000_000_000})

    async def health(self) -> Mapping[str, Any]:
        return self.healthy

    async def metrics(self) -> bytes:
        return b"footyd_polls_total 1.0\n"

    def changed(self) -> None:
        self.changes += 1
        self.live.soon()

    # -------------------------------------------------- a visitor

    async def ask(self, method: str, path: str, **given: Any) -> Answer:
        """With the cookies of before; redirects are told, not followed."""
        assert self.http is not None
        headers = {**given.pop("headers", {})}
        if self.cookies:
            headers.setdefault("Cookie", "; ".join(f"{k}={v}" for k, v in self.cookies.items()))
        url = self.address + path
        async with self.http.request(method, url, headers=headers, allow_redirects=False, **given) as reply:
            body = await reply.read()
            for line in reply.headers.getall("Set-Cookie", []):
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
            binary = reply.content_type.startswith(("video/", "image/", "application/zip"))
            text = "" if binary else body.decode()
            return Answer(reply.status, text, dict(reply.headers), body)

    async def get(self, path: str, **given: Any) -> Answer:
        return await self.ask("GET", path, **given)

    async def page(self, path: str = "/") -> str:
        found = await self.get(path)
        assert found.status == 200, found.text
        return found.text

    async def post(self, path: str, fields: Mapping[str, str] | None = None, **given: Any) -> Answer:
        """A form as the page sends it: with the session's CSRF token."""
        return await self.ask("POST", path, data={"csrf": await self.csrf(), **(fields or {})}, **given)

    async def csrf(self) -> str:
        text = (await self.get("/login" if self.config.web.token else "/")).text
        found = re.search(r'name="csrf" value="(\w+)"', text) or re.search(
            r'name="csrf" value="(\w+)"', (await self.get("/")).text
        )
        assert found, "no form on the page"
        return found[1]

    async def sign_in(self, token: str) -> Answer:
        return await self.post("/login", {"token": token})


@asynccontextmanager
async def opened(store: Store, place: Path, settings: Settings | None = None) -> AsyncIterator[Site]:
    """A site on a free port; `settings` are sections of the config."""
    given = {name: dict(keys) for name, keys in (settings or {}).items()}
    given["web"] = {"port": 0, **given.get("web", {})}
    given["state"] = {"dir": place}
    given.setdefault("ingest", {"time_zone": "UTC"})
    config = Config.model_validate(given)
    library = FolderLibrary(config.library_dir, config.library.retry)
    await library.prepare()
    site = Site(store=store, library=library, config=config, live=Live(tick_seconds=0.2, pause_seconds=0.02))
    async with site.served, ClientSession(cookie_jar=DummyCookieJar()) as site.http:
        port = await site.served.enter_async_context(serve(site.answers, live=site.live))
        site.address = f"http://{HOST}:{port}"
        yield site


@asynccontextmanager
async def a_store(uri: str, database: str) -> AsyncIterator[Store]:
    async with open_store(uri, database, timeout_seconds=30, runs_kept_days=3650) as store:
        yield store
