"""All rows of the table, family by family."""

from __future__ import annotations

from tests.faults import chromium, clock, disk, feed, hosts, kills, rivals, s3
from tests.faults.fault import Fault

FAULTS: tuple[Fault, ...] = (
    *kills.FAULTS,
    *chromium.FAULTS,
    *clock.FAULTS,
    *rivals.FAULTS,
    *feed.FAULTS,
    *hosts.FAULTS,
    *s3.FAULTS,
    *disk.FAULTS,
)
EXHAUSTIVE: tuple[Fault, ...] = (*kills.EXHAUSTIVE,)
"""Only on request: the rest of what the first rows hold a selection of."""
