"""`reload`, and what `check-config` foretells of one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from footyd.cli.common import ConfigFile, Verbose, config_from, out
from footyd.config import Config, default_state_dir
from footyd.config_diff import NOT_SET, SECRET, Change, changes_of_dumps, dump
from footyd.errors import ConfigError, FootydError
from footyd.verdict import Verdict, ask_for_reload, read_verdict, runtime_dir, runtime_dir_of

TIMEOUT_SECONDS = 60.0
RELOAD_EPILOG = """\
\b
Examples
  footyd reload
  footyd check-config && systemctl reload footyd
"""


def register(app: typer.Typer) -> None:
    app.command(epilog=RELOAD_EPILOG)(reload)


def reload(
    config: ConfigFile = None,
    timeout: Annotated[
        float, typer.Option("--timeout", metavar="SECONDS", min=0.1, help="How long to wait for its answer.")
    ] = TIMEOUT_SECONDS,
    verbose: Verbose = False,
) -> None:
    """Make the daemon read its config again and tell what changed.

    Prints each key that changed, and whether it waits for a restart. A config that is refused changes
    nothing: exit code 78 and one line per mistake. Under systemd this is what systemctl reload runs.
    """
    pid, place = _main_process() or _daemon_of(config_from(config))
    verdict = ask_for_reload(pid, place, timeout)
    if not verdict.ok:
        raise ConfigError("the config was refused, the old one stays", mistakes=verdict.lines)
    for line in verdict.lines or ("nothing changed",):
        out.print(line)


def _main_process() -> tuple[int, Path] | None:
    """The one systemd names to ExecReload: then a config too wrong to be read here does not matter."""
    pid = os.environ.get("MAINPID", "")
    return (int(pid), runtime_dir(default_state_dir())) if pid.isdecimal() else None


def _daemon_of(config: Config) -> tuple[int, Path]:
    """Raises FootydError when none runs."""
    verdict = running(config)
    if verdict is None:
        raise FootydError(
            f"no footyd runs in {config.state.dir}",
            remedy="Start it, or be its user, or name the config of the one you mean with --config",
        )
    return verdict.pid, runtime_dir_of(verdict.pid, config.state.dir)


def running(config: Config) -> Verdict | None:
    """Of the daemon in this state directory, if we may look; a command that works there has none."""
    from footyd.adapters.mongod import lock_holder

    pid = lock_holder(config.state.dir)
    return read_verdict(runtime_dir_of(pid, config.state.dir), pid) if pid else None


def foretold(config: Config) -> Iterator[str]:
    """What a reload would do to the running daemon; nothing where none runs."""
    verdict = running(config)
    if verdict is None:
        return
    found = changes_of_dumps(verdict.applied, dump(config, salt=verdict.salt))
    yield f"footyd runs, pid {verdict.pid}; a reload would change {'this:' if found else 'nothing'}"
    for change in found:
        yield f"  {change.line()}{_doubt(change)}"


def _doubt(change: Change) -> str:
    """A secret that systemd hands to the service is not set here."""
    from_elsewhere = change.before == SECRET and change.after == NOT_SET
    return ", unless the service gets it as a credential" if from_elsewhere else ""
