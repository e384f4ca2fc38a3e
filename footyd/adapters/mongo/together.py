"""Calls of one moment as one round trip: a hundred goals confirmed by one poll ask the same few questions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from functools import partial
from typing import Generic, TypeVar

from footyd.errors import StoreError

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Together(Generic[Item, Answer]):
    """Hands `work` all items that are waiting, which answers each in their order; its error is everyone's.

    A call is only ever answered by a round trip that began after it: nobody is told what was true before.
    A caller that gives up does not disturb the others.
    """

    def __init__(self, work: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]]) -> None:
        self._work = work
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._trip: asyncio.Future[Sequence[Answer]] | None = None

    async def __call__(self, item: Item) -> Answer:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((item, answer))
        if self._trip is None and len(self._waiting) == 1:
            # in a context of its own: what one caller bound to its log is not the others'
            loop.call_soon(self._set_out, context=Context())
        return await answer

    def _set_out(self) -> None:
        asked = [(item, answer) for item, answer in self._waiting if not answer.done()]
        self._waiting = []
        if not asked:  # all gave up, as when the loop ends: a trip of nobody's would outlive it
            return
        trip = asyncio.ensure_future(self._work([item for item, _ in asked]))  # noqa: RUF006 - held below
        trip.add_done_callback(partial(self._come_back, [answer for _, answer in asked]))
        self._trip = trip

    def _come_back(
        self, answers: Sequence[asyncio.Future[Answer]], trip: asyncio.Future[Sequence[Answer]]
    ) -> None:
        self._trip = None
        if self._waiting:
            self._set_out()
        error = None if trip.cancelled() else trip.exception() or _misfit(len(answers), trip.result())
        for number, answer in enumerate(answers):
            if answer.done():  # its caller gave up
                continue
            if trip.cancelled():
                answer.cancel()
            elif error is not None:
                answer.set_exception(error)
            else:
                answer.set_result(trip.result()[number])


def _misfit(asked: int, answers: Sequence[object]) -> StoreError | None:
    """Whose answer is missing cannot be told: nobody is left waiting, and nobody gets another one's."""
    if len(answers) == asked:
        return None
    message = f"the database gave {len(answers)} answers to {asked} questions"
    return StoreError(message, remedy="It is asked again; if it stays, report it")
