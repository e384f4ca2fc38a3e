"""`run`, `demo`, `check-config`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from footyd.cli.common import ConfigFile, Verbose, config_from, out, run_async
from footyd.config_load import find_config, load_config


def register(app: typer.Typer) -> None:
    app.command()(run)
    app.command()(demo)
    app.command("check-config")(check_config)


def run(config: ConfigFile = None, verbose: Verbose = False) -> None:
    """Run the daemon until SIGTERM. SIGHUP applies a changed config, or keeps the old one and says why."""
    from footyd.app import run_daemon

    run_async(run_daemon(lambda: config_from(config)))


def demo(
    dir: Annotated[
        Path | None, typer.Option("--dir", help="Where the day is kept; else a folder that goes at the end.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Another seed makes other pictures and posts.")] = 1,
    fast: Annotated[
        bool, typer.Option("--fast/--real-time", help="The day in under a minute, or at the pace of a match.")
    ] = True,
    keep: Annotated[bool, typer.Option("--keep", help="Keep database, log and clips in the folder.")] = False,
    verbose: Verbose = False,
) -> None:
    """Play a whole match day on this machine: no account, network or key. Exit code 1 if it went wrong."""
    from footyd.app import run_daemon
    from footyd.demo.run import DemoOptions, play_demo

    options = DemoOptions(dir=dir, seed=seed, fast=fast, keep=keep or dir is not None)
    raise typer.Exit(run_async(play_demo(options, run_daemon, out)))


def check_config(
    file: Annotated[
        Path | None, typer.Argument(help="The file to check; else the one that run would read.")
    ] = None,
    verbose: Verbose = False,
) -> None:
    """Read a config as run would, variables and secret files included. Exit code 78: one line per mistake."""
    found = find_config(file)
    config = load_config(found)
    out.print(f"{found or 'defaults, no file'}: good", markup=False)
    followed = [f"{len(config.follow.teams)} teams", f"{len(config.follow.leagues)} leagues"]
    everything = not (config.follow.teams or config.follow.leagues)
    out.print(f"follows {'everything' if everything else ' and '.join(followed)}", markup=False)
    out.print(f"state {config.state.dir}, library {config.library.kind}", markup=False)
    if config.api_football.key is None:
        out.print("api_football.key is not set: footyd run will not start without it", markup=False)
