"""What makes one copy better than another: evidence in order, each with its margin and its words."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from footyd.model import Clip, ClipId, ClipState, Match
from footyd.stages.select.standing import Neighbour, Standing, neighbours, standings

_UNMEASURED = 0.6
"""Real lines of a clip that nobody has measured, over those of its picture: what a good one usually has."""
_REAL_LINES_GROW, _BITS_GROW = 0.5, 1.4
"""Powers of the promised file's lines over those at hand. A small file is sharp for its size: at twice the
lines, filmed clips measured 1.1 to 1.5 times the real ones, fake HD no more. X's own ladder has 832 kbit/s
at 360 lines, 2,176 at 720. To promise more would have every post of a goal fetched, one after another."""
_ENLARGED = 3.5
"""Lines of the picture for one that is real: beyond it the clip has been enlarged, and so encoded again."""
_ENLARGED_COST = 0.8
_COVERS_SECONDS, _COVERS_SHARE = 0.75, 0.08


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One quality of a clip: larger is better; what is within `margin` times of the best is as good."""

    name: str
    value: Callable[[Clip, Standing], float]
    margin: float
    unit: str = ""

    def beats(self, mine: float, its: float) -> bool:
        return mine > its * self.margin

    def said(self, value: float) -> str:
        return f"{value:.3g}{self.unit}" if value < 1000 else f"{value:.0f}{self.unit}"


def _file_lines(clip: Clip) -> int:
    facts = clip.facts
    return (facts.quality.lines if facts.quality else 0) or facts.content_height or facts.height


def _growth(clip: Clip) -> float:
    """By how much more lines the better file that is promised has, over the file at hand."""
    facts, better = clip.facts, clip.better
    if not better or not better.width or not better.height:
        return 1.0
    return min(better.width, better.height) / max(min(facts.width, facts.height), 1)


def _lines(clip: Clip) -> float:
    """Of the picture inside its bars, as the file (or the better one that is promised) has them."""
    return _file_lines(clip) * _growth(clip)


def _real_lines_at_hand(clip: Clip) -> float:
    quality = clip.facts.quality
    return quality.real_lines if quality else _file_lines(clip) * _UNMEASURED


def _measured_lines(clip: Clip) -> float:
    return float(_real_lines_at_hand(clip) * _growth(clip) ** _REAL_LINES_GROW)


def _is_enlarged(clip: Clip) -> bool:
    """What the file at hand shows, not what is promised."""
    return _file_lines(clip) > _ENLARGED * _real_lines_at_hand(clip)


def _real_lines(clip: Clip, _: Standing) -> float:
    return _measured_lines(clip) * (_ENLARGED_COST if _is_enlarged(clip) else 1)


def _useful_lines(clip: Clip, at: Standing) -> float:
    """The file's own, unless it was enlarged."""
    return _real_lines(clip, at) if _is_enlarged(clip) else _lines(clip)


def _bit_rate(clip: Clip) -> float:
    here = clip.facts.size_bytes * 8 / max(clip.facts.duration_seconds, 0.001)
    promised = float(here * _growth(clip) ** _BITS_GROW)
    return min(promised, clip.better.bit_rate) if clip.better and clip.better.bit_rate else promised


def _bits(clip: Clip, at: Standing) -> float:
    """Bits for the same picture, those for lines that were made up aside.

    Twice the frames need by experience half as many bits again.
    """
    useful = (_useful_lines(clip, at) / _lines(clip)) ** 2
    return _bit_rate(clip) * useful / math.sqrt(max(clip.facts.fps, 1)) / 1000


def _evenness(clip: Clip, _: Standing) -> float:
    return 1 / max(clip.facts.quality.blocking, 1) if clip.facts.quality else 1


def _unstamped(clip: Clip, _: Standing) -> float:
    return 1 - clip.facts.quality.stamp_share if clip.facts.quality else 1


def _sound(clip: Clip, _: Standing) -> float:
    return 0.5 if clip.facts.quality and clip.facts.quality.sound is False else 1


ORDER = (
    Evidence(name="the goal whole", value=lambda _, at: at.whole, margin=1.06),
    Evidence(name="no foreign intro", value=lambda _, at: 1 / (1 + at.lead_seconds), margin=1.06),
    Evidence(name="not mirrored", value=lambda _, at: 0.5 if at.mirrored else 1, margin=1.06),
    Evidence(name="its own speed", value=lambda _, at: 0.5 if at.respeeded else 1, margin=1.06),
    Evidence(name="not filmed off a screen", value=lambda _, at: 0.5 if at.filmed else 1, margin=1.06),
    Evidence(name="the full frame", value=lambda _, at: at.shown, margin=1.08),
    Evidence(name="real lines", value=_real_lines, margin=1.2),
    Evidence(name="lines", value=_useful_lines, margin=1.1),
    Evidence(name="bits", value=_bits, margin=1.3, unit=" k"),
    Evidence(name="no blocks", value=_evenness, margin=1.15),
    Evidence(name="frame rate", value=lambda clip, _: clip.facts.fps, margin=1.1, unit=" fps"),
    Evidence(name="no stamp", value=_unstamped, margin=1.015),
    Evidence(name="sound", value=_sound, margin=1.1),
    Evidence(name="file size", value=lambda clip, _: float(clip.facts.size_bytes), margin=1.1, unit=" bytes"),
)
"""The first that tells two clips apart decides."""


class Ranking:
    """Compares clips of one set; what a clip lacks is told by its matches with the others."""

    def __init__(self, clips: Sequence[Clip], matches: Mapping[frozenset[ClipId], Match]) -> None:
        self._around: dict[ClipId, list[Neighbour]] = {
            clip.id: neighbours(clip, clips, matches) for clip in clips
        }
        self._standings = standings(clips, self._around)
        self._values = {
            clip.id: tuple(evidence.value(clip, self._standings[clip.id]) for evidence in ORDER)
            for clip in clips
        }

    def best(self, clips: Sequence[Clip]) -> Clip:
        """Evidence by evidence those fall out that the best one of the rest beats; hidden ones only lose."""
        left = sorted(clips, key=lambda clip: (clip.state is not ClipState.KEEPER, clip.id))
        left = [clip for clip in left if clip.state is not ClipState.DUPLICATE] or left
        for at, evidence in enumerate(ORDER):
            top = max(self._values[clip.id][at] for clip in left)
            left = [clip for clip in left if not evidence.beats(top, self._values[clip.id][at])]
        return left[0]

    def is_better(self, clip: Clip, other: Clip) -> bool:
        """By the first evidence in which they differ by its margin."""
        decided = self._decided(clip, other)
        return decided is not None and ORDER[decided].beats(
            self._values[clip.id][decided], self._values[other.id][decided]
        )

    def covers(self, clip: Clip, other: Clip) -> bool:
        """Whether `clip` shows all seconds of `other`, a foreign intro aside."""
        seen = next((one for one in self._around[clip.id] if one.clip is other), None)
        if seen is None:
            return clip.facts.sha256 == other.facts.sha256
        start = seen.start + self._standings[other.id].lead_seconds * seen.speed
        lacking = max(0.0, -start) + max(0.0, seen.end - clip.facts.duration_seconds)
        return lacking <= max(_COVERS_SECONDS, _COVERS_SHARE * (seen.end - start))

    def reason(self, clip: Clip, keeper: Clip) -> str:
        """What decided between a clip and the one that is kept, in words and figures."""
        if clip.facts.sha256 == keeper.facts.sha256:
            return "the same bytes"
        decided = self._decided(clip, keeper)
        if decided is None:
            return "as good, and came later" if clip.state is not ClipState.KEEPER else "as good"
        evidence = ORDER[decided]
        mine, its = (evidence.said(self._values[one.id][decided]) for one in (clip, keeper))
        return f"{evidence.name}: {mine}, of the one kept {its}"

    def _decided(self, clip: Clip, other: Clip) -> int | None:
        both = zip(ORDER, self._values[clip.id], self._values[other.id], strict=True)
        return next(
            (at for at, (e, mine, its) in enumerate(both) if e.beats(mine, its) or e.beats(its, mine)), None
        )
