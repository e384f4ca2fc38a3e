"""What footyd needs of others: the feed, the ways to X, Chromium, a library that takes and gives."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

from footyd.adapters.api_football import open_feed
from footyd.adapters.x_session import NoSession, read_session
from footyd.clients import library_place, open_unprepared
from footyd.config import Config, SourceName
from footyd.doctor.lines import Level, Line, fail, failed, ok, warn
from footyd.errors import FeedError, FootydError, LibraryError
from footyd.login import SET_UP, Checked, check_sources
from footyd.model import ObjectKey, utcnow
from footyd.stages.publish import Library

SPENT = 0.9
"""Of the day's calls; beyond that polling may have to stop before midnight UTC."""


async def look(config: Config, *, ask: bool) -> AsyncIterator[Line]:
    yield await feed(config)
    yield await library(config)
    async for line in sources(config, ask=ask):
        yield line


async def feed(config: Config) -> Line:
    """Asked for the account only, which is free."""
    if config.api_football.key is None:
        return fail("feed", "not asked: api_football.key is not set", "Set it")
    try:
        async with open_feed(config.api_football) as asked:
            account = await asked.account()
    except FeedError as exc:
        return failed("feed", exc)
    told = f"answers: plan {account.plan}, {account.used_today} of {account.day_limit} calls used today"
    if account.day_limit and account.used_today >= SPENT * account.day_limit:
        return warn("feed", told, 'Nearly spent until 00:00 UTC; poll.interval_seconds = "auto" spreads them')
    if not account.active:
        return warn("feed", f"{told}; the subscription is not active", "Renew it at API-Football")
    return ok("feed", told)


# ---------------------------------------------------------------- the library


async def library(config: Config) -> Line:
    """Write, read and delete an object of our own."""
    where = library_place(config)
    if config.library.kind == "folder" and not config.library_dir.is_dir():
        return ok("library", f"{where} is not there yet: footyd makes it")
    try:
        async with open_unprepared(config) as opened:
            await probe(opened)
    except LibraryError as exc:
        return failed("library", exc)
    return ok("library", f"{where} takes, gives and deletes")


async def probe(library: Library) -> None:
    """Raises LibraryError where it does not do what it should."""
    key = ObjectKey(f"footyd-doctor-{uuid4().hex}.txt")
    with tempfile.TemporaryDirectory(prefix="footyd-") as folder:
        sent, got = Path(folder, "sent"), Path(folder, "got")
        sent.write_text("footyd doctor was here\n")
        try:
            await library.put(key, sent, content_type="text/plain", metadata={"footyd": "probe"})
            await library.fetch(key, got)
        finally:
            await library.delete(key)
        if got.read_bytes() != sent.read_bytes():
            raise LibraryError(
                "the library gives back other bytes than it took", remedy="Check its disk or server"
            )


# ---------------------------------------------------------------- the ways to X


async def sources(config: Config, *, ask: bool) -> AsyncIterator[Line]:
    """With `ask` one search of each, as footyd login --check does it; else what can be seen without."""
    if ask:
        for checked in await check_sources(config):
            yield _asked(checked)
        return
    for name in config.search.sources:
        yield await _unasked(name, config)


def _asked(checked: Checked) -> Line:
    what = f"source {checked.source}"
    if checked.works or not checked.is_set_up:
        return ok(what, checked.finding)
    return Line(level=Level.WARN, what=what, finding=checked.finding, remedy=checked.remedy)


async def _unasked(name: SourceName, config: Config) -> Line:
    what = f"source {name}"
    if name not in config.ways_to_x:
        return ok(what, f"not set up; to have it: {SET_UP[name]}")
    if name == "browser":
        return await _browser(what, config)
    if name == "cookies":
        session = read_session(config.cookies, utcnow())
        if isinstance(session, NoSession):
            finding, _, remedy = session.reason.partition("; ")
            return warn(what, finding, remedy or "footyd login")
    return ok(what, "set up; footyd doctor --ask searches with it once")


async def _browser(what: str, config: Config) -> Line:
    """Chromium is started for a moment."""
    from footyd.adapters.x_browser_chromium import open_chromium  # noqa: PLC0415  # Playwright: 43 MB
    from footyd.adapters.x_browser_login import BrowserFailed  # noqa: PLC0415  # as above

    try:
        async with open_chromium(config.search.browser, None) as chromium:
            memory = chromium.memory().pss_bytes
    except BrowserFailed as exc:
        finding, _, remedy = str(exc).partition("; ")
        return warn(what, finding, remedy)
    except FootydError as exc:
        return failed(what, exc)
    return ok(what, f"Chromium starts ({memory / 1e6:.0f} MB)")
