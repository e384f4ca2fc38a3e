"""The API-Football stand-in: plays the script, one step per `live=` call or by the wall clock.

Reply shapes and refusals follow the provider's documentation (v3) and recorded replies.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from aiohttp import web

from footyd.demo.feed_payloads import fixture_payload
from footyd.demo.scenario import DEMO_KEY, Scenario
from footyd.demo.script import ScriptFixture

DAY_LIMIT = 7_500
MINUTE_LIMIT = 300
"""The Pro plan's, as its headers tell them."""
MAX_IDS = 20
QUESTIONS = ("id", "ids", "live", "date")
PARAMETERS = frozenset({*QUESTIONS, "timezone"})

NO_KEY = (
    "Error/Missing application key. Go to https://www.api-football.com/documentation-v3 "
    "to learn how to get your API application key."
)


class _Refusal(Exception):
    """HTTP 200 with `errors`, as the provider refuses."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class FeedStandIn:
    """Holds where the day stands, so a daemon that dies and returns finds it going on.

    `calls` counts what spends quota; `finished` is set once a live reply was served after the last whistle.
    """

    def __init__(self, scenario: Scenario, clock: Callable[[], datetime], *, real_time: bool = False) -> None:
        self._scenario = scenario
        self._clock = clock
        self._real_time = real_time
        self._started = clock()
        self._steps: list[datetime] = []
        self._asked_at: list[datetime] = []
        self.finished = asyncio.Event()

    @property
    def calls(self) -> int:
        return len(self._asked_at)

    @property
    def minute(self) -> float:
        """The script minute that replies show now; below zero before the first live call."""
        if self._real_time:
            return (self._clock() - self._started).total_seconds() / 60
        return (len(self._steps) - 1) * self._scenario.step_minutes

    def reached_at(self, minute: float) -> datetime | None:
        """When the day came to this script minute; None while it lies ahead."""
        if self.minute < minute:
            return None
        if self._real_time:
            return self._started + timedelta(minutes=minute)
        step = max(0, -int(-minute // self._scenario.step_minutes))
        return self._steps[step]

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/status", self._status)
        app.router.add_get("/fixtures", self._fixtures)
        return app

    async def _status(self, request: web.Request) -> web.Response:
        if request.headers.get("x-apisports-key") != DEMO_KEY:
            return self._reply("status", {}, [], errors={"token": NO_KEY})
        account = {"firstname": "Demo", "lastname": "Day", "email": "demo@example.invalid"}
        subscription = {"plan": "Pro", "end": "2099-12-31T00:00:00+00:00", "active": True}
        requests = {"current": self.calls, "limit_day": DAY_LIMIT}
        body = {"account": account, "subscription": subscription, "requests": requests}
        return self._reply("status", {}, body)

    async def _fixtures(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        try:
            return self._reply("fixtures", asked, self._spend(request))
        except _Refusal as refusal:
            return self._reply("fixtures", asked, [], errors={refusal.field: refusal.message})

    def _spend(self, request: web.Request) -> list[dict[str, Any]]:
        if request.headers.get("x-apisports-key") != DEMO_KEY:
            raise _Refusal("token", NO_KEY)
        self._asked_at.append(self._clock())
        return self._answer(request.query)

    def _answer(self, asked: Mapping[str, str]) -> list[dict[str, Any]]:
        question = _only_question(asked)
        if question == "live":
            return self._live(asked["live"])
        if question == "date":
            return self._day(asked["date"], asked.get("timezone", "UTC"))
        wanted = _numbers(question, asked[question])
        if question == "ids" and len(wanted) > MAX_IDS:
            raise _Refusal("ids", "Maximum of 20 ids allowed.")
        if question == "id" and len(wanted) != 1:
            raise _Refusal("id", "The Id field must contain an integer.")
        return [fixture_payload(one, self.minute, whole=True) for one in self._all() if one.id in wanted]

    def _live(self, leagues: str) -> list[dict[str, Any]]:
        wanted = None if leagues == "all" else _numbers("live", leagues)
        self._step()
        shown = [one for one in self._all() if one.in_play(self.minute)]
        return [fixture_payload(one, self.minute) for one in shown if not wanted or one.league.id in wanted]

    def _step(self) -> None:
        self._steps.append(self._clock())
        if self.minute >= self._scenario.end_minute:
            self.finished.set()

    def _day(self, day: str, zone: str) -> list[dict[str, Any]]:
        try:
            wanted, tz = date.fromisoformat(day), ZoneInfo(zone)
        except ValueError as exc:
            raise _Refusal("date", "The Date field must contain a valid date.") from exc
        except ZoneInfoNotFoundError as exc:
            raise _Refusal("timezone", "The Timezone field must contain a valid zone.") from exc
        shown = [one for one in self._all() if one.kickoff.astimezone(tz).date() == wanted]
        return [fixture_payload(one, self.minute, events=False) for one in shown]

    def _all(self) -> Iterator[ScriptFixture]:
        yield from self._scenario.fixtures
        yield from self._scenario.others

    def _reply(
        self, get: str, asked: Mapping[str, str], response: Any, *, errors: Mapping[str, str] | None = None
    ) -> web.Response:
        body = {
            "get": get,
            "parameters": dict(asked) or [],
            "errors": errors or [],
            "results": len(response) if isinstance(response, list) else 1,
            "paging": {"current": 1, "total": 1},
            "response": response,
        }
        return web.json_response(body, headers=self._quota_headers())

    def _quota_headers(self) -> dict[str, str]:
        now = self._clock()
        recent = sum((now - at).total_seconds() < 60 for at in self._asked_at)
        return {
            "x-ratelimit-requests-limit": str(DAY_LIMIT),
            "x-ratelimit-requests-remaining": str(max(0, DAY_LIMIT - self.calls)),
            "X-RateLimit-Limit": str(MINUTE_LIMIT),
            "X-RateLimit-Remaining": str(max(0, MINUTE_LIMIT - recent)),
        }


def _only_question(asked: Mapping[str, str]) -> str:
    unknown = sorted(set(asked) - PARAMETERS)
    if unknown:
        raise _Refusal(unknown[0], f"The {unknown[0].title()} field do not exist.")
    questions = [question for question in QUESTIONS if question in asked]
    if not questions:
        raise _Refusal("required", "At least one parameter is required.")
    if len(questions) > 1:
        first, second = questions[0].title(), questions[1].title()
        message = f"The {first} field cannot be used with the {second} field."
        raise _Refusal(questions[0], message)
    return questions[0]


def _numbers(field: str, text: str) -> frozenset[int]:
    parts = text.split("-")
    if not all(part.isdigit() for part in parts):
        raise _Refusal(field, f"The {field.title()} field must contain integers.")
    return frozenset(int(part) for part in parts)
