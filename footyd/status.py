"""What `footyd status` and the API tell of a footyd: one form, whichever way it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from footyd import __version__
from footyd.model import GoalRecord, QueueDepth, TrackedFixture
from footyd.overview import Overview, SourceHealth
from footyd.version import commit


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonStatus:
    """What the daemon wrote last; `alive` when that is fresh."""

    alive: bool
    pid: int | None
    version: str
    commit: str
    started_at: datetime | None
    beat_at: datetime | None
    next_runs: Mapping[str, datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaStatus:
    """The feed's calls of the day, as of the daemon's last beat; `calls` since its start."""

    day_limit: int | None
    day_left: int | None
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayingStatus:
    """A match in play."""

    id: int
    home: str
    away: str
    score: str | None
    status: str
    kickoff: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalStatus:
    """A goal; `search_pass` counts from 1."""

    id: str
    fixture_id: int
    team: str
    player: str | None
    clock: str
    score_after: str
    state: str
    outcome: str | None
    search_pass: int
    next_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """`needs_person`: it rests until somebody acts."""

    name: str
    ready: bool
    reason: str
    rests_until: datetime | None
    needs_person: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedStatus:
    """Why and how long the feed is not asked; empty while it is."""

    reason: str
    rest_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStatus:
    """A run; `counts` are what it did, by name."""

    job: str
    trigger: str
    start: datetime
    end: datetime | None
    outcome: str
    error: str
    counts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueStatus:
    """Goals that are due, and when the next one will be."""

    to_search: int
    to_work: int
    next_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskStatus:
    """Bytes free by place; `low` while downloads wait for more."""

    free_bytes: Mapping[str, int]
    low: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One moment of a footyd; `version` is that of the program which looked."""

    at: datetime
    version: str
    commit: str
    daemon: DaemonStatus
    quota: QuotaStatus
    fixtures: Mapping[str, int]
    playing: tuple[PlayingStatus, ...]
    next_kickoff: datetime | None
    goals: Mapping[str, int]
    recent: tuple[GoalStatus, ...]
    sources: tuple[SourceStatus, ...]
    feed: FeedStatus
    last_poll: RunStatus | None
    last_runs: tuple[RunStatus, ...]
    queue: QueueStatus
    disk: DiskStatus


def status_of(found: Overview) -> Status:
    daemon = found.daemon
    return Status(
        at=found.at,
        version=__version__,
        commit=commit(),
        daemon=DaemonStatus(
            alive=daemon.alive,
            pid=daemon.pid,
            version=daemon.version,
            commit=daemon.commit,
            started_at=daemon.started_at,
            beat_at=daemon.beat_at,
            next_runs=daemon.next_runs,
        ),
        quota=QuotaStatus(day_limit=daemon.day_limit, day_left=daemon.day_left, calls=daemon.calls),
        fixtures={state.value: count for state, count in found.fixtures.items()},
        playing=tuple(_playing(tracked) for tracked in found.playing),
        next_kickoff=found.next_kickoff,
        goals=dict(found.goals),
        recent=tuple(_goal(record) for record in found.recent),
        sources=tuple(_source(source) for source in found.sources),
        feed=FeedStatus(reason=found.feed_reason, rest_until=found.feed_rest_until),
        last_poll=_run(found.last_poll) if found.last_poll else None,
        last_runs=tuple(_run(run) for run in found.last_runs),
        queue=_queue(found.queue),
        disk=DiskStatus(free_bytes=dict(found.disk.free), low=found.disk.low),
    )


def _playing(tracked: TrackedFixture) -> PlayingStatus:
    fixture = tracked.fixture
    return PlayingStatus(
        id=fixture.id,
        home=fixture.home.name,
        away=fixture.away.name,
        score=str(fixture.score) if fixture.score else None,
        status=fixture.status,
        kickoff=fixture.kickoff,
    )


def _goal(record: GoalRecord) -> GoalStatus:
    goal = record.goal
    return GoalStatus(
        id=goal.id,
        fixture_id=goal.fixture_id,
        team=goal.team,
        player=goal.player,
        clock=goal.clock,
        score_after=str(goal.score_after),
        state=goal.state.value,
        outcome=record.outcome.value if record.outcome else None,
        search_pass=record.plan.pass_index + 1,
        next_at=record.plan.next_at,
    )


def _source(source: SourceHealth) -> SourceStatus:
    rest = source.rest
    return SourceStatus(
        name=source.name,
        ready=rest is None,
        reason=rest.reason if rest else "",
        rests_until=rest.until if rest else None,
        needs_person=rest is not None and rest.until is None,
    )


def _run(run: Mapping[str, Any]) -> RunStatus:
    return RunStatus(
        job=run["job"],
        trigger=run["trigger"],
        start=run["start"],
        end=run["end"],
        outcome=run["outcome"],
        error=run.get("error", ""),
        counts=dict(run["metadata"]),
    )


def _queue(queue: QueueDepth) -> QueueStatus:
    return QueueStatus(to_search=queue.to_search, to_work=queue.to_work, next_at=queue.next_at)


@cache
def status_form() -> TypeAdapter[Status]:
    """Reads and writes it as JSON."""
    return TypeAdapter(Status)
