"""What footyd is doing, read from its records: one answer for `footyd status` and for the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from footyd.adapters.mongo import Store
from footyd.config import Config
from footyd.model import FixtureState, GoalRecord, QueueDepth, SourceRest, TrackedFixture

SILENT_AFTER = timedelta(minutes=3)
"""A daemon writes its beat every minute; after three without one it is not running, or stuck."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonFacts:
    """What the daemon last wrote of itself; `alive` when that is fresh."""

    alive: bool
    pid: int | None
    version: str
    commit: str
    started_at: datetime | None
    beat_at: datetime | None
    next_runs: Mapping[str, datetime | None]
    day_limit: int | None
    day_left: int | None
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """`rest` is None for a source that may be asked now."""

    name: str
    rest: SourceRest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskHealth:
    """Bytes free by place, and whether downloads wait for more."""

    free: Mapping[str, int]
    low: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """One moment of footyd."""

    at: datetime
    daemon: DaemonFacts
    fixtures: Mapping[FixtureState, int]
    playing: tuple[TrackedFixture, ...]
    next_kickoff: datetime | None
    goals: Mapping[str, int]
    recent: tuple[GoalRecord, ...]
    sources: tuple[SourceHealth, ...]
    feed_reason: str
    feed_rest_until: datetime | None
    last_runs: tuple[Mapping[str, Any], ...]
    last_poll: Mapping[str, Any] | None
    queue: QueueDepth
    disk: DiskHealth


async def overview(
    store: Store, config: Config, now: datetime, *, free: Mapping[str, int], recent: int = 10
) -> Overview:
    """Some fifteen small reads; `free` are bytes by place. Raises StoreError."""
    feed = await store.runs.noted("feed")
    polls = await store.runs.last_runs(job="poll", limit=1)
    return Overview(
        at=now,
        daemon=await daemon_facts(store, now),
        fixtures=await store.fixtures.counts(),
        playing=tuple(await store.fixtures.active()),
        next_kickoff=await store.fixtures.next_kickoff(),
        goals=await store.goals.counts(),
        recent=tuple(await store.goals.records(limit=recent)),
        sources=await sources_health(store, config, now),
        feed_reason=feed.get("reason", ""),
        feed_rest_until=feed.get("rest_until"),
        last_runs=tuple(await store.runs.last_runs(limit=5)),
        last_poll=polls[0] if polls else None,
        queue=await store.queue.depth(now),
        disk=DiskHealth(free=free, low=bool((await store.runs.noted("disk")).get("low"))),
    )


async def sources_health(store: Store, config: Config, now: datetime) -> tuple[SourceHealth, ...]:
    """Those set up, or of which a rest is known, in the order in which they are asked; raises StoreError."""
    rests = await store.runs.rests()
    names = [name for name in config.search.sources if name in config.ways_to_x or name in rests]
    return tuple(SourceHealth(name=name, rest=_still(rests.get(name), now)) for name in names)


async def daemon_facts(store: Store, now: datetime) -> DaemonFacts:
    """What the daemon last wrote of itself; raises StoreError."""
    noted = await store.runs.noted("daemon")
    beat = noted.get("beat_at")
    quota = noted.get("quota", {})
    return DaemonFacts(
        alive=bool(noted.get("pid")) and beat is not None and abs(now - beat) < SILENT_AFTER,
        pid=noted.get("pid"),
        version=noted.get("version", ""),
        commit=noted.get("commit", ""),
        started_at=noted.get("started_at"),
        beat_at=beat,
        next_runs=noted.get("next_runs", {}),
        day_limit=quota.get("day_limit"),
        day_left=quota.get("day_left"),
        calls=noted.get("calls", 0),
    )


def _still(rest: SourceRest | None, now: datetime) -> SourceRest | None:
    return rest if rest and (rest.until is None or rest.until > now) else None


def source_document(source: SourceHealth) -> dict[str, Any]:
    """`needs_person`: it rests until somebody acts."""
    rest = source.rest
    return {
        "name": source.name,
        "ready": rest is None,
        "reason": rest.reason if rest else "",
        "rests_until": _iso(rest.until) if rest else None,
        "needs_person": rest is not None and rest.until is None,
    }


def run_document(run: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "job": run["job"],
        "trigger": run["trigger"],
        "start": _iso(run["start"]),
        "end": _iso(run["end"]),
        "outcome": run["outcome"],
        "error": run.get("error", ""),
        "counts": dict(run["metadata"]),
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
