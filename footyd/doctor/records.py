"""The database and all that a start would mend: the same checks, told, and with `fix` set right."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime

from footyd.adapters.identity import holder_here
from footyd.adapters.mongo import Store
from footyd.adapters.mongo.runs import IDENTITY
from footyd.adapters.mongod import lock_holder, socket_uri, state_lock
from footyd.app import open_app
from footyd.clients import anothers, library_place, open_unprepared
from footyd.config import Config
from footyd.doctor.lines import Level, Line, fail, failed, ok, warn
from footyd.errors import FootydError, InUseError
from footyd.lease import Hold, held_by, leased
from footyd.model import utcnow
from footyd.pipeline import CHECKS, Check, Tools
from footyd.reconcile import LibraryChecks
from footyd.stages.publish import Library

EXAMPLES = 3
OLDEST_SERVER = (4, 4)
"""PyMongo 4.20 supports no older one."""
LATER = "The next start does it, or footyd doctor --fix"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the checks look at."""

    store: Store
    library: Library
    config: Config
    clock: Callable[[], datetime] = utcnow


def of_another(config: Config) -> Line | None:
    """Started by root, say, the database would leave files behind that its own user cannot open any more."""
    data = config.state.dir / "db"
    if config.mongo.uri or data.stat().st_uid == os.geteuid() or socket_uri(config.state.dir):
        return None
    finding = f"{data} belongs to user {data.stat().st_uid}, and footyd does not run"
    return warn("records", finding, "Start footyd, or be that user, to have them looked at")


def holder_of(config: Config) -> str:
    """Who works in the state directory, in words; empty for nobody."""
    pid = lock_holder(config.state.dir)
    return f"pid {pid}" if pid else ""


async def lessee(store: Store) -> str:
    """Who works on a database of `mongo.uri`."""
    lease = await held_by(store)
    if lease is None:
        return ""
    return f"pid {lease.holder.pid} on {lease.holder.host} ({lease.holder.state_dir})"


async def hold_off(config: Config, store: Store, stack: AsyncExitStack) -> str:
    """Let no daemon begin on a database of `mongo.uri` till the stack closes; else who works there."""
    try:
        stack.enter_context(state_lock(config.state.dir))
        await stack.enter_async_context(leased(store, Hold(store.lease, holder_here(config.state.dir))))
    except InUseError:
        return await lessee(store) or holder_of(config) or "just started"
    return ""


async def look(config: Config, store: Store, *, running: str, fix: bool) -> AsyncIterator[Line]:
    """One line for each check. What a daemon has in hand is only told."""
    async with AsyncExitStack() as stack:
        try:
            tools = (await open_app(config, stack, store)).tools() if fix else None
            library = await stack.enter_async_context(open_unprepared(config))
        except FootydError as exc:
            yield failed("records", exc)
            return
        site = Site(store=store, library=library, config=config)
        for check in CHECKS:
            yield await _told(check, site, tools, running=running)
        if gone := await _gone(site):
            yield gone
            return
        if theirs := await _of_another_database(site):
            yield theirs
            return
        for check in LibraryChecks().all():
            line = await _told(check, site, tools, running=running)
            yield line
            if line.level is Level.FAIL:
                return


async def _gone(site: Site) -> Line | None:
    """A folder library that is not there; without clips that should be, it only was not needed yet."""
    place = site.config.library_dir
    if site.config.library.kind == "s3" or place.is_dir():
        return None
    kept = await site.store.shelf.keeper_bytes()
    if not kept:
        return ok("library", "no clip was kept yet")
    finding = f"{place} is not there, and {kept / 1e6:,.0f} MB of clips should be in it"
    return fail("library", finding, "Mount its disk, or correct library.dir")


async def _of_another_database(site: Site) -> Line | None:
    """A library that this footyd would not start with: what lies in it is not compared with our records."""
    try:
        owner = await site.library.owner()
        ours = (await site.store.runs.noted(IDENTITY)).get("id")
    except FootydError as exc:
        return failed("library", exc)
    if owner is None or owner.id == ours:
        return None
    return failed("library", anothers(library_place(site.config), owner))


async def _told(check: Check, site: Site, tools: Tools | None, *, running: str) -> Line:
    in_hand = bool(running) and not check.beside
    try:
        return await _line(check, site, None if in_hand else tools, in_hand=in_hand)
    except FootydError as exc:
        return failed(check.name, exc)


async def _line(check: Check, site: Site, tools: Tools | None, *, in_hand: bool) -> Line:
    cases = await check.find(site)
    if not cases:
        return ok(check.name, "none")
    told = f"{len(cases)}: {_some(cases)}"
    if in_hand:
        return ok(check.name, f"{told}; the running daemon has that in hand")
    if tools is None:
        return warn(check.name, f"{told}; {check.plan}", LATER)
    await check.mend(cases, tools)
    return ok(check.name, f"{told}; done: {check.plan}")


def _some(cases: Sequence[str]) -> str:
    more = f" and {len(cases) - EXAMPLES} more" if len(cases) > EXAMPLES else ""
    return ", ".join(cases[:EXAMPLES]) + more


async def database(store: Store) -> Line:
    """Its version, and what it makes of our writes."""
    version = await store.mend.server_version()
    if version[:2] < OLDEST_SERVER:
        return fail("database", f"MongoDB {_dotted(version)}", "Update it: footyd needs 4.4 or later")
    return ok("database", f"MongoDB {_dotted(version)} answers")


def _dotted(version: Sequence[int]) -> str:
    return ".".join(map(str, version[:3]))


async def work(store: Store) -> Line:
    """What was cut in the middle goes on by itself."""
    depth = await store.queue.depth(utcnow())
    return ok("goals due", f"{depth.to_search} to search, {depth.to_work} to work on")
