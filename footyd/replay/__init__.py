"""Recorded replies through the daemon's own parser and rules: what would footyd have believed, and why?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from footyd.config import ConfirmConfig
from footyd.replay.judge import judged
from footyd.replay.rows import replay
from footyd.replay.summary import Summary
from footyd.replay.words import Teller

__all__ = ["Summary", "explain", "replay"]


def explain(files: Sequence[Path], config: ConfirmConfig) -> Iterator[str]:
    """Lines for a person, poll by poll; an empty line and the summary at the end."""
    teller, summary = Teller(config=config), Summary()
    for poll in judged(files, config):
        summary.take(poll)
        yield from teller.lines(poll)
    yield ""
    yield from summary.lines()
