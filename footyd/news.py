"""What people are told: one port for every announcement, delivered beside the work and never in its way."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import structlog

from footyd.alerts import ENDS
from footyd.daemon import Service
from footyd.errors import StoreError
from footyd.model import Decision, DecisionKind, Goal
from footyd.quiet import Quiet

WAITING_AT_MOST = 200
ONE_BY_ONE = 50
"""More of a kind in one poll are told as a number; 195 matches in play score about 25 in five minutes."""
GOAL, TAKEN_BACK, SCORER = "Goal", "Goal taken back", "Scorer corrected"

Deliver = Callable[[str, str], Awaitable[None]]
ALERTS = frozenset(title for pair in ENDS.items() for title in pair if title)

log = structlog.get_logger()


class News:
    """Takes announcements at once and delivers them in order; the log line comes first and always.

    Of alerts, that they were told is noted: `note` gets title and body.
    """

    def __init__(
        self,
        deliver: Callable[[], Deliver],
        quiet_seconds: Callable[[], float] = float,
        note: Deliver | None = None,
    ) -> None:
        self._deliver = deliver
        self._note = note
        self._quiet = Quiet(self._queue, quiet_seconds)
        self._waiting: asyncio.Queue[tuple[str, str]] = asyncio.Queue(maxsize=WAITING_AT_MOST)

    async def announce(self, title: str, body: str) -> None:
        log.info("announced", title=title, body=body)
        self._quiet.take(title, body)

    def _queue(self, title: str, body: str) -> None:
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
                await self._hand_over(*item.result())
            else:
                item.cancel()
        stopped.cancel()

    async def deliver_rest(self) -> None:
        """What was held back, or announced while everything else was ending."""
        self._quiet.release()
        while not self._waiting.empty():
            await self._hand_over(*self._waiting.get_nowait())

    async def _hand_over(self, title: str, body: str) -> None:
        await self._deliver()(title, body)
        if self._note and title in ALERTS:
            try:
                await self._note(title, body)
            except StoreError as exc:
                log.warning("alert not stored", title=title, reason=exc.line())


def news_of(decisions: Sequence[Decision]) -> list[tuple[str, str]]:
    """Title and body of what a poll decided that a fan wants to know: one each, or their number when many."""
    told = [(title, decision.goal) for decision in decisions if decision.goal and (title := _title(decision))]
    times = Counter(title for title, _ in told)
    many = [title for title in times if times[title] > ONE_BY_ONE]
    single = [(title, _line(title, goal)) for title, goal in told if title not in many]
    return single + [_sum(title, [goal for of, goal in told if of == title]) for title in many]


def _title(decision: Decision) -> str:
    if decision.kind is DecisionKind.UPDATED:
        return SCORER if decision.renamed else ""
    return {DecisionKind.CONFIRMED: GOAL, DecisionKind.CANCELLED: TAKEN_BACK}.get(decision.kind, "")


def _line(title: str, goal: Goal) -> str:
    line = f"{goal.team} {goal.score_after}, {goal.clock} {goal.player or ''}".rstrip()
    return f"{line}, does not count" if title == TAKEN_BACK else line


def _sum(title: str, goals: Sequence[Goal]) -> tuple[str, str]:
    """Nobody reads a thousand messages; the list is in `footyd goal list` and on the page."""
    matches = len({goal.fixture_id for goal in goals})
    return title, f"{len(goals)} goals in {matches} matches at once"
