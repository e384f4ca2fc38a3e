"""Day by day: goals, their clips, and how long a goal took to be believed."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from footyd.adapters.mongo import Store
from footyd.adapters.mongo.figures import GoalDay
from footyd.config import Config
from footyd.model import GoalId
from footyd.stages.ingest import today
from footyd.web.looks.today import bounds

SHOWN_DAYS = 30
SLOW = 0.9
"""The share of goals that were believed at least so soon is the slow end of a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFigures:
    """The goals confirmed on a day; `stored` have a clip, `clips` counts all of theirs in the library.

    The delays are from the first sighting to the confirmation; null on a day without goals.
    """

    day: date
    goals: int
    stored: int
    needs_review: int
    taken_back: int
    clips: int
    delay_seconds: float | None
    slow_delay_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLook:
    """Days as they are cut in `time_zone`, the oldest first and today last."""

    time_zone: str
    days: tuple[DayFigures, ...]

    @property
    def goals(self) -> int:
        return sum(one.goals for one in self.days)

    @property
    def clips(self) -> int:
        return sum(one.clips for one in self.days)

    @property
    def delay_seconds(self) -> float | None:
        """Of a usual day."""
        known = [one.delay_seconds for one in self.days if one.delay_seconds is not None]
        return statistics.median(known) if known else None


async def look_history(store: Store, config: Config, now: datetime, days: int = SHOWN_DAYS) -> HistoryLook:
    """Two aggregations, both from indexes alone. Raises StoreError."""
    zone = config.ingest.time_zone
    last = today(now, config.ingest)
    first = last - timedelta(days=days - 1)
    found = {one.day: one for one in await store.figures.goal_days(bounds(first, zone)[0], zone)}
    clips = await store.figures.keepers_of([id for one in found.values() for id in one.ids])
    shown = [first + timedelta(days=n) for n in range(days)]
    return HistoryLook(
        time_zone=zone,
        days=tuple(_figures(day, found.get(str(day)), clips) for day in shown),
    )


def _figures(day: date, found: GoalDay | None, clips: dict[GoalId, int]) -> DayFigures:
    delays = found.delays_seconds if found else ()
    return DayFigures(
        day=day,
        goals=found.goals if found else 0,
        stored=found.stored if found else 0,
        needs_review=found.needs_review if found else 0,
        taken_back=found.taken_back if found else 0,
        clips=sum(clips.get(id, 0) for id in found.ids) if found else 0,
        delay_seconds=statistics.median(delays) if delays else None,
        slow_delay_seconds=share(delays, SLOW),
    )


def share(values: Sequence[float], part: float) -> float | None:
    """The smallest value that is not exceeded by that part of them."""
    ranked = sorted(values)
    return ranked[min(int(part * len(ranked)), len(ranked) - 1)] if ranked else None
