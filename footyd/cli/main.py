"""The door: `footyd COMMAND`."""

from __future__ import annotations

import sys

import click
import typer

from footyd import __version__
from footyd.cli import clips, goals, ingest, replay, service, status
from footyd.cli.common import EX_INTERRUPTED, err, tell
from footyd.errors import FootydError

app = typer.Typer(
    name="footyd",
    help="Watches football matches, believes a goal when it has seen it twice, keeps the best clip of each.",
    epilog="Exit codes: 0 done · 1 failed · 2 wrong usage · 69 a needed service does not answer · "
    "75 another footyd holds the state directory · 78 the config is wrong.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
service.register(app)
status.register(app)
ingest.register(app)
app.add_typer(goals.app, name="goal")
clips.register(app)
replay.register(app)


@app.callback(invoke_without_command=True)
def root(version: bool = typer.Option(False, "--version", help="Print the version and end.")) -> None:
    if version:
        typer.echo(f"footyd {__version__}")
        raise typer.Exit


def main() -> None:
    """Run one command; every error of ours is one line, with the exit code of its class."""
    try:
        result = app(standalone_mode=False)
    except FootydError as exc:
        sys.exit(tell(exc))
    except click.exceptions.Abort:
        sys.exit(EX_INTERRUPTED)
    except click.ClickException as exc:
        exc.show()
        sys.exit(exc.exit_code)
    except KeyboardInterrupt:
        err.print("interrupted")
        sys.exit(EX_INTERRUPTED)
    sys.exit(result if isinstance(result, int) else 0)
