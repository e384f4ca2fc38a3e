"""The kinds of noise, and what they do to one line of one reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import Any

from footyd.demo.script import ScriptEvent, ScriptFixture


class Noise(StrEnum):
    """What is done to single goals and matches; the player does the rest to whole replies."""

    NAMELESS = "scorer not named yet"
    NO_ID = "scorer named without id"
    CORRECTED = "another scorer named first"
    MOVED = "minute moved"
    LATE_EVENT = "score first, event later"
    LOST_EVENT = "event lost while the score counts it"
    LATE_SCORE = "event first, score later"
    DOUBLED = "event listed twice"
    TAKEN_BACK = "goal taken back after one poll"
    TAKEN_BACK_LATE = "goal taken back after being seen twice"
    UNTOLD = "taken back without a Var line"
    VAR_ALONE = "Var line of no goal"
    MISSED_PENALTY = "missed penalty"
    LATE_START = "kick-off delayed"


HIDDEN = frozenset({Noise.LATE_EVENT, Noise.LOST_EVENT, Noise.UNTOLD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """One trouble of one event, between two minutes of its match's own clock."""

    noise: Noise
    start: float = 0
    end: float = inf
    shift: int = 0
    player: tuple[int, str] = (0, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoisyEvent:
    """`goal` is the place among the match's true goals, None for anything else."""

    event: ScriptEvent
    goal: int | None = None
    spells: tuple[Spell, ...] = ()

    def active(self, own: float) -> tuple[Spell, ...]:
        found = tuple(spell for spell in self.spells if spell.start <= own < spell.end)
        nameless = self.event.is_goal and own < self.event.named_at
        return (*found, Spell(noise=Noise.NAMELESS)) if nameless else found


@dataclass(frozen=True, slots=True, kw_only=True)
class NoisyMatch:
    """`script.events` are those of `events`, in the same order."""

    script: ScriptFixture
    events: tuple[NoisyEvent, ...]
    late_start: bool

    @property
    def invented(self) -> tuple[ScriptEvent, ...]:
        return tuple(one.event for one in self.events if one.event.taken_back_at is not None)


def counted(event: ScriptEvent) -> int:
    """45+2 as 47: minutes within a half."""
    return event.minute + (event.extra or 0)


def told(line: dict[str, Any], event: ScriptEvent, spells: Sequence[Spell]) -> list[dict[str, Any]]:
    """The lines that stand in the list for this one."""
    noises = {spell.noise for spell in spells}
    if noises & HIDDEN:
        return []
    for spell in spells:
        if spell.noise is Noise.NO_ID or (spell.noise is Noise.CORRECTED and line["player"]["name"]):
            _rename(line, spell)
        elif spell.noise is Noise.MOVED:
            line["time"] = moved(event, spell.shift)
    return [line, line] if Noise.DOUBLED in noises else [line]


def _rename(line: dict[str, Any], spell: Spell) -> None:
    if spell.noise is Noise.NO_ID:
        line["player"]["id"] = None
    else:
        line["player"] = {"id": spell.player[0], "name": spell.player[1]}


def moved(event: ScriptEvent, shift: int) -> dict[str, int | None]:
    """The clock with the shift; beyond the whole half it is added time, never the next half."""
    at, half = counted(event) + shift, 45 if event.minute <= 45 else 90
    return {"elapsed": min(at, half), "extra": at - half if at > half else None}
