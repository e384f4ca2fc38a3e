"""What an account may spend: its searches in a window, shared out so that a first look finds one left."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import Enum

SHORT_WINDOWS = 5
BURST = 0.3
"""Of what later looks may spend in a window, so much may go in a fifth of it: 1.5 times the even pace."""


class Look(Enum):
    """What a search is for, with the share of a window's searches that is kept from it.

    first: a goal nobody looked for yet · open: a goal still without a keeper · kept: one that has a keeper.
    """

    FIRST = 0.0
    OPEN = 0.25
    KEPT = 0.5


class Bucket:
    """At most `size` searches in any `window`; `spent` are those made before a restart.

    Later looks leave the rest to first ones and are paced over the window, or twelve goals of one minute
    would spend it all in their first passes and be blind for the rest of it.
    """

    def __init__(self, size: int, window: timedelta, spent: Iterable[datetime] = ()) -> None:
        self._size = size
        self._window = window
        self._taken = sorted(spent)[-size:]
        self._promised: list[datetime] = []

    def take(self, now: datetime, look: Look = Look.FIRST) -> bool:
        """Spend one search, if this look may have it now."""
        self._taken = [min(at, now) for at in self._taken if at + self._window > now]
        if any(self._back_at(now, allowed, window) > now for allowed, window in self._limits(look)):
            return False
        self._taken.append(now)
        return True

    def give_back(self) -> None:
        """The last search taken was not made after all."""
        if self._taken:
            self._taken.pop()

    def turn(self, now: datetime, look: Look = Look.FIRST) -> datetime:
        """When this look may come again, after all that were promised a turn before."""
        self._promised = [at for at in self._promised if at > now]
        ahead = len(self._promised)
        return max(self._back_at(now, allowed, window, ahead) for allowed, window in self._limits(look))

    def promise(self, turn: datetime) -> None:
        """Somebody comes back then: the next one is told a later time."""
        self._promised.append(turn)

    def _limits(self, look: Look) -> tuple[tuple[int, timedelta], ...]:
        if look is Look.FIRST:
            return ((self._size, self._window),)
        allowed = max(1, self._size - math.floor(self._size * look.value))
        return ((allowed, self._window), (max(1, math.ceil(allowed * BURST)), self._window / SHORT_WINDOWS))

    def _back_at(self, now: datetime, allowed: int, window: timedelta, ahead: int = 0) -> datetime:
        """When fewer than `allowed` searches lie within the window, `ahead` more turns having been taken."""
        within = [at for at in self._taken if at + window > now]
        missing = len(within) - allowed + ahead
        if missing < 0 or not within:
            return now
        return within[min(missing, len(within) - 1)] + window
