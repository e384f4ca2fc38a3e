"""The plots of the days: goals with their clips, and how long a goal took to be believed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from footyd.web.drawing import Bar, Frame, bars, dots, line, round_above
from footyd.web.looks.days import DayFigures, HistoryLook

LEFT, RIGHT, TOP, FOOT = 34.0, 6.0, 10.0, 24.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Of a whole plot; every so many days one is named."""

    width: float
    height: float
    named: int


ACROSS = Size(width=1080, height=200, named=3)
DOWN = Size(width=330, height=170, named=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What is drawn of one day; None where there is nothing to draw."""

    figures: DayFigures
    all: Bar
    inner: Bar
    dot: tuple[float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A frame, the days' marks, a line through the dots, and where days are named."""

    size: Size
    frame: Frame
    marks: tuple[Mark, ...]
    line: str
    names: tuple[tuple[float, date], ...]


def goals_plot(history: HistoryLook, size: Size) -> Plot:
    """Bars of goals, within them those with a clip, and a line of clips."""
    days = history.days
    clips = [float(day.clips) for day in days]
    frame = _frame([*clips, *(float(day.goals) for day in days)], len(days), size)
    goals, stored = [day.goals for day in days], [day.stored for day in days]
    return _plot(days, size, frame, outer=goals, inner=stored, through=clips)


def delay_plot(history: HistoryLook, size: Size) -> Plot:
    """In minutes: a line of the usual delay, and bars up to that of the slow tenth."""
    days = history.days
    usual = [day.delay_seconds / 60 if day.delay_seconds is not None else None for day in days]
    slow = [(day.slow_delay_seconds or 0.0) / 60 for day in days]
    frame = _frame([*slow, *(value or 0.0 for value in usual)], len(days), size)
    return _plot(days, size, frame, outer=slow, inner=[0.0] * len(days), through=usual)


def _frame(values: Sequence[float], days: int, size: Size) -> Frame:
    return Frame(
        left=LEFT,
        top=TOP,
        width=size.width - LEFT - RIGHT,
        height=size.height - TOP - FOOT,
        days=days,
        most=round_above(max(values, default=0.0)),
    )


def _plot(
    days: Sequence[DayFigures],
    size: Size,
    frame: Frame,
    *,
    outer: Sequence[float],
    inner: Sequence[float],
    through: Sequence[float | None],
) -> Plot:
    points = dots(through, frame)
    drawn = zip(days, bars(outer, frame), bars(inner, frame), points, strict=True)
    marks = [Mark(figures=day, all=all_, inner=within, dot=dot) for day, all_, within, dot in drawn]
    return Plot(
        size=size,
        frame=frame,
        marks=tuple(marks),
        line=line(points),
        names=tuple(_names(days, frame, size.named)),
    )


def _names(days: Sequence[DayFigures], frame: Frame, every: int) -> Iterator[tuple[float, date]]:
    """The last day, and back from there."""
    for number, one in enumerate(days):
        if (len(days) - 1 - number) % every == 0 and number > 0:
            yield frame.middle(number), one.day
