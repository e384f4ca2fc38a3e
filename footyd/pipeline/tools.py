"""What a goal needs on its way, and the report of what was done to it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from footyd.adapters.mongo import Store
from footyd.adapters.workers import Workers
from footyd.config import Config
from footyd.model import Candidate, CandidateState, GoalId, GoalRecord, ObjectKey
from footyd.stages.download import Downloader
from footyd.stages.publish import Library
from footyd.stages.search import SourceChain


class Announce(Protocol):
    def __call__(self, title: str, body: str) -> Awaitable[None]: ...


class HasRoom(Protocol):
    """Whether the disk has room for downloads."""

    def __call__(self) -> Awaitable[bool]: ...


class Took(Protocol):
    """Told how long a stage took, in seconds."""

    def __call__(self, stage: str, seconds: float) -> None: ...


def _nobody_counts(stage: str, seconds: float) -> None: ...


def _nobody_watches() -> None: ...


async def always_room() -> bool:
    """For a pass by hand: each download looks at the disk itself."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The adapters and the configuration in force, handed from goal to goal; `moved` when one got further."""

    store: Store
    chain: SourceChain
    downloader: Downloader
    workers: Workers
    library: Library
    announce: Announce
    config: Config
    clock: Callable[[], datetime]
    has_room: HasRoom = always_room
    took: Took = _nobody_counts
    moved: Callable[[], None] = _nobody_watches

    @contextmanager
    def timing(self, stage: str) -> Iterator[None]:
        """How long the block takes, whatever comes of it."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.took(stage, time.perf_counter() - begun)

    async def reach(self, record: GoalRecord, stage: str) -> None:
        """Note when a goal got so far for the first time; who watches sees it at once."""
        if stage not in record.reached:
            await self.store.goals.note_reached(record.goal.id, stage, self.clock())
            self.moved()


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalReport:
    """One pass of one goal, as numbers: the pass, the posts, the clips, the keys stored and removed."""

    goal_id: GoalId
    pass_index: int
    source: str | None = None
    postponed: str = ""
    new_posts: int = 0
    accepted: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    downloaded: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    groups: int = 0
    duplicates: int = 0
    stored: tuple[ObjectKey, ...] = ()
    removed: tuple[ObjectKey, ...] = ()

    def text(self) -> str:
        """The golden form: one line per stage, in a fixed order."""
        if self.postponed:
            return f"pass {self.pass_index}: postponed, {self.postponed}"
        lines = [
            f"pass {self.pass_index}: {self.new_posts} new posts from {self.source or 'an earlier try'}",
            f"  accepted {self.accepted}, rejected {_counted(self.rejected)}",
            f"  downloaded {self.downloaded}, failed {_counted(self.failed)}",
            f"  groups {self.groups}, duplicates {self.duplicates}",
            *[f"  stored {key}" for key in self.stored],
            *[f"  removed {key}" for key in self.removed],
        ]
        return "\n".join(lines)


def _counted(reasons: Counter[str]) -> str:
    if not reasons:
        return "0"
    return f"{reasons.total()} ({', '.join(f'{name} {n}' for name, n in sorted(reasons.items()))})"


def reasons_of(candidates: Iterable[Candidate], state: CandidateState) -> Counter[str]:
    """How often each reason stands among the candidates in one state."""
    return Counter(c.rejection.reason for c in candidates if c.state is state and c.rejection)
