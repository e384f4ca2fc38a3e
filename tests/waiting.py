"""Waiting for what a test expects: looked for again and again, never slept for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

BOUND_SECONDS = 120.0
"""On a loaded machine everything takes long; nothing takes that long."""
LOOK_SECONDS = 0.002


async def until(
    condition: Callable[[], T], *, seconds: float = BOUND_SECONDS, look: float = LOOK_SECONDS
) -> T:
    """The first true value of the condition; an AssertionError when none comes."""

    async def ask() -> T | None:
        return condition() or None

    return await until_found(ask, seconds=seconds, look=look)


async def until_found(
    ask: Callable[[], Awaitable[T | None]], *, seconds: float = BOUND_SECONDS, look: float = LOOK_SECONDS
) -> T:
    """The first thing found; an AssertionError when there is none."""
    end = time.monotonic() + seconds
    while (found := await ask()) is None:
        assert time.monotonic() < end, f"not within {seconds:g} s"
        await asyncio.sleep(look)
    return found
