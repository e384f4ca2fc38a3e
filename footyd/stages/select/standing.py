"""How a clip stands beside those that show the same footage: what it lacks, adds or turns around.

Most of them are right: what a clip lacks is measured against the stretch, the frame, the side and the speed
that the middle one of them shows. A clip that is longer than all the others is no better for that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from footyd.model import Clip, ClipId, Match, Placement

LEAST_LEAD_SECONDS = 1.5
"""A foreign beginning that is shorter is none."""
_CUT_NEAR_SECONDS = 0.6
_INSIDE = 0.69
"""Shares of width and height: a whole picture that lies so small in another is shown in a frame there."""
_TILTED_DEGREES = 0.8
_OWN_SPEED = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """Another clip of the same footage, as seen from a clip: on its clock, in its frame, beside its speed."""

    clip: Clip
    start: float
    end: float
    mirrored: bool
    speed: float
    placement: Placement | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`whole` is the share of the common stretch that the clip shows, `shown` the part of the common picture.

    `lead_seconds` are those of a beginning that no other clip has and that ends in a cut: a foreign intro.
    """

    whole: float = 1.0
    lead_seconds: float = 0.0
    shown: float = 1.0
    mirrored: bool = False
    respeeded: bool = False
    filmed: bool = False


def neighbours(
    clip: Clip, clips: Sequence[Clip], matches: Mapping[frozenset[ClipId], Match]
) -> list[Neighbour]:
    """The clips that `clip` has a match with, each seen from it."""
    found = ((other, matches.get(frozenset({clip.id, other.id}))) for other in clips if other is not clip)
    return [_seen_from(clip, other, match) for other, match in found if match is not None]


def _seen_from(clip: Clip, other: Clip, match: Match) -> Neighbour:
    """Of a match the clip with the smaller id is a."""
    if clip.id < other.id:
        start, speed, placement = match.offset_seconds, match.speed, match.placement
    else:
        speed = 1 / match.speed
        start, placement = -match.offset_seconds * speed, _turned(match.placement)
    return Neighbour(
        clip=other,
        start=start,
        end=start + other.facts.duration_seconds * speed,
        mirrored=match.mirrored,
        speed=speed,
        placement=placement,
    )


def _turned(placement: Placement | None) -> Placement | None:
    """Where a's picture lies in b's."""
    if placement is None or min(placement.width, placement.height) <= 0:
        return None
    return Placement(
        left=-placement.left / placement.width,
        top=-placement.top / placement.height,
        width=1 / placement.width,
        height=1 / placement.height,
        tilt_degrees=-placement.tilt_degrees,
    )


def standings(clips: Sequence[Clip], around: Mapping[ClipId, Sequence[Neighbour]]) -> dict[ClipId, Standing]:
    leads = {clip.id: _foreign_lead(clip, around[clip.id]) for clip in clips}
    return {clip.id: _standing(clip, around[clip.id], leads) for clip in clips}


def _foreign_lead(clip: Clip, others: Sequence[Neighbour]) -> float:
    """Seconds before a cut at which most others begin, where fewer have the beginning, too."""
    starts = [other.start for other in others if other.start > LEAST_LEAD_SECONDS]
    cuts = clip.facts.quality.cuts if clip.facts.quality else ()
    at = [cut for cut in cuts if any(abs(cut - start) <= _CUT_NEAR_SECONDS for start in starts)]
    if not at or len(starts) * 2 <= len(others):
        return 0.0
    return min(at)


def _standing(clip: Clip, others: Sequence[Neighbour], leads: Mapping[ClipId, float]) -> Standing:
    length = clip.facts.duration_seconds
    lead = leads[clip.id]
    starts = [lead, *(other.start + leads[other.clip.id] * other.speed for other in others)]
    ends = [length, *(other.end for other in others)]
    lacking = max(0.0, lead - median(starts)) + max(0.0, median(ends) - length)
    places = [other.placement for other in others if other.placement is not None]
    usual = _upper_quarter([_in_frame(clip), *(_in_frame(other.clip) for other in others)])
    return Standing(
        whole=(length - lead) / max(length - lead + lacking, 0.001),
        lead_seconds=lead,
        shown=_shown(min(_in_frame(clip), usual), places),
        mirrored=sum(other.mirrored for other in others) * 2 > len(others) + 1,
        respeeded=abs(median([1.0, *(other.speed for other in others)]) - 1) > _OWN_SPEED,
        filmed=median([0.0, *(_tilt(other) for other in others)]) > _TILTED_DEGREES,
    )


def _tilt(other: Neighbour) -> float:
    return abs(other.placement.tilt_degrees) if other.placement else 0.0


def _upper_quarter(shares: Sequence[float]) -> float:
    """Three quarters of them are at most so large: where all have bars, having covered one is no better."""
    return quantiles(shares, n=4, method="inclusive")[2] if len(shares) > 1 else shares[0]


def _in_frame(clip: Clip) -> float:
    """The part of the frame that shows the picture."""
    facts = clip.facts
    if facts.quality:
        return facts.quality.picture_share
    shown = (facts.content_width or facts.width) * (facts.content_height or facts.height)
    return shown / max(facts.width * facts.height, 1)


def _shown(in_frame: float, places: Sequence[Placement]) -> float:
    """The part of the common picture, times the part of the frame that shows it."""
    framed = median([1.0, *_areas(places, framed=True)])
    if framed < _INSIDE**2:
        return in_frame * framed
    return in_frame / max(1.0, median([1.0, *_areas(places, framed=False)]))


def _areas(places: Sequence[Placement], *, framed: bool) -> Iterator[float]:
    """The others' pictures over this one; those that show it in a frame do not show more of it."""
    for place in places:
        if framed and max(place.width, place.height) < _INSIDE:
            yield place.width * place.height
        elif framed or min(place.width, place.height) < 1 / _INSIDE:
            yield 1.0 if framed else place.width * place.height
