"""What flaps is told once in a while: an alert that comes again too soon is held back, never lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from footyd.alerts import ENDS

Key = tuple[str, str]

log = structlog.get_logger()


class Quiet:
    """Between who announces and who delivers. News of goals pass: each is decided once.

    The same alert within `quiet_seconds` is told when these are over, unless it has ended by then; an end is
    told when its beginning was. All this is in memory: after a restart an alert may be told once more.
    """

    def __init__(self, tell: Callable[[str, str], None], quiet_seconds: Callable[[], float]) -> None:
        self._tell = tell
        self._quiet_seconds = quiet_seconds
        self._told_at: dict[Key, float] = {}
        self._standing: set[Key] = set()
        self._held: dict[Key, tuple[asyncio.TimerHandle, str]] = {}

    def take(self, title: str, body: str) -> None:
        if title in ENDS:
            self._begin(_key(title, body), body)
        elif title in ENDS.values():
            self._end(title, body)
        else:
            self._tell(title, body)

    def release(self) -> None:
        """Tell what is held back: there will be no later."""
        for key, (timer, body) in tuple(self._held.items()):
            timer.cancel()
            self._told(key, body)

    def _begin(self, key: Key, body: str) -> None:
        loop = asyncio.get_running_loop()
        told_at = self._told_at.get(key)
        wait = told_at + self._quiet_seconds() - loop.time() if told_at is not None else 0.0
        if key in self._held:
            self._held.pop(key)[0].cancel()
        if wait <= 0:
            self._told(key, body)
        else:
            log.info("announcement held back", title=key[0], wait_seconds=round(wait))
            self._held[key] = (loop.call_later(wait, self._told, key, body), body)

    def _end(self, title: str, body: str) -> None:
        ended = {key for key in (*self._held, *self._standing) if ENDS[key[0]] == title}
        was_told = bool(ended & self._standing) or not ended
        for key in ended & self._held.keys():
            self._held.pop(key)[0].cancel()
        self._standing -= ended
        if was_told:
            self._tell(title, body)

    def _told(self, key: Key, body: str) -> None:
        self._held.pop(key, None)
        self._told_at[key] = asyncio.get_running_loop().time()
        self._standing.add(key)
        self._tell(key[0], body)


def _key(title: str, body: str) -> Key:
    """Where an end is told there is one such state; else the text tells which one is meant."""
    return title, "" if ENDS[title] else body
