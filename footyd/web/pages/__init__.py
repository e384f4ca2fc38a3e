"""One module per page; each has a `PAGE` that site.py collects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web

from footyd.web.live import PartsOf
from footyd.web.render import NavEntry

LiveParts = Callable[[web.Application], Mapping[str, PartsOf]]
"""The topics of a page by kind, for an application that has its ANSWERS and PAGES."""


def no_parts(_app: web.Application) -> Mapping[str, PartsOf]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page's routes, its place in the navigation, and what of it changes while it is looked at."""

    routes: tuple[web.RouteDef, ...]
    nav: NavEntry | None = None
    live: LiveParts = field(default=no_parts)
