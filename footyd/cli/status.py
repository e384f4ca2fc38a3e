"""`status`: what footyd is doing, from its records."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer
from rich.table import Table

from footyd.cli.common import ConfigFile, Verbose, config_from, has_records, out, run_async
from footyd.model import GoalRecord

if TYPE_CHECKING:
    from footyd.config import Config
    from footyd.overview import Overview, SourceHealth


def register(app: typer.Typer) -> None:
    app.command()(status)


def status(
    config: ConfigFile = None,
    as_json: bool = typer.Option(False, "--json", help="Print one JSON object, for programs."),
    verbose: Verbose = False,
) -> None:
    """Show what footyd is doing, running or stopped.

    Fixtures by state, goals by stage, the queue, the next run of each job, the sources' health, the quota and
    the disk, from the records. Without a running daemon, its embedded database is started for a moment.
    """
    loaded = config_from(config)
    if not has_records(loaded):
        never = f"footyd has never run here: nothing in {loaded.state.dir}"
        _print_json({"daemon": {"alive": False}, "reason": never}) if as_json else out.print(never)
        return
    found = run_async(_read(loaded))
    _print_json(_document(found)) if as_json else _print(list(lines(found)))


def _document(found: Overview) -> dict[str, Any]:
    from footyd.overview import as_document

    return as_document(found)


def _print_json(document: dict[str, Any]) -> None:
    """Never folded or coloured, whatever it is written to."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))


def _print(rows: list[tuple[str, str]]) -> None:
    """Folded on a terminal beside the names; whole lines anywhere else."""
    if not out.file.isatty():
        width = max(len(name) for name, _ in rows)
        for name, text in rows:
            out.print(f"{name:<{width}}  {text}")
        return
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for name, text in rows:
        table.add_row(name, text)
    out.print(table, soft_wrap=False)


async def _read(config: Config) -> Overview:
    from footyd.by_hand import is_stopped
    from footyd.clients import open_database
    from footyd.disk import free_places
    from footyd.model import utcnow
    from footyd.overview import overview

    stopped = is_stopped(config)
    async with open_database(config) as store:
        found = await overview(store, config, utcnow(), free=free_places(config))
    return replace(found, daemon=replace(found.daemon, alive=False)) if stopped else found


def lines(found: Overview) -> Iterator[tuple[str, str]]:
    """The rows of the page: a name and a sentence each."""
    yield "daemon", _daemon(found)
    yield "fixtures", ", ".join(f"{n} {state.value}" for state, n in found.fixtures.items())
    for tracked in found.playing:
        fixture = tracked.fixture
        yield "", f"{fixture.home.name} {fixture.score or 'v'} {fixture.away.name} ({fixture.status})"
    if found.next_kickoff:
        yield "next kick-off", _time(found.next_kickoff)
    yield "goals", ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in found.goals.items())
    for record in found.recent:
        yield "", _goal(record)
    yield from _machinery(found)


def _daemon(found: Overview) -> str:
    daemon = found.daemon
    if daemon.alive:
        return f"runs, pid {daemon.pid}, since {_time(daemon.started_at)}"
    return f"not running, last seen {_time(daemon.beat_at)}" if daemon.beat_at else "not running"


def _goal(record: GoalRecord) -> str:
    goal, plan = record.goal, record.plan
    state = record.outcome.value.replace("_", " ") if record.outcome else f"pass {plan.pass_index + 1}"
    due = f", due {_time(plan.next_at)}" if plan.next_at else ""
    return f"{goal.id}  {goal.clock} {goal.team} {goal.score_after} {goal.player or '?'}: {state}{due}"


def _machinery(found: Overview) -> Iterator[tuple[str, str]]:
    daemon = found.daemon
    for job, at in daemon.next_runs.items():
        yield f"next {job}", _time(at) if daemon.alive else "when footyd runs"
    for run in found.last_runs:
        yield "run", _run(run)
    for source in found.sources:
        yield f"source {source.name}", _source(source)
    if not found.sources:
        yield "sources", "none is set up; footyd login --check tells how"
    queue = found.queue
    due = f", next {_time(queue.next_at)}" if queue.next_at else ""
    yield "queue", f"{queue.to_search} to search, {queue.to_work} to work on{due}"
    if found.feed_reason:
        yield "feed", f"rests until {_time(found.feed_rest_until)}: {found.feed_reason}"
    told = f"{daemon.day_left} of {daemon.day_limit} calls left, as of {_time(daemon.beat_at)}"
    yield "quota", told if daemon.day_limit is not None else "not told yet"
    waits = "; low: downloads wait" if found.disk.low else ""
    yield "disk", ", ".join(f"{n / 1e9:.1f} GB free ({name})" for name, n in found.disk.free.items()) + waits


def _run(run: Mapping[str, Any]) -> str:
    counts = " ".join(f"{name}={value}" for name, value in run["metadata"].items())
    why = run.get("error", "")
    told = [f"{_time(run['start'])} {run['job']} ({run['trigger']}): {run['outcome']}", counts, why]
    return " ".join(part for part in told if part)


def _source(source: SourceHealth) -> str:
    if source.rest is None:
        return "ready"
    until = _time(source.rest.until) if source.rest.until else "a person acts"
    return f"rests until {until}: {source.rest.reason}"


def _time(at: datetime | None) -> str:
    """In the zone of the one who reads."""
    return at.astimezone().strftime("%a %d %b %H:%M:%S") if at else "-"
