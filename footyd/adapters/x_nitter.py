"""Nitter: X's search as a plain HTML page, asked from several instances, those that answer first."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urljoin

import httpx
import structlog

from footyd.adapters.source_http import Answer, Outage, Unanswered, fetch, limited_until
from footyd.adapters.source_instances import Instance, Instances
from footyd.adapters.tries import tried
from footyd.adapters.x_nitter_page import SOURCE, next_page, read_page
from footyd.config import NitterConfig, Retry
from footyd.model import (
    AuthExpired,
    Failure,
    Found,
    NoResults,
    Query,
    RateLimited,
    SourceReply,
    Unavailable,
    utcnow,
)

_log = structlog.get_logger(__name__)

HEADERS = {"User-Agent": "footyd", "Cookie": "mp4Playback=on; hlsPlayback=on"}
"""Both playbacks on, or an instance may show a video as a bare picture without its length."""
NO_INSTANCE = "no Nitter instance is configured; set search.nitter.base_urls"


class Nitter:
    """The source `nitter`: the first instance that gives an answer decides."""

    name = SOURCE
    account = SOURCE
    costs_money = False

    def __init__(
        self, client: httpx.AsyncClient, config: NitterConfig, retry: Retry, clock: Callable[[], datetime]
    ) -> None:
        self._client = client
        self._config = config
        self._retry = retry
        self._clock = clock
        self._instances = Instances.at(str(url) for url in config.base_urls)

    async def search(self, query: Query) -> SourceReply:
        """One search; instances that rest are not asked, and a failure lets its instance rest."""
        if not self._config.base_urls:
            return Unavailable(source=SOURCE, reason=NO_INSTANCE)
        failures: dict[Instance, Failure] = {}
        reply: SourceReply | None
        try:
            reply = await tried(partial(self._first_answer, query, failures), Outage, self._retry)
        except Outage:
            reply = None
        for instance, failure in failures.items():
            instance.failed(failure, self._clock())
            until = instance.rests_until
            _log.info("nitter instance rests", instance=instance.url, until=until, reason=failure.reason)
        return reply or self._instances.verdict(SOURCE)

    async def _first_answer(self, query: Query, failures: dict[Instance, Failure]) -> SourceReply | None:
        """Ask until one answers; only when all are out of order is it worth another round."""
        awake = self._instances.awake(self._clock())
        outages: list[str] = []
        for instance in awake:
            try:
                reply = await self._ask(instance.url, query)
            except Unanswered as problem:
                outages += [str(problem)] if isinstance(problem, Outage) else []
                reply = Unavailable(source=SOURCE, reason=str(problem))
            if isinstance(reply, Found | NoResults):
                failures.pop(instance, None)
                instance.answered(self._clock())
                return reply
            failures[instance] = reply
        if awake and len(outages) == len(awake):
            raise Outage("; ".join(outages))
        return None

    async def _ask(self, base_url: str, query: Query) -> SourceReply:
        """The first page, and the second when all of the first may be wanted."""
        answer = await self._fetch(urljoin(base_url, "/search"), _params(query))
        until = limited_until(answer.headers, self._clock())
        reply = read_page(answer.text, answer.url, status=answer.status, limited_until=until)
        if isinstance(reply, AuthExpired) and await self._has_sessions(base_url):
            return RateLimited(source=SOURCE, until=until)
        if isinstance(reply, Found) and all(post.posted_at >= query.since for post in reply.posts):
            return await self._with_next_page(reply, answer)
        return reply

    async def _with_next_page(self, found: Found, first: Answer) -> Found:
        """A second page that fails takes nothing from the first."""
        url = next_page(first.text, first.url)
        if url is None:
            return found
        try:
            answer = await self._fetch(url)
        except Unanswered:
            return found
        more = read_page(answer.text, answer.url, status=answer.status, limited_until=self._clock())
        posts = {post.id: post for post in (*more.posts, *found.posts)} if isinstance(more, Found) else {}
        return replace(found, posts=tuple(posts.values())) if posts else found

    async def _has_sessions(self, base_url: str) -> bool:
        """Whether the health page counts accounts: the panel says "no tokens, or all spent", not which."""
        try:
            health = (await self._fetch(urljoin(base_url, "/.health"))).json()
            return int(health["sessions"]["total"]) > 0
        except (Unanswered, ValueError, KeyError, TypeError, OverflowError):
            return False

    async def _fetch(self, url: str, params: dict[str, str] | None = None) -> Answer:
        timeout_seconds = self._config.timeout_seconds
        return await fetch(self._client, url, params=params, timeout_seconds=timeout_seconds)


def _params(query: Query) -> dict[str, str]:
    """Nitter asks X for native retweets too, unless `e-nativeretweets` excludes them (its query.nim)."""
    return {
        "f": "tweets",
        "q": query.text,
        "e-nativeretweets": "on",
        "since": f"{query.since.astimezone(UTC):%Y-%m-%d}",
    }


@asynccontextmanager
async def open_nitter(
    config: NitterConfig, retry: Retry, clock: Callable[[], datetime] = utcnow
) -> AsyncIterator[Nitter]:
    """A Nitter source with a client of its own; time-outs are set around each whole reply, not per read."""
    async with httpx.AsyncClient(headers=HEADERS, follow_redirects=True, timeout=None) as client:  # noqa: S113 - fetch bounds each call
        yield Nitter(client, config, retry, clock)
