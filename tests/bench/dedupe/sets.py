"""A labelled set as values."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SAME, DISTINCT = 1, 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    file: str
    segment: str
    source: str
    transform: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """`label` is SAME, DISTINCT or anything else for not scored; `kind` says why the two were paired."""

    a: str
    b: str
    label: int
    kind: str
    transform: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledSet:
    folder: Path
    items: tuple[Item, ...]
    pairs: tuple[Pair, ...]

    def path(self, file: str) -> Path:
        return self.folder / file

    def thinned(self, every: int) -> LabelledSet:
        """Every so many pairs only, and the items they need."""
        pairs = self.pairs[::every]
        wanted = {file for pair in pairs for file in (pair.a, pair.b)}
        items = tuple(item for item in self.items if item.file in wanted)
        return LabelledSet(folder=self.folder, items=items, pairs=pairs)


def read_set(folder: Path) -> LabelledSet:
    items = tuple(
        Item(file=row["file"], segment=row["segment"], source=row["source"], transform=row["transform"])
        for row in _rows(folder / "items.csv")
    )
    pairs = tuple(
        Pair(a=row["a"], b=row["b"], label=int(row["label"]), kind=row["cls"], transform=row["transform"])
        for row in _rows(folder / "pairs.csv")
    )
    return LabelledSet(folder=folder, items=items, pairs=pairs)


def write_set(folder: Path, items: Sequence[Item], pairs: Sequence[Pair]) -> None:
    with (folder / "items.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["file", "segment", "source", "transform"])
        rows.writerows([item.file, item.segment, item.source, item.transform] for item in items)
    with (folder / "pairs.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["a", "b", "label", "cls", "transform"])
        rows.writerows([pair.a, pair.b, pair.label, pair.kind, pair.transform] for pair in pairs)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))
