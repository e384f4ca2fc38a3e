"""Logging in to X for the daemon, and telling of every way to X whether it works and what to do."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import get_args

import structlog

from footyd.adapters.mongod import socket_uri
from footyd.adapters.x_api_budget import FEWEST_POSTS, SpendBook
from footyd.adapters.x_browser_login import BrowserFailed, save_login
from footyd.adapters.x_session import NoSession, read_cookie_file, storage_state
from footyd.clients import open_database, open_sources
from footyd.config import Config, SourceName
from footyd.errors import FootydError, PermanentError
from footyd.model import (
    RATE_LIMITED,
    AuthExpired,
    Found,
    NoResults,
    Query,
    RateLimited,
    SourceReply,
    SourceRest,
    Unavailable,
    utcnow,
)
from footyd.stages.search import SourceChain

log = structlog.get_logger()

LOOKS_BACK = timedelta(days=1)
SET_UP = {
    "cookies": "set search.cookies.file to exported cookies of x.com",
    "browser": "run footyd login, or footyd login --cookies FILE",
    "nitter": "set search.nitter.base_urls",
    "api": "set search.api.bearer_token",
}
"""How each source is set up."""
WAIT = "wait; footyd asks the other sources meanwhile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One source: whether it answers the canary, what is wrong, what to do; `rest` as the daemon has it."""

    source: SourceName
    is_set_up: bool
    works: bool
    finding: str
    remedy: str = ""
    rest: str = ""


class _NothingSpent:
    """The budget of a footyd that never ran."""

    async def posts_paid(self, _day: date) -> int:
        return 0

    async def promise_posts(self, day: date, posts: int) -> None: ...

    async def settle_posts(self, day: date, promised: int, posts: Sequence[str]) -> None: ...


# ---------------------------------------------------------------- logging in


def require_display() -> None:
    """Raises FootydError where no browser could show a window."""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        remedy = (
            "Log in to x.com in a browser anywhere, export its cookies (cookies.txt or JSON), "
            "and give them to footyd login --cookies FILE"
        )
        raise FootydError("there is no display to open a browser on", remedy=remedy)


async def log_in_by_window(config: Config) -> None:
    """Opens a browser and waits for the person. Raises FootydError."""
    from footyd.adapters.x_browser_window import log_in  # noqa: PLC0415 - Playwright: 43 MB

    try:
        state = await log_in(config.search.browser)
    except BrowserFailed as exc:
        raise FootydError(str(exc)) from exc
    _save(config.session_file, state)


def log_in_by_cookies(config: Config, file: Path) -> None:
    """Raises FootydError where the file holds no login."""
    session = read_cookie_file(file, utcnow())
    if isinstance(session, NoSession):
        finding, _, remedy = session.reason.partition("; ")
        raise FootydError(finding, remedy=remedy[:1].upper() + remedy[1:])
    _save(config.session_file, storage_state(session, str(config.search.browser.base_url)))


def _save(file: Path, state: dict[str, object]) -> None:
    try:
        save_login(file, state)
    except OSError as exc:
        remedy = "Run this as footyd's user, or set search.browser.session_file"
        raise PermanentError(f"{file} cannot be written ({exc.strerror})", remedy=remedy) from exc


async def wake_sources(config: Config) -> None:
    """Who waited for a person is asked again, and what waited for them is due now. Raises FootydError."""
    async with open_database(config) as store:
        await SourceChain((), store.runs, config.search, utcnow, _tell_nobody).wake()
        await store.queue.hasten(utcnow())


async def _tell_nobody(title: str, body: str) -> None: ...


# ---------------------------------------------------------------- looking


async def check_sources(config: Config) -> list[Checked]:
    """Ask every source the canary, each on its own and once; beside a daemon or without."""
    async with AsyncExitStack() as stack:
        spending, rests = await _records(config, stack)
        asked = _to_ask(config, with_api=spending is not None)
        sources = await open_sources(asked, spending or _NothingSpent(), stack)
        query = Query(text=config.search.canary_query, since=utcnow() - LOOKS_BACK)
        replies = await asyncio.gather(*(source.search(query) for source in sources.values()))
        told = dict(zip(sources, replies, strict=True))
    return [_checked(name, told.get(name), config, rests) for name in _in_order(config)]


def _to_ask(config: Config, *, with_api: bool) -> Config:
    search = config.search
    names = tuple(name for name in search.sources if with_api or name != "api")
    cheap = {
        "sources": names,
        "retry": search.retry.model_copy(update={"attempts": 1}),
        "api": search.api.model_copy(update={"posts_per_search": FEWEST_POSTS}),
    }
    return config.model_copy(update={"search": search.model_copy(update=cheap)})


async def _records(
    config: Config, stack: AsyncExitStack
) -> tuple[SpendBook | None, Mapping[str, SourceRest]]:
    """The API's budget and the rests. A database of our own is started for the budget only.

    No budget where the database that keeps it does not answer: then the API is not asked.
    """
    runs = config.mongo.uri is not None or socket_uri(config.state.dir) is not None
    if not runs and not (config.state.dir / "db").is_dir():
        return _NothingSpent(), {}
    if not runs and "api" not in config.ways_to_x:
        return None, {}
    try:
        store = await stack.enter_async_context(open_database(config))
        return store.runs, await store.runs.rests()
    except FootydError as exc:
        log.warning("database not asked", reason=exc.line())
        return None, {}


def _in_order(config: Config) -> list[SourceName]:
    """The config's order, then those it leaves out."""
    names: tuple[SourceName, ...] = get_args(SourceName)
    return [*config.search.sources, *(name for name in names if name not in config.search.sources)]


def _checked(
    name: SourceName, reply: SourceReply | None, config: Config, rests: Mapping[str, SourceRest]
) -> Checked:
    if reply is None:
        return _not_asked(name, config)
    works, finding, remedy = _judged(reply, config.search.canary_query)
    rest = _told(rests.get(name))
    return Checked(source=name, is_set_up=True, works=works, finding=finding, remedy=remedy, rest=rest)


def _not_asked(name: SourceName, config: Config) -> Checked:
    is_set_up = name in config.ways_to_x
    finding, remedy = "not set up", SET_UP[name]
    if is_set_up:
        finding, remedy = "not asked: the database, which keeps its budget, does not answer", "start footyd"
    elif name not in config.search.sources:
        finding, remedy = "left out", f'add "{name}" to search.sources'
    return Checked(source=name, is_set_up=is_set_up, works=False, finding=finding, remedy=remedy)


def _judged(reply: SourceReply, canary: str) -> tuple[bool, str, str]:
    """Whether it works, what was found, what to do."""
    match reply:
        case Found(posts=posts) if posts:
            return True, f"works: {len(posts)} post{'s' * (len(posts) > 1)}", ""
        case Found() | NoResults():
            remedy = "look at X with the same account, or choose another search.canary_query"
            return False, f'silent: it finds nothing for "{canary}"', remedy
        case RateLimited(until=until, reason=reason):  # a limit of ours says itself how long
            limited = f"{RATE_LIMITED} until {until:%Y-%m-%d %H:%M} UTC"
            return False, limited if reason == RATE_LIMITED else reason, WAIT
        case AuthExpired(reason=reason):
            finding, remedy = _split(reason)
            return False, finding, remedy or "run footyd login"
        case Unavailable(source="nitter", reason=reason):  # of each instance what ails it
            return False, reason, f"{WAIT}, or name another instance in search.nitter.base_urls"
        case Unavailable(reason=reason):
            finding, remedy = _split(reason)
            return False, finding, remedy or WAIT


def _split(reason: str) -> tuple[str, str]:
    """A source's reason ends with what to do about it, behind the last semicolon."""
    finding, _, remedy = reason.rpartition("; ")
    return (finding, remedy) if finding else (reason, "")


def _told(rest: SourceRest | None) -> str:
    """Only a rest that is not over."""
    if rest is None or (rest.until is not None and rest.until <= utcnow()):
        return ""
    until = f"until {rest.until:%Y-%m-%d %H:%M} UTC" if rest.until else "until you act"
    return f"rests {until}: {rest.reason}"
