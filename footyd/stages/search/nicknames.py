"""What people write besides a name: the tables teams.txt and players.txt, read once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from footyd.stages.search.words import phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Nicknames:
    """Other names, folded; the `common` ones are words that also mean something or somebody else.

    `spelt` are the names as the table writes them, which is how they are searched for.
    """

    spelt: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    common: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    nation: bool = False


NONE = Nicknames()


@cache
def of_teams() -> dict[str, Nicknames]:
    """By the folded name of the feed."""
    table: dict[str, Nicknames] = {}
    for section, (feed_names, codes, written) in _rows("teams.txt"):
        nicknames = _read(written, codes=codes, nation=section == "Nations")
        table.update((phrase(name), nicknames) for name in feed_names.split(" / "))
    return table


@cache
def of_players() -> dict[str, Nicknames]:
    """By the folded name of the feed."""
    rows = ((feed_names, _read(written)) for _, (feed_names, written) in _rows("players.txt"))
    return {phrase(name): nicknames for feed_names, nicknames in rows for name in feed_names.split(" / ")}


def _rows(table: str) -> Iterator[tuple[str, list[str]]]:
    """Each row's columns, with the last comment above it."""
    section = ""
    for line in Path(__file__).with_name(table).read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            section = line.removeprefix("#").strip()
        elif line:
            yield section, [column.strip() for column in line.split("|")]


def _read(written: str, *, codes: str = "", nation: bool = False) -> Nicknames:
    every = [name.strip() for name in written.split(",") if name.strip()]
    spelt = tuple(name for name in every if not name.startswith("~"))
    return Nicknames(
        spelt=spelt,
        names=tuple(map(phrase, spelt)),
        common=tuple(phrase(name) for name in every if name.startswith("~")),
        codes=tuple(codes.split()),
        nation=nation,
    )
