"""`doctor`: what is wrong here, and what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footyd.cli import reload
from footyd.cli.common import ConfigFile, Verbose, out, print_json, run_async
from footyd.config_load import find_config, load_config
from footyd.errors import ConfigError, FootydError

if TYPE_CHECKING:
    from footyd.config import Config
    from footyd.doctor import Line

EPILOG = """\
\b
Examples
  footyd doctor
  footyd doctor --ask
  systemctl stop footyd && footyd doctor --fix
"""


def register(app: typer.Typer) -> None:
    app.command(epilog=EPILOG)(doctor)


def doctor(
    fix: Annotated[
        bool,
        typer.Option("--fix", help="Mend the records; beside a running daemon only what is safe there."),
    ] = False,
    ask: Annotated[
        bool, typer.Option("--ask", help="Search once with each source. X charges its API for it.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object and nothing else on stdout.")
    ] = False,
    config: ConfigFile = None,
    verbose: Verbose = False,
) -> None:
    """Look at everything footyd needs, and tell what to do.

    Config, secrets and their rights, disks, clock, MongoDB, service, page, feed, library, sources; then all
    that a start would mend in the records. Works on a stopped footyd and beside a running one, and changes
    nothing without --fix. Exits with 1 when something fails, with 78 for a wrong config.
    """
    lines, code = _examined(find_config(config), fix=fix, ask=ask, quiet=as_json)
    if as_json:
        print_json({"ok": code == 0, "lines": [asdict(line) for line in lines]})
    else:
        counted = Counter(line.level.value for line in lines)
        out.print(", ".join(f"{counted[level]} {level}" for level in ("ok", "warn", "fail")))
    if code:
        raise typer.Exit(code)


def _examined(file: Path | None, *, fix: bool, ask: bool, quiet: bool) -> tuple[list[Line], int]:
    """All lines, each shown as it is found, and the exit code."""
    try:
        config = load_config(file)
    except ConfigError as exc:
        lines = _mistakes(exc)
        for line in () if quiet else lines:
            _print(line)
        return lines, exc.exit_code
    lines = run_async(_collected(config, file, fix=fix, ask=ask, quiet=quiet))
    return lines, FootydError.exit_code if any(line.level == "fail" for line in lines) else 0


def _mistakes(error: ConfigError) -> list[Line]:
    from footyd.doctor.lines import fail

    return [fail("config", mistake, error.remedy) for mistake in error.mistakes or (str(error),)]


async def _collected(config: Config, file: Path | None, *, fix: bool, ask: bool, quiet: bool) -> list[Line]:
    from footyd.doctor import examine

    lines = [*_foretold(config)]
    for line in () if quiet else lines:
        _print(line)
    async for line in examine(config, file, fix=fix, ask=ask):
        lines.append(line)
        if not quiet:
            _print(line)
    return lines


def _foretold(config: Config) -> Iterator[Line]:
    """Where footyd runs with another config than this."""
    from footyd.doctor.lines import warn

    told, *changes = [*reload.foretold(config)] or [""]
    if changes:
        yield warn("config", " ".join([told, *(change.strip() for change in changes)]), "footyd reload")


def _print(line: Line) -> None:
    out.print(f"{line.level.value:<5} {line.what}: {line.finding}")
    if line.remedy:
        out.print(f"      {line.remedy}")
