"""Groups of clips that show the same footage."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from footyd.model import Clip, ClipId, ClipState, Group, Match
from footyd.stages.select.ranking import Ranking

MIN_SHARED = 0.55
"""Part of what moves in each clip that both must show; with much more besides they are related only."""

BY_PERSON = "a person chose it"
NOBODY_CHOSE: Mapping[ClipId, datetime] = MappingProxyType({})

Same = Callable[[Clip, Clip], bool]


def pairs_to_compare(clips: Sequence[Clip]) -> list[tuple[Clip, Clip]]:
    """Each pair whose answer is open, once, the smaller id first.

    The same bytes are the same clip; two versions of the algorithm cannot be compared; of two clips that are
    hidden already neither is a keeper.
    """
    ordered = sorted(clips, key=lambda clip: clip.id)
    return [(a, b) for a, b in itertools.combinations(ordered, 2) if _is_open(a, b)]


def _is_open(a: Clip, b: Clip) -> bool:
    hidden = a.state is b.state is ClipState.DUPLICATE
    return a.fingerprint.version == b.fingerprint.version and a.facts.sha256 != b.facts.sha256 and not hidden


def choose_groups(
    clips: Sequence[Clip],
    matches: Mapping[frozenset[ClipId], Match],
    minimum: float,
    chosen: Mapping[ClipId, datetime] = NOBODY_CHOSE,
) -> tuple[Group, ...]:
    """Every clip in exactly one group, whose keeper it matches directly; the best group first.

    The best clip that is left opens a group, unless it would displace a keeper without being better by a
    margin or without covering what that keeper stands for. Members are in order of quality, the keeper first.
    What persons have `chosen` comes before all that, the latest choice first.
    """

    def same(a: Clip, b: Clip) -> bool:
        return _show_the_same(a, b, matches.get(frozenset({a.id, b.id})), minimum)

    by_id = {clip.id: clip for clip in clips}
    known = {pair: match for pair, match in matches.items() if pair <= by_id.keys()}
    ranking = Ranking(clips, {pair: m for pair, m in known.items() if same(*(by_id[id] for id in pair))})
    waiting = sorted(clips, key=lambda clip: clip.id)
    groups: list[Group] = []

    def close(keeper: Clip, hidden: Sequence[Clip], why: str = "") -> None:
        groups.append(_group(keeper, hidden, ranking, why))
        waiting[:] = [clip for clip in waiting if clip is not keeper and clip not in hidden]

    while wanted := [clip for clip in waiting if clip.id in chosen]:
        keeper = max(wanted, key=lambda clip: chosen[clip.id])
        close(keeper, [c for c in waiting if c is not keeper and same(keeper, c)], BY_PERSON)
    while waiting:
        keeper = _next_keeper(waiting, clips, same, ranking)
        close(keeper, [c for c in waiting if c is not keeper and _may_hide(keeper, c, clips, same, ranking)])
    return tuple(groups)


def _group(keeper: Clip, hidden: Sequence[Clip], ranking: Ranking, why: str) -> Group:
    ordered: list[Clip] = []
    left = list(hidden)
    while left:
        ordered.append(ranking.best(left))
        left.remove(ordered[-1])
    reasons = ("a person chose another one" if why else ranking.reason(clip, keeper) for clip in ordered)
    kept = why or (f"the best of {len(hidden) + 1}" if hidden else "the only one of its footage")
    return Group(
        keeper=keeper.id, members=(keeper.id, *(clip.id for clip in ordered)), reasons=(kept, *reasons)
    )


def _show_the_same(a: Clip, b: Clip, match: Match | None, minimum: float) -> bool:
    if a.facts.sha256 == b.facts.sha256:
        return True
    if match is None or match.score < minimum:
        return False
    first, second = sorted((a, b), key=lambda clip: clip.id)
    common = match.overlap_seconds
    return _is_mostly(common, match.rest_a_seconds, first) and _is_mostly(
        common / match.speed, match.rest_b_seconds, second
    )


def _is_mostly(common: float, rest: float | None, clip: Clip) -> bool:
    """Whether the common seconds are the better part of the clip; idle seconds besides them do not count."""
    rest = clip.facts.duration_seconds - common if rest is None else rest
    return common >= MIN_SHARED * (common + max(0.0, rest))


def _next_keeper(waiting: Sequence[Clip], clips: Sequence[Clip], same: Same, ranking: Ranking) -> Clip:
    first = ranking.best(waiting)
    if first.state is ClipState.KEEPER:
        return first
    keepers = [clip for clip in waiting if clip.state is ClipState.KEEPER and same(first, clip)]
    return next(
        (keeper for keeper in keepers if not _may_replace(first, keeper, clips, same, ranking)), first
    )


def _may_hide(keeper: Clip, clip: Clip, clips: Sequence[Clip], same: Same, ranking: Ranking) -> bool:
    if not same(keeper, clip):
        return False
    if clip.state is ClipState.KEEPER:
        return _may_replace(keeper, clip, clips, same, ranking)
    if keeper.state is not ClipState.KEEPER or clip.state is ClipState.DUPLICATE:
        return True
    return not (ranking.is_better(clip, keeper) and ranking.covers(clip, keeper))


def _may_replace(clip: Clip, keeper: Clip, clips: Sequence[Clip], same: Same, ranking: Ranking) -> bool:
    """Better by a margin (two keepers: not worse), showing all of it and matching all that it hides."""
    hidden = (other for other in clips if other.keeper_id == keeper.id and other is not clip)
    covers = ranking.covers(clip, keeper) and all(same(clip, other) for other in hidden)
    if clip.state is ClipState.KEEPER:
        return covers and not ranking.is_better(keeper, clip)
    return covers and ranking.is_better(clip, keeper)
