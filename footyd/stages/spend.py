"""How often to poll: the calls left today over the live minutes still to come. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from footyd.config import PollConfig
from footyd.model import DEFERRED as RESTING
from footyd.model import FINAL, Fixture, Quota, Slot

USUAL_LENGTH = timedelta(minutes=115)
"""Kick-off to final whistle of a league match: 90 minutes, a break of 15, about ten of added time."""
CALLS_TO_SETTLE = 2
"""`id` calls per match after it left the live list: its last whistle is read twice."""

Span = tuple[datetime, datetime]
Planned = Fixture | Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be spent until the day's calls are counted anew."""

    resets_at: datetime
    interval_seconds: float
    polls: int
    settling: int

    @property
    def calls(self) -> int:
        return self.polls + self.settling


def plan(fixtures: Sequence[Planned], quota: Quota, now: datetime, config: PollConfig) -> Plan:
    """At the interval that holds now; `fixtures` are the followed ones that are active or staged."""
    ends_at = quota_reset(now)
    interval = poll_interval(fixtures, quota, now, config)
    to_come = _to_come(fixtures, ends_at)
    return Plan(
        resets_at=ends_at,
        interval_seconds=interval,
        polls=math.ceil(_live_seconds(to_come, now, ends_at) / interval),
        settling=CALLS_TO_SETTLE * len(to_come),
    )


def poll_interval(fixtures: Sequence[Planned], quota: Quota, now: datetime, config: PollConfig) -> float:
    """Seconds until the next poll: the fixed interval, or for `auto` what the day's quota allows.

    `fixtures` are the followed ones that are active or staged. A quota that was never told is treated as the
    free plan's (100 calls a day: API-Football pricing).
    """
    if config.interval_seconds != "auto":
        return config.interval_seconds
    ends_at = quota_reset(now)
    to_come = _to_come(fixtures, ends_at)
    seconds = _live_seconds(to_come, now, ends_at)
    left = quota.day_left if quota.day_left is not None else config.unknown_quota
    to_spend = left - config.reserve_calls - math.ceil(CALLS_TO_SETTLE * len(to_come))
    wanted = seconds / to_spend if to_spend > 0 else math.inf
    return min(max(wanted, config.auto_min_seconds), config.auto_max_seconds)


def _to_come(fixtures: Sequence[Planned], ends_at: datetime) -> list[Planned]:
    return [f for f in fixtures if f.status not in FINAL and f.status not in RESTING and f.kickoff < ends_at]


def _live_seconds(fixtures: Sequence[Planned], now: datetime, until: datetime) -> float:
    return sum((end - start).total_seconds() for start, end in live_spans(fixtures, now, until))


def quota_reset(now: datetime) -> datetime:
    """The day's calls are counted from 00:00 UTC (API-Football documentation, "Rate limit")."""
    return (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def live_spans(fixtures: Iterable[Planned], now: datetime, until: datetime) -> list[Span]:
    """The stretches from now on in which at least one match is in play, joined where they touch."""
    spans: list[Span] = []
    for fixture in sorted(fixtures, key=lambda f: f.kickoff):
        start, end = max(fixture.kickoff, now), min(fixture.kickoff + USUAL_LENGTH, until)
        if end <= start:
            continue
        if spans and start <= spans[-1][1]:
            spans[-1] = spans[-1][0], max(spans[-1][1], end)
        else:
            spans.append((start, end))
    return spans
