"""What people are told: one port for every announcement, delivered beside the work and never in its way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from footyd.daemon import Service
from footyd.model import Decision, DecisionKind, Goal

WAITING_AT_MOST = 200

Deliver = Callable[[str, str], Awaitable[None]]

log = structlog.get_logger()


class News:
    """Takes announcements at once and delivers them in order; the log line comes first and always."""

    def __init__(self, deliver: Callable[[], Deliver]) -> None:
        self._deliver = deliver
        self._waiting: asyncio.Queue[tuple[str, str]] = asyncio.Queue(maxsize=WAITING_AT_MOST)

    async def announce(self, title: str, body: str) -> None:
        log.info("announced", title=title, body=body)
        if self._waiting.full():
            dropped, _ = self._waiting.get_nowait()
            log.warning("announcement dropped, too many wait", title=dropped)
        self._waiting.put_nowait((title, body))

    def services(self) -> dict[str, Service]:
        return {"news": self._serve}

    async def _serve(self, stop: asyncio.Event) -> None:
        """Until the stop; what waits then is still delivered."""
        stopped = asyncio.create_task(stop.wait())
        while not (stop.is_set() and self._waiting.empty()):
            item = asyncio.create_task(self._waiting.get())
            await asyncio.wait({item, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if item.done():
                await self._deliver()(*item.result())
            else:
                item.cancel()
        stopped.cancel()

    async def deliver_rest(self) -> None:
        """What was announced while everything else was ending."""
        while not self._waiting.empty():
            await self._deliver()(*self._waiting.get_nowait())


def news_of(decision: Decision) -> tuple[str, str] | None:
    """Title and body of what a decision means to a fan; None for what he need not know."""
    goal = decision.goal
    if goal is None:
        return None
    if decision.kind is DecisionKind.CONFIRMED:
        return "Goal", _line(goal)
    if decision.kind is DecisionKind.CANCELLED:
        return "Goal taken back", f"{_line(goal)}, does not count"
    if decision.kind is DecisionKind.UPDATED and decision.renamed:
        return "Scorer corrected", _line(goal)
    return None


def _line(goal: Goal) -> str:
    return f"{goal.team} {goal.score_after}, {goal.clock} {goal.player or ''}".rstrip()
