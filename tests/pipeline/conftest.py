from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from footyd.adapters.mongo import open_store
from tests.pipeline.desk import Desk, make_files


@pytest.fixture(scope="session")
def net(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that posts lead to."""
    folder = tmp_path_factory.mktemp("net")
    make_files(folder)
    return folder


@pytest.fixture(autouse=True)
def clock_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the machine's own is."""
    monkeypatch.setattr("footyd.pipeline.checks.is_trusted", lambda _now: True)


@pytest.fixture
async def desk(mongo_uri: str, mongo_database: str, tmp_path: Path, net: Path) -> AsyncIterator[Desk]:
    async with open_store(mongo_uri, mongo_database, timeout_seconds=10, runs_kept_days=3650) as store:
        yield await Desk.open(store, tmp_path, net)
