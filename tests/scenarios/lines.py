"""Single lines of a scenario: the state of a match, an event, a time."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

from tests.scenarios.words import FIRST_DAY, STATUSES, EventLine, Shown

STATE = re.compile(r"(\S+) +(\d+-\d+|-)(?: +kick-off ((?:day \d+ )?\d\d:\d\d))?")
_EVENT = re.compile(
    r"(?P<minute>\d+)(?:\+(?P<extra>\d+))?' +(?P<team>Home|Away|Stranger) +(?P<player>[^\[\]\"#]*[^\[\]\"# ])"
    r"(?: +#(?P<id>\d+))?(?: +\[(?:(?P<type>[^\]:]+): )?(?P<detail>[^\]]*)\])?(?: +\"(?P<comments>[^\"]*)\")?"
)


class LineError(ValueError):
    """What is wrong with a line; who reads the file knows which one it is."""


def shown(match: int, text: str) -> Shown:
    """`2H  1-0`, where it differs with the kick-off."""
    found = STATE.fullmatch(text)
    if not found or found[1] not in STATUSES:
        raise LineError(f"{text!r}: a status and a score are wanted, as in '2H  1-0'")
    return Shown(
        match=match,
        status=found[1],
        score=None if found[2] == "-" else found[2],
        kickoff=moment(found[3]) if found[3] else None,
    )


def with_event(before: Shown, text: str) -> Shown:
    """The match with one line more below it."""
    if before.told and not before.events:
        raise LineError("events after there were none")
    if text in {"no events", "events left out"}:
        if before.events:
            raise LineError(f"{text} after some")
        return replace(before, told=True, left_out=text == "events left out")
    return replace(before, told=True, events=(*before.events, event(text)))


def event(text: str) -> EventLine:
    """`23'  Home  Kane  #184 [Penalty]`."""
    if not (found := _EVENT.fullmatch(text)):
        raise LineError(f"{text!r} is no event; as in: 23'  Home  Kane  #184 [Penalty]")
    return EventLine(
        minute=int(found["minute"]),
        extra=int(found["extra"]) if found["extra"] else None,
        team=found["team"],
        player=None if found["player"] == "?" else found["player"],
        player_id=int(found["id"]) if found["id"] else None,
        type=found["type"] or "Goal",
        detail=found["detail"] or "Normal Goal",
        comments=found["comments"],
    )


def moment(text: str) -> datetime:
    """`15:25`, or `day 8 15:25`."""
    *day, clock = text.split(" ")
    hours, minutes = map(int, clock.split(":"))
    if hours > 23 or minutes > 59:
        raise LineError(f"{text!r} is no time of a day")
    days = int(day[1]) - 1 if day else 0
    return FIRST_DAY + timedelta(days=days, hours=hours, minutes=minutes)
