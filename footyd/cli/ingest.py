"""`ingest`: fetch a day by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated

import typer

from footyd.cli.common import ConfigFile, Verbose, config_from, out, refuse_anothers, run_async
from footyd.config import Config
from footyd.errors import FootydError

EPILOG = """\
\b
Examples
  footyd ingest
  footyd ingest --date 2026-08-22
"""


def register(app: typer.Typer) -> None:
    app.command(epilog=EPILOG)(ingest)


def ingest(
    date: Annotated[
        str, typer.Option("--date", metavar="DAY", help="2026-08-22, today or tomorrow.")
    ] = "today",
    config: ConfigFile = None,
    verbose: Verbose = False,
) -> None:
    """Fetch the fixtures of one day, by hand.

    One call to the feed. Days are cut in ingest.time_zone; doing it again only updates what changed. The
    daemon does this by itself every day.
    """
    loaded = config_from(config)
    refuse_anothers(loaded)
    run_async(_ingest(loaded, parse_day(date, loaded)))


def parse_day(text: str, config: Config) -> date:
    from footyd.model import utcnow
    from footyd.stages.ingest import today

    first = today(utcnow(), config.ingest)
    words = {"today": first, "tomorrow": first + timedelta(days=1)}
    try:
        return words.get(text) or datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007  # a date only
    except ValueError as exc:
        raise FootydError(
            f"--date {text}: not a day", remedy="Write it as 2026-08-22, today or tomorrow"
        ) from exc


async def _ingest(config: Config, day: date) -> None:
    from footyd.by_hand import ingest_by_hand

    report = await ingest_by_hand(config, day)
    out.print(
        f"{report.day}: {report.fixtures_seen} fixtures, "
        f"{report.fixtures_processed} followed, {report.new} new"
    )
    for state, count in report.by_state.items():
        out.print(f"  {state.value:<10} {count}")
