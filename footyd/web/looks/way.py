"""The way of the data: how many matches, goals and clips are at each stage now, and came through in a day."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from footyd.adapters.mongo import Store
from footyd.adapters.mongo.figures import Kept
from footyd.model import FixtureState

A_DAY = timedelta(days=1)
IN_A_DAY = "in 24 h"


@dataclass(frozen=True, slots=True, kw_only=True)
class StationLook:
    """One stage: `now` of `what` are there, and `also` of `also_what` besides."""

    name: str
    told: str
    now: int
    what: str
    also: int
    also_what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WayLook:
    """All stages in order, from the fixtures to the library."""

    stations: tuple[StationLook, ...]
    library_bytes: int


async def look_way(store: Store, now: datetime, kept: Callable[[], Awaitable[Kept]]) -> WayLook:
    """Six small reads, and `kept` for the library. Raises StoreError."""
    figures, since = store.figures, now - A_DAY
    fixtures, sighted = await figures.fixtures(), await figures.sighted(since)
    work, reached, library = await figures.in_work(), await figures.reached(since), await kept()
    seen = sighted["seen"] + reached["confirmed"]
    stations = (
        _fixtures(fixtures),
        _station("pending", "seen by one poll, not believed yet", sighted["pending"], "seen once", seen),
        _station(
            "goals", "seen by two polls: confirmed", sum(work.values()), "in work", reached["confirmed"]
        ),
        _station("search", "posts are looked for", work["search"], "to search", reached["searched"]),
        _station("download", "files are fetched", work["download"], "without a clip", reached["downloaded"]),
        _station(
            "fingerprint",
            "clips are decoded and compared",
            work["fingerprint"],
            "to compare",
            reached["deduped"],
        ),
        _station("select", "the best of each group is kept", work["select"], "to store", reached["stored"]),
        _library(library, work["library"]),
    )
    return WayLook(stations=stations, library_bytes=library.size_bytes)


def _fixtures(counts: Mapping[FixtureState, int]) -> StationLook:
    return StationLook(
        name="fixtures",
        told="matches that are followed",
        now=counts[FixtureState.ACTIVE],
        what="in play",
        also=counts[FixtureState.STAGING],
        also_what="to come",
    )


def _station(name: str, told: str, now: int, what: str, day: int) -> StationLook:
    return StationLook(name=name, told=told, now=now, what=what, also=day, also_what=IN_A_DAY)


def _library(kept: Kept, still_searched: int) -> StationLook:
    return StationLook(
        name="library",
        told="the keepers",
        now=kept.keepers,
        what="clips" if kept.keepers != 1 else "clip",
        also=still_searched,
        also_what="may get better",
    )
