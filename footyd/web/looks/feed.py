"""The feed: whether it answers, and when it was asked last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from footyd.adapters.mongo import Store
from footyd.overview import DaemonFacts
from footyd.web.looks.runs import RunLook, run_look

OVERDUE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLook:
    """The feed. `refused` counts the refused polls in a row; at `overdue_since` a poll should have come."""

    rests_until: datetime | None
    reason: str
    needs_person: bool
    refused: int
    overdue_since: datetime | None
    last_poll: RunLook | None
    last_ingest: RunLook | None


async def look_feed(store: Store, now: datetime, daemon: DaemonFacts) -> FeedLook:
    noted = await store.runs.noted("feed")
    until = noted.get("rest_until")
    rests = until is not None and now < until
    return FeedLook(
        rests_until=until if rests else None,
        reason=(noted.get("reason") or "") if rests else "",
        needs_person=rests and bool(noted.get("needs_person")),
        refused=noted.get("step") or 0,
        overdue_since=_overdue(now, daemon),
        last_poll=await _last(store, "poll"),
        last_ingest=await _last(store, "ingest"),
    )


def _overdue(now: datetime, daemon: DaemonFacts) -> datetime | None:
    """A poll's own time-outs and retries are over long before."""
    at = daemon.next_runs.get("poll")
    return at if daemon.alive and at is not None and now - at > OVERDUE else None


async def _last(store: Store, job: str) -> RunLook | None:
    found: list[dict[str, Any]] = await store.runs.last_runs(job=job, limit=1)
    return run_look(found[0]) if found else None
