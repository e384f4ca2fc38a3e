"""Whole seasons on a bad feed, one line per seed: what was believed, what it cost, how late it came.

    python -m tests.bench.season SEASON.json... [--seeds 20] [--rounds N]

Several files take turns. Delays are minutes from the goal to its confirmation, polled every five minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from footyd.demo.season import read_season
from footyd.demo.season_player import POLL_MINUTES, SeasonPlayer
from tests.stages.season_truth import Verdict, judge
from tests.stages.season_watch import SeasonWatch

HEADING = (
    "seed season    goals  precision recall doubled  live  id(s)  days  cycles  refused  calls/goal"
    "  delay median  p95  seconds"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    seed: int
    player: SeasonPlayer
    watch: SeasonWatch
    verdict: Verdict
    seconds: float

    def __str__(self) -> str:
        verdict, calls = self.verdict, self.player.calls
        spread = statistics.quantiles(verdict.delays, n=20)
        return (
            f"{self.seed:4} {self.player.season.name:8} {verdict.truth:6}  {verdict.precision:9.4f}"
            f" {verdict.recall:6.4f} {verdict.doubled:7}  {calls['live']:4}  {calls['id'] + calls['ids']:5}"
            f"  {calls['date']:4}  {self.watch.cycles:6}  {len(self.watch.refused):7}"
            f"  {calls.total() / verdict.truth:10.2f}  {statistics.median(verdict.delays):12.1f}"
            f" {spread[-1]:4.1f}  {self.seconds:7.1f}"
        )


def play(path: Path, seed: int, rounds: int | None) -> Played:
    begun = time.process_time()
    player = SeasonPlayer(read_season(path, rounds=rounds), seed)
    watch = asyncio.run(SeasonWatch(player=player).play())
    verdict = judge(player, watch.believed, watch.decisions)
    return Played(seed=seed, player=player, watch=watch, verdict=verdict, seconds=time.process_time() - begun)


def main(paths: list[Path], seeds: list[int], rounds: int | None) -> int:
    print(f"polled every {POLL_MINUTES:g} minutes")
    print(HEADING)
    survived: Counter[str] = Counter()
    wrong = 0
    for seed in seeds:
        played = play(paths[seed % len(paths)], seed, rounds)
        print(played, flush=True)
        for line in played.verdict.wrong:
            print("       ", line)
        wrong += len(played.verdict.wrong)
        survived.update({str(kind): count for kind, count in played.player.noise.items()})
        survived.update({str(kind): count for kind, count in played.player.troubles.items()})
    print("\nborne in all seeds together")
    for kind, count in survived.most_common():
        print(f"{count:8}  {kind}")
    return 1 if wrong else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("seasons", nargs="+", type=Path)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--rounds", type=int, default=None)
    given = parser.parse_args()
    chosen = list(range(given.first, given.first + given.seeds))
    raise SystemExit(main(given.seasons, chosen, given.rounds))
