"""Whole replies: the envelope of API-Football, and everything that is wrong with some of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic_core import to_json

DAY_LIMIT, MINUTE_LIMIT = 7_500, 300
"""The Pro plan's."""


class Trouble(StrEnum):
    """What is done to a whole reply; the second group leaves it well-formed."""

    RATE_LIMITED = "HTTP 200 with errors.rateLimit"
    TOO_MANY = "HTTP 429"
    SERVER_ERROR = "HTTP 500 without an envelope"
    HTML = "HTML instead of JSON"
    TRUNCATED = "JSON cut off"
    MISCOUNTED = "results and length differ"
    EVENTS_NULL = "events null"

    NO_EVENTS = "event lists empty, scores right"
    NO_GOALS = "goals null"
    HALF_EMPTY = "every second event list empty"
    REGRESSED = "all matches back at 0-0"
    LEFT_OUT = "a match left out"


RATES: Mapping[Trouble, float] = {
    Trouble.RATE_LIMITED: 0.01,
    Trouble.TOO_MANY: 0.005,
    Trouble.SERVER_ERROR: 0.005,
    Trouble.HTML: 0.005,
    Trouble.TRUNCATED: 0.005,
    Trouble.MISCOUNTED: 0.005,
    Trouble.EVENTS_NULL: 0.005,
    Trouble.NO_EVENTS: 0.01,
    Trouble.NO_GOALS: 0.01,
    Trouble.HALF_EMPTY: 0.01,
    Trouble.REGRESSED: 0.01,
    Trouble.LEFT_OUT: 0.02,
}
"""Share of replies. Each was reported at least once, none is counted anywhere: one reply in ten is spoilt."""
LASTING = frozenset({Trouble.NO_EVENTS, Trouble.NO_GOALS, Trouble.HALF_EMPTY})
"""These hold for two polls."""
REFUSED = frozenset(list(Trouble)[:7])

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One HTTP reply; a rate-limited one has no quota headers, as recorded."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def reply(
    asked: Mapping[str, str],
    response: Sequence[Payload],
    *,
    spent: int,
    errors: Mapping[str, str] | None = None,
    results: int | None = None,
) -> Reply:
    """A well-formed reply, with the quota headers after so many calls; `results` may tell a lie."""
    headers = {
        "x-ratelimit-requests-limit": str(DAY_LIMIT),
        "x-ratelimit-requests-remaining": str(max(0, DAY_LIMIT - spent)),
        "X-RateLimit-Limit": str(MINUTE_LIMIT),
        "X-RateLimit-Remaining": str(MINUTE_LIMIT - 1),
    }
    return Reply(status=200, body=_envelope(asked, response, errors=errors, results=results), headers=headers)


def refused_reply(
    trouble: Trouble, asked: Mapping[str, str], payloads: Sequence[Payload], *, spent: int
) -> Reply:
    """The reply with one of the troubles for which nobody may take it."""
    if trouble in _BARE:
        return _BARE[trouble]
    if trouble is Trouble.EVENTS_NULL:
        return reply(asked, [{**payload, "events": None} for payload in payloads], spent=spent)
    if trouble is Trouble.MISCOUNTED:
        return reply(asked, payloads, spent=spent, results=len(payloads) + 1)
    whole = reply(asked, payloads, spent=spent)
    return Reply(status=200, body=whole.body[: len(whole.body) * 2 // 3], headers=whole.headers)


def _envelope(
    asked: Mapping[str, str],
    response: Sequence[Payload],
    *,
    errors: Mapping[str, str] | None = None,
    results: int | None = None,
    get: str = "fixtures",
) -> bytes:
    body = {
        "get": get,
        "parameters": dict(asked) or [],
        "errors": errors or [],
        "results": len(response) if results is None else results,
        "paging": {"current": 1, "total": 1},
        "response": response,
    }
    return to_json(body)


_BARE: Mapping[Trouble, Reply] = {
    Trouble.RATE_LIMITED: Reply(
        status=200,
        body=_envelope(
            {},
            [],
            errors={"rateLimit": "Too many requests. Your rate limit is 300 requests per minute."},
            get="",
        ),
    ),
    Trouble.TOO_MANY: Reply(status=429, body=b'{"message":"Too many requests"}'),
    Trouble.SERVER_ERROR: Reply(status=500, body=b'{"message":"Something went wrong, please try again"}'),
    Trouble.HTML: Reply(
        status=200,
        body=b"<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>",
        content_type="text/html",
    ),
}
"""Replies that hold nothing of what was asked."""
