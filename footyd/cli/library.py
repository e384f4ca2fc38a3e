"""`library list|verify|adopt`."""

from __future__ import annotations

from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from footyd.cli.common import (
    ConfigFile,
    Verbose,
    config_from,
    has_records,
    out,
    print_json,
    print_rows,
    require_records,
    run_async,
)
from footyd.errors import LibraryError

if TYPE_CHECKING:
    from footyd.config import Config
    from footyd.library_check import Checked, Finding
    from footyd.model import Owner, Shelved
    from footyd.stages.publish import Library

VERIFY_EPILOG = """\
\b
Examples
  footyd library verify
  footyd library verify --contents --repair
"""

app = typer.Typer(rich_markup_mode=None)


def register(root: typer.Typer) -> None:
    app.callback(invoke_without_command=True)(library)
    app.command("list")(list_clips)
    app.command(epilog=VERIFY_EPILOG)(verify)
    app.command()(adopt)
    root.add_typer(app, name="library")


def library(context: typer.Context) -> None:
    """Look at the library of kept clips."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit


def list_clips(config: ConfigFile = None, verbose: Verbose = False) -> None:
    """List the kept clips by their place in the library.

    A table on a terminal, lines with tabs anywhere else.
    """
    loaded = config_from(config)
    shelved = run_async(_shelved(loaded)) if has_records(loaded) else []
    print_rows(("clip", "bytes", "goal"), [(s.key, str(s.size_bytes), s.goal_id) for s in shelved])


async def _shelved(config: Config) -> list[Shelved]:
    from footyd.clients import open_database
    from footyd.model import ClipState

    async with open_database(config) as store:
        return [one async for one in store.shelf.shelved() if one.state is ClipState.KEEPER]


def verify(
    contents: Annotated[
        bool, typer.Option("--contents", help="Read every clip and compare its SHA-256, too.")
    ] = False,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair",
            help="Fetch lost clips again, write posters and sidecars anew, remove what no record names.",
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object and nothing else on stdout.")
    ] = False,
    config: ConfigFile = None,
    verbose: Verbose = False,
) -> None:
    """Compare the records with the objects in the library.

    Exits with 1 when something is wrong and was not set right. Files that are not footyd's are told and left
    alone.
    """
    loaded = config_from(config)
    require_records(loaded)
    checked, done = run_async(_verify(loaded, contents=contents, repair=repair))
    if as_json:
        _print_json(checked, done)
    else:
        _print(checked, done)
    if _open(checked, done):
        raise typer.Exit(1)


async def _verify(config: Config, *, contents: bool, repair: bool) -> tuple[Checked, dict[str, str]]:
    """What was found, and by key what was done about it."""
    from footyd.app import open_app
    from footyd.clients import open_database, open_library
    from footyd.library_check import check
    from footyd.library_check import repair as set_right

    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_database(config))
        library = await stack.enter_async_context(open_library(config, store))
        checked = await check(store, library, contents=contents)
        done: dict[str, str] = {}
        if repair and checked.findings:
            app = await open_app(config, stack, store)
            for finding in checked.findings:
                done[finding.key] = await set_right(finding, app.tools())
        return checked, done


def adopt(config: ConfigFile = None, verbose: Verbose = False) -> None:
    """Take over a library whose database is gone.

    Each library belongs to the database that used it first. Of two that share one, each would remove what the
    other keeps: stop the other footyd for good before.
    """
    loaded = config_from(config)
    require_records(loaded)
    out.print(run_async(_adopt(loaded)))


async def _adopt(config: Config) -> str:
    from footyd.clients import library_place, open_database, open_unprepared, owner_here

    async with open_database(config) as store, open_unprepared(config) as library:
        await library.prepare()
        ours, place = await owner_here(config, store), library_place(config)
        before = await _owner_before(library)
        if before is not None and before.id == ours.id:
            return f"the library ({place}) is this database's already"
        await library.claim(ours, over=True)
        was = f", and was another one's: {before.where}" if before else ""
        return f"the library ({place}) is this database's now{was}"


async def _owner_before(library: Library) -> Owner | None:
    """A mark that nobody can read is replaced, too."""
    try:
        return await library.owner()
    except LibraryError:
        return None


def _open(checked: Checked, done: dict[str, str]) -> list[Finding]:
    from footyd.library_check import LEFT_ALONE

    return [f for f in checked.findings if f.fault not in LEFT_ALONE and not done.get(f.key)]


def _print(checked: Checked, done: dict[str, str]) -> None:
    for finding in checked.findings:
        detail = f" ({finding.detail})" if finding.detail else ""
        what = f": {done[finding.key]}" if done.get(finding.key) else ""
        out.print(f"{finding.fault.value}{detail}  {finding.key}{what}")
    counted = Counter(finding.fault.value for finding in checked.findings)
    faults = ", ".join(f"{number} {fault}" for fault, number in sorted(counted.items()))
    size = f"{checked.total_bytes / 1e6:,.1f} MB"
    out.print(
        f"{checked.keepers} clips kept, {checked.objects} objects, {size}: {faults or 'all as recorded'}"
    )
    if _open(checked, done) and not done:
        out.print("footyd library verify --repair sets it right")


def _print_json(checked: Checked, done: dict[str, str]) -> None:
    findings = [{**asdict(finding), "done": done.get(finding.key, "")} for finding in checked.findings]
    print_json(
        {
            "keepers": checked.keepers,
            "objects": checked.objects,
            "total_bytes": checked.total_bytes,
            "findings": findings,
        }
    )
