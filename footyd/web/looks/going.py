"""What retention will take next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from footyd.adapters.mongo import Store
from footyd.config import Config
from footyd.stages.expire import keepers_to_expire


@dataclass(frozen=True, slots=True, kw_only=True)
class GoingLook:
    """As the library is now; `reasons` counts the clips by the limit that they are beyond."""

    at: datetime | None
    clips: int
    size_bytes: int
    reasons: Mapping[str, int]


async def look_going(store: Store, config: Config, now: datetime, at: datetime | None) -> GoingLook | None:
    """At the next run, or as of now while that is not known; None without a limit. Reads every keeper."""
    library = config.library
    if not (library.keep_days or library.max_bytes):
        return None
    kept = await store.shelf.kept()
    going = keepers_to_expire(kept, library, at or now)
    sizes = {one.clip_id: one.size_bytes for one in kept}
    return GoingLook(
        at=at,
        clips=len(going),
        size_bytes=sum(sizes[clip_id] for clip_id, _ in going),
        reasons=Counter(reason for _, reason in going),
    )
