"""What a family of faults gives the runner: rows of the table, each with its injections."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tests.faults.day import FaultDay
from tests.faults.remains import Remains

Play = Callable[[FaultDay], Awaitable[None]]
"""Starts footyd, does the harm, heals it, returns while a footyd runs: the runner waits for the day's end."""
Check = Callable[[Remains, Remains], Sequence[str]]
"""What is wrong with a day (the first) that may differ from the undisturbed (the second) for good reason."""


class NotInjectedError(Exception):
    """The day was over before the harm could be done."""


class SkippedError(Exception):
    """This machine cannot do this harm; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undisturbed:
    """The same day without a fault: what it left, the points it passed, how long it took."""

    remains: Remains
    points: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Injection:
    """One day in which one thing goes wrong.

    Without `check` the day must end exactly as undisturbed. With it, what `remains.losses` measures by the
    records alone counts (doubled, promised objects, orphans, leaks), and what the check finds. What the play
    notes as missed is played `singly`, each in a day of its own.
    """

    name: str
    play: Play
    check: Check | None = None
    singly: Callable[[str], Play] | None = None


class Fault(Protocol):
    """A row of the table."""

    @property
    def name(self) -> str: ...

    def injections(self, undisturbed: Undisturbed, seed: int) -> Sequence[Injection]:
        """All of them, in a fixed order; raises SkippedError where the machine cannot do it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The usual Fault: a name and a function that makes its injections."""

    name: str
    make: Callable[[Undisturbed, int], Sequence[Injection]]

    def injections(self, undisturbed: Undisturbed, seed: int) -> Sequence[Injection]:
        return self.make(undisturbed, seed)
