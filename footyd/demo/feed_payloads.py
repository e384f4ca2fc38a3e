"""One scripted fixture as API-Football would send it at a script minute."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from footyd.demo.script import (
    FIRST_HALF_ENDS,
    FULL_TIME,
    SECOND_HALF_STARTS,
    ScriptClub,
    ScriptEvent,
    ScriptFixture,
)
from footyd.model import Score

Payload = dict[str, Any]

_LONG = {
    "NS": "Not Started",
    "1H": "First Half",
    "HT": "Halftime",
    "2H": "Second Half",
    "FT": "Match Finished",
}


def fixture_payload(
    fixture: ScriptFixture, day_minute: float, *, events: bool = True, whole: bool = False
) -> Payload:
    """`events=False` is the shape of `date=` replies, `whole` that of `id=`, with line-ups and the rest."""
    own = fixture.own_minute(day_minute)
    score = fixture.score_at(day_minute) if own >= 0 else None
    payload: Payload = {
        "fixture": _match(fixture, own),
        "league": _league(fixture),
        "teams": _teams(fixture, score),
        "goals": _sides(score),
        "score": _scores(fixture, own, score),
    }
    if events or whole:
        payload["events"] = list(_events(fixture, own))
    if whole:
        payload |= {"lineups": [], "statistics": [], "players": []}
    return payload


def _match(fixture: ScriptFixture, own: float) -> Payload:
    short, elapsed, extra = _status(own)
    first = int(fixture.kickoff.timestamp())
    second = int((fixture.kickoff + timedelta(minutes=SECOND_HALF_STARTS)).timestamp())
    periods = {"first": first if own >= 0 else None, "second": second if own >= SECOND_HALF_STARTS else None}
    return {
        "id": fixture.id,
        "referee": None,
        "timezone": "UTC",
        "date": fixture.kickoff.isoformat(),
        "timestamp": first,
        "periods": periods,
        "venue": {"id": None, "name": f"Stadion {fixture.home.name}", "city": None},
        "status": {"long": _LONG[short], "short": short, "elapsed": elapsed, "extra": extra},
    }


def _status(own: float) -> tuple[str, int | None, int | None]:
    """Short code, minute, added minute; the minute stands still in added time, as the feed has it."""
    if own < 0:
        return "NS", None, None
    if own < FIRST_HALF_ENDS:
        return "1H", *_clock(own, 45)
    if own < SECOND_HALF_STARTS:
        return "HT", 45, None
    if own < FULL_TIME:
        return "2H", *_clock(own - SECOND_HALF_STARTS + 45, 90)
    return "FT", 90, 3


def _clock(minute: float, whole_half: int) -> tuple[int, int | None]:
    if minute <= whole_half:
        return max(1, int(minute)), None
    return whole_half, int(minute) - whole_half or None


def _league(fixture: ScriptFixture) -> Payload:
    league = fixture.league
    return {
        "id": league.id,
        "name": league.name,
        "country": league.country,
        "logo": f"https://media.example.invalid/leagues/{league.id}.png",
        "flag": None,
        "season": fixture.kickoff.year,
        "round": league.round,
        "standings": True,
    }


def _teams(fixture: ScriptFixture, score: Score | None) -> Payload:
    ahead = None if score is None or score.home == score.away else score.home > score.away
    behind = None if ahead is None else not ahead
    return {
        "home": {**_club(fixture.home), "winner": ahead},
        "away": {**_club(fixture.away), "winner": behind},
    }


def _club(club: ScriptClub) -> Payload:
    return {"id": club.id, "name": club.name, "logo": f"https://media.example.invalid/teams/{club.id}.png"}


def _sides(score: Score | None) -> Payload:
    return {"home": score.home if score else None, "away": score.away if score else None}


def _scores(fixture: ScriptFixture, own: float, score: Score | None) -> Payload:
    """`halftime` already runs along in the first half; `fulltime` comes with the last whistle."""
    at_break = score
    if score and own > FIRST_HALF_ENDS:
        at_break = fixture.score_at(fixture.starts_at + FIRST_HALF_ENDS)
    return {
        "halftime": _sides(at_break),
        "fulltime": _sides(score if own >= FULL_TIME else None),
        "extratime": _sides(None),
        "penalty": _sides(None),
    }


def _events(fixture: ScriptFixture, own: float) -> Iterator[Payload]:
    for event in fixture.events:
        if event.taken_back_at is not None and own >= event.taken_back_at:
            yield _event(event, type_="Var", detail=event.verdict)
        elif own >= event.shown_at:
            yield _event(event, type_=event.type, detail=event.detail, named=own >= event.named_at)


def _event(event: ScriptEvent, *, type_: str, detail: str, named: bool = True) -> Payload:
    scorer = event.player if named else (None, None)
    assist = event.assist if named and event.assist and type_ != "Var" else (None, None)
    return {
        "time": {"elapsed": event.minute, "extra": event.extra},
        "team": _club(event.club),
        "player": {"id": scorer[0], "name": scorer[1]},
        "assist": {"id": assist[0], "name": assist[1]},
        "type": type_,
        "detail": detail,
        "comments": None,
    }
