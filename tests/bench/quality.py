"""The labelled quality book: which of a segment's versions is kept, where the original is the best of all.

    python -m tests.bench.quality SET_DIR [--matches real] [--subsets 200] [--cache FILE]

SET_DIR holds items.csv and the clips, as `dedupe_set.py` makes them. An equal of the original is a whole,
unaltered copy of its size that spends at least nine tenths of its bits. Matches come from the labels, or
from the fingerprints. The margins of the choice were chosen with this set in view: its figures are upper
estimates.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import pickle
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from footyd.config import ClipsConfig
from footyd.model import Clip, ClipId, ClipState, GoalId, Match, Placement, PostId
from footyd.stages.fingerprint import Fingerprinted, fingerprint_file, match_fingerprints
from footyd.stages.select import choose_groups

CONFIG = ClipsConfig(min_seconds=0, min_height=16, min_aspect=0.01)
LEFT_OUT = "compil"
"""Contains the segment, so it is related and no copy of it."""
UNALTERED = frozenset({"base", "rebit", "s360", "s480", "fps", "fps60"})
INTRO_SECONDS = 5.0
KINDS = ("original or equal", "foreign intro", "fake HD", "another")
UNSEEN = Placement(left=-0.63, top=0, width=1 / 0.44, height=1)
"""A whole picture between sides that make it so much wider."""

Matches = dict[frozenset[ClipId], Match]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A clip of the set, and the seconds and the rectangle of its source that it shows."""

    transform: str
    segment: str
    source: str
    start: float
    end: float
    window: Placement
    clip: Clip


def versions(folder: Path, cache: Path | None) -> dict[str, list[Version]]:
    """By segment."""
    known: dict[str, Fingerprinted] = pickle.loads(cache.read_bytes()) if cache and cache.exists() else {}  # noqa: S301  # our own file
    found: dict[str, list[Version]] = defaultdict(list)
    with (folder / "items.csv").open() as items:
        rows = [row for row in csv.DictReader(items) if row["transform"] != LEFT_OUT]
    for row in rows:
        if row["file"] not in known:
            read = fingerprint_file(folder / row["file"], CONFIG)
            assert isinstance(read, Fingerprinted), (row["file"], read)
            known[row["file"]] = read
        found[row["segment"]].append(version(row, known[row["file"]]))
    if cache:
        cache.write_bytes(pickle.dumps(known))
    return found


def version(row: Mapping[str, str], read: Fingerprinted) -> Version:
    clip = Clip(
        id=ClipId(row["file"]),
        goal_id=GoalId(row["segment"]),
        post_id=PostId(row["file"]),
        facts=read.facts,
        fingerprint=read.fingerprint,
        state=ClipState.HELD,
    )
    return Version(
        transform=row["transform"],
        segment=row["segment"],
        source=row["source"],
        start=float(row["src_start"]),
        end=float(row["src_end"]),
        window=UNSEEN if is_unseen_frame(row, read) else window(row["transform"], row["param"]),
        clip=clip,
    )


def is_unseen_frame(row: Mapping[str, str], read: Fingerprinted) -> bool:
    """Whether blurred sides were taken for a part of the picture, as a matcher would then take them, too."""
    quality = read.facts.quality
    return row["transform"] in {"blur916", "combo2"} and quality is not None and quality.picture_share > 0.9


def window(transform: str, param: str) -> Placement:
    """The part of the source that is the clip's picture, from the set's parameters."""
    if transform in {"crop5", "crop10", "crop20"}:
        kept = 1 - int(transform[4:]) / 100
        left, top = (float(number) for number in re.findall(r"[xy]([\d.]+)", param))
        return Placement(left=left, top=top, width=kept, height=kept)
    if transform in {"combo1", "combo2"}:
        kept = 0.9 if transform == "combo1" else 0.92
        return Placement(left=(1 - kept) / 2, top=(1 - kept) / 2, width=kept, height=kept)
    if transform == "crop916":
        kept = float(param[4:]) if param else 0.45
        return Placement(left=0.3, top=0, width=kept, height=1)
    if transform == "pipin":
        wide = 1 / float(param[1:])
        return Placement(left=-0.4, top=-0.4, width=wide, height=wide)
    tilt = abs(float(param[3:])) if transform == "tvcam" else 0.0
    return Placement(left=0, top=0, width=1, height=1, tilt_degrees=tilt)


# -------------------------------------------------- matches


def labelled(one: Version, other: Version) -> Match:
    """What a matcher that never errs would say."""
    a, b = sorted((one, other), key=lambda version: version.clip.id)
    pace = _pace(a), _pace(b)
    start, end = max(a.start, b.start), min(a.end, b.end)
    begins = (b.start - a.start) / pace[0] + _intro(a) - _intro(b) * pace[1] / pace[0]
    common = (end - start) / pace[0]
    return Match(
        score=1.0,
        overlap_seconds=common,
        offset_seconds=begins,
        coverage_a=min(1.0, common / a.clip.facts.duration_seconds),
        coverage_b=min(1.0, common * pace[0] / pace[1] / b.clip.facts.duration_seconds),
        mirrored=(a.transform == "mirror") != (b.transform == "mirror"),
        speed=pace[1] / pace[0],
        placement=Placement(
            left=(b.window.left - a.window.left) / a.window.width,
            top=(b.window.top - a.window.top) / a.window.height,
            width=b.window.width / a.window.width,
            height=b.window.height / a.window.height,
            tilt_degrees=b.window.tilt_degrees - a.window.tilt_degrees,
        ),
    )


def _pace(version: Version) -> float:
    return 1.1 if version.transform == "speed110" else 1.0


def _intro(version: Version) -> float:
    return INTRO_SECONDS if version.transform == "intro5" else 0.0


def all_matches(group: Sequence[Version], how: str) -> Matches:
    pairs = [tuple(sorted(pair, key=lambda v: v.clip.id)) for pair in itertools.combinations(group, 2)]
    if how == "labels":
        found = [labelled(a, b) for a, b in pairs]
    else:
        found = match_fingerprints([(a.clip.fingerprint, b.clip.fingerprint) for a, b in pairs])
    return {frozenset({a.clip.id, b.clip.id}): match for (a, b), match in zip(pairs, found, strict=True)}


# -------------------------------------------------- what is kept


def kept(
    group: Sequence[Version], matches: Matches, minimum: float
) -> tuple[Version, tuple[tuple[str, str], ...]]:
    """The keeper of the largest group, and every other member's transform with what decided against it."""
    by_id = {version.clip.id: version for version in group}
    groups = choose_groups([version.clip for version in group], matches, minimum)
    largest = max(groups, key=lambda one: len(one.members))
    told = zip(largest.members, largest.reasons, strict=True)
    return by_id[largest.keeper], tuple((by_id[id].transform, reason) for id, reason in told)


def kind(version: Version, original: Version) -> str:
    if version is original or is_equal(version, original):
        return KINDS[0]
    return {"intro5": KINDS[1], "upfake": KINDS[2]}.get(version.transform, KINDS[3])


def is_equal(version: Version, original: Version) -> bool:
    mine, best = version.clip.facts, original.clip.facts
    same_size = (mine.width, mine.height) == (best.width, best.height) and mine.fps >= best.fps * 0.99
    bits = mine.size_bytes / mine.duration_seconds >= 0.9 * best.size_bytes / best.duration_seconds
    return version.transform in UNALTERED and same_size and bits


def subsets(group: Sequence[Version], count: int) -> Iterable[list[Version]]:
    """Random draws of 4 to 15 versions, the same in every run."""
    rng = random.Random(f"subsets of {group[0].segment}")
    for _ in range(count):
        yield rng.sample(list(group), min(len(group), rng.randint(4, 15)))


def main(told: argparse.Namespace) -> None:
    whole: Counter[str] = Counter()
    drawn: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    by_source: dict[str, Counter[str]] = defaultdict(Counter)
    for segment, group in versions(told.folder, told.cache).items():
        matches = all_matches(group, told.matches)
        original = next(version for version in group if version.transform == "base")
        keeper, members = kept(group, matches, told.minimum)
        found = kind(keeper, original)
        whole[found] += 1
        print(f"{segment}: kept {keeper.transform} of {len(members)} ({found})")
        if told.reasons:
            for transform, reason in members[1:]:
                print(f"    {transform:<10} {reason}")
        for subset in subsets(group, told.subsets):
            keeper, _ = kept(subset, matches, told.minimum)
            found = kind(keeper, original)
            drawn[original in subset][found] += 1
            if original in subset:
                by_source[original.source][found] += 1
                if told.misses and found != KINDS[0]:
                    others = " ".join(sorted(version.transform for version in subset))
                    print(f"    kept {keeper.transform} out of {others}")
    print_counts("all versions of a segment", whole)
    print_counts("4 to 15 of them, the original among them", drawn[True])
    print_counts("4 to 15 of them, without the original", drawn[False])
    for source, counts in by_source.items():
        print_counts(f"    {source}", counts)


def print_counts(title: str, counts: Counter[str]) -> None:
    total = max(1, counts.total())
    figures = ", ".join(f"{name} {counts[name] / total:.1%}" for name in KINDS)
    print(f"{title} ({counts.total()}): {figures}")


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="SET_DIR")
    parser.add_argument("--matches", choices=("labels", "real"), default="labels")
    parser.add_argument("--minimum", type=float, default=ClipsConfig().minimum_match)
    parser.add_argument("--subsets", type=int, default=200)
    parser.add_argument("--cache", type=Path, help="keeps what was measured for the next run")
    parser.add_argument("--reasons", action="store_true", help="tell what decided against each version")
    parser.add_argument("--misses", action="store_true", help="tell each draw in which the original lost")
    return parser.parse_args(given)


if __name__ == "__main__":
    main(arguments())
