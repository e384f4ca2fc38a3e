"""Trying again: the one way in which adapters repeat a call that failed for a passing reason."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import stamina

if TYPE_CHECKING:  # a worker process imports this beside its task, and needs no pydantic
    from footyd.config import Retry

T = TypeVar("T")

Passing = type[Exception] | tuple[type[Exception], ...] | Callable[[Exception], bool]
"""Which failures may pass by themselves."""

LONGEST_WAIT_SECONDS = 3600
_JITTER = 0.1
"""Part of the first wait by which tries are spread, so that two goals do not knock at the same moment."""


async def tried(call: Callable[[], Awaitable[T]], on: Passing, retry: Retry) -> T:
    """What the call gives; the last failure is raised as it is."""
    async for attempt in tries(on, retry):
        with attempt:
            return await call()
    raise AssertionError("tries end by return or raise")


def tries(on: Passing, retry: Retry) -> AsyncIterator[stamina.Attempt]:
    """For who tells of each try: `async for attempt in tries(…): with attempt: …`."""
    return aiter(
        stamina.retry_context(
            on=on,
            attempts=retry.attempts,
            timeout=None,
            wait_initial=retry.first_wait_seconds,
            wait_max=min(LONGEST_WAIT_SECONDS, retry.first_wait_seconds * 2**retry.attempts),
            wait_jitter=retry.first_wait_seconds * _JITTER,
        )
    )
