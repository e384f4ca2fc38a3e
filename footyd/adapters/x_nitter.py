"""Nitter: X's search as a plain HTML page, asked from several instances in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

import httpx
import stamina

from footyd.adapters.x_nitter_page import SOURCE, read_page
from footyd.config import NitterConfig, Retry
from footyd.model import (
    AuthExpired,
    Found,
    NoResults,
    Query,
    RateLimited,
    SourceReply,
    Unavailable,
)

RATE_LIMIT = timedelta(minutes=15)
"""X's rate window, which a Nitter instance passes on."""
LONGEST_RATE_LIMIT = timedelta(hours=24)
HEADERS = {"User-Agent": "footyd", "Cookie": "mp4Playback=on; hlsPlayback=on"}
"""Both playbacks on, or an instance may show a video as a bare picture without its length."""
NO_INSTANCE = "no Nitter instance is configured; set search.nitter.base_urls"


class _Outage(Exception):
    """An instance did not answer, or answered 5xx; another try may help."""


class Nitter:
    """The source `nitter`: the first instance that gives an answer decides."""

    name = SOURCE
    account = SOURCE

    def __init__(
        self, client: httpx.AsyncClient, config: NitterConfig, retry: Retry, clock: Callable[[], datetime]
    ) -> None:
        self._client = client
        self._config = config
        self._retry = retry
        self._clock = clock

    async def search(self, query: Query) -> SourceReply:
        if not self._config.base_urls:
            return Unavailable(source=SOURCE, reason=NO_INSTANCE)
        tries = stamina.retry_context(
            on=_Outage,
            attempts=self._retry.attempts,
            timeout=None,
            wait_initial=self._retry.first_wait_seconds,
            wait_max=self._retry.first_wait_seconds * 2**self._retry.attempts,
            wait_jitter=min(1.0, self._retry.first_wait_seconds),
        )
        try:
            async for attempt in tries:
                with attempt:
                    return await self._ask_instances(query)
        except _Outage as outage:
            return Unavailable(source=SOURCE, reason=str(outage))
        raise AssertionError("a retry context ends by return or raise")

    async def _ask_instances(self, query: Query) -> SourceReply:
        """Ask in order until one answers; only when all are out of order is it worth another round."""
        failures: list[RateLimited | AuthExpired | Unavailable] = []
        outages: list[str] = []
        for base_url in self._config.base_urls:
            try:
                reply = await self._ask_one(str(base_url), query)
            except _Outage as outage:
                outages.append(str(outage))
                continue
            if isinstance(reply, Found | NoResults):
                return reply
            failures.append(reply)
        if not failures:
            raise _Outage("; ".join(outages))
        return _mildest([*failures, *(Unavailable(source=SOURCE, reason=reason) for reason in outages)])

    async def _ask_one(self, base_url: str, query: Query) -> SourceReply:
        host = urlsplit(base_url).netloc
        try:
            async with asyncio.timeout(self._config.timeout_seconds):
                response = await self._client.get(urljoin(base_url, "/search"), params=_params(query))
        except (TimeoutError, httpx.TimeoutException):
            return Unavailable(
                source=SOURCE, reason=f"{host} gave no answer in {self._config.timeout_seconds:g} s"
            )
        except httpx.TransportError as exc:
            raise _Outage(f"{host} is out of reach ({exc or type(exc).__name__})") from exc
        except (httpx.InvalidURL, httpx.DecodingError, httpx.TooManyRedirects) as exc:
            return Unavailable(source=SOURCE, reason=f"{host}: {exc or type(exc).__name__}")
        if response.status_code >= 500:
            raise _Outage(f"{host} answered HTTP {response.status_code}")
        limited_until = retry_at(response.headers, self._clock())
        reply = read_page(
            response.text, str(response.url), status=response.status_code, limited_until=limited_until
        )
        if isinstance(reply, AuthExpired) and await self._has_sessions(base_url):
            return RateLimited(source=SOURCE, until=limited_until)
        return reply

    async def _has_sessions(self, base_url: str) -> bool:
        """Whether the health page counts accounts: the panel says "no tokens, or all spent", not which."""
        try:
            async with asyncio.timeout(self._config.timeout_seconds):
                health = (await self._client.get(urljoin(base_url, "/.health"))).json()
            return int(health["sessions"]["total"]) > 0
        except (TimeoutError, httpx.HTTPError, ValueError, KeyError, TypeError):
            return False


def _params(query: Query) -> dict[str, str]:
    return {
        "f": "tweets",
        "q": query.text,
        "e-nativeretweets": "on",
        "since": f"{query.since.astimezone(UTC):%Y-%m-%d}",
    }


def _mildest(failures: list[RateLimited | AuthExpired | Unavailable]) -> SourceReply:
    """The failure that ends soonest stands for all: a limit, then an outage, then what needs a person."""
    limits = [failure for failure in failures if isinstance(failure, RateLimited)]
    if limits:
        return min(limits, key=lambda limit: limit.until)
    outages = [failure.reason for failure in failures if isinstance(failure, Unavailable)]
    return Unavailable(source=SOURCE, reason="; ".join(outages)) if outages else failures[0]


def retry_at(headers: Mapping[str, str], now: datetime) -> datetime:
    """The time `Retry-After` names (seconds or HTTP date), within a day; else one rate window from now."""
    named = headers.get("retry-after", "").strip()
    try:
        until = now + timedelta(seconds=int(named)) if named.isdigit() else parsedate_to_datetime(named)
    except (ValueError, OverflowError):
        return now + RATE_LIMIT
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(max(until, now), now + LONGEST_RATE_LIMIT)


def _utc_now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def open_nitter(
    config: NitterConfig, retry: Retry, clock: Callable[[], datetime] = _utc_now
) -> AsyncIterator[Nitter]:
    """A Nitter source with a client of its own; time-outs are set around each whole reply, not per read."""
    async with httpx.AsyncClient(headers=HEADERS, follow_redirects=True, timeout=None) as client:  # noqa: S113 - asyncio.timeout bounds each call
        yield Nitter(client, config, retry, clock)
