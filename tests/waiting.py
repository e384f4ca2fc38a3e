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
    condition: Callable[[], T | Awaitable[T]], *, seconds: float = BOUND_SECONDS, look: float = LOOK_SECONDS
) -> T:
    """The first true value of the condition; an AssertionError when none comes."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        value = await found if isinstance(found, Awaitable) else found
        if value:
            return value
        assert time.monotonic() < end, f"not within {seconds:g} s"
        await asyncio.sleep(look)
