"""What opening the sources does beside opening them."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from footyd.adapters.mongo import Store, open_store
from footyd.clients import open_chain, open_library
from footyd.config import Config
from footyd.errors import InUseError
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


# ---------------------------------------------------------------- whose a library is


@pytest.fixture
async def another(mongo_uri: str, mongo_database: str) -> AsyncIterator[Store]:
    name = f"{mongo_database}-2"
    async with open_store(mongo_uri, name, timeout_seconds=10, runs_kept_days=90) as opened:
        yield opened
        await opened.database.client.drop_database(name)


def config_in(place: Path) -> Config:
    return Config.model_validate({"state": {"dir": place / "state"}, "library": {"dir": place / "library"}})


async def test_a_library_of_another_database_is_refused_with_the_way_out(
    store: Store, another: Store, tmp_path: Path
) -> None:
    """The ids of goals come from the feed: either footyd would have removed what the other one kept."""
    async with open_library(config_in(tmp_path / "a"), store):
        pass
    shared = Config.model_validate(
        {"state": {"dir": tmp_path / "b"}, "library": {"dir": tmp_path / "a/library"}}
    )
    with pytest.raises(InUseError, match=f"is another database's: .*{tmp_path / 'a/state'}") as refused:
        async with open_library(shared, another):
            pass
    assert "footyd library adopt" in refused.value.remedy
    async with open_library(shared, store):
        pass  # moved to another state directory, it is the same footyd still


async def test_a_library_from_before_there_were_owners_is_taken_silently(
    store: Store, another: Store, tmp_path: Path
) -> None:
    config = config_in(tmp_path)
    kept = config.library_dir / "League/2026/clip.mp4"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"clip")
    async with open_library(config, store) as library:
        assert [key async for key, _ in library.objects()] == ["League/2026/clip.mp4"]
    with pytest.raises(InUseError):
        async with open_library(config, another):
            pass
