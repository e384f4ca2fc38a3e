"""X's web search with the cookies of a login: the request its own page makes, read by the shared parser."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from types import ModuleType
from urllib.parse import urljoin

import httpx
import structlog

from footyd.adapters.source_http import Answer, Outage, Unanswered, fetch, limited_until
from footyd.adapters.tries import tried
from footyd.adapters.x_answer import read_answer
from footyd.adapters.x_errors import CSRF, error_codes
from footyd.adapters.x_moving import Known, QueryIds, known_parts
from footyd.adapters.x_request import SearchRequest, search_text
from footyd.adapters.x_session import NoSession, XSession, new_ct0, read_session, save_ct0
from footyd.adapters.x_transaction import TransactionIds, read_keys
from footyd.config import CookiesConfig, Retry
from footyd.model import AuthExpired, Query, SourceReply, Unavailable, utcnow

log = structlog.get_logger(__name__)

SOURCE = "cookies"
_NEW_CT0 = re.compile(r"(?:^|, ?)ct0=(\w{16,400})(?=[;,]|$)", re.ASCII)
_REFUSAL_BYTES = 10_000


class XCookies:
    """The source `cookies`.

    X takes the search as a signed GET or as a POST, as it pleases, and answers the other with an empty 404,
    which also is its word for a stale query id: so a 404 is asked once more the other way, and the way that
    works is kept.
    """

    name = SOURCE
    account = "x"
    costs_money = False

    def __init__(
        self,
        client: httpx.AsyncClient,
        config: CookiesConfig,
        retry: Retry,
        *,
        known: Known,
        query_ids: QueryIds,
        transaction_ids: TransactionIds | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._config = config
        self._retry = retry
        self._known = known
        self._query_ids = query_ids
        self._transaction_ids = transaction_ids
        self._clock = clock
        self._ways = ("GET", "POST") if transaction_ids else ("POST", "GET")
        self._rotated: XSession | None = None
        self._told_unsaved = False

    async def search(self, query: Query) -> SourceReply:
        session = self._session()
        if isinstance(session, NoSession):
            return AuthExpired(source=SOURCE, reason=session.reason)
        search = SearchRequest(
            text=search_text(query),
            query_id=self._known.query_id_for(self._config, self._query_ids),
            features=self._known.features_for(self._config),
        )
        try:
            answer = await tried(partial(self._ask, session, search), Outage, self._retry)
        except Unanswered as exc:
            return Unavailable(source=SOURCE, reason=str(exc))
        until = limited_until(answer.headers, self._clock())
        return read_answer(answer, SOURCE, query_id=search.query_id, limited_until=until)

    def _session(self) -> XSession | NoSession:
        """Read each time, for a person may have put new cookies there; a ct0 not to be saved is kept here."""
        session = read_session(self._config, self._clock())
        kept = self._rotated
        if isinstance(session, XSession) and kept and kept.auth_token == session.auth_token:
            return session.with_ct0(kept.ct0)
        return session

    async def _ask(self, session: XSession, search: SearchRequest) -> Answer:
        """Ask, and once more with another ct0 when X says that this one does not match (code 353)."""
        answer = await self._ask_either_way(session, search)
        if _is_csrf_refusal(answer):
            session = session.with_ct0(_handed_out(answer) or new_ct0())
            answer = await self._ask_either_way(session, search)
            if not _is_csrf_refusal(answer):
                await self._keep(session)
        if (ct0 := _handed_out(answer)) and ct0 != session.ct0:
            await self._keep(session.with_ct0(ct0))
        return answer

    async def _ask_either_way(self, session: XSession, search: SearchRequest) -> Answer:
        answer = await self._ask_by(self._ways[0], session, search)
        if not _is_empty_404(answer):
            return answer
        if self._transaction_ids:
            self._transaction_ids.doubt()
        answer = await self._ask_by(self._ways[1], session, search)
        if answer.status == 200:
            self._ways = (self._ways[1], self._ways[0])
        return answer

    async def _ask_by(self, method: str, session: XSession, search: SearchRequest) -> Answer:
        headers = search.headers(session, self._config)
        if self._transaction_ids:
            signature = await self._transaction_ids.sign(session, method, search.path)
            headers |= {"x-client-transaction-id": signature} if signature else {}
        return await fetch(
            self._client,
            urljoin(str(self._config.base_url), search.path),
            method=method,
            params=search.params() if method == "GET" else None,
            content=search.content() if method == "POST" else None,
            headers=headers,
            timeout_seconds=self._config.timeout_seconds,
        )

    async def _keep(self, session: XSession) -> None:
        """Write the new ct0 back; where that fails it lives as long as this process, which is told once."""
        self._rotated = session
        try:
            await asyncio.to_thread(save_ct0, session)
        except OSError as exc:
            if not self._told_unsaved:
                remedy = "let footyd's user write the file and its folder"
                log.warning("rotated ct0 not saved", file=str(session.file), reason=str(exc), remedy=remedy)
            self._told_unsaved = True


def _is_empty_404(answer: Answer) -> bool:
    return answer.status == 404 and not answer.body.strip()


def _is_csrf_refusal(answer: Answer) -> bool:
    return len(answer.body) < _REFUSAL_BYTES and CSRF in error_codes(answer.json())


def _handed_out(answer: Answer) -> str | None:
    found = _NEW_CT0.search(answer.headers.get("set-cookie", ""))
    return found[1] if found else None


@asynccontextmanager
async def open_x_cookies(
    config: CookiesConfig,
    retry: Retry,
    *,
    query_ids: QueryIds | None = None,
    clock: Callable[[], datetime] = utcnow,
) -> AsyncIterator[XCookies]:
    """The source with a client of its own, which keeps no cookies and follows no redirect."""
    _warn_of_readers(config.file)
    known = await asyncio.to_thread(known_parts)
    query_ids = query_ids or QueryIds()
    headers = {"user-agent": config.user_agent, "accept": "*/*", "accept-language": "en-US,en;q=0.9"}
    none_kept = CookieJar(DefaultCookiePolicy(allowed_domains=()))
    async with httpx.AsyncClient(headers=headers, cookies=none_kept, timeout=None) as client:  # noqa: S113 - asyncio.timeout bounds each call
        yield XCookies(
            client,
            config,
            retry,
            known=known,
            query_ids=query_ids,
            transaction_ids=_transaction_ids(config, known.xclid, query_ids, clock),
            clock=clock,
        )


def _warn_of_readers(file: Path | None) -> None:
    try:
        mode = file.stat().st_mode & 0o777 if file else 0
    except OSError:
        return  # each search tells what is wrong with it
    if mode & 0o077:
        log.warning("cookies can be read by others", file=str(file), remedy=f"chmod 600 {file}")


def _transaction_ids(
    config: CookiesConfig, xclid: ModuleType | None, query_ids: QueryIds, clock: Callable[[], datetime]
) -> TransactionIds | None:
    if xclid is None or not config.transaction_ids:
        return None
    return TransactionIds(partial(read_keys, xclid, config, query_ids), clock)
