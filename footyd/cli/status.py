"""`status`: what footyd is doing, from its records or from its page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer
from rich.table import Table

from footyd.cli.common import ConfigFile, Verbose, config_from, has_records, out, run_async
from footyd.cli.remote import TokenFile, Url, status_there, there

if TYPE_CHECKING:
    from footyd.config import Config
    from footyd.status import GoalStatus, RunStatus, SourceStatus, Status


def register(app: typer.Typer) -> None:
    app.command()(status)


def status(
    config: ConfigFile = None,
    as_json: bool = typer.Option(False, "--json", help="Print one JSON object, for programs."),
    url: Url = None,
    token_file: TokenFile = None,
    verbose: Verbose = False,
) -> None:
    """Show what footyd is doing, running or stopped.

    Fixtures by state, goals by stage, the queue, the next run of each job, the sources' health, the quota and
    the disk, from the records. Without a running daemon, its embedded database is started for a moment.
    """
    if place := there(url, token_file):
        _show(status_there(place), as_json=as_json)
        return
    loaded = config_from(config)
    if not has_records(loaded):
        never = f"footyd has never run here: nothing in {loaded.state.dir}"
        _print_json({"daemon": {"alive": False}, "reason": never}) if as_json else out.print(never)
        return
    _show(run_async(_read(loaded)), as_json=as_json)


def _show(found: Status, *, as_json: bool) -> None:
    from footyd.status import status_form

    if as_json:
        _print_json(status_form().dump_python(found, mode="json"))
    else:
        _print(list(lines(found)))


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


async def _read(config: Config) -> Status:
    from footyd.by_hand import is_stopped
    from footyd.clients import open_database
    from footyd.disk import free_places
    from footyd.model import utcnow
    from footyd.overview import overview
    from footyd.status import status_of

    stopped = is_stopped(config)
    async with open_database(config) as store:
        found = await overview(store, config, utcnow(), free=free_places(config))
    told = status_of(found)
    return replace(told, daemon=replace(told.daemon, alive=False)) if stopped else told


def lines(found: Status) -> Iterator[tuple[str, str]]:
    """The rows of the page: a name and a sentence each."""
    yield "daemon", _daemon(found)
    yield "fixtures", ", ".join(f"{n} {state}" for state, n in found.fixtures.items())
    for match in found.playing:
        yield "", f"{match.home} {match.score or 'v'} {match.away} ({match.status})"
    if found.next_kickoff:
        yield "next kick-off", _time(found.next_kickoff)
    yield "goals", ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in found.goals.items())
    for goal in found.recent:
        yield "", _goal(goal)
    yield from _machinery(found)


def _daemon(found: Status) -> str:
    daemon = found.daemon
    if daemon.alive:
        return f"runs, pid {daemon.pid}, since {_time(daemon.started_at)}"
    return f"not running, last seen {_time(daemon.beat_at)}" if daemon.beat_at else "not running"


def _goal(goal: GoalStatus) -> str:
    state = goal.outcome.replace("_", " ") if goal.outcome else f"pass {goal.search_pass}"
    due = f", due {_time(goal.next_at)}" if goal.next_at else ""
    return f"{goal.id}  {goal.clock} {goal.team} {goal.score_after} {goal.player or '?'}: {state}{due}"


def _machinery(found: Status) -> Iterator[tuple[str, str]]:
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
    if found.feed.reason:
        yield "feed", f"rests until {_time(found.feed.rest_until)}: {found.feed.reason}"
    told = f"{found.quota.day_left} of {found.quota.day_limit} calls left, as of {_time(daemon.beat_at)}"
    yield "quota", told if found.quota.day_limit is not None else "not told yet"
    waits = "; low: downloads wait" if found.disk.low else ""
    yield (
        "disk",
        ", ".join(f"{n / 1e9:.1f} GB free ({name})" for name, n in found.disk.free_bytes.items()) + waits,
    )


def _run(run: RunStatus) -> str:
    counts = " ".join(f"{name}={value}" for name, value in run.counts.items())
    told = [f"{_time(run.start)} {run.job} ({run.trigger}): {run.outcome}", counts, run.error]
    return " ".join(part for part in told if part)


def _source(source: SourceStatus) -> str:
    if source.ready:
        return "ready"
    until = "a person acts" if source.needs_person else _time(source.rests_until)
    return f"rests until {until}: {source.reason}"


def _time(at: datetime | None) -> str:
    """In the zone of the one who reads."""
    return at.astimezone().strftime("%a %d %b %H:%M:%S") if at else "-"
