"""How footyd itself is, in a few words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from footyd.adapters.mongo import Store
from footyd.config import Config
from footyd.overview import DaemonFacts, daemon_facts, sources_health


@dataclass(frozen=True, slots=True, kw_only=True)
class NowLook:
    """How footyd itself is: what stands above every day."""

    alive: bool
    started_at: datetime | None
    next_poll: datetime | None
    next_kickoff: datetime | None
    day_limit: int | None
    day_left: int | None
    to_review: int
    resting: tuple[str, ...]
    needing_person: tuple[str, ...]


async def look_now(store: Store, config: Config, now: datetime) -> NowLook:
    """Raises StoreError."""
    daemon: DaemonFacts = await daemon_facts(store, now)
    resting = [source for source in await sources_health(store, config, now) if source.rest]
    return NowLook(
        alive=daemon.alive,
        started_at=daemon.started_at,
        next_poll=daemon.next_runs.get("poll"),
        next_kickoff=await store.fixtures.next_kickoff(),
        day_limit=daemon.day_limit,
        day_left=daemon.day_left,
        to_review=await store.pages.to_review(),
        resting=tuple(source.name for source in resting),
        needing_person=tuple(s.name for s in resting if s.rest and s.rest.until is None),
    )
