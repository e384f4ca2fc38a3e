"""The ways to X, and how a goal's posts are looked for and judged."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, HttpUrl, SecretStr, field_validator

from footyd.config.section import PositiveSeconds, Retry, Section, whole_path

X_WEB_BEARER = (
    "AAAAAAAAAAAAAAAAAAAAANRILgAAAAAAnNwIzUejRCOuH5E6I8xnZz4puTs%3D1Zv7ttfk8LF81IUq16cHjhLTvJu4FA33AGWWjCpTnA"
)
"""The bearer of X's own web client: the same for every visitor, no secret of anybody."""


def _without_login(url: HttpUrl) -> HttpUrl:
    """What is in an address gets into reasons, into the addresses of videos, and so into the records."""
    if url.username or url.password:
        raise ValueError("an address without a user name and password")
    return url


Address = Annotated[HttpUrl, AfterValidator(_without_login)]


class CookiesConfig(Section):
    """The moving parts (query id, features, bearer) are keys, so that a rotation at X is an edit and a SIGHUP."""

    file: Path | None = Field(
        None, description="Cookies of an X login: Netscape cookies.txt or a JSON export (mode 0600)."
    )
    auth_token: SecretStr | None = Field(
        None, description="The cookie auth_token, instead of a file (secret)."
    )
    ct0: SecretStr | None = Field(
        None, description="The cookie ct0; without it footyd makes one, as a browser does (secret)."
    )
    base_url: Address = Field(HttpUrl("https://x.com"), description="Address of X.")
    bearer: str = Field(X_WEB_BEARER, pattern=r"^[!-~]+$", description="Bearer of X's web client.")
    query_id: str = Field(
        "", description="Id of X's search query; empty takes the newest one known.", pattern=r"^[\w-]*$"
    )
    features: dict[str, bool] = Field(
        {}, description="Feature flags of X's search, laid over the ones known."
    )
    user_agent: str = Field(
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
        pattern="^[ -~]+$",
        description="Browser that footyd names to X.",
    )
    transaction_ids: bool = Field(
        True, description="Whether the header x-client-transaction-id is sent; needs footyd[x]."
    )
    timeout_seconds: PositiveSeconds = Field(20, description="Longest wait for one answer.")

    @field_validator("file")
    @classmethod
    def _file(cls, value: Path | None) -> Path | None:
        return value if value is None else whole_path(value)


class BrowserConfig(Section):
    executable: Path = Field(Path("/usr/bin/chromium"), description="Chromium to start.")
    session_file: Path | None = Field(
        None,
        description="Where `footyd login` keeps the X login (default: x_session.json in the state directory).",
    )
    base_url: Address = Field(HttpUrl("https://x.com"), description="Address of X.")
    user_agent: str = Field("", description="Browser that Chromium names to X; empty: its own, not headless.")
    timeout_seconds: PositiveSeconds = Field(45, description="Longest wait for one search.")
    start_timeout_seconds: PositiveSeconds = Field(60, description="Longest wait for Chromium to start.")
    idle_seconds: PositiveSeconds = Field(120, description="After so long without a search Chromium ends.")
    memory_bytes: int = Field(
        600_000_000, ge=200_000_000, description="Chromium is closed after a search that left it above this."
    )

    @field_validator("session_file")
    @classmethod
    def _file(cls, value: Path | None) -> Path | None:
        return value if value is None else whole_path(value)


class NitterConfig(Section):
    base_urls: tuple[Address, ...] = Field((), description="Addresses of Nitter instances, the best first.")
    timeout_seconds: PositiveSeconds = Field(15, description="Longest wait for one page.")


class ApiConfig(Section):
    bearer_token: SecretStr | None = Field(None, description="Bearer token of the X API v2 (secret).")
    base_url: Address = Field(HttpUrl("https://api.x.com"), description="Address of the X API.")
    video_operator: Literal["has:videos", "has:video_link", "has:media", ""] = Field(
        "has:videos", description="What asks for videos only; if refused, the next weaker one is used."
    )
    posts_per_search: int = Field(20, ge=10, le=100, description="At most so many posts in one answer.")
    posts_per_day: int = Field(
        300, ge=0, description="Posts paid for in a day (UTC) at most; X charges a post once a day."
    )
    price_per_post: float = Field(
        0.02, ge=0, description="What one post costs with its author and video, in the currency you pay."
    )
    money_per_day: float = Field(2.0, ge=0, description="Money spent in a day (UTC) at most.")
    timeout_seconds: PositiveSeconds = Field(20, description="Longest wait for one answer.")


SourceName = Literal["cookies", "browser", "nitter", "api"]


class SearchConfig(Section):
    sources: tuple[SourceName, ...] = Field(
        ("cookies", "browser", "nitter", "api"),
        description="The ways to X, in the order in which they are asked; one that is not set up is left out.",
    )
    passes_minutes: tuple[float, ...] = Field(
        (0, 1, 2, 4, 7, 11, 16, 25, 40, 60),
        description="When a goal is searched, in minutes after its confirmation.",
    )
    window_minutes: float = Field(
        3, ge=0, le=60, description="How long before the first sighting a post may have been written."
    )
    searches_per_window: int = Field(
        50, ge=1, description="Searches each account may make in one rate window."
    )
    rate_window_minutes: float = Field(15, gt=0, description="Length of that rate window.")
    rest_minutes: tuple[float, ...] = Field(
        (1, 5, 15, 30, 60, 180, 360, 720, 1440),
        description="How long a failing source rests: first, second… failure in a row.",
    )
    canary_query: str = Field(
        "goal filter:native_video",
        max_length=200,
        description="A search that always finds something; asked when a source that is free grows silent.",
    )
    canary_after: int = Field(
        4, ge=0, description="After so many empty answers in a row the canary is asked; 0: never."
    )
    minimum_score: float = Field(
        0.35, ge=0, le=1, description="Score from which a post is downloaded (0 to 1)."
    )
    aliases: dict[str, tuple[str, ...]] = Field(
        {}, description="More names of teams, by the feed's name of the team."
    )
    blocked_authors: tuple[str, ...] = Field((), description="Authors whose posts are never taken.")
    retry: Retry = Field(Retry(attempts=3, first_wait_seconds=10), description="Retries of one search.")
    cookies: CookiesConfig = Field(CookiesConfig(), description="X's web search with your cookies.")
    browser: BrowserConfig = Field(BrowserConfig(), description="X's web search in a browser.")
    nitter: NitterConfig = Field(NitterConfig(), description="The Nitter source.")
    api: ApiConfig = Field(ApiConfig(), description="The X API v2.")

    @field_validator("passes_minutes", "rest_minutes")
    @classmethod
    def _ascending(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if not value or value[0] < 0 or any(b <= a for a, b in itertools.pairwise(value)):
            raise ValueError("at least one number, none negative, each greater than the one before")
        return value

    @field_validator("rest_minutes")
    @classmethod
    def _no_rest_of_nothing(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        """A source would be asked again in the moment in which it failed, until its searches are spent."""
        if value[0] == 0:
            raise ValueError("each more than 0")
        return value
