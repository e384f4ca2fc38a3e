from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import stamina
import structlog
from pydantic import HttpUrl, SecretStr
from structlog.testing import LogCapture

from footyd.adapters import api_football
from footyd.adapters.api_football import ApiFootball, open_feed
from footyd.config import ApiFootballConfig, Retry
from footyd.errors import (
    FeedBadParameter,
    FeedError,
    FeedKeyRefused,
    FeedMalformed,
    FeedPlanRefused,
    FeedQuotaSpent,
    FeedRateLimited,
    FeedSuspended,
    FeedUnavailable,
)
from footyd.model import FixtureId, LeagueId, Quota

RECORDED = (Path(__file__).parents[2] / "../shared/data/api_football").resolve()
recorded = pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded payloads are not here")
KEY = "0123456789abcdef0123456789abcdef"


def config(base_url: str = "http://feed.invalid", **changes: Any) -> ApiFootballConfig:
    values: dict[str, Any] = {
        "base_url": HttpUrl(base_url),
        "key": SecretStr(KEY),
        "timeout_seconds": 5,
        "retry": Retry(attempts=3, first_wait_seconds=0),
    }
    return ApiFootballConfig(**(values | changes))


def a_fixture(id_: int) -> dict[str, Any]:
    return {
        "fixture": {"id": id_, "date": "2025-03-14T20:00:00+00:00", "status": {"short": "1H", "elapsed": 9}},
        "league": {"id": 39, "name": "Premier League", "country": "England", "season": 2024, "round": "R 1"},
        "teams": {"home": {"id": 1, "name": "Reds"}, "away": {"id": 2, "name": "Blues"}},
        "goals": {"home": 0, "away": 0},
        "events": [],
    }


def envelope(*fixtures: dict[str, Any], errors: object = ()) -> dict[str, Any]:
    response = list(fixtures)
    return {
        "get": "fixtures",
        "errors": errors or [],
        "results": len(response),
        "paging": {"current": 1, "total": 1},
        "response": response,
    }


def refusal(key: str, text: str = "no") -> httpx.Response:
    return httpx.Response(200, json=envelope(errors={key: text}))


def ids_of(request: httpx.Request) -> list[int]:
    params = request.url.params
    return [int(id_) for id_ in (params.get("ids") or params["id"]).split("-")]


def answer_ids(request: httpx.Request) -> httpx.Response:
    """As the feed does: every asked fixture, in its own order."""
    return httpx.Response(200, json=envelope(*(a_fixture(id_) for id_ in sorted(ids_of(request)))))


def refuse_ids_calls(request: httpx.Request) -> httpx.Response:
    if "ids" in request.url.params:
        return refusal("plan", "Free plans do not have access to the Ids parameter.")
    return answer_ids(request)


class Script:
    """Replies in their order, the last one for ever; remembers what was asked."""

    def __init__(self, *replies: httpx.Response | Callable[[httpx.Request], httpx.Response]) -> None:
        self.replies = list(replies)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if callable(reply):
            return reply(request)
        return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content)

    @property
    def asked(self) -> list[str]:
        return [str(request.url).removeprefix("http://feed.invalid/") for request in self.requests]


@asynccontextmanager
async def played(script: Script, settings: ApiFootballConfig | None = None) -> AsyncIterator[ApiFootball]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(script)) as client:
        yield ApiFootball(client, settings or config())


def fixture_ids(*ids: int) -> list[FixtureId]:
    return [FixtureId(id_) for id_ in ids]


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    capture = LogCapture()
    monkeypatch.setattr(api_football, "_log", structlog.wrap_logger(None, processors=[capture]))
    return capture.entries


# ---------------------------------------------------------------- what is asked


async def test_each_question_is_one_call_in_the_feeds_own_words() -> None:
    script = Script(httpx.Response(200, json=envelope()))
    async with played(script) as feed:
        await feed.day(date(2025, 3, 14), "Europe/Berlin")
        await feed.live([LeagueId(61), LeagueId(39)])
        await feed.live(None)
        await feed.live([])
    assert script.asked == [
        "fixtures?date=2025-03-14&timezone=Europe%2FBerlin",
        "fixtures?live=39-61",
        "fixtures?live=all",
        "fixtures?live=all",
    ]
    assert {request.method for request in script.requests} == {"GET"}


async def test_a_base_url_with_a_path_keeps_it() -> None:
    script = Script(httpx.Response(200, json=envelope()))
    async with played(script, config("http://feed.invalid/v3/")) as feed:
        await feed.live(None)
    assert script.asked == ["v3/fixtures?live=all"]


async def test_a_days_fixtures_come_without_events() -> None:
    scheduled = a_fixture(7)
    del scheduled["events"]
    async with played(Script(httpx.Response(200, json=envelope(scheduled)))) as feed:
        (fixture,) = await feed.day(date(2025, 3, 14), "UTC")
    assert fixture.events is None


@pytest.mark.parametrize("ask", [lambda feed: feed.live(None), lambda feed: feed.by_ids(fixture_ids(7))])
async def test_a_live_or_single_reply_without_events_is_refused(
    ask: Callable[[ApiFootball], Awaitable[object]],
) -> None:
    silent = a_fixture(7)
    del silent["events"]
    async with played(Script(httpx.Response(200, json=envelope(silent)))) as feed:
        with pytest.raises(FeedMalformed, match="no events for fixture 7"):
            await ask(feed)


async def test_the_account_is_free_of_charge() -> None:
    body = {
        "subscription": {"plan": "Free", "end": "2026-01-01T00:00:00+00:00", "active": True},
        "requests": {"current": 29, "limit_day": 100},
    }
    script = Script(httpx.Response(200, json={"get": "status", "errors": [], "results": 0, "response": body}))
    async with played(script) as feed:
        account = await feed.account()
        assert feed.calls == 0
    assert script.asked == ["status"]
    assert (account.plan, account.used_today, account.day_limit) == ("Free", 29, 100)
    assert account.ends == datetime(2026, 1, 1, tzinfo=UTC)


# ---------------------------------------------------------------- fixtures by id


@pytest.mark.parametrize(
    ("ids", "asked"),
    [
        ([], []),
        ([5], ["id=5"]),
        ([5, 5], ["id=5"]),
        ([9, 5], ["ids=9-5"]),
        (range(1, 21), ["ids=" + "-".join(str(id_) for id_ in range(1, 21))]),
        (range(1, 22), ["ids=" + "-".join(str(id_) for id_ in range(1, 21)), "id=21"]),
    ],
)
async def test_at_most_twenty_ids_share_a_call(ids: Sequence[int], asked: list[str]) -> None:
    script = Script(answer_ids)
    async with played(script) as feed:
        found = await feed.by_ids(fixture_ids(*ids))
        assert feed.calls == len(asked)
    assert script.asked == [f"fixtures?{query}" for query in asked]
    assert [fixture.id for fixture in found] == list(dict.fromkeys(ids))


async def test_a_plan_that_refuses_ids_calls_is_asked_one_by_one_from_then_on(logged: list[Any]) -> None:
    script = Script(refuse_ids_calls)
    async with played(script) as feed:
        first = await feed.by_ids(fixture_ids(9, 5))
        second = await feed.by_ids(fixture_ids(3, 4))
        assert feed.calls == 5
    assert [fixture.id for fixture in (*first, *second)] == [9, 5, 3, 4]
    assert script.asked == [f"fixtures?{query}" for query in ("ids=9-5", "id=9", "id=5", "id=3", "id=4")]
    assert [entry["event"] for entry in logged] == ["feed plan has no ids calls"]


async def test_a_plan_that_refuses_a_single_id_too_is_an_error() -> None:
    script = Script(refusal("plan", "Free plans do not have access to this season"))
    async with played(script) as feed:
        with pytest.raises(FeedPlanRefused, match="this season"):
            await feed.by_ids(fixture_ids(9, 5))
    assert script.asked == ["fixtures?ids=9-5", "fixtures?id=9"]


@pytest.mark.parametrize("found", [(), (5,), (5, 9, 6), (6,)])
async def test_a_reply_with_other_fixtures_than_asked_is_refused_whole(found: tuple[int, ...]) -> None:
    script = Script(httpx.Response(200, json=envelope(*(a_fixture(id_) for id_ in found))))
    async with played(script) as feed:
        with pytest.raises(FeedMalformed, match="misses or adds fixture"):
            await feed.by_ids(fixture_ids(5, 9))
    assert len(script.asked) == 1


@recorded
async def test_the_recorded_ids_reply_answers_in_the_order_asked() -> None:
    body = (RECORDED / "single/fixtures_ids_2_PEN_shootouts_full.syurchen93.json").read_bytes()
    async with played(Script(httpx.Response(200, content=body))) as feed:
        found = await feed.by_ids(fixture_ids(1149523, 1149519))
    assert [fixture.id for fixture in found] == [1149523, 1149519]


# ---------------------------------------------------------------- quota


def recorded_reply(name: str) -> httpx.Response:
    head, _, body = (RECORDED / name).read_text(encoding="utf-8").rpartition("\n\n")
    pairs = (line.split(": ", 1) for line in head.splitlines() if ": " in line)
    told = {name: value for name, value in pairs if name != "transfer-encoding"}
    return httpx.Response(200, headers=told, text=body)


@recorded
async def test_the_quota_of_a_refused_reply_counts_and_a_reply_without_headers_changes_nothing() -> None:
    script = Script(
        recorded_reply("errors/200_ok_neighbour_of_rateLimit_real.http"),
        recorded_reply("errors/200_rateLimit_burst_real.http"),
    )
    told = Quota(day_limit=7500, day_left=7161, minute_limit=300, minute_left=287)
    async with played(script) as feed:
        assert feed.quota == Quota()
        with pytest.raises(FeedMalformed):
            await feed.live(None)
        assert feed.quota == told
        with pytest.raises(FeedRateLimited):
            await feed.live(None)
        assert feed.quota == told


async def test_a_quota_header_that_is_no_number_is_passed_over() -> None:
    headers = {
        "X-RateLimit-Limit": "10",
        "X-RateLimit-Remaining": "-1",
        "x-ratelimit-requests-limit": "a lot",
        "x-ratelimit-requests-remaining": "0",
    }
    async with played(Script(httpx.Response(200, headers=headers, json=envelope()))) as feed:
        await feed.live(None)
        assert feed.quota == Quota(day_left=0, minute_limit=10)


# ---------------------------------------------------------------- retries


async def test_a_call_without_an_answer_is_repeated_and_logged(logged: list[Any]) -> None:
    script = Script(
        httpx.Response(503), httpx.Response(200, text="<html>"), httpx.Response(200, json=envelope())
    )
    async with played(script) as feed:
        assert await feed.live(None) == ()
        assert feed.calls == 3
    assert [(entry["event"], entry["attempt"], entry["call"]) for entry in logged] == [
        ("feed call retried", 2, "fixtures?live=all"),
        ("feed call retried", 3, "fixtures?live=all"),
    ]
    assert ["503" in logged[0]["reason"], "not whole JSON" in logged[1]["reason"]] == [True, True]


async def test_the_tries_end_with_the_configured_number() -> None:
    script = Script(httpx.Response(500, json={"message": "Something went wrong"}))
    async with played(script) as feed:
        with pytest.raises(
            FeedUnavailable, match=r"^fixtures\?live=all: API-Football answered with HTTP 500"
        ):
            await feed.live(None)
        assert feed.calls == 3


async def test_the_wait_doubles() -> None:
    waits: list[float] = []
    script = Script(httpx.Response(500))
    with told_of_retries(waits):
        async with played(script, config(retry=Retry(attempts=4, first_wait_seconds=0.001))) as feed:
            with pytest.raises(FeedUnavailable):
                await feed.live(None)
    assert waits == pytest.approx([0.001, 0.002, 0.004], abs=0.0002), "but for the jitter"


@contextmanager
def told_of_retries(waits: list[float]) -> Iterator[None]:
    def note(details: stamina.instrumentation.RetryDetails) -> None:
        waits.append(details.wait_for)

    stamina.instrumentation.set_on_retry_hooks([note])
    try:
        yield
    finally:
        stamina.instrumentation.set_on_retry_hooks(None)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (refusal("rateLimit"), FeedRateLimited),
        (httpx.Response(429, text="slow down"), FeedRateLimited),
        (refusal("requests"), FeedQuotaSpent),
        (refusal("token"), FeedKeyRefused),
        (httpx.Response(401), FeedKeyRefused),
        (refusal("access"), FeedSuspended),
        (httpx.Response(403, text="<html>blocked</html>"), FeedSuspended),
        (refusal("plan"), FeedPlanRefused),
        (refusal("live"), FeedBadParameter),
        (httpx.Response(404), FeedBadParameter),
        (httpx.Response(200, json=[]), FeedMalformed),
    ],
)
async def test_a_refusal_is_never_repeated(
    reply: httpx.Response, kind: type[FeedError], logged: list[Any]
) -> None:
    async with played(Script(reply)) as feed:
        with pytest.raises(FeedError) as refused:
            await feed.live([LeagueId(39)])
        assert feed.calls == 1
    assert type(refused.value) is kind
    assert str(refused.value).startswith("fixtures?live=39: ")
    assert refused.value.remedy
    assert logged == []


# ---------------------------------------------------------------- the key


async def test_without_a_key_no_key_header_is_sent() -> None:
    for key in (None, SecretStr(""), SecretStr(" \n")):
        script = Script(httpx.Response(200, json=envelope()))
        async with played(script, config(key=key)) as feed:
            await feed.live(None)
        assert "x-apisports-key" not in script.requests[0].headers


async def test_a_key_file_ending_in_a_new_line_is_no_trouble() -> None:
    script = Script(httpx.Response(200, json=envelope()))
    async with played(script, config(key=SecretStr(f"{KEY}\n"))) as feed:
        await feed.live(None)
    assert script.requests[0].headers["x-apisports-key"] == KEY


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "schlüssel"])
async def test_an_impossible_key_is_refused_without_a_call_and_without_being_shown(key: str) -> None:
    script = Script(httpx.Response(200, json=envelope()))
    async with played(script, config(key=SecretStr(key))) as feed:
        with pytest.raises(FeedKeyRefused) as refused:
            await feed.live(None)
        assert feed.calls == 0
    assert key not in refused.value.line()
    assert script.requests == []


async def test_a_reply_that_repeats_the_key_does_not_carry_it_into_errors_or_logs(logged: list[Any]) -> None:
    script = Script(refusal("bug", f"no such key {KEY}"), refusal("token", f"no such key {KEY}"))
    async with played(script) as feed:
        with pytest.raises(FeedKeyRefused, match=r"no such key \[key\]") as refused:
            await feed.live(None)
    shown = "".join(_chain(refused.value)) + repr(logged)
    assert "feed call retried" in shown
    assert KEY not in shown


def _chain(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        yield f"{error!r} {error}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


# ---------------------------------------------------------------- over a real connection

Act = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Loopback:
    """A server that plays one act per connection, the last one for ever; remembers the heads of requests."""

    def __init__(self, *acts: Act) -> None:
        self.acts = list(acts)
        self.heads: list[str] = []
        self.asked = asyncio.Event()
        self.open = 0
        self.most_open = 0
        self._serving: set[asyncio.Task[None]] = set()

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._serving.add(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            try:
                self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
                self.asked.set()
                await act(writer)
            finally:
                self.open -= 1
                writer.close()
                await writer.wait_closed()

    async def stop(self) -> None:
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)


@asynccontextmanager
async def over_loopback(server: Loopback, **changes: Any) -> AsyncIterator[ApiFootball]:
    async with listening(server) as base_url, open_feed(config(base_url, **changes)) as feed:
        yield feed


@asynccontextmanager
async def listening(server: Loopback) -> AsyncIterator[str]:
    async with await asyncio.start_server(server.accept, "127.0.0.1", 0) as listener:
        try:
            yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        finally:
            await server.stop()


def says(body: bytes, *lines: str) -> Act:
    async def act(writer: asyncio.StreamWriter) -> None:
        head = "\r\n".join(("HTTP/1.1 200 OK", "connection: close", *lines))
        writer.write(head.encode() + b"\r\n\r\n" + body)
        await writer.drain()

    return act


def whole(*fixtures: dict[str, Any]) -> Act:
    body = json.dumps(envelope(*fixtures)).encode()
    return says(body, f"content-length: {len(body)}")


async def hangs_up(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def drips(writer: asyncio.StreamWriter) -> None:
    """Bytes keep coming, so no single read ever runs out of time."""
    writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.005)


async def stays_silent(_: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def test_the_key_goes_in_its_header_and_nowhere_else() -> None:
    server = Loopback(whole(a_fixture(7)))
    async with over_loopback(server) as feed:
        assert [fixture.id for fixture in await feed.live([LeagueId(39)])] == [7]
    (head,) = server.heads
    assert head.startswith("GET /fixtures?live=39 HTTP/1.1\r\n")
    assert head.count(KEY) == 1
    assert f"x-apisports-key: {KEY}" in head.splitlines()


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (hangs_up, "no whole reply"),
        (says(b'{"errors": []', "content-length: 1000"), "no whole reply"),
        (says(b'd\r\n{"errors": []\r\n', "transfer-encoding: chunked"), "no whole reply"),
        (says(b"no gzip at all", "content-encoding: gzip", "content-length: 14"), "no whole reply"),
        (says(b'{"errors": []'), "not whole JSON"),
        (says(b"<html>log in</html>", "content-type: text/html"), "not whole JSON"),
    ],
    ids=["closed", "cut short", "cut between chunks", "broken gzip", "half the JSON", "captive portal"],
)
async def test_a_broken_answer_is_unavailable_and_the_next_try_may_do(act: Act, said: str) -> None:
    server = Loopback(act, whole(a_fixture(7)))
    async with over_loopback(server, retry=Retry(attempts=1, first_wait_seconds=0)) as feed:
        with pytest.raises(FeedUnavailable, match=said):
            await feed.live(None)
    server = Loopback(act, whole(a_fixture(7)))
    async with over_loopback(server) as feed:
        assert len(await feed.live(None)) == 1
        assert feed.calls == 2


@pytest.mark.parametrize("act", [drips, stays_silent])
async def test_a_reply_that_never_ends_is_given_up_after_the_time_out_of_the_whole_call(act: Act) -> None:
    server = Loopback(act)
    once = Retry(attempts=1, first_wait_seconds=0)
    async with asyncio.timeout(5), over_loopback(server, timeout_seconds=0.1, retry=once) as feed:
        with pytest.raises(FeedUnavailable, match=r"no whole reply within 0\.1 s"):
            await feed.live(None)
        assert feed.calls == 1


async def test_nobody_listening_is_unavailable() -> None:
    async with listening(Loopback(hangs_up)) as base_url:
        pass
    async with open_feed(config(base_url)) as feed:
        with pytest.raises(FeedUnavailable, match="ConnectError"):
            await feed.live(None)
        assert feed.calls == 3


async def test_a_reply_beyond_the_bound_is_refused_and_not_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(api_football, "MAX_REPLY_BYTES", 10_000)
    server = Loopback(drips_fast)
    async with asyncio.timeout(5), over_loopback(server) as feed:
        with pytest.raises(FeedMalformed, match="larger than 10000 bytes"):
            await feed.live(None)
        assert feed.calls == 1


async def drips_fast(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
    while True:
        writer.write(b" " * 4096)
        await writer.drain()
        await asyncio.sleep(0)


async def test_calls_made_at_the_same_time_go_out_one_after_the_other() -> None:
    server = Loopback(whole())
    async with over_loopback(server) as feed:
        await asyncio.gather(*(feed.live([LeagueId(league)]) for league in range(1, 6)))
    assert len(server.heads) == 5
    assert server.most_open == 1


async def test_a_cancelled_call_leaves_the_feed_usable() -> None:
    server = Loopback(stays_silent, whole())
    async with over_loopback(server) as feed:
        call = asyncio.create_task(feed.live(None))
        await server.asked.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert await feed.live(None) == ()
