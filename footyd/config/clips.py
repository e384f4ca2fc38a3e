"""Fetching clips, judging them, and the library they end in."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, HttpUrl, SecretStr, field_validator, model_validator

from footyd.config.section import PositiveSeconds, Retry, Section, too_high, whole_path


class DownloadConfig(Section):
    timeout_seconds: PositiveSeconds = Field(
        180, description="Longest time one download may take; then its process is killed."
    )
    max_bytes: int = Field(200_000_000, ge=10_000, description="Largest file accepted.")
    max_height: int = Field(1080, ge=144, le=4320, description="Largest picture height asked for, in lines.")
    first_look_lines: int = Field(
        360,
        ge=0,
        description="Of a video in several sizes the smallest with so many lines is compared first; 0: the best at once.",
    )
    per_host: int = Field(2, ge=1, le=32, description="Downloads from one host at the same time.")
    min_free_bytes: int = Field(
        500_000_000,
        ge=0,
        description="Downloads wait while less is free on the disk of state directory or folder library.",
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
            raise too_high(self, "min_seconds", f"less than clips.max_seconds ({self.max_seconds})")
        return self


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
    keep_days: int = Field(
        0, ge=0, description="After so many days since its goal a clip leaves the library; 0: never."
    )
    max_bytes: int = Field(
        0, ge=0, description="When the library's clips are more, the oldest leave it at night; 0: no limit."
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
        return value if value is None else whole_path(value)

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
