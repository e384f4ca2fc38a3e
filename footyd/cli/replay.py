"""`replay`: recorded replies through the same rules as the live ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from footyd.cli.common import ConfigFile, Verbose, config_from, err, print_json

EPILOG = """\
\b
Examples
  footyd replay poll-1.json poll-2.json
  footyd replay evening.jsonl | grep '"confirmed"'
"""


def register(app: typer.Typer) -> None:
    app.command(epilog=EPILOG)(replay)


def replay(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE",
            help='Each holds one reply, or JSON lines {"at": ISO time, "reply": {…}}; read in this order.',
        ),
    ],
    config: ConfigFile = None,
    verbose: Verbose = False,
) -> None:
    """Show what footyd would have believed of recorded replies.

    They go through the daemon's own parser and rules, as one feed. Each decision is one line of JSON:
    sighted, confirmed, discarded, cancelled, updated, refused or expected. Why a reply was refused is told
    on stderr.
    """
    from footyd.replay import replay as decide

    for decision in decide(files, config_from(config).confirm):
        reason = decision.pop("reason", None)
        print_json(decision)
        if reason:
            err.print(f"refused: {reason}")
