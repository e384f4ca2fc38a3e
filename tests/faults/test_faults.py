"""A cross-section of the fault matrix (tests/faults/README.md), small enough for the test line."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.faults.clips import make_short_clips
from tests.faults.day import FaultDay
from tests.faults.fault import Fault, Injection, Play, Row, Undisturbed
from tests.faults.kills import MILESTONES, at_milestones, in_worker
from tests.faults.remains import Remains, losses
from tests.faults.run import Place, Result, play_rows, undisturbed_day

pytestmark = pytest.mark.xdist_group("faults")  # they compare with one day, played once


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    base = tmp_path_factory.getbasetemp()
    clips = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "short-clips"
    asyncio.run(make_short_clips(clips))
    return Place(clips=clips, root=tmp_path_factory.mktemp("faults"))


@pytest.fixture(scope="session")
def undisturbed(place: Place) -> Undisturbed:
    return asyncio.run(undisturbed_day(place))


def row(name: str, play: Play) -> Fault:
    return Row(name=name, make=lambda _undisturbed, _seed: [Injection(name=name, play=play)])


async def played(rows: list[Fault], undisturbed: Undisturbed, place: Place) -> list[Result]:
    return await play_rows(rows, undisturbed, place, seed=1, jobs=2, tell=lambda _: None)


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="one process runs all of them")
def test_one_process_of_the_test_line_plays_the_day_for_all(request: pytest.FixtureRequest) -> None:
    assert request.node.nodeid.endswith("@faults")


def test_an_undisturbed_day_passes_the_worst_moments(undisturbed: Undisturbed) -> None:
    assert {f"{point}#1" for point in MILESTONES} <= set(undisturbed.points)


async def test_after_whatever_went_wrong_the_day_ends_as_undisturbed(
    undisturbed: Undisturbed, place: Place
) -> None:
    async def play(day: FaultDay) -> None:
        await at_milestones()(day)
        assert day.missed == []

    rows = [row("footyd dies again and again", play), row("a worker dies", in_worker("poster_of", 0.01))]
    results = await played(rows, undisturbed, place)
    assert [(one.name, one.told) for one in results if not one.green] == []


Spoil = Callable[[Remains], Remains]


def without_a_goal(left: Remains) -> Remains:
    return replace(left, records=replace(left.records, goals=left.records.goals[1:]))


def with_a_goal_twice(left: Remains) -> Remains:
    return replace(left, records=replace(left.records, goals=(*left.records.goals, left.records.goals[0])))


def without_an_object(left: Remains) -> Remains:
    gone = min(left.keepers())
    return replace(left, objects={key: size for key, size in left.objects.items() if key != gone})


def with_half_an_object(left: Remains) -> Remains:
    return replace(left, objects=left.objects | {min(left.keepers()): 7})


def with_a_stray_object(left: Remains) -> Remains:
    return replace(left, objects=left.objects | {"some/where/1-0123abcd.mp4": 9})


def with_a_process(left: Remains) -> Remains:
    return replace(left, processes=1)


def with_a_file(left: Remains) -> Remains:
    return replace(left, files=("state/work/goal/clip.mp4",))


@pytest.mark.parametrize(
    ("column", "spoil"),
    [
        ("goals lost", without_a_goal),
        ("doubled", with_a_goal_twice),
        ("keepers lost", without_an_object),
        ("keepers lost", with_half_an_object),
        ("orphan objects", with_a_stray_object),
        ("leaked processes", with_a_process),
        ("leaked files", with_a_file),
    ],
)
def test_the_comparison_finds_what_is_lost(undisturbed: Undisturbed, column: str, spoil: Spoil) -> None:
    found = losses(spoil(undisturbed.remains), undisturbed.remains)
    assert found.counts[column] == 1
    assert sum(found.counts.values()) == 1
    assert found.told


def test_a_poster_that_is_missing_is_told_though_no_column_counts_it(undisturbed: Undisturbed) -> None:
    left = undisturbed.remains
    objects = {key: size for key, size in left.objects.items() if not key.endswith(".webp")}
    found = losses(replace(left, objects=objects), left)
    assert sum(found.counts.values()) == 0
    assert len(found.told) == len(left.keepers())
