"""The looks of Runs and Health that cost more than a few milliseconds, kept for a while per application."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from footyd.adapters.mongo.figures import Kept
from footyd.web.context import ANSWERS, Answers
from footyd.web.looks.aged import Aged
from footyd.web.looks.days import HistoryLook, look_history
from footyd.web.looks.going import GoingLook, look_going

KEPT_LASTS = timedelta(seconds=30)
HISTORY_LASTS = timedelta(minutes=1)
GOING_LASTS = timedelta(minutes=10)
"""It reads every keeper: two seconds with 20,000 of them (tests/bench/figures.py)."""


class Dear:
    """One for each application."""

    def __init__(self, known: Answers) -> None:
        self._known = known
        self.kept: Aged[Kept] = Aged(known.store.figures.kept, known.clock, KEPT_LASTS)
        self.history: Aged[HistoryLook] = Aged(self._history, known.clock, HISTORY_LASTS)
        self.going: Aged[GoingLook | None] = Aged(self._going, known.clock, GOING_LASTS)

    async def _history(self) -> HistoryLook:
        known = self._known
        return await look_history(known.store, known.config(), known.clock())

    async def _going(self) -> GoingLook | None:
        known = self._known
        at = known.jobs.next_runs().get("retention")
        return await look_going(known.store, known.config(), known.clock(), at)


DEAR: web.AppKey[Dear] = web.AppKey("dear", Dear)


def dear(app: web.Application) -> Dear:
    """Made with the application, before it serves."""
    if DEAR not in app:
        app[DEAR] = Dear(app[ANSWERS])
    return app[DEAR]
