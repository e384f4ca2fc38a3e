"""Whether footyd is well, asked every few seconds by whoever watches it: three small reads and no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from footyd import __version__
from footyd.adapters.mongo import Store
from footyd.config import Config
from footyd.errors import StoreError
from footyd.overview import daemon_facts, run_document, source_document, sources_health
from footyd.version import commit


async def health(
    store: Store,
    config: Config,
    now: datetime,
    *,
    silent: Sequence[str],
    in_work: Mapping[str, int],
    disk: Mapping[str, Any],
) -> dict[str, Any]:
    """`live`: every part turns. `ready`: it is live, and the database takes the beat and answers."""
    facts = {
        "live": not silent,
        "silent": list(silent),
        "version": __version__,
        "commit": commit(),
        "queue": dict(in_work),
        "disk": dict(disk),
    }
    try:
        beats = (await daemon_facts(store, now)).alive
        facts |= await _recorded(store, config, now)
    except StoreError as exc:
        return {"status": "failing", "ready": False, "reason": exc.line(), **facts}
    status = "failing" if silent else "ok" if beats else "starting"
    return {"status": status, "ready": status == "ok", **facts}


async def _recorded(store: Store, config: Config, now: datetime) -> dict[str, Any]:
    polls = await store.runs.last_runs(job="poll", limit=1)
    sources = await sources_health(store, config, now)
    return {
        "last_poll": run_document(polls[0]) if polls else None,
        "sources": [source_document(source) for source in sources],
    }
