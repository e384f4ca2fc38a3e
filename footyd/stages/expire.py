"""Which keepers have been kept long enough: a pure decision over what lies in the library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from footyd.config import LibraryConfig
from footyd.model import ClipId, DatedKeeper


def keepers_to_expire(
    kept: Sequence[DatedKeeper], config: LibraryConfig, now: datetime
) -> list[tuple[ClipId, str]]:
    """The oldest first, each with why; a goal still in work keeps all it has, whatever the limits say."""
    return list(_going(sorted(kept, key=lambda one: (one.since, one.clip_id)), config, now))


def _going(
    oldest_first: Sequence[DatedKeeper], config: LibraryConfig, now: datetime
) -> Iterator[tuple[ClipId, str]]:
    total = sum(one.size_bytes for one in oldest_first)
    for one in oldest_first:
        if one.in_work:
            continue
        if config.keep_days and one.since < now - timedelta(days=config.keep_days):
            reason = f"older than {config.keep_days} days (library.keep_days)"
        elif config.max_bytes and total > config.max_bytes:
            reason = f"the library held more than {config.max_bytes} bytes (library.max_bytes)"
        else:
            continue
        total -= one.size_bytes
        yield one.clip_id, reason
