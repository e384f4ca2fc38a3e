"""`clips`: dedupe any folder of clips."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footyd.cli.common import ConfigFile, Verbose, config_from, err, out, print_json, run_async

if TYPE_CHECKING:
    from footyd.config import Config
    from footyd.folder_dedupe import FolderGroup, FolderReport

EPILOG = """\
\b
Examples
  footyd clips ~/Videos/goals
  footyd clips ~/Videos/goals --explain
  footyd clips a.mp4 b.mp4 --json
"""


def register(app: typer.Typer) -> None:
    app.command(epilog=EPILOG)(clips)


def clips(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="FOLDER", help="Folders (searched at any depth) or files of clips."),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object and nothing else on stdout.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Tell of each copy what decided against it.")
    ] = False,
    config: ConfigFile = None,
    verbose: Verbose = False,
) -> None:
    """Find the same footage in any folders of clips.

    Shows each distinct clip with its copies, the best copy first. No file is changed.
    """
    report = run_async(_dedupe(paths, config_from(config), quiet=as_json))
    if as_json:
        print_json(_as_json(report, explain=explain))
    else:
        _print(report, explain=explain)


async def _dedupe(paths: list[Path], config: Config, *, quiet: bool) -> FolderReport:
    from footyd.adapters.workers import open_workers
    from footyd.folder_dedupe import dedupe_folders

    shown = nullcontext() if quiet else err.status("Looking for clips", spinner="line")
    with shown as status:

        def progress(done: int, total: int) -> None:
            if status is not None:
                status.update(f"{done} of {total} clips read")

        async with open_workers(config.workers) as workers:
            return await dedupe_folders(paths, workers, config, progress)


def _as_json(report: FolderReport, *, explain: bool) -> dict[str, object]:
    return {
        "groups": [_group_as_json(group, explain=explain) for group in report.groups],
        "unreadable": [{"path": str(path), "reason": reason} for path, reason in report.unreadable],
    }


def _group_as_json(group: FolderGroup, *, explain: bool) -> dict[str, object]:
    files = [str(member) for member in group.members]
    told = {"evidence": dict(zip(files, group.evidence, strict=True))} if explain else {}
    return {"keeper": str(group.keeper), "members": files, **told}


def _print(report: FolderReport, *, explain: bool) -> None:
    for group in report.groups:
        out.print(f"{group.keeper}")
        for member, why in zip(group.members, group.evidence, strict=True):
            if member != group.keeper:
                out.print(f"    also {member}" + (f" ({why})" if explain else ""))
    for path, reason in report.unreadable:
        out.print(f"unreadable: {path}: {reason}")
    copies = sum(len(group.members) - 1 for group in report.groups)
    out.print(f"{len(report.groups)} distinct, {copies} copies, {len(report.unreadable)} unreadable")
