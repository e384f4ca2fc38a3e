from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import ClientSession

from footyd.demo.scenario import Scenario, written_day
from footyd.demo.world import World, open_world

NOON = datetime(2026, 3, 7, 12, tzinfo=UTC)


@pytest.fixture
def scenario() -> Scenario:
    return written_day(1, NOON)


@pytest.fixture
async def world(scenario: Scenario, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(scenario, tmp_path, clock=lambda: NOON) as world:
        yield world


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session
