"""What many tests share: one real mongod for all tests of a worker, a fresh database for each."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from pymongo import MongoClient

from footyd.adapters.mongod import embedded_mongod


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def mongo_uri(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The URI of the worker's mongod."""
    async with embedded_mongod(tmp_path_factory.mktemp("mongod")) as uri:
        yield uri


@pytest.fixture
def mongo_database(mongo_uri: str) -> Iterator[str]:
    """The name of a database of the test's own, dropped afterwards."""
    name = f"test-{uuid.uuid4().hex}"
    yield name
    with MongoClient[dict[str, object]](mongo_uri) as client:
        client.drop_database(name)
