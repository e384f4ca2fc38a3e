"""The X API v2: recent search with a bearer token, within what a day may cost."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import urljoin

import httpx
import structlog

from footyd.adapters.source_http import Answer, Outage, Unanswered, fetch, limited_until
from footyd.adapters.tries import tried
from footyd.adapters.x_api_answer import SOURCE, kinds, paid_posts, problem, read_answer
from footyd.adapters.x_api_budget import Budget, SpendBook, Spent
from footyd.config import ApiConfig, Retry
from footyd.model import AuthExpired, Query, RateLimited, SourceReply, Unavailable, utcnow

_log = structlog.get_logger(__name__)

OPERATORS = ("has:videos", "has:video_link", "has:media", "")
"""What asks for videos, the strongest first; which of them an account may use depends on its plan."""
LONGEST_QUERY = 512
REACH = timedelta(days=7) - timedelta(minutes=1)
"""Recent search knows the last seven days, and refuses an older `start_time`."""
FIELDS = {
    "tweet.fields": "attachments,author_id,created_at,note_tweet,referenced_tweets",
    "expansions": "attachments.media_keys,author_id",
    "media.fields": "duration_ms,height,media_key,type,variants,width",
    "user.fields": "username",
    "sort_order": "recency",
}
NO_TOKEN = "no usable token; set search.api.bearer_token"  # noqa: S105 - a sentence
RENEW = "see the App at developer.x.com, then renew search.api.bearer_token"
_TOKEN = re.compile(r"[!-~]+")
_UNPAID = re.compile(r"credit|usage-?capped|UsageCap|spend-?cap", re.IGNORECASE)
_LOCKED_OUT = re.compile(r"client-forbidden|not-enrolled|unsupported-authentication|\b(?:32|64|89|326)\b")
"""Problems by which X refuses the App or its account: no other request would fare better."""


class XApi:
    """The source `api`; one search at a time, so that the day's budget is exact."""

    name = SOURCE
    account = SOURCE

    def __init__(
        self,
        client: httpx.AsyncClient,
        config: ApiConfig,
        retry: Retry,
        book: SpendBook,
        clock: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._config = config
        self._retry = retry
        self._budget = Budget(book, config)
        self._clock = clock
        self._operator: str = config.video_operator
        self._one_at_a_time = asyncio.Lock()

    @property
    def costs_money(self) -> bool:
        return self._config.price_per_post > 0

    async def search(self, query: Query) -> SourceReply:
        """One search; what its answer charges is counted, and what it may charge before it is asked."""
        token = _token(self._config)
        if not _TOKEN.fullmatch(token):
            return AuthExpired(source=SOURCE, reason=NO_TOKEN)
        if len(rewritten(query.text, self._operator)) > LONGEST_QUERY:
            return Unavailable(source=SOURCE, reason=f"the query is longer than {LONGEST_QUERY} characters")
        async with self._one_at_a_time:
            return await self._within_budget(query, {"Authorization": f"Bearer {token}"})

    async def _within_budget(self, query: Query, headers: dict[str, str]) -> SourceReply:
        promise = await self._budget.promise(self._clock())
        if isinstance(promise, Spent):
            return RateLimited(source=SOURCE, until=promise.until, reason=promise.reason)
        try:
            answer = await self._ask(query, promise.posts, headers)
        except Unanswered as failure:
            await self._budget.settle(promise, None if _may_be_charged(failure) else [])
            return Unavailable(source=SOURCE, reason=str(failure))
        content = answer.json()
        await self._budget.settle(promise, paid_posts(content) if answer.status == 200 else [])
        return read_answer(content) if answer.status == 200 else self._refusal(answer, content)

    async def _ask(self, query: Query, most: int, headers: dict[str, str]) -> Answer:
        """The answer under the strongest operator that this account may use; a refused one is remembered."""
        for operator in OPERATORS[OPERATORS.index(self._operator) :]:
            params = _params(query, operator, most, self._clock())
            answer = await tried(partial(self._fetch, params, headers), _is_free_outage, self._retry)
            if not (operator and _refuses_operator(answer)):
                break
            _log.info("video operator refused", operator=operator, reason=problem(answer.json()))
        self._operator = operator
        return answer

    async def _fetch(self, params: dict[str, str], headers: dict[str, str]) -> Answer:
        url = urljoin(str(self._config.base_url), "/2/tweets/search/recent")
        timeout_seconds = self._config.timeout_seconds
        return await fetch(self._client, url, params=params, headers=headers, timeout_seconds=timeout_seconds)

    def _refusal(self, answer: Answer, content: object) -> SourceReply:
        """By what the body says first: X sends used-up credits and caps under 402, 403 and 429."""
        told = f"HTTP {answer.status}" + (f": {said}" if (said := problem(content)) else "")
        reason = f"{answer.host} answered {told}"
        if _UNPAID.search(kinds(content)) or answer.status == 402:
            return Unavailable(source=SOURCE, reason=f"{reason}; buy credits at developer.x.com or wait")
        if answer.status == 401 or (answer.status == 403 and _LOCKED_OUT.search(kinds(content))):
            return AuthExpired(source=SOURCE, reason=f"{reason}; {RENEW}")
        if answer.status == 429:
            return RateLimited(source=SOURCE, until=limited_until(answer.headers, self._clock()))
        return Unavailable(source=SOURCE, reason=reason)


def rewritten(text: str, operator: str) -> str:
    """The query in the words of API v2, which has no `filter:`."""
    words = {"filter:native_video": operator, "-filter:retweets": "-is:retweet"}
    return " ".join(filter(None, (words.get(word, word) for word in text.split())))


def _params(query: Query, operator: str, most: int, now: datetime) -> dict[str, str]:
    since = max(query.since, now - REACH).astimezone(UTC)
    return {
        "query": rewritten(query.text, operator),
        "max_results": str(most),
        "start_time": f"{since:%Y-%m-%dT%H:%M:%SZ}",
        **FIELDS,
    }


def _refuses_operator(answer: Answer) -> bool:
    """As in: Reference to invalid operator 'has:videos'. Operator is not available in current product."""
    said = problem(answer.json()) if answer.status == 400 else ""
    return "invalid operator 'has" in said or "invalid operator 'videos" in said


def _is_free_outage(failure: Exception) -> bool:
    """Asked again at once only where that cannot be charged twice, or the budget would lose count."""
    return isinstance(failure, Outage) and not _may_be_charged(failure)


def _may_be_charged(failure: Unanswered) -> bool:
    """Whether X may have answered all the same: not when it said HTTP 5xx or was never reached."""
    cause = failure.__cause__
    return not isinstance(failure, Outage) or not (cause is None or isinstance(cause, httpx.ConnectError))


def _token(config: ApiConfig) -> str:
    """As it is sent; people copy it with the word Bearer before it."""
    written = config.bearer_token.get_secret_value() if config.bearer_token else ""
    return written.strip().removeprefix("Bearer ").strip()


@asynccontextmanager
async def open_x_api(
    config: ApiConfig, retry: Retry, book: SpendBook, clock: Callable[[], datetime] = utcnow
) -> AsyncIterator[XApi]:
    """The source with a client of its own, which follows no redirect: the token is for one host only."""
    async with httpx.AsyncClient(headers={"User-Agent": "footyd"}, timeout=None) as client:  # noqa: S113 - fetch bounds each call
        yield XApi(client, config, retry, book, clock)
