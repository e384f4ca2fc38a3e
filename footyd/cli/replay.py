"""`replay`: recorded replies through the same rules as the live ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from footyd.cli.common import ConfigFile, Verbose, config_from


def register(app: typer.Typer) -> None:
    app.command()(replay)


def replay(
    files: Annotated[
        list[Path],
        typer.Argument(help='Files that hold one reply, or JSON lines {"at": time, "reply": {…}}, in order.'),
    ],
    config: ConfigFile = None,
    verbose: Verbose = False,
) -> None:
    """Feed recorded replies through monitor and confirm; prints one JSON line per decision."""
    from footyd.replay import replay as decide

    for decision in decide(files, config_from(config).confirm):
        typer.echo(json.dumps(decision, ensure_ascii=False))
