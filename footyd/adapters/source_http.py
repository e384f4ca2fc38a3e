"""One request to a source: what came back as a value, and every way in which nothing does as two errors."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from footyd.model import LONGEST_RATE_LIMIT

MAX_BYTES = 8_000_000
"""Above any search page or timeline (the largest seen: half a megabyte); more is not read."""
RATE_WINDOW = timedelta(minutes=15)
"""How long a rate limit lasts that does not say: X's own window."""

_NO_ADDRESS = (httpx.InvalidURL, UnicodeError, OverflowError)
"""What a redirect to an impossible host or port raises, the port's from within anyio's group of tries."""


class Unanswered(Exception):
    """No usable answer came, and asking again at once would not help."""


class Outage(Unanswered):
    """The other side is out of order (no connection, cut off, HTTP 5xx): another try may help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer below HTTP 500; `url` is where redirects led, header names are in lower case."""

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def text(self) -> str:
        """Always read as UTF-8: a header naming another encoding is wrong, or its page no answer."""
        return self.body.decode(errors="replace")

    def json(self) -> Any:
        """The decoded body; None when it is no JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


async def fetch(
    client: httpx.AsyncClient,
    url: str,
    *,
    method: str = "GET",
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    timeout_seconds: float,
) -> Answer:
    """The whole answer within the time; raises Unanswered or Outage, whose text names the host."""
    host = urlsplit(url).netloc
    try:
        async with asyncio.timeout(timeout_seconds):
            request = client.build_request(method, url, params=params, headers=headers, content=content)
            answer = await _read(client, request)
    except (TimeoutError, httpx.TimeoutException) as exc:
        raise Unanswered(f"{host} gave no answer in {timeout_seconds:g} s") from exc
    except httpx.TransportError as exc:
        raise Outage(f"{host} is out of reach ({exc or type(exc).__name__})") from exc
    except (*_NO_ADDRESS, httpx.DecodingError, httpx.TooManyRedirects) as exc:
        raise Unanswered(f"{host}: {exc or type(exc).__name__}") from exc
    except ExceptionGroup as exc:
        if exc.split(_NO_ADDRESS)[1] is not None:
            raise
        raise Unanswered(f"{host}: {exc.exceptions[0]}") from exc
    if answer.status >= 500:
        raise Outage(f"{host} answered HTTP {answer.status}")
    return answer


async def _read(client: httpx.AsyncClient, request: httpx.Request) -> Answer:
    response = await client.send(request, stream=True)
    async with aclosing(response):
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > MAX_BYTES:
                raise Unanswered(f"{response.url.host} sends more than {MAX_BYTES} bytes")
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(status=response.status_code, url=str(response.url), headers=headers, body=bytes(body))


def limited_until(headers: Mapping[str, str], now: datetime) -> datetime:
    """When a rate limit ends, by the reset time or `Retry-After`, within a day; else one window from now."""
    try:
        until = _reset(headers.get("x-rate-limit-reset")) or _retry_after(headers.get("retry-after"), now)
    except (ValueError, OverflowError, OSError, TypeError):
        until = None
    if until is None:
        return now + RATE_WINDOW
    return min(max(until, now), now + LONGEST_RATE_LIMIT)


def _reset(named: str | None) -> datetime | None:
    """X names the second since 1970 at which the window ends."""
    return datetime.fromtimestamp(int(named), UTC) if named else None


def _retry_after(named: str | None, now: datetime) -> datetime | None:
    if not named:
        return None
    if named.strip().isdigit():
        return now + timedelta(seconds=int(named))
    until = parsedate_to_datetime(named)
    return until if until.tzinfo else until.replace(tzinfo=UTC)
