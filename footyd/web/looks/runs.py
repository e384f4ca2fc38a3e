"""The jobs, when they run next, and the history of their runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from footyd.adapters.mongo import Store
from footyd.job import Asked
from footyd.web.context import Jobs

TOLD = {
    "poll": "Asks the feed for all matches in play. Without one it spends no call.",
    "ingest": "Fetches the fixtures of the day and of the days ahead; one call a day.",
    "retention": "Deletes what was kept long enough, and what nobody names any more.",
}
JobName = Literal["poll", "ingest", "retention"]
Outcome = Literal["ok", "refused", "failed", "cancelled", "lost", "running"]
OUTCOMES: tuple[str, ...] = get_args(Outcome)
TRIES_WITHIN = timedelta(hours=12)

Key = tuple[datetime, str]
"""Start and id of a run, after which a list goes on."""
Figure = int | float | str | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLook:
    """One execution of a job. `outcome`: one of the words stored, or waiting before it has begun.

    `subject` is what it was narrowed to, such as a day; `counts` is what it came to.
    """

    id: str
    job: str
    trigger: str
    subject: str
    attempt: int
    outcome: str
    start: datetime | None
    end: datetime | None
    took_seconds: float | None
    counts: Mapping[str, Figure]
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLook:
    """A job, what makes it run, and its last run; `takes_day`: a run may be asked for one day only."""

    name: str
    told: str
    rule: str
    takes_day: bool
    next_at: datetime | None
    last: RunLook | None
    asked: tuple[RunLook, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OneRunLook:
    """A run, and all tries of the same work, itself among them, the first one first."""

    run: RunLook
    tries: tuple[RunLook, ...]


async def look_jobs(store: Store, jobs: Jobs) -> tuple[JobLook, ...]:
    """One small read each. Raises StoreError."""
    rules, asked = jobs.rules(), jobs.asked()
    return tuple(
        [
            JobLook(
                name=name,
                told=TOLD.get(name, ""),
                rule=rules[name],
                takes_day=name == "ingest",
                next_at=at,
                last=await _last(store, name),
                asked=tuple(_waiting(one) for one in asked if one.job == name),
            )
            for name, at in jobs.next_runs().items()
        ]
    )


async def _last(store: Store, job: str) -> RunLook | None:
    found = await store.runs.last_runs(job=job, limit=1)
    return run_look(found[0]) if found else None


async def look_runs(
    store: Store, *, job: str = "", outcome: str = "", after: Key | None = None, limit: int
) -> tuple[tuple[RunLook, ...], list[str] | None]:
    """The newest first, and the key after which the list goes on. Raises StoreError."""
    found = await store.history.runs(job=job, outcome=outcome, after=after, limit=limit + 1)
    shown = found[:limit]
    last = shown[-1] if len(found) > limit else None
    return tuple(map(run_look, shown)), [last["start"].isoformat(), last["_id"]] if last else None


async def look_run(store: Store, asked: Iterable[Asked], run_id: str) -> OneRunLook | None:
    """Raises StoreError."""
    found = await store.history.run(run_id)
    if found is not None:
        tries = await store.history.tries(found, within=TRIES_WITHIN)
        return OneRunLook(run=run_look(found), tries=tuple(map(run_look, tries)))
    waiting = next((_waiting(one) for one in asked if one.tick.run_id == run_id), None)
    return OneRunLook(run=waiting, tries=(waiting,)) if waiting else None


def run_look(run: Mapping[str, Any]) -> RunLook:
    start, end = run["start"], run["end"]
    return RunLook(
        id=run["_id"],
        job=run["job"],
        trigger=run["trigger"],
        subject=run.get("subject") or "",
        attempt=run["attempt"],
        outcome=run["outcome"],
        start=start,
        end=end,
        took_seconds=max((end - start).total_seconds(), 0.0) if end else None,
        counts={name: _figure(value) for name, value in run["metadata"].items()},
        error=run.get("error") or "",
    )


def _waiting(asked: Asked) -> RunLook:
    tick = asked.tick
    return RunLook(
        id=tick.run_id,
        job=asked.job,
        trigger=tick.trigger,
        subject=tick.subject,
        attempt=tick.attempt,
        outcome="waiting",
        start=None,
        end=None,
        took_seconds=None,
        counts={},
        error="",
    )


def _figure(value: Any) -> Figure:
    if isinstance(value, (list, tuple)):
        return tuple(map(str, value))
    return value if isinstance(value, (int, float)) else str(value)
