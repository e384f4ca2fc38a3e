"""A season as API-Football would tell it, poll by poll: whole HTTP replies, a function of seed and time.

Shapes, refusals and what is wrong with them follow the provider's documentation (v3) and recorded replies.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from footyd.demo.feed_payloads import fixture_payload
from footyd.demo.season import ROUND_MINUTES, Season
from footyd.demo.season_noise import Noise, NoisyMatch, noisy, told

POLL_MINUTES = 5.0
DAY_LIMIT, MINUTE_LIMIT = 7_500, 300
"""The Pro plan's."""
MAX_IDS = 20


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
_MEMORY_POLLS = 4
REFUSED = frozenset(list(Trouble)[:7])

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One HTTP reply; a rate-limited one has no quota headers, as recorded."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalKey:
    """A true goal: the match and its place among the match's goals."""

    fixture_id: int
    place: int


class SeasonPlayer:
    """Answers questions at given times; the same seed answers the same. Counts what it was asked and did.

    `names` holds what the feed last said of each goal's scorer in a reply that nobody has to refuse.
    """

    def __init__(self, season: Season, seed: int, *, poll_minutes: float = POLL_MINUTES) -> None:
        self.season = season
        self.seed = seed
        self.matches = tuple(
            noisy(fixture, Random(f"{seed} {fixture.id}"), poll_minutes) for fixture in season.fixtures
        )
        self.calls: Counter[str] = Counter()
        self.troubles: Counter[Trouble] = Counter()
        self.names: dict[GoalKey, str | None] = {}
        self._noise: set[tuple[Noise, int, int]] = set()
        self._poll_minutes = poll_minutes

    @property
    def noise(self) -> Counter[Noise]:
        """In how many events (or matches) each kind was shown."""
        return Counter(kind for kind, _, _ in self._noise)

    def answer(self, asked: Mapping[str, str], now: datetime) -> Reply:
        """The reply to `/fixtures` with `live`, `id`, `ids` or `date`."""
        question = next((name for name in ("live", "id", "ids", "date") if name in asked), "")
        self.calls[question] += 1
        minute = self.season.minute(now)
        if question == "date":
            return self._reply(asked, self._day(asked, minute))
        if not question:
            return self._reply(asked, [], errors={"required": "At least one parameter is required."})
        wanted = [] if asked[question] == "all" else [int(part) for part in asked[question].split("-")]
        if question == "ids" and len(wanted) > MAX_IDS:
            return self._reply(asked, [], errors={"ids": "Maximum of 20 ids allowed."})
        if question == "live":
            shown = self._live(wanted, minute)
        else:
            shown = [match for match in reversed(self.matches) if match.script.id in wanted]
        return self._troubled(asked, shown, minute, self._trouble(minute))

    # ---------------------------------------------------------------- who is shown

    def _live(self, leagues: Sequence[int], minute: float) -> list[NoisyMatch]:
        if leagues and self.season.league.id not in leagues:
            return []
        return [match for match in self._round(minute) if match.script.in_play(minute)]

    def _round(self, minute: float) -> Sequence[NoisyMatch]:
        size = len(self.season.rounds[0])
        number = int(minute // ROUND_MINUTES)
        return self.matches[number * size : (number + 1) * size]

    def _day(self, asked: Mapping[str, str], minute: float) -> list[Payload]:
        day, zone = date.fromisoformat(asked["date"]), ZoneInfo(asked.get("timezone", "UTC"))
        scripts = [match.script for match in self.matches]
        today = [script for script in scripts if script.kickoff.astimezone(zone).date() == day]
        return [fixture_payload(script, minute, events=False) for script in today]

    # ---------------------------------------------------------------- what is wrong with the reply

    def _trouble(self, minute: float) -> Trouble | None:
        """The same for every question of a moment; no regression soon after another.

        A goal that is denied in two polls running is taken back: that is a promise, not a fault.
        """
        now, *before = (self._drawn(minute - ago * self._poll_minutes) for ago in range(_MEMORY_POLLS))
        if now is Trouble.REGRESSED and Trouble.REGRESSED in before:
            return None
        return now or (before[0] if before[0] in LASTING else None)

    def _drawn(self, minute: float) -> Trouble | None:
        draw = Random(f"{self.seed} {minute:g}").random()
        for trouble, rate in RATES.items():
            draw -= rate
            if draw < 0:
                return trouble
        return None

    def _troubled(
        self, asked: Mapping[str, str], shown: Sequence[NoisyMatch], minute: float, trouble: Trouble | None
    ) -> Reply:
        if trouble and shown:
            self.troubles[trouble] += 1
        if trouble in REFUSED:
            payloads = [fixture_payload(match.script, minute) for match in shown]
            return self._refused(asked, payloads, trouble)
        if trouble is Trouble.LEFT_OUT:
            shown = shown[1:]
        whole = "live" not in asked
        return self._reply(
            asked, [self._payload(match, place, minute, trouble, whole) for place, match in enumerate(shown)]
        )

    def _payload(
        self, match: NoisyMatch, place: int, minute: float, trouble: Trouble | None, whole: bool
    ) -> Payload:
        payload = fixture_payload(match.script, minute, whole=whole)
        silent = trouble in {Trouble.NO_EVENTS, Trouble.REGRESSED} or (
            trouble is Trouble.HALF_EMPTY and place % 2 == 0
        )
        payload["events"] = list(self._lines(match, payload, minute, silent=silent))
        if trouble is Trouble.NO_GOALS:
            payload["goals"] = {"home": None, "away": None}
        elif trouble is Trouble.REGRESSED:
            payload["goals"] = {"home": 0, "away": 0}
        return payload

    def _lines(
        self, match: NoisyMatch, payload: Payload, minute: float, *, silent: bool
    ) -> Iterator[Payload]:
        """The event lines with their noise; the score is set back where it lags behind them."""
        own = match.script.own_minute(minute)
        if match.late_start:
            self._noise.add((Noise.LATE_START, match.script.id, 0))
        shown = (one for one in match.events if own >= one.event.shown_at)
        for number, (one, line) in enumerate(zip(shown, payload["events"], strict=True)):
            spells = one.active(own)
            noises = {spell.noise for spell in spells}
            if Noise.LATE_SCORE in noises:
                payload["goals"]["home" if one.event.club == match.script.home else "away"] -= 1
            if silent:
                continue
            self._noise |= {(noise, match.script.id, number) for noise in noises}
            lines = told(line, one.event, spells)
            if lines and one.goal is not None and (name := line["player"]["name"]):
                self.names[GoalKey(fixture_id=match.script.id, place=one.goal)] = name
            yield from lines

    # ---------------------------------------------------------------- envelopes

    def _refused(self, asked: Mapping[str, str], payloads: list[Payload], trouble: Trouble) -> Reply:
        if trouble in _BARE:
            return _BARE[trouble]
        if trouble is Trouble.EVENTS_NULL:
            return self._reply(asked, [{**payload, "events": None} for payload in payloads])
        if trouble is Trouble.MISCOUNTED:
            return self._reply(asked, payloads, results=len(payloads) + 1)
        reply = self._reply(asked, payloads)
        return Reply(status=200, body=reply.body[: len(reply.body) * 2 // 3], headers=reply.headers)

    def _reply(
        self,
        asked: Mapping[str, str],
        response: Sequence[Payload],
        *,
        errors: Mapping[str, str] | None = None,
        results: int | None = None,
    ) -> Reply:
        left = max(0, DAY_LIMIT - self.calls.total())
        headers = {
            "x-ratelimit-requests-limit": str(DAY_LIMIT),
            "x-ratelimit-requests-remaining": str(left),
            "X-RateLimit-Limit": str(MINUTE_LIMIT),
            "X-RateLimit-Remaining": str(MINUTE_LIMIT - 1),
        }
        return Reply(
            status=200, body=_envelope(asked, response, errors=errors, results=results), headers=headers
        )


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
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


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
