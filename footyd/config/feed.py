"""The feed, what is followed, and how a goal is believed."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from pydantic import Field, HttpUrl, PlainValidator, SecretStr, field_validator, model_validator

from footyd.config.section import PositiveSeconds, Retry, Section, too_high


class ApiFootballConfig(Section):
    base_url: HttpUrl = Field(
        HttpUrl("https://v3.football.api-sports.io"), description="Address of API-Football v3."
    )
    key: SecretStr | None = Field(
        None,
        description="Your API-Football key; needed to run (secret: a variable or a secret file is better).",
    )
    timeout_seconds: PositiveSeconds = Field(20, description="Longest wait for one whole reply.")
    retry: Retry = Field(
        Retry(attempts=3, first_wait_seconds=5), description="Retries of a call that found no answer."
    )


class FollowConfig(Section):
    teams: tuple[int, ...] = Field(
        (), description="Team ids to follow; a match counts when a team or its league is followed."
    )
    leagues: tuple[int, ...] = Field(
        (), description="League ids to follow; with no team and no league everything is followed."
    )

    def wants(self, *, league: int, teams: tuple[int, int]) -> bool:
        if not self.teams and not self.leagues:
            return True
        return league in self.leagues or any(team in self.teams for team in teams)


class IngestConfig(Section):
    cron: str = Field(
        "0 0 * * *",
        description="When the day's fixtures are fetched, as minute hour day month weekday (mon to sun; as a number Monday is 0).",
    )
    time_zone: str = Field(
        "UTC", description="Time zone of the cron line and of what counts as today (an IANA name)."
    )
    lookahead_days: int = Field(
        1, ge=0, le=14, description="How many days after today are fetched too; each day is one call."
    )

    @field_validator("cron")
    @classmethod
    def _cron(cls, value: str) -> str:
        try:
            CronTrigger.from_crontab(value)
        except ValueError as exc:
            raise ValueError(f"five fields: minute hour day month weekday ({exc})") from exc
        return value

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as exc:
            raise ValueError("an IANA time zone such as Europe/Berlin") from exc
        return value


def _interval(value: object) -> float | Literal["auto"]:
    if value == "auto":
        return "auto"
    try:
        seconds = float(str(value))
    except ValueError:
        seconds = 0.0
    if not 0.2 <= seconds <= 3600:
        raise ValueError('a number of seconds from 0.2 to 3600, or "auto"')
    return seconds


Interval = Annotated[float | Literal["auto"], PlainValidator(_interval)]


class PollConfig(Section):
    interval_seconds: Interval = Field(
        300,
        description='Time between two polls while a followed match is in play, or "auto": what the day\'s calls allow.',
    )
    auto_min_seconds: PositiveSeconds = Field(60, description="With auto: never poll more often than this.")
    auto_max_seconds: PositiveSeconds = Field(900, description="With auto: never poll more rarely than this.")
    reserve_calls: int = Field(
        5, ge=0, description="With auto: calls of the day kept for ingest and for you."
    )
    unknown_quota: int = Field(
        100, ge=1, description="With auto: calls a day while the feed has not told (the free plan's)."
    )
    lead_minutes: float = Field(
        5, ge=0, le=120, description="How long before kick-off a match becomes active."
    )
    grace_minutes: float = Field(
        60, ge=0, le=600, description="How long a finished match with missing events is waited for."
    )
    deferred_hours: float = Field(
        6, ge=0.5, le=72, description="How often a postponed or suspended match is read again."
    )

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.auto_min_seconds > self.auto_max_seconds:
            raise too_high(
                self, "auto_min_seconds", f"at most poll.auto_max_seconds ({self.auto_max_seconds})"
            )
        return self


class ConfirmConfig(Section):
    second_look_seconds: float = Field(
        0,
        ge=0,
        le=600,
        description="After a first sighting poll again so soon, one call more; 0 waits for the next poll.",
    )
    minute_tolerance: int = Field(
        5, ge=0, le=15, description="By how many minutes the feed may move a goal that stays the same goal."
    )
