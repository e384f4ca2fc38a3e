"""What opening the sources does beside opening them."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from footyd.adapters.mongo import Store, open_store
from footyd.clients import open_chain
from footyd.config import Config
from footyd.model import SourceRest, utcnow

WAITS = SourceRest(source="cookies", until=None, step=0, reason="logged out", since=utcnow())


@pytest.fixture
async def store(mongo_uri: str, mongo_database: str) -> AsyncIterator[Store]:
    async with open_store(mongo_uri, mongo_database, timeout_seconds=10, runs_kept_days=90) as opened:
        yield opened


async def waits_after_start(config: Config, store: Store) -> bool:
    async def announce(title: str, body: str) -> None: ...

    async with AsyncExitStack() as stack:
        await open_chain(config, store, stack, announce)
    rest = (await store.runs.rests())["cookies"]
    return rest.until is None


async def test_a_source_that_waits_for_a_person_is_woken_by_a_start_with_what_it_waited_for(
    store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "cookies.txt"
    file.write_text("old")
    settings = {"state": {"dir": tmp_path}, "search": {"sources": ["nitter"], "cookies": {"file": file}}}
    config = Config.model_validate(settings)
    await waits_after_start_first(config, store)
    assert await waits_after_start(config, store), "a mere restart is no person"
    os.utime(file, (0, (utcnow() + timedelta(minutes=1)).timestamp()))
    assert not await waits_after_start(config, store)


@pytest.mark.parametrize("secret", [{"api": {"bearer_token": "new"}}, {"cookies": {"auth_token": "new"}}])
async def test_a_new_secret_wakes_too_and_is_not_kept(
    store: Store, tmp_path: Path, secret: dict[str, dict[str, str]]
) -> None:
    def config(search: dict[str, dict[str, str]]) -> Config:
        return Config.model_validate(
            {"state": {"dir": tmp_path}, "search": {"sources": ["nitter"], **search}}
        )

    await waits_after_start_first(config({}), store)
    assert await waits_after_start(config({}), store)
    assert not await waits_after_start(config(secret), store)
    assert "new" not in str(await store.runs.noted("search"))


async def waits_after_start_first(config: Config, store: Store) -> None:
    """One start, after which the source begins to wait."""
    await store.runs.save_rest(WAITS)
    await waits_after_start(config, store)
    await store.runs.save_rest(WAITS)
