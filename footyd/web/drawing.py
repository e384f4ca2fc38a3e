"""Where the lines of our drawings go: plain geometry, which the templates put into SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

# ---------------------------------------------------------------- the way


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Boxes in a row or in a column, and the arrows between them as paths."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    arrows: tuple[str, ...]


def row(count: int, *, width: float = 1120, height: float = 118, gap: float = 22) -> Chain:
    """From left to right."""
    wide = (width - gap * (count - 1)) / count
    boxes = [
        Box(x=round(n * (wide + gap), 1), y=0, width=round(wide, 1), height=height) for n in range(count)
    ]
    middle = height / 2
    arrows = [_arrow(b.x + b.width + 3, middle, gap - 6, 0) for b in boxes[:-1]]
    return Chain(width=width, height=height, boxes=tuple(boxes), arrows=tuple(arrows))


def column(count: int, *, width: float = 320, height: float = 54, gap: float = 20) -> Chain:
    """From the top down."""
    boxes = [Box(x=0, y=n * (height + gap), width=width, height=height) for n in range(count)]
    arrows = [_arrow(width / 2, b.y + height + 3, 0, gap - 6) for b in boxes[:-1]]
    whole = count * (height + gap) - gap
    return Chain(width=width, height=whole, boxes=tuple(boxes), arrows=tuple(arrows))


def _arrow(x: float, y: float, right: float, down: float) -> str:
    """A shaft and a head of five units."""
    if right:
        return f"M{x:.1f} {y:.1f}h{right:.1f}m-5 -5l5 5l-5 5"
    return f"M{x:.1f} {y:.1f}v{down:.1f}m-5 -5l5 5l5 -5"


# ---------------------------------------------------------------- plots


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Where a plot of so many days stands: its inner rectangle, and the value at its upper edge."""

    left: float
    top: float
    width: float
    height: float
    days: int
    most: float

    @property
    def foot(self) -> float:
        return self.top + self.height

    @property
    def step(self) -> float:
        return self.width / max(self.days, 1)

    def middle(self, day: int) -> float:
        return round(self.left + (day + 0.5) * self.step, 1)

    def level(self, value: float) -> float:
        return round(self.foot - self.height * value / self.most, 1)

    def ticks(self) -> tuple[tuple[float, float], ...]:
        """Values to be written at the side, with their heights."""
        return tuple((value, self.level(value)) for value in (0.0, self.most / 2, self.most))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    x: float
    y: float
    width: float
    height: float


def bars(values: Sequence[float], frame: Frame) -> tuple[Bar, ...]:
    """One a day, with a little air between them."""
    wide = round(frame.step * 0.72, 1)
    return tuple(
        Bar(
            x=round(frame.middle(day) - wide / 2, 1),
            y=frame.level(value),
            width=wide,
            height=round(frame.foot - frame.level(value), 1),
        )
        for day, value in enumerate(values)
    )


def dots(values: Sequence[float | None], frame: Frame) -> tuple[tuple[float, float] | None, ...]:
    """Where each day's value is; None for a day without one."""
    return tuple(
        None if value is None else (frame.middle(day), frame.level(value)) for day, value in enumerate(values)
    )


def line(points: Sequence[tuple[float, float] | None]) -> str:
    """A path through the points, interrupted where there is none."""
    found, pen = [], "M"
    for point in points:
        if point is None:
            pen = "M"
            continue
        found.append(f"{pen}{point[0]:g} {point[1]:g}")
        pen = "L"
    return "".join(found)


def round_above(value: float) -> float:
    """The next number that reads well at the end of an axis: 2, 4, 6, 8, 10, 20, 30, 40, 60…"""
    if value <= 2:
        return 2.0
    size = 10.0 ** math.floor(math.log10(value))
    return next(step * size for step in (1, 2, 3, 4, 6, 8, 10) if step * size >= value)
