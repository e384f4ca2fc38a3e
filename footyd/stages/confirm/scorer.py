"""Names of scorers: a first name, a better spelling, another person. Never part of a goal's identity."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Any

from footyd.model import Goal
from footyd.stages.confirm.observe import Sighting


def merged(goal: Goal, sighting: Sighting) -> Goal:
    """The goal as it is shown now; a name once known is not forgotten when the feed drops it."""
    clock = {"minute": sighting.minute, "extra": sighting.extra, "kind": sighting.kind, "missed": 0}
    if sighting.player is None:
        return changed(goal, **clock)
    same = _same_person(goal, sighting)
    player_id = sighting.player_id or (goal.player_id if same else None)
    return changed(goal, **clock, player=sighting.player, player_id=player_id)


def changed(goal: Goal, **fields: Any) -> Goal:
    """The very goal where nothing differs: most goals of most polls, and a copy costs more than a look."""
    differ = any(getattr(goal, name) != value for name, value in fields.items())
    return replace(goal, **fields) if differ else goal


def renamed(before: Goal, after: Goal) -> bool:
    """A known scorer became another one; a first name or another spelling is no such change."""
    return before.player is not None and not _same_person(before, after)


def contradicts(goal: Goal, sighting: Sighting) -> bool:
    """Both are named, and it is not the same person."""
    return goal.player is not None and sighting.player is not None and not _same_person(goal, sighting)


def agrees(goal: Goal, sighting: Sighting) -> bool:
    """Both are named, and it is the same person."""
    return goal.player is not None and sighting.player is not None and _same_person(goal, sighting)


def _same_person(one: Goal, other: Goal | Sighting) -> bool:
    if one.player_id and other.player_id:
        return one.player_id == other.player_id
    return one.player == other.player or _plain(one.player) == _plain(other.player)


def _plain(name: str | None) -> tuple[str, str]:
    """Initial and last name without accents: "F. Andrada" is "Federico Andrada"."""
    decomposed = unicodedata.normalize("NFKD", name or "").casefold()
    words = "".join(c for c in decomposed if not unicodedata.combining(c)).replace(".", " ").split()
    return (words[0][0], words[-1]) if words else ("", "")
