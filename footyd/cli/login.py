"""`login`: the X login of the browser, and a look at every way to X."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footyd.cli.common import (
    ConfigFile,
    Verbose,
    config_from,
    err,
    has_records,
    out,
    print_json,
    print_rows,
    run_async,
    tell_usage,
)
from footyd.errors import FootydError, TemporaryError

if TYPE_CHECKING:
    from footyd.config import Config
    from footyd.login import Checked

EPILOG = """\
\b
Examples
  footyd login
  footyd login --cookies cookies.txt
  footyd login --check
"""


def register(app: typer.Typer) -> None:
    app.command(epilog=EPILOG)(login)


def login(
    cookies: Annotated[
        Path | None,
        typer.Option(
            "--cookies",
            metavar="FILE",
            help="Take the login from exported cookies: Netscape cookies.txt or JSON.",
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Ask every source the canary query, and say what to do. X charges its API for it."
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --check: one line of JSON.")] = False,
    config: ConfigFile = None,
    verbose: Verbose = False,
) -> None:
    """Log in to X, for searches and downloads.

    Opens a browser, waits until you are logged in, and saves the login where only footyd's user can read it.
    Without a display give it exported cookies. Sources that waited for you are asked again at once, also by a
    running daemon. With --check nothing is changed: exit code 69 when no source works.
    """
    if (check and cookies) or (as_json and not check):
        raise typer.Exit(tell_usage("--check goes without --cookies, --json with --check", "footyd login"))
    loaded = config_from(config)
    if check:
        _check(loaded, as_json=as_json)
    else:
        _log_in(loaded, cookies)


def _log_in(config: Config, cookies: Path | None) -> None:
    from footyd.login import log_in_by_cookies, log_in_by_window, require_display

    before = config.ways_to_x
    if cookies is not None:
        log_in_by_cookies(config, cookies)
    else:
        require_display()
        out.print("Log in to X in the window that opens; it closes by itself. Ctrl-C gives up.")
        run_async(log_in_by_window(config))
    out.print(f"login saved in {config.session_file}")
    if "browser" not in config.search.sources:
        out.print('but search.sources leaves out "browser"')
    elif "browser" not in before:
        out.print("a running footyd takes it up when it reads its config again: systemctl reload footyd")
    _wake(config)


def _wake(config: Config) -> None:
    """The login is saved in any case: a database that does not answer is no failure of it."""
    from footyd.login import wake_sources

    try:
        if has_records(config):
            run_async(wake_sources(config))
    except FootydError as exc:
        err.print(
            f"footyd: sources that wait for you were not woken: {exc.line()} Or: systemctl reload footyd"
        )


def _check(config: Config, *, as_json: bool) -> None:
    from footyd.login import check_sources

    checked = run_async(check_sources(config))
    if as_json:
        print_json([asdict(one) for one in checked])
    else:
        _print(checked)
    if not any(one.works for one in checked):
        raise typer.Exit(TemporaryError.exit_code)


def _print(checked: list[Checked]) -> None:
    rows = [(one.source, "yes" if one.is_set_up else "no", _and_rest(one), one.remedy) for one in checked]
    print_rows(("source", "set up", "finding", "what to do"), rows)


def _and_rest(one: Checked) -> str:
    return f"{one.finding} (the daemon's: {one.rest})" if one.rest else one.finding
