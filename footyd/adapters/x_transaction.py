"""The header `x-client-transaction-id`, without which X refuses some requests with an empty 404.

twscrape works it out from keys hidden in X's page and scripts; the pages are read here, with footyd's own
client, so that they come with the login and the user agent of the searches, bounded in size and time.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from types import ModuleType
from typing import Protocol
from urllib.parse import urljoin, urlsplit

import httpx
import structlog

from footyd.adapters.source_http import Unanswered, fetch
from footyd.adapters.x_moving import QueryIds
from footyd.adapters.x_session import XSession
from footyd.config import CookiesConfig

log = structlog.get_logger(__name__)

KEYS_LAST = timedelta(hours=6)
"""X puts out a new page every few hours; the one before is understood for a while."""
REST_AFTER_FAILURE = timedelta(hours=1)
YOUNG = timedelta(minutes=10)
"""Keys of this age are not what X refuses."""
PAGE = "/tesla"
"""Any page would do; it is the one twscrape reads."""
WHOLE_READING = 3
"""How many time-outs of one answer the page and its scripts, up to some two hundred, may take together."""

_NAMED_QUERY = re.compile(rb'queryId: ?"([\w-]{10,64})", ?operationName: ?"SearchTimeline"')


class Signer(Protocol):
    """What twscrape's `XClIdGen` can do."""

    def calc(self, method: str, path: str) -> str: ...


class NoKeys(Exception):
    """The keys could not be read: why, in one line."""


class TransactionIds:
    """Signs requests with keys that are kept for hours.

    Without an id a search is worth trying all the same: a failure is told once and rests for an hour.
    """

    def __init__(
        self, read_keys: Callable[[XSession], Awaitable[Signer]], clock: Callable[[], datetime]
    ) -> None:
        self._read_keys = read_keys
        self._clock = clock
        self._signer: Signer | None = None
        self._read_at: datetime | None = None
        self._lasts = KEYS_LAST
        self._reading = asyncio.Lock()
        self._told = False

    async def sign(self, session: XSession, method: str, path: str) -> str | None:
        async with self._reading:
            if self._read_at is None or self._clock() >= self._read_at + self._lasts:
                await self._renew(session)
        return self._signer.calc(method, path) if self._signer else None

    def doubt(self) -> None:
        """X may have refused an id: older keys are read anew before the next one."""
        if self._signer and self._read_at and self._clock() > self._read_at + YOUNG:
            self._read_at = None

    async def _renew(self, session: XSession) -> None:
        try:
            self._signer = await self._read_keys(session)
            self._lasts, self._told = KEYS_LAST, False
        except NoKeys as exc:
            self._signer, self._lasts = None, REST_AFTER_FAILURE
            if not self._told:
                log.warning("no transaction ids", reason=str(exc), remedy="searches go on without")
            self._told = True
        self._read_at = self._clock()


class _Pages:
    """Reads X's pages for twscrape, which asks for `get(url)` and takes text from what comes.

    A script that names the current query id on the way is not let pass by.
    """

    def __init__(self, client: httpx.AsyncClient, timeout_seconds: float, query_ids: QueryIds) -> None:
        self._client = client
        self._timeout_seconds = timeout_seconds
        self._query_ids = query_ids

    async def get(self, url: str) -> httpx.Response:
        answer = await fetch(self._client, url, timeout_seconds=self._timeout_seconds)
        if named := _NAMED_QUERY.search(answer.body):
            self._query_ids.seen(named[1].decode("ascii"))
        request = httpx.Request("GET", url)
        return httpx.Response(answer.status, content=answer.body, request=request)


async def read_keys(
    xclid: ModuleType,
    config: CookiesConfig,
    query_ids: QueryIds,
    session: XSession,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Signer:
    """Keys out of X's page by twscrape's module `xclid`; raises NoKeys."""
    cookies = httpx.Cookies()
    for cookie in session.cookies:
        cookies.set(cookie.name, cookie.value, domain=_domain(str(config.base_url)))
    headers = {"user-agent": config.user_agent, "accept-language": "en"}
    try:
        async with (
            asyncio.timeout(WHOLE_READING * config.timeout_seconds),
            httpx.AsyncClient(
                headers=headers,
                cookies=cookies,
                follow_redirects=True,
                timeout=None,  # noqa: S113 - asyncio.timeout bounds the whole
                transport=transport,
            ) as client,
        ):
            pages = _Pages(client, config.timeout_seconds, query_ids)
            return await _read_keys(xclid, pages, str(config.base_url))
    except TimeoutError as exc:
        raise NoKeys(
            f"X's page and scripts took more than {WHOLE_READING * config.timeout_seconds:g} s"
        ) from exc
    except (Unanswered, httpx.HTTPError) as exc:
        raise NoKeys(str(exc) or type(exc).__name__) from exc


async def _read_keys(xclid: ModuleType, pages: _Pages, base_url: str) -> Signer:
    """The page is foreign and so is its reader: whatever goes wrong between them is no error of footyd."""
    try:
        page = await xclid.get_tw_page_text(urljoin(base_url, PAGE), pages)
        soup = await asyncio.to_thread(xclid.bs4.BeautifulSoup, page, "html.parser")
        signer: Signer = xclid.XClIdGen(*await xclid.load_keys(soup, pages))
        signer.calc("GET", "/")
    except (
        xclid.XClIdError,
        ArithmeticError,
        AssertionError,
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
    ) as exc:
        raise NoKeys(f"X's page has no keys that twscrape knows ({type(exc).__name__}: {exc})") from exc
    return signer


def _domain(base_url: str) -> str:
    host = urlsplit(base_url).hostname or ""
    return f".{host}" if host[-1:].isalpha() and "." in host else host
