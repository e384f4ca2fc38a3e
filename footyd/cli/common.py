"""What all commands share: the options, the session, the way errors are told."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console

from footyd.config import Config
from footyd.config_load import find_config, load_config
from footyd.errors import ConfigError, FootydError

T = TypeVar("T")

EX_USAGE = 2
EX_INTERRUPTED = 130


@dataclass
class Session:
    """What the options of this invocation said."""

    verbose: bool = False


SESSION = Session()
out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)


def _set_verbose(value: bool) -> bool:
    SESSION.verbose = SESSION.verbose or value
    return value


Verbose = Annotated[
    bool,
    typer.Option("--verbose", "-v", callback=_set_verbose, is_eager=True, help="Show the trace of an error."),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        help="Config file; else $FOOTYD_CONFIG, ./config.toml, /etc/footyd/config.toml, else the defaults.",
    ),
]


def config_from(path: Path | None) -> Config:
    return load_config(find_config(path))


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """On uvloop; an ExceptionGroup of one is told as that one."""
    import uvloop

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


def tell(error: FootydError) -> int:
    """Print an error as its reader needs it; the exit code."""
    if SESSION.verbose:
        err.print_exception()
    if isinstance(error, ConfigError) and error.mistakes:
        for mistake in error.mistakes:
            print(mistake, file=sys.stderr)  # noqa: T201  # plain, so that machines can read it
    else:
        err.print(f"footyd: {error.line()}", markup=False)
    return error.exit_code
