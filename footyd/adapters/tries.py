"""Trying again: the one way in which adapters repeat a call that failed for a passing reason."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

import stamina

if TYPE_CHECKING:  # a worker process imports this beside its task, and needs no pydantic
    from footyd.config import Retry

LONGEST_WAIT_SECONDS = 3600
_JITTER = 0.1
"""Part of the first wait by which tries are spread, so that two goals do not knock at the same moment."""


def tries(
    on: type[Exception] | tuple[type[Exception], ...] | Callable[[Exception], bool], retry: Retry
) -> AsyncIterator[stamina.Attempt]:
    """`async for attempt in tries(…): with attempt: …`; the last failure is raised as it is."""
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
