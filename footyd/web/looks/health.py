"""How footyd is: what it asks, what it has left, where it keeps things, and what a person has to do."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from footyd.adapters.mongo import Store
from footyd.adapters.mongo.figures import Kept
from footyd.config import Config
from footyd.overview import DaemonFacts, daemon_facts, sources_health
from footyd.version import commit, versions
from footyd.web.looks.feed import FeedLook, look_feed
from footyd.web.looks.going import GoingLook
from footyd.web.looks.inside import Inside, PartLook
from footyd.web.looks.quota import QuotaLook, look_quota
from footyd.web.looks.sources import SourceLook, source_look
from footyd.web.looks.troubles import TroubleLook, troubles_of

ALERTS_SHOWN = 8
ANSWER_STEPS = (0.005, 0.025, 0.1, 0.5, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceLook:
    """A place on disk; downloads wait while less than `floor_bytes` is free there."""

    name: str
    free_bytes: int
    floor_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseLook:
    """`embedded`: footyd's own, not that of mongo.uri. The size is what it takes on its disk."""

    version: str
    embedded: bool
    size_bytes: int
    records: int
    answer_seconds: float

    @property
    def answer_step_seconds(self) -> float | None:
        """In steps, so that a page that shows it does not change with every breath; None: slow."""
        return next((step for step in ANSWER_STEPS if self.answer_seconds <= step), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryLook:
    """`keep_days` and `max_bytes` are 0 without such a limit; `going` is what the next retention takes."""

    kind: str
    keepers: int
    size_bytes: int
    keep_days: int
    max_bytes: int
    going: GoingLook | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkLook:
    """Goals that are due, those in work, and the processes that work."""

    to_search: int
    to_work: int
    next_at: datetime | None
    searching: int
    working: int
    goals_at_once: int
    pool_busy: int
    pool_processes: int
    processes_at_most: int
    parts: tuple[PartLook, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLook:
    at: datetime
    title: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthLook:
    """`status`: ok, starting or failing, as /healthz has it; `troubles` are what a person should know of."""

    status: str
    started_at: datetime | None
    troubles: tuple[TroubleLook, ...]
    sources: tuple[SourceLook, ...]
    feed: FeedLook
    quota: QuotaLook
    disk: tuple[PlaceLook, ...]
    disk_low: bool
    database: DatabaseLook
    library: LibraryLook
    work: WorkLook
    versions: Mapping[str, str]
    commit: str
    alerts: tuple[AlertLook, ...]


async def look_health(
    store: Store,
    config: Config,
    now: datetime,
    inside: Inside,
    *,
    kept: Callable[[], Awaitable[Kept]],
    going: Callable[[], Awaitable[GoingLook | None]],
) -> HealthLook:
    """Some fifteen small reads, and those that are `kept` for a while. Raises StoreError."""
    daemon = await daemon_facts(store, now)
    database = await _database(store, config)
    found = HealthLook(
        status=_status(daemon, inside),
        started_at=daemon.started_at,
        troubles=(),
        sources=tuple([source_look(s.name, s.rest) for s in await sources_health(store, config, now)]),
        feed=await look_feed(store, now, daemon),
        quota=await look_quota(store, config, now, daemon),
        disk=_places(config, inside),
        disk_low=inside.disk_low,
        database=database,
        library=_library(config, await kept(), await going()),
        work=await _work(store, config, now, inside),
        versions={**versions(), "MongoDB": database.version},
        commit=commit(),
        alerts=tuple([AlertLook(**one) for one in (await store.runs.alerts())[:ALERTS_SHOWN]]),
    )
    return replace(found, troubles=tuple(troubles_of(found)))


def _status(daemon: DaemonFacts, inside: Inside) -> str:
    if any(part.hangs for part in inside.parts):
        return "failing"
    return "ok" if daemon.alive else "starting"


def _places(config: Config, inside: Inside) -> tuple[PlaceLook, ...]:
    floor = config.download.min_free_bytes
    return tuple(
        PlaceLook(name=name, free_bytes=free, floor_bytes=floor) for name, free in inside.disk_free.items()
    )


async def _database(store: Store, config: Config) -> DatabaseLook:
    told = await store.figures.server()
    begun = time.perf_counter()
    await store.figures.ping()
    return DatabaseLook(
        version=told.version,
        embedded=config.mongo.uri is None,
        size_bytes=told.size_bytes,
        records=told.records,
        answer_seconds=round(time.perf_counter() - begun, 4),
    )


def _library(config: Config, kept: Kept, going: GoingLook | None) -> LibraryLook:
    library = config.library
    return LibraryLook(
        kind=library.kind,
        keepers=kept.keepers,
        size_bytes=kept.size_bytes,
        keep_days=library.keep_days,
        max_bytes=library.max_bytes,
        going=going,
    )


async def _work(store: Store, config: Config, now: datetime, inside: Inside) -> WorkLook:
    depth = await store.queue.depth(now)
    return WorkLook(
        to_search=depth.to_search,
        to_work=depth.to_work,
        next_at=depth.next_at,
        searching=inside.searching,
        working=inside.working,
        goals_at_once=config.workers.goals,
        pool_busy=inside.pool_busy,
        pool_processes=inside.pool_processes,
        processes_at_most=config.workers.processes,
        parts=inside.parts,
    )
