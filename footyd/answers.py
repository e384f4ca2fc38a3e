"""What a running footyd answers to who asks over HTTP: the page, its health, its metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from footyd.app import App
from footyd.errors import StoreError
from footyd.health import health
from footyd.log import RETRIES
from footyd.metrics import Live, Recorded
from footyd.model import utcnow
from footyd.overview import sources_health
from footyd.web import Answers
from footyd.web.looks.inside import Inside, PartLook


def answers_of(app: App) -> Answers:
    async def health_now() -> Mapping[str, Any]:
        return await health(
            app.store,
            app.config,
            utcnow(),
            silent=app.liveness.silent(),
            in_work=_in_work(app),
            disk={"free_bytes": app.disk.free(), "low": app.disk.low},
        )

    async def metrics_now() -> bytes:
        try:
            recorded = await _recorded(app)
        except StoreError:
            recorded = None
        return app.metrics.text(_live(app), recorded)

    return Answers(
        store=app.store,
        library=app.library,
        config=lambda: app.config,
        clock=utcnow,
        jobs=app.schedule,
        look=app.look,
        health=health_now,
        metrics=metrics_now,
        inside=lambda: inside_of(app),
        changed=app.changed,
    )


def inside_of(app: App) -> Inside:
    in_work, silences = _in_work(app), app.liveness.silences()
    return Inside(
        searching=in_work["searching"],
        working=in_work["working"],
        pool_busy=app.workers.busy,
        pool_processes=app.workers.processes,
        parts=tuple(
            PartLook(name=name, silent_seconds=seconds, limit_seconds=limit)
            for name, (seconds, limit) in silences.items()
        ),
        disk_free=app.disk.free(),
        disk_low=app.disk.low,
    )


def _in_work(app: App) -> dict[str, int]:
    return {"searching": len(app.queue.asking), "working": len(app.queue.busy)}


def _live(app: App) -> Live:
    quota = app.feed.quota
    return Live(
        calls=app.feed.calls,
        day_limit=quota.day_limit,
        day_left=quota.day_left,
        in_work=_in_work(app),
        pool_busy=app.workers.busy,
        pool_processes=app.workers.processes,
        retries=dict(RETRIES),
        disk_free=app.disk.free(),
        disk_low=app.disk.low,
    )


async def _recorded(app: App) -> Recorded:
    """Some fifteen small reads, all of them counts or from indexes."""
    store, now = app.store, utcnow()
    depth = await store.queue.depth(now)
    polls = await store.runs.last_runs(job="poll", limit=1)
    return Recorded(
        fixtures={state.value: count for state, count in (await store.fixtures.counts()).items()},
        goals=await store.goals.counts(),
        due={"search": depth.to_search, "work": depth.to_work},
        resting={one.name: one.rest is not None for one in await sources_health(store, app.config, now)},
        library_bytes=await store.shelf.keeper_bytes(),
        last_poll_at=polls[0]["start"] if polls else None,
    )
