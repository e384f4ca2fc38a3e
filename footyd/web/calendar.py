"""Followed matches as a calendar (RFC 5545) to subscribe to; a match keeps its UID when it moves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from icalendar import Calendar, Event

from footyd import __version__
from footyd.web.looks.news import MatchLook

NINETY_MINUTES, EXTRA_TIME = timedelta(hours=2), timedelta(minutes=45)
"""With the breaks."""
WENT_ON = frozenset({"ET", "BT", "P", "AET", "PEN"})
PREFIXES = {
    "PST": "Postponed: ",
    "CANC": "Cancelled: ",
    "ABD": "Abandoned: ",
    "SUSP": "Suspended: ",
    "INT": "Interrupted: ",
    "AWD": "Awarded: ",
    "WO": "Walk-over: ",
}
STATUS = {"TBD": "TENTATIVE", "PST": "TENTATIVE", "CANC": "CANCELLED"}
REFRESHED = timedelta(hours=1)


def fixtures_calendar(matches: Sequence[MatchLook], *, root: str, now: datetime, hides: bool) -> bytes:
    """`root` is the address of the page; `hides`: without scores, and as long as any other."""
    calendar = Calendar()
    calendar.add("prodid", f"-//footyd//{__version__}//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", "footyd")
    calendar.add("x-wr-calname", "footyd")
    calendar.add("refresh-interval", REFRESHED, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for match in matches:
        calendar.add_component(_event(match, root, now, hides=hides))
    return bytes(calendar.to_ical())


def _event(match: MatchLook, root: str, now: datetime, *, hides: bool) -> Event:
    event = Event()
    event.add("uid", f"fixture-{match.id}@footyd")
    event.add("dtstamp", now)
    event.add("dtstart", match.kickoff)
    lasts = NINETY_MINUTES + (EXTRA_TIME if match.status in WENT_ON and not hides else timedelta())
    event.add("dtend", match.kickoff + lasts)
    event.add("summary", _summary(match, hides=hides))
    event.add("status", STATUS.get(match.status, "CONFIRMED"))
    event.add("categories", [match.league])
    event.add("description", ", ".join(text for text in (match.league, match.round) if text))
    event.add("url", f"{root}/?day={match.day}")
    event.add("transp", "TRANSPARENT")
    if match.venue:
        event.add("location", match.venue)
    return event


def _summary(match: MatchLook, *, hides: bool) -> str:
    between = match.score.replace("-", "–") if match.score and not hides else "v"
    return f"{PREFIXES.get(match.status, '')}{match.home} {between} {match.away}"
