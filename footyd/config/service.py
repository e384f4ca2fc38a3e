"""The process and what surrounds it: places, database, workers, page, log."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator

from footyd.config.section import PositiveSeconds, Section, whole_path


def default_state_dir() -> Path:
    """systemd's `StateDirectory=`, else the XDG place."""
    if systemd := os.environ.get("STATE_DIRECTORY"):
        return Path(systemd.split(":")[0])
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "footyd"


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
        return whole_path(value)


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
    quiet_seconds: float = Field(
        900,
        ge=0,
        le=7 * 24 * 3600,
        description="The same alert of a source, the feed or the disk is not told again sooner.",
    )
