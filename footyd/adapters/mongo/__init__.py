"""MongoDB: footyd's truth and its queue."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from footyd.adapters.mongo.client import Database, connect, ensure_indexes
from footyd.adapters.mongo.clips import ClipStore
from footyd.adapters.mongo.clocks import ClockStore
from footyd.adapters.mongo.figures import FigureStore
from footyd.adapters.mongo.fixtures import FixtureStore
from footyd.adapters.mongo.gate import Gate, behind
from footyd.adapters.mongo.goal_pages import GoalPageStore
from footyd.adapters.mongo.goals import GoalStore
from footyd.adapters.mongo.history import HistoryStore
from footyd.adapters.mongo.keepers import KeeperStore
from footyd.adapters.mongo.lease import LeaseStore
from footyd.adapters.mongo.mending import MendStore
from footyd.adapters.mongo.pages import PageStore
from footyd.adapters.mongo.queue import QueueStore
from footyd.adapters.mongo.review import ReviewStore
from footyd.adapters.mongo.runs import RunStore
from footyd.adapters.mongo.shelf import ShelfStore
from footyd.adapters.mongo.timeline import TimelineStore

__all__ = ["Store", "open_store"]


class Store:
    """The stores of one database; nothing but the lease is written while `gate` is closed."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.gate = Gate()
        self.lease = LeaseStore(database)
        database = behind(self.gate, database)
        self.fixtures = FixtureStore(database)
        self.goals = GoalStore(database)
        self.queue = QueueStore(database)
        self.clips = ClipStore(database)
        self.runs = RunStore(database)
        self.review = ReviewStore(database)
        self.shelf = ShelfStore(database)
        self.mend = MendStore(database)
        self.clock = ClockStore(database)
        self.pages = PageStore(database)
        self.keepers = KeeperStore(database)
        self.timeline = TimelineStore(database)
        self.goal_pages = GoalPageStore(database)
        self.figures = FigureStore(database)
        self.history = HistoryStore(database)


@asynccontextmanager
async def open_store(
    uri: str, database: str, *, timeout_seconds: float, runs_kept_days: int
) -> AsyncIterator[Store]:
    """Connect and make the indexes; raises PermanentError or StoreError when the server cannot be used."""
    async with connect(uri, database, timeout_seconds=timeout_seconds) as found:
        await ensure_indexes(found, runs_kept_days=runs_kept_days)
        yield Store(found)
