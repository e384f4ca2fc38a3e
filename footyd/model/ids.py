"""Ids, and the clock they are stamped with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NewType

FixtureId = NewType("FixtureId", int)
TeamId = NewType("TeamId", int)
LeagueId = NewType("LeagueId", int)
PlayerId = NewType("PlayerId", int)
GoalId = NewType("GoalId", str)
"""`{fixture}-{team}-{home}-{away}-{generation}`, minted at the first sighting and never changed."""
PostId = NewType("PostId", str)
ClipId = NewType("ClipId", str)
"""`{goal id}:{sha256}`."""
ObjectKey = NewType("ObjectKey", str)
"""The place of a keeper in the library: relative, `/`-separated, NFC."""


def utcnow() -> datetime:
    """The wall clock in the milliseconds that MongoDB keeps: a value read back equals the one saved."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
