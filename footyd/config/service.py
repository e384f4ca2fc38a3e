"""The process and what surrounds it: places, database, workers, page, log."""

from __future__ import annotations

import os
import re
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from footyd.config.section import PositiveSeconds, Section, too_high, whole_path

SHORTEST_TOKEN = 16


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
    host: str = Field(
        "127.0.0.1", description="Address to listen on; any but this machine's own loopback needs web.token."
    )
    port: int = Field(8674, ge=0, le=65535, description="Port of the page.")
    token: SecretStr | None = Field(
        None, description="What the login form and the API ask for (secret); at least 16 characters."
    )
    hosts: tuple[str, ...] = Field(
        (), description="Further names under which the page is reached, as a reverse proxy passes them on."
    )
    prefix: str = Field(
        "", description="Path under which a reverse proxy shows the page, such as /footyd; empty: the root."
    )
    trusted_proxies: tuple[str, ...] = Field(
        ("127.0.0.1", "::1"),
        description="Reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed: addresses or networks.",
    )

    @field_validator("host")
    @classmethod
    def _address(cls, value: str) -> str:
        allowed = "an IP address of this machine, such as 127.0.0.1 or 0.0.0.0, or localhost"
        if "/" in value:
            raise ValueError(allowed)
        if value != "localhost":
            _network(value, allowed)
        return value

    @field_validator("token", mode="before")
    @classmethod
    def _token(cls, value: object) -> object:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if isinstance(text, str) and (len(text) < SHORTEST_TOKEN or not text.isascii() or " " in text):
            raise ValueError(
                f"{SHORTEST_TOKEN} or more ASCII characters without spaces: openssl rand -hex 24"
            )
        return value

    @field_validator("hosts")
    @classmethod
    def _names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(not re.fullmatch(r"[\w.-]+|\[[0-9a-fA-F:]+\]", name, re.ASCII) for name in value):
            raise ValueError("names or addresses without scheme, port and path: footyd.example.org")
        return tuple(name.lower() for name in value)

    @field_validator("prefix")
    @classmethod
    def _path(cls, value: str) -> str:
        if value.rstrip("/") and not re.fullmatch(r"(/[\w.~-]+)+/?", value, re.ASCII):
            raise ValueError("a path that begins with /, such as /footyd")
        return value.rstrip("/")

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            _network(one, "IP addresses or networks, such as 10.0.0.0/8")
        return value

    @model_validator(mode="after")
    def _open_needs_token(self) -> WebConfig:
        if not self.on_loopback and self.token is None:
            allowed = "127.0.0.1, ::1 or localhost, unless web.token is set (openssl rand -hex 24)"
            raise too_high(self, "host", allowed)
        return self

    @property
    def on_loopback(self) -> bool:
        return self.host == "localhost" or ip_address(self.host).is_loopback


def _network(text: str, allowed: str) -> None:
    try:
        ip_network(text)
    except ValueError as exc:
        raise ValueError(allowed) from exc


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
