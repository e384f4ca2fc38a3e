"""How much is asked of the database: what benches print and tests bound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from pymongo import monitoring


class Commands(monitoring.CommandListener):
    """How often each command was sent; the driver's own are left out."""

    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name not in ("hello", "endSessions"):
            self.sent[event.command_name] += 1

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Counted when sent."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Counted when sent."""


@contextmanager
def counted_commands() -> Iterator[Commands]:
    """Of every client opened inside."""
    listening = Commands()
    monitoring.register(listening)
    try:
        yield listening
    finally:
        monitoring._LISTENERS.command_listeners.remove(listening)
