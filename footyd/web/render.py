"""Templates: filters, addresses, and what every page is given."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from footyd.errors import StoreError
from footyd.web.context import ACCESS, ANSWERS, PREFIX, SESSION, TRUSTED

SPOILERS_COOKIE = "footyd_spoilers"
_BETWEEN = re.compile(r">\s+<")
PARTS_KEPT = 600
UNITS = (("B", 1), ("kB", 1000), ("MB", 1000**2), ("GB", 1000**3), ("TB", 1000**4))


@dataclass(frozen=True, slots=True, kw_only=True)
class NavEntry:
    """A page in the navigation."""

    path: str
    title: str
    icon: str


class Pages:
    """The templates of one application: its prefix and its assets are in them."""

    def __init__(self, prefix: str, assets: Mapping[str, str], nav: Sequence[NavEntry]) -> None:
        self._env = Environment(
            loader=PackageLoader("footyd.web"),
            autoescape=select_autoescape(),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._env.filters |= FILTERS
        self._env.globals |= {
            "url": lambda path: prefix + path,
            "asset": lambda name: f"{prefix}/static/{assets[name]}",
            "nav": nav,
        }
        self._modules: dict[str, Any] = {}
        self.part = lru_cache(maxsize=PARTS_KEPT)(self.macro)
        """The same for hashable values; what did not change is not rendered again."""

    def render(self, template: str, values: Mapping[str, Any]) -> str:
        return self._env.get_template(template).render(values)

    def pieces(self, template: str, values: Mapping[str, Any]) -> Iterator[str]:
        """The same bit by bit, each rendered when it is asked for."""
        return self._env.get_template(template).generate(values)

    def macro(self, template: str, name: str, *values: Any) -> Markup:
        """One macro's output: how a live part is rendered, on the page and in the stream alike."""
        module = self._modules.get(template)
        if module is None:
            module = self._modules[template] = self._env.get_template(template).module
        return Markup(getattr(module, name)(*values))  # noqa: S704  # escaped by the template


PAGES: web.AppKey[Pages] = web.AppKey("pages", Pages)


async def page(
    request: web.Request,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> web.Response:
    """A whole page. Templates see `values` beside what every page is given."""
    given = {**given_to_all(request), "to_review": await _to_review(request), **values}
    text = request.app[PAGES].render(template, given)
    return web.Response(
        text=text,
        status=status,
        content_type="text/html",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def given_to_all(request: web.Request) -> dict[str, Any]:
    """What base.html needs; `late` is for what is read while the page's beginning is on its way."""
    session = request.get(SESSION)
    access = request.app[ACCESS]
    return {
        "csrf": access.csrf(session) if session else "",
        "here": request.path.removeprefix(request.app[PREFIX]) or "/",
        "hides_spoilers": hides_spoilers(request),
        "has_token": access.config().token is not None,
        "is_in": access.is_open or (session is not None and session.signed_in),
        "live": "",
        "seen": "",
        "late": None,
    }


async def _to_review(request: web.Request) -> int:
    """The count in the navigation; the page of an error is shown without the database too."""
    if not request.get(TRUSTED):
        return 0
    try:
        return await request.app[ANSWERS].store.pages.to_review()
    except StoreError:
        return 0


def hides_spoilers(request: web.Request) -> bool:
    """Whether scores and clips stay hidden until they are tapped."""
    return request.cookies.get(SPOILERS_COOKIE) == "hide"


# ---------------------------------------------------------------- filters


def clock(moment: datetime | None) -> str:
    return moment.strftime("%H:%M") if moment else "–"


def moment(at: datetime | None, form: str = "clock") -> Markup:
    """A time in UTC that app.js rewrites for where the reader is; `form`: clock, day, full or dated."""
    if at is None:
        return Markup("–")
    shown = {"clock": "%H:%M", "day": "%a %d %b", "full": "%d %b %H:%M", "dated": "%d %b %Y %H:%M"}[form]
    return Markup('<time datetime="{}" data-form="{}">{}</time>').format(
        at.isoformat(timespec="seconds"), form, at.strftime(shown)
    )


def lasted(span: timedelta | float | None) -> str:
    """A duration as people say it: 4 s, 2 min 5 s, 3 h 12 min, 2 d 4 h."""
    if span is None:
        return "–"
    seconds = span.total_seconds() if isinstance(span, timedelta) else float(span)
    if seconds < 9.95:
        return f"{max(seconds, 0):.1f} s"
    whole = round(seconds)
    for size, unit, below, smaller in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            big, rest = divmod(whole, size)
            return f"{big} {unit} {rest // below} {smaller}" if rest // below else f"{big} {unit}"
    return f"{whole} s"


def sized(count: float) -> str:
    """Bytes as people say them."""
    unit, size = next((u for u in reversed(UNITS) if abs(count) >= u[1]), UNITS[0])
    return f"{count / size:.0f} {unit}" if size == 1 or count / size >= 100 else f"{count / size:.1f} {unit}"


def words(name: object) -> str:
    """`needs_review` as people write it."""
    return str(name).replace("_", " ")


def tight(markup: str) -> Markup:
    """Without the blanks between elements: for parts of which there are hundreds, whose boxes are apart."""
    return Markup(_BETWEEN.sub("><", markup).strip())  # noqa: S704  # was markup before


FILTERS = {
    "clock": clock,
    "moment": moment,
    "lasted": lasted,
    "sized": sized,
    "tight": tight,
    "words": words,
}
