"""The quality book on sources that no margin was chosen by.

    python -m tests.bench.quality_held_out SET_DIR [--matches real] [--subsets 40] [--cache FILE]

For each source in turn the margins are chosen anew, out of a grid, by the groups of all other sources alone;
what is then kept of its own groups is counted. Beside it stands what the margins as landed keep.
"""

from __future__ import annotations

import argparse
import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

from footyd.config import ClipsConfig
from footyd.stages.select import ranking
from tests.bench.quality import KINDS, Matches, Version, all_matches, kept, kind, subsets, versions

GRID = {"real lines": (1.1, 1.2, 1.3), "lines": (1.05, 1.1, 1.2), "bits": (1.15, 1.3, 1.5)}

Margins = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """A segment's versions in random draws that hold the original."""

    source: str
    original: Version
    matches: Matches
    drawn: tuple[tuple[Version, ...], ...]

    def right(self, minimum: float) -> int:
        keepers = (kept(draw, self.matches, minimum)[0] for draw in self.drawn)
        return sum(kind(keeper, self.original) == KINDS[0] for keeper in keepers)


def draws_of(segments: Mapping[str, Sequence[Version]], matches: str, count: int) -> Iterator[Draws]:
    for group in segments.values():
        original = next(version for version in group if version.transform == "base")
        drawn = [tuple(group)] + [tuple(draw) for draw in subsets(group, count) if original in draw]
        yield Draws(
            source=original.source,
            original=original,
            matches=all_matches(group, matches),
            drawn=tuple(drawn),
        )


def right_by_source(book: Sequence[Draws], margins: Margins, minimum: float) -> dict[str, int]:
    chosen = dict(zip(GRID, margins, strict=True))
    order = tuple(replace(one, margin=chosen.get(one.name, one.margin)) for one in ranking.ORDER)
    found: dict[str, int] = defaultdict(int)
    with patch.object(ranking, "ORDER", order):
        for draws in book:
            found[draws.source] += draws.right(minimum)
    return found


def main(told: argparse.Namespace) -> None:
    book = list(draws_of(versions(told.folder, told.cache), told.matches, told.subsets))
    landed = tuple(one.margin for name in GRID for one in ranking.ORDER if one.name == name)
    tried = {
        margins: right_by_source(book, margins, told.minimum)
        for margins in {landed, *itertools.product(*GRID.values())}
    }
    total = {source: sum(len(d.drawn) for d in book if d.source == source) for source in tried[landed]}
    held_out = 0
    for source, count in total.items():
        chosen = best_without(source, tried, landed)
        held_out += tried[chosen][source]
        told_margins = ", ".join(f"{name} {margin:g}" for name, margin in zip(GRID, chosen, strict=True))
        print(f"{source}: {tried[chosen][source]} of {count} held out ({told_margins});", end=" ")
        print(f"{tried[landed][source]} as landed")
    print(f"held out: original or equal {held_out / sum(total.values()):.1%} of {sum(total.values())} draws")
    print(f"as landed: {sum(tried[landed].values()) / sum(total.values()):.1%}")


def best_without(source: str, tried: Mapping[Margins, Mapping[str, int]], landed: Margins) -> Margins:
    """The margins best on all other sources; of equals those nearest to the landed ones."""

    def worth(margins: Margins) -> tuple[int, float]:
        others = sum(right for name, right in tried[margins].items() if name != source)
        return others, -sum(abs(a - b) for a, b in zip(margins, landed, strict=True))

    return max(tried, key=worth)


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="SET_DIR")
    parser.add_argument("--matches", choices=("labels", "real"), default="labels")
    parser.add_argument("--minimum", type=float, default=ClipsConfig().minimum_match)
    parser.add_argument("--subsets", type=int, default=40)
    parser.add_argument("--cache", type=Path, help="keeps what was measured for the next run")
    return parser.parse_args(given)


if __name__ == "__main__":
    main(arguments())
