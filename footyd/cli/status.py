"""`status`: what footyd is doing, from its records."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import typer
from rich.table import Table

from footyd.cli.common import ConfigFile, Verbose, config_from, out, run_async

if TYPE_CHECKING:
    from footyd.config import Config
    from footyd.overview import Overview


def register(app: typer.Typer) -> None:
    app.command()(status)


def status(config: ConfigFile = None, verbose: Verbose = False) -> None:
    """Show fixtures by state, goals by stage, next runs, sources, quota. Works on a stopped footyd too."""
    found = run_async(_read(config_from(config)))
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    table.add_column()
    for name, text in lines(found):
        table.add_row(name, text)
    out.print(table)


async def _read(config: Config) -> Overview:
    from footyd.app import open_database
    from footyd.model import utcnow
    from footyd.overview import overview

    async with open_database(config) as store:
        return await overview(store, config, utcnow())


def lines(found: Overview) -> Iterator[tuple[str, str]]:
    """The rows of the page: a name and a sentence each."""
    daemon = found.daemon
    yield (
        "daemon",
        f"runs, pid {daemon.pid}, since {_time(daemon.started_at)}" if daemon.alive else "not running",
    )
    counts = found.fixtures
    yield "fixtures", ", ".join(f"{n} {state.value}" for state, n in counts.items())
    for tracked in found.playing:
        fixture = tracked.fixture
        yield "", f"{fixture.home.name} {fixture.score or 'v'} {fixture.away.name} ({fixture.status})"
    if found.next_kickoff:
        yield "next kick-off", _time(found.next_kickoff)
    yield "goals", ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in found.goals.items())
    for record in found.recent:
        goal = record.goal
        state = record.outcome or f"pass {record.plan.pass_index + 1}, next {_time(record.plan.next_at)}"
        yield "", f"{goal.id}  {goal.clock} {goal.team} {goal.score_after} {goal.player or '?'}: {state}"
    yield from _machinery(found)


def _machinery(found: Overview) -> Iterator[tuple[str, str]]:
    for job, at in found.daemon.next_runs.items():
        yield f"next {job}", _time(at) if found.daemon.alive else "when footyd runs"
    for run in found.last_runs:
        yield (
            "run",
            f"{_time(run['start'])} {run['job']} ({run['trigger']}): {run['outcome']} {run['metadata']}",
        )
    for source in found.sources:
        if source.rest is None:
            yield f"source {source.name}", "ready"
        else:
            until = _time(source.rest.until) if source.rest.until else "a person acts"
            yield f"source {source.name}", f"rests until {until}: {source.rest.reason}"
    if found.feed_reason:
        yield "feed", f"rests until {_time(found.feed_rest_until)}: {found.feed_reason}"
    left, limit = found.daemon.day_left, found.daemon.day_limit
    yield "quota", f"{left} of {limit} calls left today" if limit is not None else "not told yet"


def _time(at: datetime | None) -> str:
    """In the zone of the one who reads."""
    return at.astimezone().strftime("%a %H:%M:%S") if at else "-"
