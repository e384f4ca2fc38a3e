"""What all commands share: options, the session, printing, the way errors are told."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
import traceback
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from footyd.config import Config, LogConfig
from footyd.config_load import find_config, load_config
from footyd.errors import ConfigError, FootydError, PermanentError

T = TypeVar("T")

EX_USAGE = 2
EX_INTERRUPTED = 130
"""128 + SIGINT, as shells tell it."""


@dataclass
class Session:
    """What the options of this invocation said; `traces_bugs` also where nobody can run it again with -v."""

    verbose: bool = False
    traces_bugs: bool = False


SESSION = Session()
out = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
err = Console(stderr=True, soft_wrap=True, highlight=False, markup=False, emoji=False)


def _set_verbose(value: bool) -> bool:
    SESSION.verbose = SESSION.verbose or value
    return value


Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose",
        "-v",
        callback=_set_verbose,
        is_eager=True,
        help="Show the log on stderr, and of an error the trace.",
    ),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        help="Config file; else $FOOTYD_CONFIG, ./config.toml, /etc/footyd/config.toml, else the defaults.",
    ),
]


def config_from(path: Path | None) -> Config:
    return load_config(find_config(path))


def has_records(config: Config) -> bool:
    """Whether there is a database to look into: looking must not make one."""
    refuse_anothers(config)
    return config.mongo.uri is not None or (config.state.dir / "db").is_dir()


def refuse_anothers(config: Config) -> None:
    """A database started by root, say, leaves files behind that its own user cannot open any more."""
    from footyd.adapters.mongod import socket_uri

    data = config.state.dir / "db"
    if config.mongo.uri or not data.is_dir() or data.stat().st_uid == os.geteuid():
        return
    if socket_uri(config.state.dir) is None:
        raise PermanentError(
            f"the database in {data} belongs to user {data.stat().st_uid}, and footyd does not run",
            remedy="Start footyd, or be that user",
        )


def require_records(config: Config) -> None:
    if not has_records(config):
        raise FootydError(
            f"footyd has never run in {config.state.dir}",
            remedy="Start it with footyd run, or name the config of the one you mean with --config",
        )


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """On uvloop, the log on stderr; an ExceptionGroup of one is told as that one."""
    import uvloop

    from footyd.log import configure_logging

    configure_logging(LogConfig(level="info" if SESSION.verbose else "error", format="console"))
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(work)
    except BaseExceptionGroup as group:
        raise first_of(group) from group


def first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error to tell: ours before any other."""
    ours = group.subgroup(FootydError)
    error: BaseException = ours or group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


# ---------------------------------------------------------------- printing


def print_rows(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on a terminal; anywhere else lines with tabs, whole and under their header."""
    if not sys.stdout.isatty():
        for row in (header, *rows):
            typer.echo("\t".join(" ".join(cell.split()) for cell in row))
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    longest = max(len(row[0]) for row in (header, *rows))
    table.add_column(header[0], no_wrap=True, width=longest)  # ids are there to be copied
    for name in header[1:]:
        table.add_column(name)
    for row in rows:
        table.add_row(*row)
    out.print(table, soft_wrap=False)


def print_json(value: object) -> None:
    """One line. Where stdout or a path's odd bytes do not go with UTF-8, everything but ASCII is escaped."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value)
    typer.echo(text)


def never_fail_to_print() -> None:
    """A name that stdout's encoding lacks is shown as its escape."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


# ---------------------------------------------------------------- errors


def tell(error: FootydError) -> int:
    """Print an error as its reader needs it; the exit code."""
    if SESSION.verbose:
        traceback.print_exception(error)
    if isinstance(error, ConfigError) and error.mistakes:
        for mistake in error.mistakes:
            _tell_line(mistake)
    else:
        _tell_line(f"footyd: {error.line()}")
    return error.exit_code


def tell_usage(message: str, command: str) -> int:
    """Of a command line that cannot be understood."""
    sentence = message if message.endswith("?") else f"{message.rstrip('.')}."
    _tell_line(f"footyd: {sentence} See {command} --help")
    return EX_USAGE


def tell_bug(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What is nobody's but our own mistake; serves as `sys.excepthook`, after which Python exits with 1."""
    hint = "Run it with -v to see the trace, and report it"
    if SESSION.verbose or SESSION.traces_bugs:
        traceback.print_exception(kind, error, trace)
        hint = "Please report it with the trace above"
    _tell_line(f"footyd: a mistake in footyd itself: {kind.__name__}: {error}. {hint}")


def _tell_line(text: str) -> None:
    print(" ".join(text.splitlines()), file=sys.stderr)  # noqa: T201  # plain, so that machines can read it
