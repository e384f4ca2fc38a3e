"""The day's calls: used, left, and whether they last until they are counted anew."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from footyd.adapters.mongo import Store
from footyd.config import Config
from footyd.model import Quota
from footyd.overview import DaemonFacts
from footyd.stages.spend import plan, quota_reset

AN_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaLook:
    """As the feed told last; null: it has not told.

    `planned` are the polls of the matches to come at the interval in force, the calls that settle them, and
    the ingests until `resets_at`. `rate_per_hour` is what the last hour spent; at that rate they would be
    spent at `spent_at`, if that is before the reset.
    """

    day_limit: int | None
    day_left: int | None
    used: int | None
    resets_at: datetime
    interval_seconds: float
    polls_planned: int
    settling_planned: int
    ingests_planned: int
    left_as_planned: int | None
    rate_per_hour: int
    left_at_rate: int | None
    spent_at: datetime | None

    @property
    def planned(self) -> int:
        return self.polls_planned + self.settling_planned + self.ingests_planned

    @property
    def lasts(self) -> bool:
        """Whether what is planned can be spent; a quota never told is believed in."""
        return self.left_as_planned is None or self.left_as_planned >= 0


async def look_quota(store: Store, config: Config, now: datetime, daemon: DaemonFacts) -> QuotaLook:
    """Three small reads. Raises StoreError."""
    resets_at, left, limit = quota_reset(now), daemon.day_left, daemon.day_limit
    told = Quota(day_limit=limit, day_left=left)
    planned = plan(await store.figures.slots(resets_at), told, now, config.poll)
    next_ingest = daemon.next_runs.get("ingest")
    is_due = next_ingest is not None and next_ingest < resets_at
    ingests = 1 + config.ingest.lookahead_days if is_due else 0
    rate = await store.history.spent(now - AN_HOUR)
    hours = (resets_at - now) / AN_HOUR
    return QuotaLook(
        day_limit=limit,
        day_left=left,
        used=limit - left if limit is not None and left is not None else None,
        resets_at=resets_at,
        interval_seconds=planned.interval_seconds,
        polls_planned=planned.polls,
        settling_planned=planned.settling,
        ingests_planned=ingests,
        left_as_planned=left - planned.calls - ingests if left is not None else None,
        rate_per_hour=rate,
        left_at_rate=left - math.ceil(rate * hours) if left is not None else None,
        spent_at=now + AN_HOUR * (left / rate) if left is not None and left < rate * hours else None,
    )
