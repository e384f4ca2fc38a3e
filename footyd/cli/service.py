"""`run`, `demo`, `check-config`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from footyd.cli import reload
from footyd.cli.common import SESSION, ConfigFile, Verbose, config_from, out, run_async
from footyd.config import Config
from footyd.config_load import find_config, load_config

CHECK_EPILOG = """\
\b
Examples
  footyd check-config
  footyd check-config /etc/footyd/config.toml && systemctl reload footyd
"""
NO_WAY_TO_X = "but no way to X is set up: no clip will be found (footyd login --check tells what to do)"
DEMO_EPILOG = """\
\b
Examples
  footyd demo
  footyd demo --dir day1 --seed 7
  footyd goal list --config day1/config.toml
"""


def register(app: typer.Typer) -> None:
    app.command()(run)
    app.command(epilog=DEMO_EPILOG)(demo)
    app.command("check-config", epilog=CHECK_EPILOG)(check_config)


def run(config: ConfigFile = None, verbose: Verbose = False) -> None:
    """Run the daemon until SIGTERM.

    SIGHUP makes it read its config again: a good one applies without dropping work, of a wrong one the
    mistakes are logged and the old one stays. How much it logs is log.level in the config.
    """
    from footyd.run import run_daemon

    SESSION.traces_bugs = True
    run_async(run_daemon(lambda: config_from(config)))


def demo(
    dir: Annotated[
        Path | None,
        typer.Option(
            "--dir",
            metavar="DIR",
            help="Keep the day here: clips, database, log, config; else it goes at the end.",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", help="Another number makes other pictures and posts.")
    ] = 1,
    fast: Annotated[
        bool, typer.Option("--fast/--real-time", help="The day in about a minute, or at a match's own pace.")
    ] = True,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the day without naming a folder; its place is told.")
    ] = False,
    verbose: Verbose = False,
) -> None:
    """Play a whole match day here: no account, no network.

    The daemon's real parts (its own MongoDB, downloads, OpenCV, library) work against stand-ins of the feed,
    of the search page and of the clip host on loopback. The day checks itself: exit code 1 when it did not
    end as written.
    """
    from footyd.demo.run import DemoOptions, play_demo
    from footyd.run import run_daemon

    options = DemoOptions(dir=dir, seed=seed, fast=fast, keep=keep or dir is not None)
    raise typer.Exit(run_async(play_demo(options, run_daemon, out)))


def check_config(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="The file to check; else the one that footyd run would read."),
    ] = None,
    verbose: Verbose = False,
) -> None:
    """Check a config without running anything.

    It is read as footyd run would read it, variables and secret files included. A wrong one ends with exit
    code 78 and one line per mistake on stderr: the key, what was found, what is allowed. Where footyd runs
    with another config, it is told what a reload would change.
    """
    found = find_config(file)
    config = load_config(found)
    for line in (*_summary(found, config), *reload.foretold(config)):
        out.print(line)


def _summary(file: Path | None, config: Config) -> Iterator[str]:
    yield f"{file or 'no file, the defaults'}: good"
    follow = config.follow
    named = f"{len(follow.teams)} teams and {len(follow.leagues)} leagues"
    yield f"follows {named if follow.teams or follow.leagues else 'everything'}"
    yield f"state in {config.state.dir}, library: {config.library.kind}"
    if config.api_football.key is None:
        yield "but api_football.key is not set: footyd run will not start without it"
    yield f"asks X through: {', '.join(config.ways_to_x)}" if config.ways_to_x else NO_WAY_TO_X
