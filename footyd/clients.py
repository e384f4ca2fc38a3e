"""Opening what the config names: the database, the library, the sources; closed with their block or stack."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime
from uuid import uuid4

from footyd.adapters import x_api, x_browser, x_cookies
from footyd.adapters.library_folder import FolderLibrary
from footyd.adapters.library_gate import behind
from footyd.adapters.library_s3 import open_s3_library
from footyd.adapters.mongo import Store, open_store
from footyd.adapters.mongod import embedded_mongod, socket_uri, state_lock
from footyd.adapters.x_api_budget import SpendBook
from footyd.adapters.x_moving import QueryIds
from footyd.adapters.x_nitter import open_nitter
from footyd.adapters.x_session import XSession, cookies_txt, read_session
from footyd.config import Config, SourceName
from footyd.errors import InUseError
from footyd.model import Owner, utcnow
from footyd.pipeline import Announce
from footyd.stages.publish import Library
from footyd.stages.search import Source, SourceChain


async def own_database(config: Config, stack: AsyncExitStack) -> str:
    if config.mongo.uri:
        return config.mongo.uri.get_secret_value()
    return await stack.enter_async_context(embedded_mongod(config.state.dir, cache_gb=config.mongo.cache_gb))


@asynccontextmanager
async def open_database(config: Config) -> AsyncIterator[Store]:
    """For commands: `mongo.uri`, the running daemon's database, or the embedded one started for a moment."""
    async with AsyncExitStack() as stack:
        uri = config.mongo.uri.get_secret_value() if config.mongo.uri else None
        if uri is None:
            uri = await _embedded_for_a_command(config, stack)
        yield await stack.enter_async_context(store_at(config, uri))


async def _embedded_for_a_command(config: Config, stack: AsyncExitStack) -> str:
    try:
        stack.enter_context(state_lock(config.state.dir))
    except InUseError:
        if running := socket_uri(config.state.dir):
            return running
        raise
    return await stack.enter_async_context(embedded_mongod(config.state.dir, cache_gb=config.mongo.cache_gb))


@asynccontextmanager
async def store_at(config: Config, uri: str) -> AsyncIterator[Store]:
    mongo, kept = config.mongo, config.daemon.runs_kept_days
    async with open_store(
        uri, mongo.database, timeout_seconds=mongo.timeout_seconds, runs_kept_days=kept
    ) as store:
        yield store


@asynccontextmanager
async def open_unprepared(config: Config) -> AsyncIterator[Library]:
    """As it stands: looking makes no folder and no bucket, and asks nobody whose it is."""
    if config.library.kind == "s3":
        async with open_s3_library(config.library.s3, config.library.retry) as bucket:
            yield bucket
    else:
        yield FolderLibrary(config.library_dir, config.library.retry)


@asynccontextmanager
async def open_library(config: Config, store: Store) -> AsyncIterator[Library]:
    """The library the config names, made ready; raises InUseError when it is another database's.

    Two databases know the same goals by the same ids, so either would remove what the other one keeps. It is
    changed only while the database may be written to, else that raises StoreError.
    """
    async with open_unprepared(config) as library:
        await library.prepare()
        ours = await owner_here(config, store)
        found = await library.claim(ours)
        if found is not None and found.id != ours.id:
            raise anothers(library_place(config), found)
        yield behind(store.gate, library)


async def owner_here(config: Config, store: Store) -> Owner:
    here = f"{socket.gethostname()}, {config.state.dir}, database {config.mongo.database}"
    return Owner(id=await store.runs.identity(uuid4().hex), where=here)


def library_place(config: Config) -> str:
    return f"bucket {config.library.s3.bucket}" if config.library.kind == "s3" else str(config.library_dir)


def anothers(place: str, owner: Owner) -> InUseError:
    return InUseError(
        f"the library ({place}) is another database's: {owner.where}",
        remedy="Set library.dir or library.s3.bucket to one of its own; if that database is gone for ever, "
        "footyd library adopt makes the library this one's",
    )


async def open_sources(
    config: Config, spending: SpendBook, stack: AsyncExitStack
) -> dict[SourceName, Source]:
    """Every source that is set up, in the order of the config."""
    search, retry = config.search, config.search.retry
    ids = QueryIds()  # the browser sees what the cookies need
    openers: dict[SourceName, Callable[[], AbstractAsyncContextManager[Source]]] = {
        "cookies": lambda: x_cookies.open_x_cookies(config.cookies, retry, query_ids=ids),
        "browser": lambda: x_browser.open_x_browser(
            search.browser, config.session_file, query_ids=ids, clock=utcnow
        ),
        "nitter": lambda: open_nitter(search.nitter, retry),
        "api": lambda: x_api.open_x_api(search.api, retry, spending),
    }
    return {name: await stack.enter_async_context(openers[name]()) for name in config.ways_to_x}


async def open_chain(config: Config, store: Store, stack: AsyncExitStack, announce: Announce) -> SourceChain:
    async def give_back(source: str, since: datetime) -> None:
        await store.queue.give_back(source, since, utcnow())

    sources = await open_sources(config, store.runs, stack)
    chain = SourceChain(
        list(sources.values()), store.runs, config.search, utcnow, announce, on_silence=give_back
    )
    setup = _setup_of(config)
    if (await store.runs.noted("search")).get("setup") != setup:
        await chain.wake()
        await store.queue.hasten(utcnow())
        await store.runs.note("search", {"setup": setup})
    return chain


def _setup_of(config: Config) -> str:
    """A digest of all by which a person sets sources up: a restart after a change wakes who waited for it."""
    search = config.search
    secrets = (search.cookies.auth_token, search.cookies.ct0, search.api.bearer_token)
    files = [file for file in (config.cookies.file, config.session_file) if file and file.is_file()]
    told = [search.model_dump_json(), *(secret.get_secret_value() for secret in secrets if secret)]
    told += [f"{file} {file.stat().st_mtime_ns}" for file in files]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def login_cookies(config: Config) -> str:
    """The login to X as a cookies.txt, for posts that are shown to members only; empty without one."""
    session = read_session(config.cookies, utcnow())
    return cookies_txt(session) if isinstance(session, XSession) else ""
