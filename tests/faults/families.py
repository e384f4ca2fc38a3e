"""All rows of the table, family by family."""

from __future__ import annotations

from tests.faults import clock, feed, kills
from tests.faults.fault import Fault

FAULTS: tuple[Fault, ...] = (*kills.FAULTS, *clock.FAULTS, *feed.FAULTS)
EXHAUSTIVE: tuple[Fault, ...] = (*kills.EXHAUSTIVE,)
"""Only on request: the rest of what the first rows hold a selection of."""
