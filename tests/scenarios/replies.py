"""What a scenario shows, as the bodies that API-Football sends."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tests.scenarios.words import KICKOFF, EventLine, Shown

_TEAMS = {"Home": 1, "Away": 2, "Stranger": 99}
_REFUSED = {
    "errors not empty": {
        "bug": "This is on our side, please report us this bug on https://dashboard.api-football.com"
    },
    "rate limit": {"rateLimit": "Too many requests. Your rate limit is 10 requests per minute."},
}
HTML = "<html><head><title>502 Bad Gateway</title></head><body></body></html>"


def body(matches: Sequence[Shown], *, fault: str = "", with_events: bool = True) -> str:
    """One whole reply; a fault spoils it in the way it is named."""
    response = [payload(shown, with_events=with_events) for shown in matches]
    reply: dict[str, Any] = {
        "get": "fixtures",
        "parameters": {"live": "all"},
        "errors": _REFUSED.get(fault, []),
        "results": len(response),
        "paging": {"current": 1, "total": 1},
        "response": response,
    }
    if fault == "results differ from length":
        reply["results"] += 1
    if fault == "a match twice":
        reply |= {"response": response * 2, "results": 2 * len(response)}
    if fault == "events null":
        reply["response"] = [match | {"events": None} for match in response]
    text = json.dumps(reply)
    if fault == "HTML":
        return HTML
    return text[: len(text) // 2] if fault == "cut off" else text


def payload(shown: Shown, *, with_events: bool = True) -> dict[str, Any]:
    home, away = (None, None) if shown.score is None else map(int, shown.score.split("-"))
    found: dict[str, Any] = {
        "fixture": {
            "id": shown.match,
            "date": (shown.kickoff or KICKOFF).isoformat(),
            "status": {"long": shown.status, "short": shown.status, "elapsed": None, "extra": None},
        },
        "league": {"id": 39, "name": "Premier League", "country": "England", "season": 2025, "round": "28"},
        "teams": {"home": _team(shown.match, "Home"), "away": _team(shown.match, "Away")},
        "goals": {"home": home, "away": away},
    }
    if with_events and not shown.left_out:
        found["events"] = [_event(shown.match, event) for event in shown.events]
    return found


def _team(match: int, name: str) -> dict[str, Any]:
    return {"id": 100 * match + _TEAMS[name], "name": name}


def _event(match: int, event: EventLine) -> dict[str, Any]:
    return {
        "time": {"elapsed": event.minute, "extra": event.extra},
        "team": _team(match, event.team),
        "player": {"id": event.player_id, "name": event.player},
        "assist": {"id": None, "name": None},
        "type": event.type,
        "detail": event.detail,
        "comments": event.comments,
    }
