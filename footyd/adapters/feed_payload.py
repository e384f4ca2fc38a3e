"""What API-Football sends, checked at the edge: one whole HTTP body in, fixtures or the right FeedError out.

A reply is taken whole or refused whole. Unknown keys are ignored: the provider adds some every season.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import from_json

from footyd.adapters.feed_refusal import feed_error, refusal_in, refuse_status
from footyd.errors import (
    FeedMalformed,
    FeedUnavailable,
)
from footyd.model import Event, Fixture, FixtureId, League, LeagueId, PlayerId, Score, Team, TeamId

# ---------------------------------------------------------------- the shapes


def _utc(value: object) -> datetime:
    if not isinstance(value, str) or (moment := datetime.fromisoformat(value)).tzinfo is None:
        raise ValueError("a time with its offset from UTC is wanted")
    try:
        return moment.astimezone(UTC)
    except OverflowError as exc:
        raise ValueError("a time within the calendar is wanted") from exc


class _Edge(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, hide_input_in_errors=True)


_Id = Annotated[int, Field(gt=0, lt=2**53)]
_Number = Annotated[int, Field(gt=-(2**31), lt=2**31)]
_Count = Annotated[int, Field(ge=0, lt=2**31)]
_Word = Annotated[str, Field(min_length=1)]
_When = Annotated[datetime, BeforeValidator(_utc)]


class _Team(_Edge):
    id: _Id
    name: _Word

    def value(self) -> Team:
        return Team(id=TeamId(self.id), name=self.name)


class _Person(_Edge):
    id: _Number | None = None
    name: str | None = None


class _Clock(_Edge):
    elapsed: _Number  # may be negative: https://github.com/api-sports/public-roadmap/issues/195
    extra: _Number | None = None


class _Event(_Edge):
    time: _Clock
    team: _Team
    player: _Person | None = None
    type: _Word
    detail: _Word
    comments: str | None = None

    def value(self) -> Event:
        player = self.player or _Person()
        return Event(
            minute=self.time.elapsed,
            extra=self.time.extra,
            team_id=TeamId(self.team.id),
            team_name=self.team.name,
            player_id=None if player.id is None else PlayerId(player.id),
            player=player.name or None,
            type=self.type,
            detail=self.detail,
            comments=self.comments,
        )


class _Status(_Edge):
    short: _Word
    elapsed: _Number | None = None


class _Match(_Edge):
    id: _Id
    date: _When
    status: _Status


class _League(_Edge):
    id: _Id
    name: _Word
    season: _Number
    country: str | None = None
    round: str | None = None

    def value(self) -> League:
        place, stage = self.country or "", self.round or ""
        return League(id=LeagueId(self.id), name=self.name, country=place, season=self.season, round=stage)


class _Teams(_Edge):
    home: _Team
    away: _Team


class _Goals(_Edge):
    home: _Count | None
    away: _Count | None

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.home is None) != (self.away is None):
            raise ValueError("one side of the score is null")
        return self

    def value(self) -> Score | None:
        return None if self.home is None or self.away is None else Score(home=self.home, away=self.away)


class _Fixture(_Edge):
    fixture: _Match
    league: _League
    teams: _Teams
    goals: _Goals
    events: list[_Event] = []  # absent is no fault, null is

    def value(self, payload: Mapping[str, Any]) -> Fixture:
        told = "events" in self.model_fields_set
        return Fixture(
            id=FixtureId(self.fixture.id),
            kickoff=self.fixture.date,
            status=self.fixture.status.short,
            minute=self.fixture.status.elapsed,
            league=self.league.value(),
            home=self.teams.home.value(),
            away=self.teams.away.value(),
            score=self.goals.value(),
            events=tuple(event.value() for event in self.events) if told else None,
            payload=payload,
        )


class _Paging(_Edge):
    total: _Count


class _Envelope(_Edge):
    errors: list[Any] | dict[str, Any]
    results: _Count
    paging: _Paging | None = None
    response: list[Any]


class _Subscription(_Edge):
    plan: str
    active: bool
    end: _When | None = None


class _Requests(_Edge):
    current: _Count
    limit_day: _Count


class _AccountBody(_Edge):
    subscription: _Subscription
    requests: _Requests


class _AccountEnvelope(_Edge):
    errors: list[Any] | dict[str, Any]
    response: _AccountBody


# ---------------------------------------------------------------- the doors


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What `/status` tells: the plan, whether it runs and until when, the day's calls spent and allowed."""

    plan: str
    active: bool
    ends: datetime | None
    used_today: int
    day_limit: int


def parse_reply(text: str | bytes, *, status: int = 200) -> tuple[Fixture, ...]:
    """The fixtures of one whole body of a `/fixtures` call; any break of the contract refuses all of it.

    Such calls are never paged (documentation), so a second page means that we hold a part: refused too.
    """
    envelope = _checked(_Envelope, _decoded(text, status))
    found = len(envelope.response)
    if envelope.results != found:
        raise feed_error(FeedMalformed, f"the reply promises {envelope.results} results and holds {found}")
    if envelope.paging is not None and envelope.paging.total > 1:
        raise feed_error(FeedMalformed, f"the reply is one of {envelope.paging.total} pages")
    fixtures = tuple(_fixture(payload, f"response.{i}.") for i, payload in enumerate(envelope.response))
    _refuse_doubles(fixtures)
    return fixtures


def parse_fixture(payload: Mapping[str, Any]) -> Fixture:
    """One fixture object as received or as stored; FeedMalformed names the path of the bad field."""
    return _fixture(payload, "")


def parse_account(text: str | bytes, *, status: int = 200) -> Account:
    """The body of a `/status` call, whose `response` is an object."""
    body = _checked(_AccountEnvelope, _decoded(text, status)).response
    return Account(
        plan=body.subscription.plan,
        active=body.subscription.active,
        ends=body.subscription.end,
        used_today=body.requests.current,
        day_limit=body.requests.limit_day,
    )


def _decoded(text: str | bytes, status: int) -> object:
    """The JSON of a reply that neither its HTTP status nor its `errors` refuse."""
    try:
        reply = from_json(text, allow_inf_nan=False)
    except ValueError as exc:
        if status != 200:
            refuse_status(None, status)
        raise feed_error(FeedUnavailable, "the reply is not whole JSON") from exc
    if status != 200:
        refuse_status(reply, status)
    if isinstance(reply, Mapping) and (refusal := refusal_in(reply.get("errors"))):
        raise refusal
    return reply


def _fixture(payload: object, where: str) -> Fixture:
    if not isinstance(payload, Mapping):
        raise feed_error(FeedMalformed, f"{where.rstrip('.') or 'the fixture'} is not an object")
    return _checked(_Fixture, payload, where).value(payload)


_Shape = TypeVar("_Shape", bound=_Edge)


def _checked(shape: type[_Shape], value: object, where: str = "") -> _Shape:
    try:
        return shape.model_validate(value)
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False)[0]
        path = where + ".".join(str(step) for step in first["loc"])
        raise feed_error(FeedMalformed, f"{path or 'the reply'}: {first['msg']}") from exc


def _refuse_doubles(fixtures: tuple[Fixture, ...]) -> None:
    counted = Counter(fixture.id for fixture in fixtures)
    if doubles := [str(id_) for id_, times in counted.items() if times > 1]:
        raise feed_error(FeedMalformed, f"the reply holds fixture {', '.join(doubles[:5])} more than once")
