"""`replay`: recorded replies through the same rules as the live ones."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footyd.cli.common import ConfigFile, Verbose, config_from, err, print_json

if TYPE_CHECKING:
    from footyd.config import ConfirmConfig

EPILOG = """\
\b
Examples
  footyd replay --explain poll-1.json poll-2.json
  footyd replay poll.json poll.json    (as if seen again in a second poll)
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
    explain: Annotated[
        bool | None,
        typer.Option(
            "--explain/--json",
            help="Plain words and a summary, or lines of JSON; without either: words on a terminal.",
            show_default=False,
        ),
    ] = None,
    config: ConfigFile = None,
    verbose: Verbose = False,
) -> None:
    """Show what footyd would have believed of recorded replies.

    They go through the daemon's own parser and rules, as one feed. In words: what was decided of each match
    and why, what was set aside, and a summary. As JSON: one line per decision (sighted, confirmed,
    discarded, cancelled, updated, refused or expected); why a reply was refused is told on stderr.
    """
    rules = config_from(config).confirm
    if sys.stdout.isatty() if explain is None else explain:
        _in_words(files, rules)
    else:
        _as_json(files, rules)


def _in_words(files: list[Path], rules: ConfirmConfig) -> None:
    from footyd.replay import explain

    for line in explain(files, rules):
        typer.echo(line)


def _as_json(files: list[Path], rules: ConfirmConfig) -> None:
    from footyd.replay import replay as decide

    for decision in decide(files, rules):
        reason = decision.pop("reason", None)
        print_json(decision)
        if reason:
            err.print(f"refused: {reason}")
