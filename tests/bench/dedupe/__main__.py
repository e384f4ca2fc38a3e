"""The runner; see the package's docstring."""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as in a worker, and before numpy is loaded

import argparse
from pathlib import Path

from tests.bench.dedupe import goals, held_out, make, ours, peers, score
from tests.bench.dedupe.sets import LabelledSet, Pair, read_set


def main() -> None:
    options = _options()
    if options.make:
        make.make_set(options.set_dir)
        return
    chosen = read_set(options.set_dir).thinned(options.every)
    outcome = ours.run(chosen)
    answers = {pair: match.score for pair, match in outcome.matches.items()}
    threshold = ours.CONFIG.minimum_match
    print(f"{len(chosen.items)} clips, {len(answers)} pairs; precision / recall / F1")
    print(f"footyd            {score.tally(answers, threshold)}")
    print(f"  {outcome.price}")
    print("recall by transform, the weakest first:", score.recall_table(answers, threshold), sep="\n")
    print("distinct clips taken for the same:", score.false_alarm_table(answers, threshold), sep="\n")
    if options.by_source:
        _print_by_source(chosen, answers, threshold)
    if options.held_out:
        print(held_out.table(chosen, answers))
    plays = [goals.play(goal, outcome.prints) for goal in goals.draw(chosen, options.goals)]
    if plays:
        print(goals.summary(plays))
    if options.peers:
        _print_peers(chosen, options.peers, outcome.price.clip_seconds)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.dedupe")
    parser.add_argument("set_dir", type=Path)
    parser.add_argument("--peers", nargs="*", choices=sorted(peers.PEERS), help="all of them without a name")
    parser.add_argument("--by-source", action="store_true", help="a table per source clip")
    parser.add_argument(
        "--held-out", action="store_true", help="a threshold for each source from all the others"
    )
    parser.add_argument("--goals", type=int, default=100, help="simulated goals")
    parser.add_argument("--every", type=int, default=1, help="only every so many pairs")
    parser.add_argument("--make", action="store_true", help="write a synthetic set into SET_DIR")
    options = parser.parse_args()
    if options.peers == []:
        options.peers = sorted(peers.PEERS)
    return options


def _print_by_source(chosen: LabelledSet, answers: dict[Pair, float], threshold: float) -> None:
    """A pair counts for the sources of both its clips."""
    source_of = {item.file: item.source for item in chosen.items}
    for source in sorted(set(source_of.values())):
        own = {
            pair: said for pair, said in answers.items() if source in {source_of[pair.a], source_of[pair.b]}
        }
        print(f"  {source:28} {score.tally(own, threshold)}  {len(own)} pairs")


def _print_peers(chosen: LabelledSet, names: list[str], clip_seconds: float) -> None:
    for name in names:
        found = peers.run(name, chosen)
        if found is None:
            print(f"{name:17} cannot be imported here")
            continue
        default = score.tally(found.answers, found.threshold)
        best = score.tally(found.answers, score.best_threshold(found.answers))
        hard = [
            p
            for p, said in found.answers.items()
            if p.kind.startswith("neg-hard") and said >= found.threshold
        ]
        print(
            f"{name:17} {default}  best F1 {best.f1:.4f}  wrong on hard negatives {len(hard)}"
            f"  {found.fingerprint / clip_seconds:.4f} CPU-s per clip-second"
            f"  {1000 * found.matching / max(1, len(found.answers)):.2f} ms per pair"
        )


if __name__ == "__main__":
    main()
