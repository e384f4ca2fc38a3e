"""What a feed does to a true match: drawn once per match from a seed, then a function of the minute alone.

The noise keeps to what footyd promises to bear: minutes move by at most five and never past another goal of
the match, the score is right from the last whistle on, and no goal is taken back within ten minutes of
another of the same team (the feed has no ids: such a pair would be one goal that moved, for anybody).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import inf
from random import Random

from footyd.demo.script import FULL_TIME, ScriptClub, ScriptEvent, ScriptFixture, script_minute
from footyd.demo.season_spells import HIDDEN, Noise, NoisyEvent, NoisyMatch, Spell, counted

NAMELESS_BY_AGE = ((0.51, 3), (0.29, 6), (0.25, 11), (0.21, 31), (0.09, inf))
"""Share of goals without a scorer's name, and the age in minutes at which the next share holds.

From 794 goals of 9 recorded live replies (0–2, 3–5, 6–10, 11–30 and more minutes old).
"""
NAMED_WITHOUT_ID = 247 / 652
"""Of the goals with a name there; 31 % of all."""
VAR_ALONE = 10 / 529
"""Matches with a Var line that belongs to no goal of the list, in the same replies: all Var lines there."""

# No source counts how often these happen, only that they do: the rates are higher than anybody reported.
MOVED = 0.15
LATE_EVENT = 0.08
LOST_EVENT = 0.08
LATE_SCORE = 0.04
DOUBLED = 0.05
CORRECTED = 0.03
TAKEN_BACK = 0.25
TAKEN_BACK_LATE = 0.05
UNTOLD = 0.5
LATE_START = 0.04
MISSED_PENALTY = 0.1

MOST_MOVED = 5
CLEARANCE = 10
"""Minutes between a goal that is taken back and the next of its team: twice what a minute may move."""
LAST_LATE_TAKE_BACK = 70
"""The latest minute of a goal that is taken back late: it is gone before the last whistle."""
_VERDICTS = ("Goal cancelled", "Goal Disallowed - offside", "Goal Disallowed - Foul")
_HARMLESS: tuple[tuple[str, str], ...] = (
    ("Card", "Yellow Card"),
    ("Card", "Red Card"),
    ("subst", "Substitution 1"),
    ("subst", "Substitution 2"),
)
_SQUAD = ("R. Almeda", "T. Brock", "K. Castellan", "O. Dremel", "P. Eskola", "V. Farkas", "S. Grimaud")


def noisy(truth: ScriptFixture, random: Random, poll_minutes: float) -> NoisyMatch:
    """The match as the feed will tell it."""
    late_start = random.random() < LATE_START
    invented = list(_invented(truth, random, poll_minutes))
    calm = any(_seen_twice(one.event, poll_minutes) for one in invented)
    goals = [_noisy_goal(truth, place, random, poll_minutes, calm=calm) for place in range(len(truth.events))]
    events = sorted(
        [*_without_paid_copies(goals), *invented, *_others(truth, random)], key=lambda one: one.event.shown_at
    )
    script = replace(
        truth,
        starts_at=truth.starts_at + (random.choice((10, 20, 40)) if late_start else 0),
        events=tuple(one.event for one in events),
    )
    return NoisyMatch(script=script, events=tuple(events), late_start=late_start)


def _seen_twice(event: ScriptEvent, poll_minutes: float) -> bool:
    return event.taken_back_at is not None and event.taken_back_at - event.shown_at > poll_minutes


# ---------------------------------------------------------------- true goals


def _noisy_goal(
    truth: ScriptFixture, place: int, random: Random, poll_minutes: float, *, calm: bool
) -> NoisyEvent:
    """`calm`: no event of the match is late or lost.

    Where a believed goal is taken back while a true one is missing, the score alone cannot tell which of the
    two it still counts.
    """
    goal = truth.events[place]
    named = replace(goal, named_at=_named_at(goal, random))
    spells = [
        *_naming(named, random),
        *_moving(truth, place, random),
        *_hiding(goal, random, poll_minutes, calm=calm, alone=_stands_alone(truth, place)),
    ]
    if random.random() < DOUBLED:
        start = goal.shown_at + random.uniform(0, 40)
        spells.append(Spell(noise=Noise.DOUBLED, start=start, end=start + poll_minutes))
    return NoisyEvent(event=named, goal=place, spells=tuple(spells))


def _without_paid_copies(goals: Sequence[NoisyEvent]) -> Iterator[NoisyEvent]:
    """No event is listed twice while another one of its team is missing.

    The score would pay for the copy, and two lines that the score counts are two goals by all rules.
    """
    hidden = {one.event.club for one in goals if any(spell.noise in HIDDEN for spell in one.spells)}
    for one in goals:
        kept = tuple(spell for spell in one.spells if spell.noise is not Noise.DOUBLED)
        yield replace(one, spells=kept) if one.event.club in hidden else one


def _named_at(goal: ScriptEvent, random: Random) -> float:
    """One draw per goal: a name that is there stays, so that each share holds at its age."""
    drawn = random.random()
    return goal.shown_at + max((age for share, age in NAMELESS_BY_AGE if drawn < share), default=0)


def _naming(goal: ScriptEvent, random: Random) -> Iterator[Spell]:
    if random.random() < NAMED_WITHOUT_ID:
        yield Spell(noise=Noise.NO_ID)
    if random.random() < CORRECTED and goal.named_at < inf:
        other = (60_000, random.choice(_SQUAD))
        yield Spell(noise=Noise.CORRECTED, end=goal.named_at + random.uniform(5, 20), player=other)


def _moving(truth: ScriptFixture, place: int, random: Random) -> Iterator[Spell]:
    back, ahead = _room(truth.events, place)
    shift = random.randint(-back, ahead)
    if random.random() < MOVED and shift:
        start = truth.events[place].shown_at + random.choice((0, random.uniform(0, 30)))
        yield Spell(noise=Noise.MOVED, start=start, end=start + random.uniform(5, 40), shift=shift)


def _room(goals: Sequence[ScriptEvent], place: int) -> tuple[int, int]:
    """How far a goal may move either way: less than half of the way to its neighbours, within its half."""
    goal = goals[place]
    here = counted(goal)
    same_half = [counted(other) for other in goals if (other.minute <= 45) == (goal.minute <= 45)]
    first, last = (1, 48) if goal.minute <= 45 else (46, 93)
    before = [(here - at - 1) // 2 for at in same_half if at < here]
    after = [(at - here - 1) // 2 for at in same_half if at > here]
    alone = same_half.count(here) == 1
    return (
        min([MOST_MOVED, here - first, *before]) if alone else 0,
        min([MOST_MOVED, max(0, last - here), *after]) if alone else 0,
    )


def _stands_alone(truth: ScriptFixture, place: int) -> bool:
    """No other goal of the team is so near that the feed, losing one, might seem to have moved the other."""
    goal = truth.events[place]
    others = [other for at, other in enumerate(truth.events) if other.club == goal.club and at != place]
    return all(abs(counted(other) - counted(goal)) > CLEARANCE for other in others)


def _hiding(
    goal: ScriptEvent, random: Random, poll_minutes: float, *, calm: bool, alone: bool
) -> Iterator[Spell]:
    """At most one of: event late, score late (never beyond the last whistle), event lost for a while."""
    drawn, at = random.random(), goal.shown_at
    if drawn < LATE_EVENT and not calm:
        yield Spell(noise=Noise.LATE_EVENT, start=at, end=at + random.choice((5, 10, 15)))
    elif LATE_EVENT <= drawn < LATE_EVENT + LATE_SCORE:
        end = min(at + poll_minutes, FULL_TIME)
        yield Spell(noise=Noise.LATE_SCORE, start=at, end=end)
    elif LATE_EVENT + LATE_SCORE <= drawn < LATE_EVENT + LATE_SCORE + LOST_EVENT and alone and not calm:
        start = at + random.uniform(5, 50)
        yield Spell(noise=Noise.LOST_EVENT, start=start, end=start + random.choice((5, 10, 15)))


# ---------------------------------------------------------------- goals that were none, and other lines


def _invented(truth: ScriptFixture, random: Random, poll_minutes: float) -> Iterator[NoisyEvent]:
    drawn = random.random()
    if drawn < TAKEN_BACK:
        yield from _taken_back(truth, random, polls=1, poll_minutes=poll_minutes)
    elif drawn < TAKEN_BACK + TAKEN_BACK_LATE:
        yield from _taken_back(truth, random, polls=random.choice((2, 3)), poll_minutes=poll_minutes)


def _taken_back(
    truth: ScriptFixture, random: Random, *, polls: int, poll_minutes: float
) -> Iterator[NoisyEvent]:
    club = random.choice((truth.home, truth.away))
    minute = random.randint(1, 88 if polls == 1 else LAST_LATE_TAKE_BACK)
    others = [goal.shown_at for goal in truth.events if goal.club == club]
    at = script_minute(minute)
    if any(abs(at - other) <= CLEARANCE + MOST_MOVED for other in others):
        return
    line, gone_at = _line(club, minute, random), at + polls * poll_minutes
    event = replace(
        line,
        named_at=_named_at(line, random),
        taken_back_at=gone_at,
        verdict=random.choice(_VERDICTS),
    )
    kind = Noise.TAKEN_BACK if polls == 1 else Noise.TAKEN_BACK_LATE
    spells = [Spell(noise=kind, start=at, end=gone_at)]
    if random.random() < UNTOLD:
        spells.append(Spell(noise=Noise.UNTOLD, start=gone_at))
    yield NoisyEvent(event=event, spells=tuple(spells))


def _others(truth: ScriptFixture, random: Random) -> Iterator[NoisyEvent]:
    """Cards, substitutions, and what looks like a goal in one field and is none."""
    lines: list[tuple[str, str, Noise | None]] = [(type_, detail, None) for type_, detail in _HARMLESS]
    if random.random() < MISSED_PENALTY:
        lines.append(("Goal", "Missed Penalty", Noise.MISSED_PENALTY))
    if random.random() < VAR_ALONE:
        lines.append(("Var", random.choice((*_VERDICTS, "Penalty confirmed")), Noise.VAR_ALONE))
    for type_, detail, noise in lines:
        line = _line(random.choice((truth.home, truth.away)), random.randint(1, 90), random)
        spells = (Spell(noise=noise, start=line.shown_at),) if noise else ()
        yield NoisyEvent(event=replace(line, type=type_, detail=detail), spells=spells)


def _line(club: ScriptClub, minute: int, random: Random) -> ScriptEvent:
    place = random.randrange(len(_SQUAD))
    return ScriptEvent(minute=minute, club=club, player=(60_000 + place, _SQUAD[place]))
