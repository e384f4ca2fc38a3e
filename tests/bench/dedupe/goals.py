"""Made-up goals: what a goal's downloads become when they are grouped and the best of each group is kept."""

from __future__ import annotations

import itertools
import random
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from footyd.model import Clip, ClipId, ClipState, GoalId, Match, PostId
from footyd.stages.fingerprint import Fingerprinted, match_fingerprints
from footyd.stages.select import choose_groups
from tests.bench.dedupe.ours import CONFIG
from tests.bench.dedupe.sets import Item, LabelledSet

NOT_DOWNLOADED = frozenset({"compil"})
"""Related, no duplicate: what would be right is a matter of taste."""
ONCE_ONLY = frozenset({"pipin"})
"""Two of them share their surroundings: most of what moves in them is the same."""
FEWEST, MOST = 4, 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """One goal's outcome; `spare` are the keepers beyond one per moment."""

    exact: bool
    lost: int
    spare: int
    pairs: int
    seconds: float


def draw(chosen: LabelledSet, count: int, seed: int = 1) -> list[list[Item]]:
    """Downloads of 2–3 moments of one match each."""
    rng = random.Random(seed)
    moments: dict[str, dict[str, list[Item]]] = defaultdict(lambda: defaultdict(list))
    for item in chosen.items:
        if item.transform not in NOT_DOWNLOADED:
            moments[item.source][item.segment].append(item)
    matches = [segments for segments in moments.values() if len(segments) > 1]
    return [_downloads(rng, rng.choice(matches)) for _ in range(count)] if matches else []


def _downloads(rng: random.Random, segments: Mapping[str, list[Item]]) -> list[Item]:
    names = rng.sample(sorted(segments), min(len(segments), rng.choice((2, 3))))
    drawn = [rng.choice(segments[name]) for name in names]
    rest = [item for name in names for item in segments[name] if item not in drawn]
    drawn += rng.sample(rest, min(len(rest), max(0, rng.randint(FEWEST, MOST) - len(drawn))))
    once = [item for item in drawn if item.transform in ONCE_ONLY]
    return [item for item in drawn if item.transform not in ONCE_ONLY] + once[:1]


def play(goal: Sequence[Item], prints: Mapping[str, Fingerprinted]) -> Play:
    items = [item for item in goal if item.file in prints]
    start = time.process_time()
    matches = _matches(items, prints)
    seconds = time.process_time() - start
    groups = choose_groups([_clip(item, prints[item.file]) for item in items], matches, CONFIG.minimum_match)
    moment_of = {item.file: item.segment for item in items}
    shown = {moment_of[group.keeper] for group in groups}
    moments = set(moment_of.values())
    pure = all(len({moment_of[member] for member in group.members}) == 1 for group in groups)
    return Play(
        exact=pure and len(groups) == len(moments),
        lost=len(moments - shown),
        spare=max(0, len(groups) - len(moments)),
        pairs=len(matches),
        seconds=seconds,
    )


def _matches(items: Sequence[Item], prints: Mapping[str, Fingerprinted]) -> dict[frozenset[ClipId], Match]:
    pairs = list(itertools.combinations(sorted(item.file for item in items), 2))
    found = match_fingerprints([(prints[a].fingerprint, prints[b].fingerprint) for a, b in pairs])
    return {frozenset({ClipId(a), ClipId(b)}): one for (a, b), one in zip(pairs, found, strict=True)}


def _clip(item: Item, judged: Fingerprinted) -> Clip:
    return Clip(
        id=ClipId(item.file),
        goal_id=GoalId(""),
        post_id=PostId(item.file),
        facts=judged.facts,
        fingerprint=judged.fingerprint,
        state=ClipState.HELD,
    )


def summary(plays: Sequence[Play]) -> str:
    count = max(1, len(plays))
    largest = max(plays, key=lambda one: one.pairs)
    return (
        f"{len(plays)} goals: {sum(one.exact for one in plays) / count:.1%} exactly right,"
        f" {sum(one.lost > 0 for one in plays) / count:.1%} with a moment lost,"
        f" {sum(one.spare for one in plays) / count:.2f} duplicates kept per goal;"
        f" the largest ({largest.pairs} pairs) matched in {largest.seconds:.2f} CPU-s"
    )
