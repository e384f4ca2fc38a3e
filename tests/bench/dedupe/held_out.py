"""Leave-one-source-out: what the threshold is worth on matches that had no say in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tests.bench.dedupe.score import Answers, Tally, tally
from tests.bench.dedupe.sets import DISTINCT, SAME, LabelledSet, Pair

_COSTS_AT_MOST = 0.002
"""Of F1, that a stricter threshold than the best may cost: what it forgoes is room for unseen footage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """`thresholds` by the source left out; `answered` are verdicts, 1 or 0, each by the others' threshold."""

    thresholds: Mapping[str, float]
    answered: Answers

    @property
    def tally(self) -> Tally:
        return tally(self.answered, 0.5)

    def of(self, source: str, source_of: Mapping[str, str]) -> Tally:
        own = {p: said for p, said in self.answered.items() if source in {source_of[p.a], source_of[p.b]}}
        return tally(own, 0.5)


def hold_out(chosen: LabelledSet, answers: Answers) -> HeldOut:
    """Every pair is judged by a threshold from the pairs that share no source with either of its clips."""
    source_of = {item.file: item.source for item in chosen.items}
    sources = {pair: frozenset({source_of[pair.a], source_of[pair.b]}) for pair in answers}
    thresholds = {
        left_out: strict_threshold({p: said for p, said in answers.items() if not sources[p] & left_out})
        for left_out in set(sources.values())
    }
    verdicts = {pair: float(said >= thresholds[sources[pair]]) for pair, said in answers.items()}
    alone = {next(iter(out)): threshold for out, threshold in thresholds.items() if len(out) == 1}
    return HeldOut(thresholds=alone, answered=verdicts)


def strict_threshold(answers: Answers) -> float:
    """The highest whose F1 is within _COSTS_AT_MOST of the best; 1 where there is nothing to learn from."""
    scores = np.array([said for pair, said in answers.items() if pair.label == SAME])
    others = np.array([said for pair, said in answers.items() if pair.label == DISTINCT])
    if not len(scores):
        return 1.0
    borders = np.unique(scores)
    hits = len(scores) - np.searchsorted(np.sort(scores), borders)
    alarms = len(others) - np.searchsorted(np.sort(others), borders)
    f1 = 2 * hits / (hits + alarms + len(scores))
    return float(borders[f1 >= f1.max() - _COSTS_AT_MOST].max())


def table(chosen: LabelledSet, answers: Mapping[Pair, float]) -> str:
    source_of = {item.file: item.source for item in chosen.items}
    held = hold_out(chosen, answers)
    rows = [
        f"  {source:28} {held.of(source, source_of)}  threshold {threshold:.2f}"
        for source, threshold in sorted(held.thresholds.items())
    ]
    return "\n".join([f"held out, by source: {held.tally}", *rows])
