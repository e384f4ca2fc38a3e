"""The ways to X, and how a goal's posts are looked for and judged."""

from __future__ import annotations

import itertools
from typing import Literal

from pydantic import Field, HttpUrl, field_validator

from footyd.config.section import PositiveSeconds, Retry, Section


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
