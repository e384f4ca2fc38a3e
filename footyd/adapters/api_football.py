"""API-Football v3 over HTTP: one method per question, one call per question, every reply whole or refused.

Documented and observed: only GET, key in `x-apisports-key`, quota in four headers, refusals as HTTP 200 with
`errors`, at most 20 ids per call. Only calls that found no answer are repeated: the provider suspends
accounts that go on asking after a refusal.
"""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import httpx
import structlog

from footyd.adapters.feed_payload import Account, parse_account, parse_reply
from footyd.adapters.feed_refusal import feed_error
from footyd.adapters.tries import tries
from footyd.config import ApiFootballConfig
from footyd.errors import FeedError, FeedKeyRefused, FeedMalformed, FeedPlanRefused, FeedUnavailable
from footyd.model import Fixture, FixtureId, LeagueId, Quota

MAX_REPLY_BYTES = 64 * 2**20
"""The largest recorded live reply (195 matches) has 0.34 MB."""
MAX_IDS = 20
"""Documented limit of `ids=`."""

_log = structlog.get_logger(__name__)
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    path: str
    params: Mapping[str, str]
    spends: bool = True

    def __str__(self) -> str:
        query = "&".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.path}?{query}" if query else self.path


class ApiFootball:
    """The feed; calls go out one after the other, since bursts are refused even with budget left."""

    def __init__(self, client: httpx.AsyncClient, config: ApiFootballConfig) -> None:
        self._client = client
        self._config = config
        self._quota = Quota()
        self._calls = 0
        self._ids_refused = False
        self._turn = asyncio.Lock()

    @property
    def quota(self) -> Quota:
        """What the headers said last; a reply without them changes nothing."""
        return self._quota

    @property
    def calls(self) -> int:
        """Calls sent by this process that count against the quota, every try counted, `/status` not."""
        return self._calls

    async def account(self) -> Account:
        """`/status`, which is free."""
        return await self._ask(_Question(path="status", params={}, spends=False), parse_account)

    async def day(self, date: datetime.date, time_zone: str) -> tuple[Fixture, ...]:
        """All fixtures of a day as the time zone cuts it; such replies carry no events."""
        return await self._ask(_fixtures(date=date.isoformat(), timezone=time_zone), parse_reply)

    async def live(self, leagues: Collection[LeagueId] | None) -> tuple[Fixture, ...]:
        """All fixtures in play with their events; None, or no league at all, asks for every league."""
        wanted = "-".join(str(league) for league in sorted(leagues)) if leagues else "all"
        return await self._ask(_fixtures(live=wanted), _with_events)

    async def by_ids(self, ids: Sequence[FixtureId]) -> tuple[Fixture, ...]:
        """These fixtures with their events, in the order asked; a missing one refuses its whole reply."""
        wanted = tuple(dict.fromkeys(ids))
        found: list[Fixture] = []
        for start in range(0, len(wanted), MAX_IDS):
            found += await self._batch(wanted[start : start + MAX_IDS])
        return tuple(found)

    async def _batch(self, ids: tuple[FixtureId, ...]) -> list[Fixture]:
        if len(ids) > 1 and not self._ids_refused:
            try:
                return await self._some(ids, _fixtures(ids="-".join(str(id_) for id_ in ids)))
            except FeedPlanRefused as exc:
                self._ids_refused = True
                _log.info("feed plan has no ids calls", reason=str(exc))
        return [fixture for id_ in ids for fixture in await self._some((id_,), _fixtures(id=str(id_)))]

    async def _some(self, ids: tuple[FixtureId, ...], question: _Question) -> list[Fixture]:
        def parse(text: bytes, *, status: int) -> list[Fixture]:
            found = {fixture.id: fixture for fixture in _with_events(text, status=status)}
            _refuse_other_ids(set(ids), set(found))
            return [found[id_] for id_ in ids]

        return await self._ask(question, parse)

    async def _ask(self, question: _Question, parse: Callable[..., _Answer]) -> _Answer:
        reason = ""
        async for attempt in tries(FeedUnavailable, self._config.retry):
            with attempt:
                if attempt.num > 1:
                    _log.warning("feed call retried", call=str(question), attempt=attempt.num, reason=reason)
                try:
                    return await self._once(question, parse)
                except FeedError as exc:
                    reason = str(exc)
                    raise
        raise AssertionError("tries end by return or raise")

    async def _once(self, question: _Question, parse: Callable[..., _Answer]) -> _Answer:
        try:
            headers = self._headers()
            async with self._turn:
                status, body = await self._fetch(question, headers)
            return parse(body, status=status)
        except FeedError as exc:
            raise self._named(exc, question) from exc.__cause__

    async def _fetch(self, question: _Question, headers: Mapping[str, str]) -> tuple[int, bytes]:
        self._calls += question.spends
        seconds = self._config.timeout_seconds
        try:
            async with asyncio.timeout(seconds):  # httpx's own time-outs are per read
                return await self._read(question, headers)
        except (TimeoutError, httpx.TimeoutException) as exc:
            raise feed_error(FeedUnavailable, f"no whole reply within {seconds:g} s") from exc
        except httpx.RequestError as exc:
            raise feed_error(FeedUnavailable, f"no whole reply ({type(exc).__name__})") from exc

    async def _read(self, question: _Question, headers: Mapping[str, str]) -> tuple[int, bytes]:
        url = f"{str(self._config.base_url).rstrip('/')}/{question.path}"
        async with self._client.stream("GET", url, params=question.params, headers=headers) as response:
            self._quota = _quota_after(self._quota, response.headers)
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MAX_REPLY_BYTES:
                    raise feed_error(FeedMalformed, f"the reply is larger than {MAX_REPLY_BYTES} bytes")
            return response.status_code, bytes(body)

    def _headers(self) -> dict[str, str]:
        key = self._key()
        if key and not (key.isascii() and key.isprintable() and " " not in key):
            raise feed_error(FeedKeyRefused, "the configured key holds characters that no key has")
        return {"x-apisports-key": key} if key else {}

    def _key(self) -> str:
        return self._config.key.get_secret_value().strip() if self._config.key else ""

    def _named(self, error: FeedError, question: _Question) -> FeedError:
        """The same error saying what was asked, without the key should the reply repeat it."""
        key, said = self._key(), str(error)
        message = f"{question}: {said.replace(key, '[key]') if key else said}"
        return type(error)(message, remedy=error.remedy, retry_at=error.retry_at)


@asynccontextmanager
async def open_feed(config: ApiFootballConfig) -> AsyncIterator[ApiFootball]:
    """The feed on an HTTP client of its own, closed at the end."""
    async with httpx.AsyncClient(timeout=config.timeout_seconds) as client:
        yield ApiFootball(client, config)


def _fixtures(**params: str) -> _Question:
    return _Question(path="fixtures", params=params)


def _with_events(text: bytes, *, status: int) -> tuple[Fixture, ...]:
    """`live=`, `id=` and `ids=` replies carry events (documentation); without them nobody may vote."""
    fixtures = parse_reply(text, status=status)
    if silent := [str(fixture.id) for fixture in fixtures if fixture.events is None]:
        raise feed_error(FeedMalformed, f"the reply holds no events for fixture {', '.join(silent[:5])}")
    return fixtures


def _refuse_other_ids(asked: set[FixtureId], found: set[FixtureId]) -> None:
    if asked != found:
        named = ", ".join(str(id_) for id_ in sorted(asked ^ found)[:5])
        raise feed_error(FeedMalformed, f"the reply misses or adds fixture {named}")


def _quota_after(quota: Quota, headers: Mapping[str, str]) -> Quota:
    return Quota(
        day_limit=_number(headers, "x-ratelimit-requests-limit", quota.day_limit),
        day_left=_number(headers, "x-ratelimit-requests-remaining", quota.day_left),
        minute_limit=_number(headers, "x-ratelimit-limit", quota.minute_limit),
        minute_left=_number(headers, "x-ratelimit-remaining", quota.minute_left),
    )


def _number(headers: Mapping[str, str], name: str, before: int | None) -> int | None:
    text = headers.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 12 else before
