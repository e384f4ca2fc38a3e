"""The fault matrix, run by hand: `python -m tests.faults --help`. Ends with 1 when a row is not green."""

from __future__ import annotations

import argparse
import asyncio
import re
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import typer

from tests.faults.clips import make_short_clips
from tests.faults.families import EXHAUSTIVE, FAULTS
from tests.faults.fault import Fault, Injection, Row, Undisturbed
from tests.faults.run import Place, Result, play_rows, table, undisturbed_day

README = Path(__file__).with_name("README.md")
TABLE = re.compile(r"(?<=<!-- table -->\n).*?(?=<!-- end of table -->)", re.DOTALL)


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument(
        "--only",
        metavar="NAME",
        action="append",
        default=[],
        help="rows whose name holds this; may be repeated",
    )
    parser.add_argument(
        "--day", metavar="NAME", action="append", default=[], help="days whose name holds this; as --only"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the random instants")
    parser.add_argument("--jobs", type=int, default=2, help="days played side by side")
    parser.add_argument(
        "--at-most", type=int, metavar="N", help="days for each row, spread over all there are"
    )
    parser.add_argument("--every", action="store_true", help="kill at every single passage of every point")
    parser.add_argument("--write", action="store_true", help="write these rows into tests/faults/README.md")
    parser.add_argument("--place", type=Path, help="where days are played; what failed stays there")
    return parser.parse_args()


def wanted(only: Sequence[str], days: Sequence[str], *, every: bool) -> list[Fault]:
    rows = [row for row in (*FAULTS, *(EXHAUSTIVE if every else ())) if _is_named(row.name, only)]
    return [_of(row, days) for row in rows] if days else rows


def _is_named(name: str, parts: Sequence[str]) -> bool:
    return not parts or any(part.casefold() in name.casefold() for part in parts)


def _of(row: Fault, days: Sequence[str]) -> Fault:
    def make(undisturbed: Undisturbed, seed: int) -> list[Injection]:
        return [one for one in row.injections(undisturbed, seed) if _is_named(one.name, days)]

    return Row(name=row.name, make=make)


async def main() -> int:
    options = asked()
    root = options.place or Path(tempfile.mkdtemp(prefix="footyd-faults-"))
    place = Place(clips=root / "clips", root=root)
    await make_short_clips(place.clips)
    begun = time.monotonic()
    undisturbed = await undisturbed_day(place)
    typer.echo(f"undisturbed: {undisturbed.seconds:.1f} s, {len(undisturbed.points)} points passed")
    rows = wanted(options.only, options.day, every=options.every)
    results = await play_rows(
        rows,
        undisturbed,
        place,
        seed=options.seed,
        jobs=options.jobs,
        at_most=options.at_most,
        tell=typer.echo,
    )
    typer.echo(_told(results, time.monotonic() - begun))
    if options.write:
        _write(results)
    return 0 if all(one.green or one.skipped for one in results) else 1


def _told(results: Sequence[Result], seconds: float) -> str:
    injections = sum(one.injections for one in results)
    idle = sum(one.not_injected for one in results)
    differences = [f"{one.name}: {line}" for one in results for line in one.told]
    summary = f"{injections} injections in {seconds:.0f} s; {idle} found nothing to hurt"
    return "\n".join(["", *differences, "", table(results), "", summary])


def _write(results: Sequence[Result]) -> None:
    """Over the rows of the same names; those of faults that were not asked for stay."""
    text = README.read_text(encoding="utf-8")
    found = TABLE.search(text)
    assert found, f"{README} has no place for the table"
    head, line, *new = table(results).splitlines()
    rows = {_name(row): row for row in (*found[0].strip().splitlines()[2:], *new)}
    known = [fault.name for fault in (*FAULTS, *EXHAUSTIVE) if fault.name in rows]
    whole = "\n".join([head, line, *(rows[name] for name in known)])
    README.write_text(TABLE.sub(lambda _: f"\n{whole}\n\n", text), encoding="utf-8")


def _name(row: str) -> str:
    return row.split("|")[1].strip()


async def until_told() -> int:
    """SIGTERM ends it as Ctrl-C does: what it started is killed."""
    running = asyncio.ensure_future(main())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    return await running


if __name__ == "__main__":
    sys.exit(asyncio.run(until_told()))
