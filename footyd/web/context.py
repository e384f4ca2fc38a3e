"""What handlers find in their request and application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from aiohttp import web

from footyd.adapters.mongo import Store
from footyd.config import Config
from footyd.job import Asked
from footyd.overview import Overview
from footyd.stages.publish import Library
from footyd.web.access import Access, Session
from footyd.web.live import Live
from footyd.web.looks.inside import Inside


class Jobs(Protocol):
    """The schedule, as far as the page may touch it."""

    def next_runs(self) -> dict[str, datetime | None]: ...
    def rules(self) -> dict[str, str]: ...
    def ask(self, name: str, trigger: str, subject: str = "") -> str | None: ...
    def asked(self) -> tuple[Asked, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Who knows what is asked for.

    `look`, `health` and `metrics` read the records anew for each request, `inside` reads none; `changed` is
    called after a record was written that the daemon should act on at once.
    """

    store: Store
    library: Library
    config: Callable[[], Config]
    clock: Callable[[], datetime]
    jobs: Jobs
    look: Callable[[], Awaitable[Overview]]
    health: Callable[[], Awaitable[Mapping[str, Any]]]
    metrics: Callable[[], Awaitable[bytes]]
    inside: Callable[[], Inside]
    changed: Callable[[], None]


ANSWERS: web.AppKey[Answers] = web.AppKey("answers", Answers)
ACCESS: web.AppKey[Access] = web.AppKey("access", Access)
LIVE: web.AppKey[Live] = web.AppKey("live", Live)
PREFIX: web.AppKey[str] = web.AppKey("prefix", str)

SESSION: web.RequestKey[Session] = web.RequestKey("session", Session)
"""Of whoever asks: signed in, or anybody where no token is set."""
FRESH: web.RequestKey[Session] = web.RequestKey("fresh", Session)
"""A session that has just begun: its cookie goes with the answer."""
TRUSTED: web.RequestKey[bool] = web.RequestKey("trusted", bool)
"""Whether whoever asks may see everything; False only on the few paths that are open to all."""


def answers(request: web.Request) -> Answers:
    return request.app[ANSWERS]


def address(request: web.Request, path: str) -> str:
    """A path of ours as a browser has to ask for it: under the proxy's prefix."""
    return request.app[PREFIX] + path
