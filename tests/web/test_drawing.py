"""The geometry of our drawings, and looks that are kept for a while."""

from __future__ import annotations

import itertools
import re
from datetime import date, timedelta

import pytest

from footyd.web.drawing import Frame, bars, column, dots, line, round_above, row
from footyd.web.looks.aged import Aged
from footyd.web.looks.days import DayFigures, HistoryLook, share
from footyd.web.plots import ACROSS, DOWN, Size, delay_plot, goals_plot
from tests.web.site import NOW

FRAME = Frame(left=30, top=10, width=300, height=100, days=10, most=40)


def test_a_row_fills_its_width_and_no_box_touches_the_next() -> None:
    chain = row(8, width=1120, gap=22)
    assert chain.boxes[-1].x + chain.boxes[-1].width == pytest.approx(1120, abs=1)
    assert all(
        b.x - (a.x + a.width) == pytest.approx(22, abs=0.2) for a, b in itertools.pairwise(chain.boxes)
    )
    assert len(chain.arrows) == 7


def test_a_column_goes_down_and_its_arrows_stay_between_the_boxes() -> None:
    chain = column(3, height=54, gap=20)
    assert [(box.x, box.y) for box in chain.boxes] == [(0, 0), (0, 74), (0, 148)]
    assert chain.height == 148 + 54
    begins = [float(found[1]) for arrow in chain.arrows if (found := re.match(r"M[\d.]+ ([\d.]+)v14", arrow))]
    assert begins == [57, 131]


def test_bars_stand_on_the_foot_and_are_as_high_as_their_value() -> None:
    found = bars([0, 10, 40], FRAME)
    assert [(bar.y, bar.height) for bar in found] == [(110, 0), (85, 25), (10, 100)]
    assert found[1].x == pytest.approx(FRAME.middle(1) - found[1].width / 2, abs=0.1)


def test_a_line_is_interrupted_where_a_day_has_no_value() -> None:
    assert line(dots([10, None, 20, 40], FRAME)) == "M45 85M105 60L135 10"
    assert line(dots([None, None], FRAME)) == ""


@pytest.mark.parametrize(("value", "end"), [(0, 2), (2, 2), (2.1, 3), (7, 8), (10, 10), (11, 20), (350, 400)])
def test_an_axis_ends_at_a_number_that_reads_well(value: float, end: float) -> None:
    assert round_above(value) == end


def figures(day: date, goals: int, delay: float | None) -> DayFigures:
    return DayFigures(
        day=day,
        goals=goals,
        stored=goals // 2,
        needs_review=0,
        taken_back=0,
        clips=goals,
        delay_seconds=delay,
        slow_delay_seconds=delay * 2 if delay is not None else None,
    )


@pytest.mark.parametrize("size", [ACROSS, DOWN])
def test_plots_stay_within_their_size_and_name_the_last_day(size: Size) -> None:
    last = date(2026, 8, 22)
    days = tuple(
        figures(last - timedelta(days=n), 40 - n, None if n == 3 else 300.0) for n in reversed(range(30))
    )
    history = HistoryLook(time_zone="UTC", days=days)
    for plot in (goals_plot(history, size), delay_plot(history, size)):
        assert len(plot.marks) == 30
        right = max(mark.all.x + mark.all.width for mark in plot.marks)
        assert right <= plot.size.width
        assert all(0 <= mark.all.y <= plot.frame.foot for mark in plot.marks)
        assert plot.names[-1][1] == last
    assert [mark.dot is None for mark in delay_plot(history, size).marks].count(True) == 1


def test_no_days_at_all_can_be_drawn() -> None:
    assert goals_plot(HistoryLook(time_zone="UTC", days=()), DOWN).line == ""


def test_the_slow_tenth_begins_where_nine_in_ten_have_been_believed() -> None:
    assert share([float(n) for n in range(1, 11)], 0.9) == 10
    assert share([float(n) for n in range(1, 101)], 0.9) == 91
    assert (share([5.0], 0.9), share([], 0.9)) == (5.0, None)


async def test_what_is_dear_is_taken_again_only_when_it_is_old_or_the_clock_was_set() -> None:
    now, taken = NOW, []

    async def take() -> int:
        taken.append(now)
        return len(taken)

    aged = Aged(take, lambda: now, timedelta(seconds=30))
    assert [await aged(), await aged()] == [1, 1]
    now = NOW + timedelta(seconds=29)
    assert await aged() == 1
    now = NOW + timedelta(seconds=30)
    assert await aged() == 2
    now = NOW - timedelta(hours=3)
    assert await aged() == 3
