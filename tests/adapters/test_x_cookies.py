"""The cookie source against a loopback X: what it asks, and what becomes of every way to be refused."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import HttpUrl, SecretStr
from structlog.testing import capture_logs

from footyd.adapters.source_http import Answer
from footyd.adapters.x_answer import read_answer
from footyd.adapters.x_cookies import XCookies, open_x_cookies
from footyd.adapters.x_moving import OUR_QUERY_ID, Known, QueryIds
from footyd.adapters.x_request import LONGEST_QUERY, search_text
from footyd.adapters.x_session import XSession
from footyd.adapters.x_transaction import Signer, TransactionIds
from footyd.config import CookiesConfig, Retry
from footyd.model import (
    AuthExpired,
    Found,
    NoResults,
    Query,
    RateLimited,
    SourceReply,
    Unavailable,
)
from tests.adapters.source_server import (
    CHALLENGE,
    MISBEHAVIOUR,
    Asked,
    Manner,
    Reply,
    SourceServer,
    as_json,
    html,
    source_server,
)
from tests.adapters.x_payloads import (
    RECORDED,
    added,
    answer,
    entry,
    needs_recordings,
    refused,
    tweet,
    video,
)

NOW = datetime(2026, 6, 20, 23, 40, tzinfo=UTC)
RESET = NOW + timedelta(minutes=7)
QUERY = Query(text='Saka (Arsenal OR "Man City") filter:native_video', since=NOW - timedelta(minutes=3))
TOKEN = "d0" * 20
CT0 = "c0" * 16
NEW_CT0 = "e1" * 40
FOUND = as_json(answer(added(entry(tweet(video())))))
EMPTY = as_json(answer(added()))
EMPTY_404 = Reply(status=404)


def config(server: SourceServer, **changed: Any) -> CookiesConfig:
    values = {
        "base_url": HttpUrl(server.url),
        "auth_token": SecretStr(TOKEN),
        "ct0": SecretStr(CT0),
        "transaction_ids": False,
        "timeout_seconds": 5,
        **changed,
    }
    return CookiesConfig(**values)


@asynccontextmanager
async def source(server: SourceServer, attempts: int = 1, **changed: Any) -> AsyncIterator[XCookies]:
    retry = Retry(attempts=attempts, first_wait_seconds=0)
    query_ids = changed.pop("query_ids", None)
    async with open_x_cookies(
        config(server, **changed), retry, query_ids=query_ids, clock=lambda: NOW
    ) as opened:
        yield opened


async def reply_to(*replies: Reply | Callable[[Asked], Reply], **changed: Any) -> SourceReply:
    async with source_server(*replies) as server, source(server, **changed) as cookies:
        return await cookies.search(QUERY)


def handing_out(reply: Reply, *cookies: str) -> Reply:
    merged = {**reply.headers, "Set-Cookie": "\r\nSet-Cookie: ".join(cookies)}
    return Reply(status=reply.status, body=reply.body, headers=merged)


# ---------------------------------------------------------------- what is asked


async def test_a_search_is_asked_as_xs_own_page_asks_it() -> None:
    async with source_server(FOUND) as server, source(server) as cookies:
        assert isinstance(await cookies.search(QUERY), Found)
        assert (cookies.name, cookies.account) == ("cookies", "x")
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", f"/i/api/graphql/{OUR_QUERY_ID}/SearchTimeline")
    body = json.loads(asked.body)
    assert body["queryId"] == OUR_QUERY_ID
    assert body["variables"] == {
        "rawQuery": 'Saka (Arsenal OR "Man City") filter:native_video since_time:1781998620',
        "count": 20,
        "querySource": "typed_query",
        "product": "Latest",
    }
    assert body["features"]["rweb_video_screen_enabled"] is True
    assert asked.headers["cookie"] == f"auth_token={TOKEN}; ct0={CT0}"
    assert asked.headers["x-csrf-token"] == CT0
    assert asked.headers["authorization"].startswith("Bearer AAAAAAAAA")
    assert asked.headers["user-agent"].startswith("Mozilla/5.0")
    assert asked.headers["x-twitter-auth-type"] == "OAuth2Session"
    assert "x-client-transaction-id" not in asked.headers


async def test_the_moving_parts_are_values_of_the_config() -> None:
    changed: dict[str, Any] = {
        "bearer": "other",
        "user_agent": "mine",
        "query_id": "my-id",
        "features": {"new_enabled": True},
    }
    async with source_server(FOUND) as server, source(server, **changed) as cookies:
        await cookies.search(QUERY)
    (asked,) = server.asked
    assert asked.path == "/i/api/graphql/my-id/SearchTimeline"
    assert (asked.headers["authorization"], asked.headers["user-agent"]) == ("Bearer other", "mine")
    assert json.loads(asked.body)["features"]["new_enabled"] is True


async def test_a_query_id_the_browser_saw_is_used_at_once() -> None:
    seen = QueryIds()
    async with source_server(FOUND) as server, source(server, query_ids=seen) as cookies:
        await cookies.search(QUERY)
        seen.seen("seen-in-a-browser")
        await cookies.search(QUERY)
    assert [asked.path.split("/")[4] for asked in server.asked] == [OUR_QUERY_ID, "seen-in-a-browser"]


@given(st.text(max_size=700), st.integers(min_value=0, max_value=4_000_000_000))
def test_no_search_is_longer_than_x_allows_and_each_names_its_time(text: str, second: int) -> None:
    asked = search_text(Query(text=text, since=datetime.fromtimestamp(second, UTC)))
    assert len(asked) <= LONGEST_QUERY
    assert asked.endswith(f" since_time:{second}")


def test_a_search_too_long_is_cut_at_a_word() -> None:
    asked = search_text(Query(text="word " * 120, since=NOW))
    assert set(asked.split()[:-1]) == {"word"}
    assert len(asked) > LONGEST_QUERY - 10


# ---------------------------------------------------------------- the matrix: failure, then state

FAILURES: dict[str, tuple[Reply, type[SourceReply], str]] = {
    "401, code 32": (as_json(refused(32), 401), AuthExpired, "does not accept this login"),
    "403, code 64": (as_json(refused(64), 403), AuthExpired, "suspended this account"),
    "401, code 89": (as_json(refused(89), 401), AuthExpired, "this login has expired"),
    "200, code 326": (as_json({**refused(326), "data": {}}), AuthExpired, "locked this account"),
    "200, code 32": (as_json(refused(32)), AuthExpired, "does not accept this login"),
    "403, code 353 twice": (as_json(refused(353), 403), AuthExpired, "refuses the cookie ct0"),
    "redirect to login": (
        Reply(status=302, headers={"Location": "/i/flow/login?redirect=x"}),
        AuthExpired,
        "shows its login page",
    ),
    "redirect to onboarding": (
        Reply(status=307, headers={"Location": "https://x.com/i/jf/onboarding/web?mode=login"}),
        AuthExpired,
        "shows its login page",
    ),
    "login page": (html('<a href="/i/flow/login">Log in</a>'), AuthExpired, "footyd login"),
    "429": (
        Reply(
            status=429,
            body=b"Rate limit exceeded\n",
            headers={"x-rate-limit-reset": str(int(RESET.timestamp()))},
        ),
        RateLimited,
        "",
    ),
    "200, code 88": (
        as_json(refused(88), x_rate_limit_reset=str(int(RESET.timestamp()))),
        RateLimited,
        "",
    ),
    "empty 404": (
        EMPTY_404,
        Unavailable,
        f"does not know its search as {OUR_QUERY_ID} (empty 404); set search.",
    ),
    "400, code 336": (
        as_json(refused(336, "The following features cannot be null: new_flag_enabled"), 400),
        Unavailable,
        "add to search.cookies.features: new_flag_enabled",
    ),
    "401, code 215": (as_json(refused(215), 401), Unavailable, "set search.cookies.bearer"),
    "404, code 34": (
        as_json(refused(34, "Sorry, that page does not exist"), 404),
        Unavailable,
        "Sorry, that page does not exist (code 34)",
    ),
    "200, code 131": (as_json(refused(131)), Unavailable, "internal error (code 131)"),
    "Cloudflare": (CHALLENGE, Unavailable, "Cloudflare stands before X (HTTP 403); wait, or set search."),
    "bare 401": (Reply(status=401), Unavailable, "HTTP 401 without a reason; if it stays"),
    "bare 403": (as_json({}, 403), Unavailable, "HTTP 403 without a reason; if it stays"),
    "503": (Reply(status=503), Unavailable, "answered HTTP 503"),
    "page of somebody else": (
        html("<html><title>Hotel Wi-Fi</title></html>"),
        Unavailable,
        'a page "Hotel Wi-Fi" (HTTP 200); search.cookies.base_url',
    ),
    "redirect elsewhere": (
        Reply(status=301, headers={"Location": "https://portal.example/?token=secret"}),
        Unavailable,
        "sends on to https://portal.example/ (HTTP 301)",
    ),
    "unknown shape": (as_json({"data": {"search": []}}), Unavailable, "unknown shape of X's search answer"),
    "posts of unknown shape": (as_json(answer(added(entry({"id": 1})))), Unavailable, "none of 1 entries"),
    "empty body": (Reply(), Unavailable, "without anything to read"),
    "truncated JSON": (Reply(body=FOUND.body[:-40]), Unavailable, "no JSON, or cut off"),
    "cut off": (Reply(body=FOUND.body, manner=Manner.CUT_IN_BODY), Unavailable, "out of reach"),
    "wrong charset": (
        Reply(body=b"\xff\xfe\xfa{", headers={"Content-Type": "application/json; charset=utf-7"}),
        Unavailable,
        "no JSON, or cut off",
    ),
    "bomb": (
        Reply(body=gzip.compress(b" " * 50_000_000), headers={"Content-Encoding": "gzip"}),
        Unavailable,
        "more than",
    ),
    "nested beyond reason": (Reply(body=b"[" * 200_000), Unavailable, "no JSON, or cut off"),
    "nothing there": (EMPTY, NoResults, ""),
    "posts": (FOUND, Found, ""),
}


@pytest.mark.parametrize("failure", FAILURES)
async def test_each_failure_has_its_state_and_names_the_remedy(failure: str) -> None:
    reply, state, reason = FAILURES[failure]
    got = await reply_to(reply)
    assert isinstance(got, state), got
    assert reason in getattr(got, "reason", "")
    if isinstance(got, RateLimited):
        assert got.until == RESET
    assert not any(secret in repr(got) for secret in (TOKEN, CT0, "secret"))


@pytest.mark.parametrize("misbehaviour", MISBEHAVIOUR)
async def test_no_misbehaviour_of_a_server_reads_as_an_empty_answer(misbehaviour: str) -> None:
    got = await reply_to(MISBEHAVIOUR[misbehaviour], timeout_seconds=0.3)
    assert isinstance(got, Unavailable), got


@given(
    st.sampled_from([200, 204, 301, 302, 400, 401, 403, 404, 422, 429]),
    st.binary(max_size=60)
    | st.sampled_from([FOUND.body, EMPTY.body, b"<html>", b"null", b'{"errors": [{}]}']),
    st.dictionaries(st.sampled_from(["location", "content-type", "cf-ray"]), st.text(max_size=20)),
)
def test_whatever_comes_back_is_a_reply(status: int, body: bytes, headers: dict[str, str]) -> None:
    found = Answer(status=status, url="https://x.com/i/api", headers=headers, body=body)
    got = read_answer(found, "cookies", query_id="q", limited_until=RESET)
    assert isinstance(got, SourceReply)
    assert not isinstance(got, Found | NoResults) or (status == 200 and body in {FOUND.body, EMPTY.body})


async def test_nobody_at_the_address_is_an_outage() -> None:
    async with source_server(FOUND) as server:
        pass
    async with source(server) as cookies:
        got = await cookies.search(QUERY)
    assert isinstance(got, Unavailable)
    assert "is out of reach" in got.reason


async def test_posts_in_another_unicode_encoding_are_read() -> None:
    body = json.dumps(answer(added(entry(tweet())))).encode("utf-16")
    got = await reply_to(Reply(body=body, headers={"Content-Type": "application/json; charset=latin-1"}))
    assert isinstance(got, Found)


@needs_recordings
async def test_a_recorded_search_is_found() -> None:
    body = (RECORDED / "search_latest_2026-07-21_8ce44e4.json").read_bytes()
    got = await reply_to(Reply(body=gzip.compress(body), headers={"Content-Encoding": "gzip"}))
    assert isinstance(got, Found)
    assert len(got.posts) == 20


@needs_recordings
async def test_the_noted_refusals_of_x_come_out_as_stated() -> None:
    noted = json.loads((RECORDED / "errors.json").read_text(encoding="utf-8"))
    states = {}
    for name, one in noted.items():
        if name != "_note":
            body = json.dumps(one["body"]) if "body" in one else one["text"]
            got = await reply_to(
                Reply(status=one["status"], body=body.encode(), headers=one.get("headers", {}))
            )
            states[name] = type(got).__name__
    assert states == {
        "auth_32": "AuthExpired",
        "auth_89": "AuthExpired",
        "csrf_353": "AuthExpired",
        "locked_326": "AuthExpired",
        "suspended_64": "AuthExpired",
        "rate_429": "RateLimited",
        "stale_query_or_tid_404": "Unavailable",
        "features_336": "Unavailable",
        "cloudflare_403": "Unavailable",
    }


# ---------------------------------------------------------------- trying again


async def test_an_outage_is_tried_again_and_a_refusal_is_not() -> None:
    async with source_server(Reply(status=502), FOUND) as server, source(server, attempts=2) as cookies:
        assert isinstance(await cookies.search(QUERY), Found)
    assert len(server.asked) == 2
    async with source_server(as_json(refused(32), 401)) as server, source(server, attempts=2) as cookies:
        assert isinstance(await cookies.search(QUERY), AuthExpired)
    assert len(server.asked) == 1


async def test_a_404_is_asked_once_the_other_way_and_the_way_that_works_is_kept() -> None:
    async with source_server(EMPTY_404, FOUND) as server, source(server) as cookies:
        assert isinstance(await cookies.search(QUERY), Found)
        assert isinstance(await cookies.search(QUERY), Found)
    assert [asked.method for asked in server.asked] == ["POST", "GET", "GET"]
    assert json.loads(server.asked[1].query["variables"])["rawQuery"] == search_text(QUERY)
    assert json.loads(server.asked[1].query["fieldToggles"]) == {"withArticleRichContentState": False}
    assert "rweb_video_screen_enabled" in json.loads(server.asked[1].query["features"])


async def test_a_stale_query_id_costs_two_requests_and_changes_nothing() -> None:
    async with source_server(EMPTY_404, EMPTY_404, FOUND) as server, source(server) as cookies:
        assert isinstance(await cookies.search(QUERY), Unavailable)
        assert isinstance(await cookies.search(QUERY), Found)
    assert [asked.method for asked in server.asked] == ["POST", "GET", "POST"]


class Numbers:
    """Signs with a number that grows with each reading of the keys."""

    def __init__(self) -> None:
        self.read = 0

    async def keys(self, _session: XSession) -> Signer:
        self.read += 1
        return self

    def calc(self, method: str, path: str) -> str:
        return f"{self.read}-{method}-{path}"


async def test_with_transaction_ids_a_search_is_a_signed_get() -> None:
    numbers = Numbers()
    now = [NOW]
    async with source_server(FOUND, EMPTY_404, FOUND) as server, httpx.AsyncClient() as client:
        cookies = XCookies(
            client,
            config(server),
            Retry(attempts=1),
            known=Known(),
            query_ids=QueryIds(),
            transaction_ids=TransactionIds(numbers.keys, lambda: now[0]),
            clock=lambda: now[0],
        )
        await cookies.search(QUERY)
        now[0] += timedelta(hours=1)
        await cookies.search(QUERY)
    path = f"/i/api/graphql/{OUR_QUERY_ID}/SearchTimeline"
    signed = [asked.headers["x-client-transaction-id"] for asked in server.asked]
    assert signed == [f"1-GET-{path}", f"1-GET-{path}", f"2-POST-{path}"]


async def test_a_page_without_keys_leaves_the_search_unsigned() -> None:
    def site(asked: Asked) -> Reply:
        return FOUND if asked.path.startswith("/i/api/") else html("<html>no keys here</html>")

    async with source_server(site) as server, source(server, transaction_ids=True) as cookies:
        with capture_logs() as logs:
            assert isinstance(await cookies.search(QUERY), Found)
            assert isinstance(await cookies.search(QUERY), Found)
    assert [asked.path.split("/")[1] for asked in server.asked] == ["tesla", "i", "i"]
    assert [line["event"] for line in logs] == ["no transaction ids"]


# ---------------------------------------------------------------- the login


def cookie_file(tmp_path: Path) -> Path:
    file = tmp_path / "cookies.txt"
    lines = [
        f"#HttpOnly_.x.com\tTRUE\t/\tTRUE\t0\tauth_token\t{TOKEN}",
        f".x.com\tTRUE\t/\tTRUE\t0\tct0\t{CT0}",
    ]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    file.chmod(0o600)
    return file


async def test_a_login_that_is_none_needs_a_person_and_asks_nobody(tmp_path: Path) -> None:
    async with source_server(FOUND) as server, source(server, file=tmp_path / "none.txt") as cookies:
        got = await cookies.search(QUERY)
    assert isinstance(got, AuthExpired)
    assert str(tmp_path / "none.txt") in got.reason
    assert server.asked == []


async def test_new_cookies_in_the_file_are_used_without_a_restart(tmp_path: Path) -> None:
    file = cookie_file(tmp_path)
    async with source_server(FOUND) as server, source(server, file=file) as cookies:
        await cookies.search(QUERY)
        file.write_text(file.read_text(encoding="utf-8").replace(TOKEN, "a" * 40), encoding="utf-8")
        await cookies.search(QUERY)
    assert [asked.headers["cookie"][:15] for asked in server.asked] == ["auth_token=d0d0", "auth_token=aaaa"]


async def test_a_rotated_ct0_is_used_from_then_on_and_written_back(tmp_path: Path) -> None:
    file = cookie_file(tmp_path)
    expires = "Expires=Sat, 20 Jun 2027 23:40:00 GMT; Path=/; Domain=.x.com; Secure"
    rotating = handing_out(FOUND, f"guest_id=v1; {expires}", f"ct0={NEW_CT0}; {expires}")
    async with source_server(rotating, FOUND) as server, source(server, file=file) as cookies:
        await cookies.search(QUERY)
        await cookies.search(QUERY)
    assert [asked.headers["x-csrf-token"] for asked in server.asked] == [CT0, NEW_CT0]
    assert server.asked[1].headers["cookie"] == f"auth_token={TOKEN}; ct0={NEW_CT0}"
    assert NEW_CT0 in file.read_text(encoding="utf-8")
    assert file.stat().st_mode & 0o777 == 0o600


async def test_a_ct0_taken_back_is_not_written() -> None:
    async with source_server(handing_out(FOUND, 'ct0=""; Max-Age=0')) as server, source(server) as cookies:
        await cookies.search(QUERY)
        await cookies.search(QUERY)
    assert server.asked[1].headers["x-csrf-token"] == CT0


async def test_a_ct0_that_does_not_match_is_refreshed_once(tmp_path: Path) -> None:
    file = cookie_file(tmp_path)
    mismatch = handing_out(as_json(refused(353), 403), f"ct0={NEW_CT0}; Path=/")
    async with source_server(mismatch, FOUND) as server, source(server, file=file) as cookies:
        assert isinstance(await cookies.search(QUERY), Found)
    assert [asked.headers["x-csrf-token"] for asked in server.asked] == [CT0, NEW_CT0]
    assert NEW_CT0 in file.read_text(encoding="utf-8")


async def test_a_ct0_refused_without_another_is_replaced_by_one_of_our_own(tmp_path: Path) -> None:
    file = cookie_file(tmp_path)
    async with (
        source_server(as_json(refused(353), 403), FOUND) as server,
        source(server, file=file) as cookies,
    ):
        assert isinstance(await cookies.search(QUERY), Found)
    own = server.asked[1].headers["x-csrf-token"]
    assert own != CT0
    assert f"ct0={own}" in server.asked[1].headers["cookie"]
    assert own in file.read_text(encoding="utf-8")


async def test_a_ct0_refused_twice_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    file = cookie_file(tmp_path)
    before = file.read_bytes()
    async with source_server(as_json(refused(353), 403)) as server, source(server, file=file) as cookies:
        assert isinstance(await cookies.search(QUERY), AuthExpired)
    assert len(server.asked) == 2
    assert file.read_bytes() == before


async def test_a_ct0_that_cannot_be_saved_is_kept_in_memory_and_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(_session: XSession) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("footyd.adapters.x_cookies.save_ct0", read_only)
    replies = [handing_out(FOUND, f"ct0={digit * 32}") for digit in "ef"]
    async with (
        source_server(*replies, FOUND) as server,
        source(server, file=cookie_file(tmp_path)) as cookies,
    ):
        with capture_logs() as logs:
            for _ in range(3):
                assert isinstance(await cookies.search(QUERY), Found)
    assert [asked.headers["x-csrf-token"] for asked in server.asked] == [CT0, "e" * 32, "f" * 32]
    assert [(line["log_level"], line["event"]) for line in logs] == [("warning", "rotated ct0 not saved")]
    assert not any(secret in str(logs) for secret in (TOKEN, CT0, "e" * 32))


async def test_cookies_that_others_can_read_are_told(tmp_path: Path) -> None:
    file = cookie_file(tmp_path)
    file.chmod(0o644)
    with capture_logs() as logs:
        async with source_server(FOUND) as server, source(server, file=file):
            pass
    assert [(line["event"], line["remedy"]) for line in logs] == [
        ("cookies can be read by others", f"chmod 600 {file}")
    ]


async def test_two_searches_at_once_do_not_disturb_each_other() -> None:
    async with source_server(FOUND) as server, source(server) as cookies:
        replies = await asyncio.gather(*(cookies.search(QUERY) for _ in range(5)))
    assert all(isinstance(reply, Found) for reply in replies)
