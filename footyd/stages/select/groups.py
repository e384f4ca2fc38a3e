"""Groups of clips that show the same footage."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence

from footyd.model import Clip, ClipId, ClipState, Group, Match
from footyd.stages.select.ranking import is_better, order

MIN_SHARED = 0.55
"""Part of the longer clip that both must show; a clip with much more besides is related, not a duplicate."""

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
    clips: Sequence[Clip], matches: Mapping[frozenset[ClipId], Match], minimum: float
) -> tuple[Group, ...]:
    """Every clip in exactly one group, whose keeper it matches directly; the best group first.

    The best clip that is left opens a group, unless it would displace a keeper without being better by a
    margin or without covering what that keeper stands for. Members are in order of quality, the keeper first.
    """

    def same(a: Clip, b: Clip) -> bool:
        return _show_the_same(a, b, matches.get(frozenset({a.id, b.id})), minimum)

    waiting = sorted(clips, key=order)
    groups: list[Group] = []
    while waiting:
        keeper = _next_keeper(waiting, clips, same)
        hidden = [clip for clip in waiting if clip is not keeper and _may_hide(keeper, clip, clips, same)]
        groups.append(Group(keeper=keeper.id, members=(keeper.id, *(clip.id for clip in hidden))))
        waiting = [clip for clip in waiting if clip is not keeper and clip not in hidden]
    return tuple(groups)


def _show_the_same(a: Clip, b: Clip, match: Match | None, minimum: float) -> bool:
    if a.facts.sha256 == b.facts.sha256:
        return True
    if match is None or match.score < minimum:
        return False
    longer = max(a.facts.duration_seconds, b.facts.duration_seconds)
    return match.overlap_seconds >= MIN_SHARED * longer


def _next_keeper(waiting: Sequence[Clip], clips: Sequence[Clip], same: Same) -> Clip:
    first = waiting[0]
    if first.state is ClipState.KEEPER:
        return first
    keepers = [clip for clip in waiting if clip.state is ClipState.KEEPER and same(first, clip)]
    return next((keeper for keeper in keepers if not _may_replace(first, keeper, clips, same)), first)


def _may_hide(keeper: Clip, clip: Clip, clips: Sequence[Clip], same: Same) -> bool:
    if not same(keeper, clip):
        return False
    if clip.state is ClipState.KEEPER:
        return _may_replace(keeper, clip, clips, same)
    fresh_and_better = clip.state is not ClipState.DUPLICATE and is_better(clip, keeper)
    return keeper.state is not ClipState.KEEPER or not fresh_and_better


def _may_replace(clip: Clip, keeper: Clip, clips: Sequence[Clip], same: Same) -> bool:
    """Better by a margin (two keepers: not worse), and matching all that `keeper` hides."""
    covers = all(same(clip, other) for other in clips if other.keeper_id == keeper.id and other is not clip)
    if clip.state is ClipState.KEEPER:
        return covers and not is_better(keeper, clip)
    return covers and is_better(clip, keeper)
