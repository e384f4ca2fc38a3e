"""The whole configuration as frozen models, one per section: TOML, then secret files, then `FOOTYD_SECTION__KEY` variables.

Every key has a default that works. `load_config` either returns a `Config` or raises `ConfigError` with one line per mistake.
"""

from __future__ import annotations

import itertools
import os
import string
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    PlainValidator,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

PositiveSeconds = Annotated[float, Field(gt=0, le=7 * 24 * 3600)]
BaseUrl = Annotated[HttpUrl, AfterValidator(lambda url: url)]


def default_state_dir() -> Path:
    """systemd's `StateDirectory=`, else the XDG place."""
    if systemd := os.environ.get("STATE_DIRECTORY"):
        return Path(systemd.split(":")[0])
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "footyd"


def _whole_path(value: Path) -> Path:
    try:
        return value.expanduser().absolute()
    except RuntimeError as exc:
        raise ValueError("a path; there is no such user") from exc


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


def _too_high(section: Section, key: str, allowed: str) -> ValidationError:
    """A mistake of two keys, told at the lower one: an error of the whole section would name neither."""
    kind = PydanticCustomError("too_high", allowed)
    details = InitErrorDetails(type=kind, loc=(key,), input=getattr(section, key))
    return ValidationError.from_exception_data(type(section).__name__, [details])


class Retry(Section):
    attempts: int = Field(3, ge=1, le=10, description="How often a call is tried in all.")
    first_wait_seconds: float = Field(
        10, ge=0, le=600, description="Wait before the second try; it doubles with each further one."
    )


class StateConfig(Section):
    dir: Path = Field(
        default_factory=default_state_dir,
        description="Where footyd keeps the embedded database, the folder library and clips in work (default: systemd's StateDirectory, else ~/.local/state/footyd).",
    )

    @field_validator("dir", mode="before")
    @classmethod
    def _some_path(cls, value: object) -> object:
        """As a `Path` the empty text would be the working directory."""
        if isinstance(value, str) and not value.strip():
            raise ValueError("a path, such as /var/lib/footyd")
        return value

    @field_validator("dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return _whole_path(value)


class ApiFootballConfig(Section):
    base_url: BaseUrl = Field(
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


class MongoConfig(Section):
    uri: SecretStr | None = Field(
        None,
        description="MongoDB to use; without it footyd starts its own (needs the extra footyd[embedded]).",
    )
    database: str = Field(
        "footyd", min_length=1, max_length=60, pattern=r"^[\w-]+$", description="Name of the database."
    )
    timeout_seconds: PositiveSeconds = Field(10, description="Longest wait for one database operation.")
    cache_gb: float = Field(
        0.25, ge=0.25, le=64, description="WiredTiger cache of the embedded MongoDB, in gigabytes."
    )

    @field_validator("uri")
    @classmethod
    def _scheme(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(("mongodb://", "mongodb+srv://")):
            raise ValueError("an address that starts with mongodb:// or mongodb+srv://")
        return value


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
            raise _too_high(
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


class NitterConfig(Section):
    base_urls: tuple[HttpUrl, ...] = Field((), description="Addresses of Nitter instances, the best first.")
    timeout_seconds: PositiveSeconds = Field(15, description="Longest wait for one page.")


SourceName = Literal["nitter"]


class SearchConfig(Section):
    sources: tuple[SourceName, ...] = Field(
        ("nitter",), description="The ways to X, in the order in which they are asked."
    )
    passes_minutes: tuple[float, ...] = Field(
        (0, 1, 2, 4, 7, 11, 16, 25, 40, 60),
        description="When a goal is searched, in minutes after its confirmation.",
    )
    window_minutes: float = Field(
        3, ge=0, le=60, description="How long before the first sighting a post may have been written."
    )
    searches_per_window: int = Field(
        50, ge=1, description="Searches each source may make in one rate window."
    )
    rate_window_minutes: float = Field(15, gt=0, description="Length of that rate window.")
    rest_minutes: tuple[float, ...] = Field(
        (1, 5, 15, 60), description="How long a failing source rests: first, second… failure in a row."
    )
    minimum_score: float = Field(
        0.35, ge=0, le=1, description="Score from which a post is downloaded (0 to 1)."
    )
    retry: Retry = Field(Retry(attempts=3, first_wait_seconds=10), description="Retries of one search.")
    nitter: NitterConfig = Field(NitterConfig(), description="The Nitter source.")

    @field_validator("passes_minutes", "rest_minutes")
    @classmethod
    def _ascending(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if not value or value[0] < 0 or any(b <= a for a, b in itertools.pairwise(value)):
            raise ValueError("at least one number, none negative, each greater than the one before")
        return value


class DownloadConfig(Section):
    timeout_seconds: PositiveSeconds = Field(
        180, description="Longest time one download may take; then its process is killed."
    )
    max_bytes: int = Field(200_000_000, ge=10_000, description="Largest file accepted.")
    max_height: int = Field(1080, ge=144, le=4320, description="Largest picture height asked for, in lines.")
    min_free_bytes: int = Field(
        500_000_000, ge=0, description="Free space that downloads leave on the state directory's disk."
    )
    candidates_per_pass: int = Field(
        15, ge=1, le=100, description="At most so many posts are downloaded in one pass, the best first."
    )
    retry: Retry = Field(Retry(attempts=3, first_wait_seconds=15), description="Retries of one download.")


class ClipsConfig(Section):
    min_seconds: float = Field(3, ge=0, description="Shortest clip kept.")
    max_seconds: float = Field(90, gt=0, description="Longest clip kept.")
    min_height: int = Field(144, ge=16, description="Lowest picture kept, in lines.")
    min_aspect: float = Field(
        0.75, gt=0, le=2, description="Narrowest picture kept, width by height; below it is portrait."
    )
    minimum_match: float = Field(
        0.6, ge=0, le=1, description="Match score from which two clips show the same footage (0 to 1)."
    )

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.min_seconds >= self.max_seconds:
            raise _too_high(self, "min_seconds", f"less than clips.max_seconds ({self.max_seconds})")
        return self


class WorkersConfig(Section):
    goals: int = Field(2, ge=1, le=32, description="How many goals are worked on at the same time.")
    processes: int = Field(
        2, ge=1, le=32, description="Worker processes for downloads and OpenCV; none runs when idle."
    )
    tasks_per_process: int = Field(50, ge=1, description="After so many tasks a worker process is replaced.")
    idle_seconds: PositiveSeconds = Field(
        60, description="After so long without work the worker processes end."
    )
    task_timeout_seconds: PositiveSeconds = Field(
        120, description="Longest time for one OpenCV task; then its process is killed."
    )


class S3Config(Section):
    endpoint_url: HttpUrl | None = Field(
        None, description="Address of the S3 server (MinIO and the like); without it AWS."
    )
    public_endpoint_url: HttpUrl | None = Field(
        None, description="Address in links handed out, when it differs from endpoint_url."
    )
    bucket: str = Field(
        "footyd",
        min_length=3,
        max_length=63,
        pattern=r"^[a-z0-9][a-z0-9.-]+[a-z0-9]$",
        description="Bucket; made when missing.",
    )
    region: str = Field("us-east-1", min_length=1, description="Region name.")
    access_key: SecretStr | None = Field(
        None, description="Access key (secret); without it boto's usual places are read."
    )
    secret_key: SecretStr | None = Field(None, description="Secret key (secret).")
    presign_seconds: int = Field(3600, ge=60, le=604_800, description="How long a link handed out works.")
    timeout_seconds: PositiveSeconds = Field(120, description="Longest wait for one operation, uploads too.")


DEFAULT_KEY_TEMPLATE = "{league}/{season}/{date} {home} vs {away}/{minute} {scorer}/{rank}-{sha8}.mp4"
KEY_FIELDS = (
    "league",
    "season",
    "date",
    "home",
    "away",
    "minute",
    "scorer",
    "team",
    "score",
    "rank",
    "sha8",
    "fixture",
    "goal",
)


def _fields_of(template: str) -> set[str]:
    """Names of the plain `{fields}`; a dot, an index, a conversion or a format could fail once a goal is kept."""
    names: set[str] = set()
    for _, name, form, conversion in string.Formatter().parse(template):
        if name is None:
            continue
        if name not in KEY_FIELDS:
            raise ValueError(repr(name))
        if form or conversion:
            raise ValueError(f"more than the name in {name!r}")
        names.add(name)
    return names


class LibraryConfig(Section):
    kind: Literal["folder", "s3"] = Field("folder", description="Where keepers live: folder or s3.")
    dir: Path | None = Field(
        None, description="Folder of the library (default: library under the state directory)."
    )
    key_template: str = Field(
        DEFAULT_KEY_TEMPLATE, description="Name of each clip; fields: " + " ".join(KEY_FIELDS) + "."
    )
    retry: Retry = Field(
        Retry(attempts=3, first_wait_seconds=10), description="Retries of one upload, deletion or look-up."
    )
    s3: S3Config = Field(S3Config(), description="The S3 library.")

    @field_validator("dir")
    @classmethod
    def _folder(cls, value: Path | None) -> Path | None:
        if value is not None and str(value) in {"", "."}:
            raise ValueError("the path of a folder")
        return value if value is None else _whole_path(value)

    @field_validator("key_template")
    @classmethod
    def _template(cls, value: str) -> str:
        try:
            fields = _fields_of(value)
        except ValueError as exc:
            raise ValueError(f"fields in braces out of: {' '.join(KEY_FIELDS)} (wrong: {exc})") from exc
        if "sha8" not in fields:
            raise ValueError("a template with {sha8}, or two clips could get one name")
        return value


class WebConfig(Section):
    enabled: bool = Field(True, description="Whether the page and /healthz are served.")
    port: int = Field(8674, ge=0, le=65535, description="Port on 127.0.0.1; footyd listens nowhere else.")


class LogConfig(Section):
    level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least severity shown.")
    format: Literal["auto", "console", "json", "journal"] = Field(
        "auto",
        description="console, json or journal; auto: console on a terminal, journal under systemd, else json.",
    )


class DaemonConfig(Section):
    grace_seconds: float = Field(
        20, ge=0, le=600, description="How long running work may finish after SIGTERM."
    )
    runs_kept_days: int = Field(90, ge=1, le=3650, description="How long the history of runs is kept.")


class NotifyConfig(Section):
    urls: tuple[SecretStr, ...] = Field(
        (),
        description="Apprise addresses told of goals stored, taken back and of sources that need you (secret).",
    )


class Config(Section):
    """All sections; a stage gets its own section, never the whole."""

    state: StateConfig = Field(default_factory=StateConfig, description="Places on disk.")
    api_football: ApiFootballConfig = Field(ApiFootballConfig(), description="The feed.")
    mongo: MongoConfig = Field(MongoConfig(), description="The database, footyd's truth and queue.")
    follow: FollowConfig = Field(FollowConfig(), description="What is followed.")
    ingest: IngestConfig = Field(IngestConfig(), description="The day's fixtures.")
    poll: PollConfig = Field(PollConfig(), description="Live matches.")
    confirm: ConfirmConfig = Field(ConfirmConfig(), description="Believing a goal.")
    search: SearchConfig = Field(SearchConfig(), description="Finding posts.")
    download: DownloadConfig = Field(DownloadConfig(), description="Fetching clips.")
    clips: ClipsConfig = Field(ClipsConfig(), description="Judging and matching clips.")
    workers: WorkersConfig = Field(WorkersConfig(), description="Concurrency.")
    library: LibraryConfig = Field(LibraryConfig(), description="Where the keepers live.")
    web: WebConfig = Field(WebConfig(), description="The page.")
    notify: NotifyConfig = Field(NotifyConfig(), description="Announcements.")
    log: LogConfig = Field(LogConfig(), description="The log.")
    daemon: DaemonConfig = Field(DaemonConfig(), description="The process.")

    @property
    def library_dir(self) -> Path:
        return _whole_path(self.library.dir) if self.library.dir else self.state.dir / "library"

    @property
    def work_dir(self) -> Path:
        """Clips in work: on the state directory's disk, removed when their goal's pass is done."""
        return self.state.dir / "work"
