"""The door: `footyd COMMAND`."""

from __future__ import annotations

import sys
from typing import cast

import typer

from footyd import __version__
from footyd.cli import clips, doctor, goals, ingest, library, login, reload, replay, review, service, status
from footyd.cli.common import (
    EX_INTERRUPTED,
    SESSION,
    Verbose,
    err,
    never_fail_to_print,
    tell,
    tell_bug,
    tell_usage,
)
from footyd.errors import FootydError

EPILOG = """\
Try it: footyd demo plays a whole match day, without account, key or network.

\b
Exit codes
   0  done
   1  failed, or the demo did not end as written
   2  wrong usage
  69  a needed service does not answer, or footyd cannot work here
  75  another footyd holds the state directory or the database
  78  the config is wrong
 130  interrupted
"""
UsageError = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[1])
"""Click's, or that of the Click which newer versions of Typer carry inside: neither exports it."""

app = typer.Typer(
    name="footyd",
    help="Watches football matches, believes a goal when it has seen it twice, keeps the best clip of each.",
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
service.register(app)
reload.register(app)
status.register(app)
doctor.register(app)
goals.register(app)
review.register(app)
ingest.register(app)
clips.register(app)
library.register(app)
login.register(app)
replay.register(app)


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Print the version and end."),
    verbose: Verbose = False,
) -> None:
    if version:
        typer.echo(f"footyd {__version__}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())
    else:
        return
    raise typer.Exit


def main() -> None:
    """Run one command; every error is one line on stderr, with the exit code of its class."""
    SESSION.verbose = SESSION.traces_bugs = False
    sys.excepthook = tell_bug
    never_fail_to_print()
    sys.exit(_run(sys.argv[1:]))


def _run(arguments: list[str]) -> int:
    command = typer.main.get_command(app)
    try:
        result = command.main(arguments, prog_name="footyd", standalone_mode=False)
    except FootydError as exc:
        return tell(exc)
    except PermissionError as exc:
        if exc.filename is None or SESSION.traces_bugs:
            raise
        return tell(FootydError(f"{exc.filename}: permission denied", remedy="Be footyd's user, or root"))
    except UsageError as exc:
        return tell_usage(exc.format_message(), exc.ctx.command_path if exc.ctx else "footyd")
    except (typer.Abort, KeyboardInterrupt):
        result = EX_INTERRUPTED
    if result == EX_INTERRUPTED:
        err.print("footyd: interrupted")
    return result if isinstance(result, int) else 0
