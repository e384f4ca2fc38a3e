"""A store and a site for each test; one Chromium for all that need one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from footyd.adapters.mongo import Store
from tests.web.site import Site, a_store, opened


@pytest.fixture
async def store(mongo_uri: str, mongo_database: str) -> AsyncIterator[Store]:
    async with a_store(mongo_uri, mongo_database) as found:
        yield found


@pytest.fixture
async def site(store: Store, tmp_path: Path) -> AsyncIterator[Site]:
    """On loopback, without a token, over an empty database."""
    async with opened(store, tmp_path) as found:
        yield found
