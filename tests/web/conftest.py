"""A store and a site for each test; one Chromium for all that need one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from footyd.adapters.mongo import Store
from tests.web.chromium import Visitor, chromium_process, driven, visiting
from tests.web.goals import make_net
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


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Tests that use it belong into the xdist group `page`: one browser is enough for two cores."""
    with chromium_process(tmp_path_factory.mktemp("chromium")) as address:
        yield address


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with driven(chromium) as found:
        yield found


@pytest.fixture(scope="session")
def net(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that posts lead to; a browser plays them."""
    folder = tmp_path_factory.mktemp("net")
    make_net(folder)
    return folder


@pytest.fixture
async def visitor(browser: Browser, site: Site) -> AsyncIterator[Visitor]:
    """At a phone, on the test's own site."""
    async with visiting(browser, site) as found:
        yield found
