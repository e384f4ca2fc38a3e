"""The benchmark's own rules: what is held out, and the clips it draws."""

from __future__ import annotations

import itertools
from pathlib import Path

import cv2
import pytest

from tests.bench.dedupe.hard import replayed
from tests.bench.dedupe.held_out import hold_out, strict_threshold
from tests.bench.dedupe.make import GAP_SECONDS, _inside
from tests.bench.dedupe.sets import DISTINCT, SAME, Item, LabelledSet, Pair
from tests.bench.dedupe.uneven import space_out
from tests.video import FPS, scene, write


def pair(a: str, b: str, label: int) -> Pair:
    return Pair(a=a, b=b, label=label, kind="", transform="")


def labelled(sources: dict[str, str], pairs: list[Pair]) -> LabelledSet:
    items = tuple(
        Item(file=file, segment=file, source=source, transform="") for file, source in sources.items()
    )
    return LabelledSet(folder=Path(), items=items, pairs=tuple(pairs))


def test_a_source_is_judged_by_a_threshold_that_it_had_no_say_in() -> None:
    answers = {
        pair("a1", "a2", SAME): 0.9,
        pair("a1", "a3", DISTINCT): 0.4,
        pair("b1", "b2", SAME): 0.5,
        pair("b1", "b3", DISTINCT): 0.1,
    }
    files = [f"{source}{number}" for source in "ab" for number in (1, 2, 3)]
    held = hold_out(labelled({file: file[0] for file in files}, list(answers)), answers)
    assert held.thresholds == {"a": 0.5, "b": 0.9}
    assert (held.tally.hits, held.tally.misses, held.tally.false_alarms) == (1, 1, 0)


def test_a_pair_of_two_sources_is_held_out_from_both() -> None:
    answers = {
        pair("a1", "b1", DISTINCT): 0.95,
        pair("a1", "a2", SAME): 0.9,
        pair("b1", "b2", SAME): 0.8,
        pair("c1", "c2", SAME): 0.3,
    }
    files = {file: file[0] for file in ("a1", "a2", "b1", "b2", "c1", "c2")}
    held = hold_out(labelled(files, list(answers)), answers)
    assert held.tally.false_alarms == 1
    assert held.thresholds == {"a": 0.3, "b": 0.3, "c": 0.8}


def test_the_strictest_threshold_is_taken_that_costs_next_to_nothing() -> None:
    same = {pair("a", str(n), SAME): 0.5 + n / 2000 for n in range(1000)}
    distinct = {pair("a", f"not {n}", DISTINCT): 0.2 for n in range(10)}
    assert strict_threshold({**same, **distinct}) == pytest.approx(0.502, abs=0.001)


def test_an_uneven_clip_shows_its_frames_at_the_times_given(tmp_path: Path) -> None:
    clip = write(tmp_path / "clip.mp4", scene(1, 0.4))
    gaps = [1, 1, 1, 3, 3, 1, 2, 1, 1, 1]
    space_out(clip, gaps)
    capture, times = cv2.VideoCapture(str(clip)), []
    while capture.grab():
        times.append(round(capture.get(cv2.CAP_PROP_POS_MSEC) * FPS / 1000))
    capture.release()
    assert times == [0, *itertools.accumulate(gaps[:-1])]


def test_a_replay_shows_each_picture_as_much_longer_as_it_is_slower() -> None:
    slow = list(replayed(scene(1, 1), 0.5, others=9))
    assert len(slow) == (4 + 1 / 0.5) * FPS
    assert (slow[100] == slow[101]).all()
    assert (slow[101] != slow[102]).any()


def test_two_moments_shrunk_into_other_clips_do_not_share_their_surroundings() -> None:
    one, other = (next(_inside(scene(1, 0.1, start=GAP_SECONDS), seed)) for seed in (100, 101))
    assert (one[:60] != other[:60]).any()
