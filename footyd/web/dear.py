"""The looks of Runs and Health that cost more than a few milliseconds, kept for a while per application."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from footyd.adapters.mongo.figures import Kept
from footyd.web.context import ANSWERS, Answers
from footyd.web.looks.aged import Aged

KEPT_LASTS = timedelta(seconds=30)


class Dear:
    """One for each application."""

    def __init__(self, known: Answers) -> None:
        self.kept: Aged[Kept] = Aged(known.store.figures.kept, known.clock, KEPT_LASTS)


DEAR: web.AppKey[Dear] = web.AppKey("dear", Dear)


def dear(app: web.Application) -> Dear:
    """Made with the application, before it serves."""
    if DEAR not in app:
        app[DEAR] = Dear(app[ANSWERS])
    return app[DEAR]
