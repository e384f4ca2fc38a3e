"""`clips`: dedupe any folder of clips."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footyd.cli.common import ConfigFile, Verbose, config_from, err, out, run_async

if TYPE_CHECKING:
    from footyd.config import Config
    from footyd.folder_dedupe import FolderReport


def register(app: typer.Typer) -> None:
    app.command()(clips)


def clips(
    paths: Annotated[
        list[Path], typer.Argument(help="Files or folders of clips; nothing in them is changed.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
    config: ConfigFile = None,
    verbose: Verbose = False,
) -> None:
    """Show which clips are the same footage and which copy of each is the best."""
    report = run_async(_dedupe(paths, config_from(config), quiet=as_json))
    if as_json:
        typer.echo(json.dumps(_as_json(report), ensure_ascii=False))
    else:
        _print(report)


async def _dedupe(paths: list[Path], config: Config, *, quiet: bool) -> FolderReport:
    from footyd.adapters.workers import open_workers
    from footyd.folder_dedupe import dedupe_folders

    with err.status("Looking for clips", spinner="line") as status:

        def progress(done: int, total: int) -> None:
            if not quiet:
                status.update(f"{done} of {total} clips read")

        async with open_workers(config.workers) as workers:
            return await dedupe_folders(paths, workers, config, progress)


def _as_json(report: FolderReport) -> dict[str, object]:
    return {
        "groups": [
            {"keeper": str(group.keeper), "members": [str(member) for member in group.members]}
            for group in report.groups
        ],
        "unreadable": [{"path": str(path), "reason": reason} for path, reason in report.unreadable],
    }


def _print(report: FolderReport) -> None:
    for group in report.groups:
        out.print(f"{group.keeper}", markup=False)
        for member in group.members:
            if member != group.keeper:
                out.print(f"    also {member}", markup=False)
    for path, reason in report.unreadable:
        out.print(f"unreadable: {path}: {reason}", markup=False)
    copies = sum(len(group.members) - 1 for group in report.groups)
    out.print(
        f"{len(report.groups)} distinct, {copies} copies, {len(report.unreadable)} unreadable", markup=False
    )
