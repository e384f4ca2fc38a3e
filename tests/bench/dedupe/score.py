"""What a matcher's answers are worth: precision, recall and F1, in tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.bench.dedupe.sets import DISTINCT, SAME, Pair

Answers = Mapping[Pair, float]
"""How alike the two clips of a pair are said to be; higher is more alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    hits: int
    misses: int
    false_alarms: int
    rejections: int

    @property
    def precision(self) -> float:
        return self.hits / max(1, self.hits + self.false_alarms)

    @property
    def recall(self) -> float:
        return self.hits / max(1, self.hits + self.misses)

    @property
    def f1(self) -> float:
        return 2 * self.hits / max(1, 2 * self.hits + self.misses + self.false_alarms)

    def __str__(self) -> str:
        return f"{self.precision:.4f} / {self.recall:.4f} / {self.f1:.4f}"


def tally(answers: Answers, threshold: float) -> Tally:
    said = [(pair.label, score >= threshold) for pair, score in answers.items()]
    return Tally(
        hits=said.count((SAME, True)),
        misses=said.count((SAME, False)),
        false_alarms=said.count((DISTINCT, True)),
        rejections=said.count((DISTINCT, False)),
    )


def best_threshold(answers: Answers) -> float:
    """With the highest F1 on this very set: the most a peer could reach."""
    scores = sorted({score for pair, score in answers.items() if pair.label == SAME})
    steps = scores[:: max(1, len(scores) // 200)]
    return max(steps, key=lambda threshold: tally(answers, threshold).f1, default=0.0)


def recall_table(answers: Answers, threshold: float) -> str:
    """Recall of every transform against its source, and of two transforms against each other."""
    recalls = _by(answers, lambda pair: pair.transform if pair.kind == "pos-base" else pair.kind, SAME)
    shares = {name: _share(scores, threshold) for name, scores in recalls.items()}
    cells = [f"{name} {share:.2f}" for name, share in sorted(shares.items(), key=lambda one: one[1])]
    return _wrapped(cells)


def false_alarm_table(answers: Answers, threshold: float) -> str:
    kinds = sorted(_by(answers, lambda pair: pair.kind, DISTINCT).items())
    return _wrapped([f"{kind} {_alarms(scores, threshold)}" for kind, scores in kinds])


def _alarms(scores: Sequence[float], threshold: float) -> str:
    return f"{sum(score >= threshold for score in scores)} of {len(scores)} (at most {max(scores):.2f})"


def _by(answers: Answers, key: Callable[[Pair], str], label: int) -> dict[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    for pair, score in answers.items():
        if pair.label == label:
            found[key(pair)].append(score)
    return found


def _share(scores: Sequence[float], threshold: float) -> float:
    return sum(score >= threshold for score in scores) / len(scores)


def _wrapped(cells: Sequence[str], columns: int = 6) -> str:
    rows = [cells[at : at + columns] for at in range(0, len(cells), columns)]
    return "\n".join("  " + " · ".join(row) for row in rows)
