"""What moves at X: whose query id counts, what twscrape is allowed to do, and the signing of requests."""

from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from footyd.adapters.x_features import FEATURES
from footyd.adapters.x_moving import OUR_QUERY_ID, Known, QueryIds, known_parts
from footyd.adapters.x_session import XSession, read_session
from footyd.adapters.x_transaction import (
    KEYS_LAST,
    REST_AFTER_FAILURE,
    YOUNG,
    NoKeys,
    Signer,
    TransactionIds,
    read_keys,
)
from footyd.config import CookiesConfig

NOW = datetime(2026, 6, 20, 12, tzinfo=UTC)
PATH = f"/i/api/graphql/{OUR_QUERY_ID}/SearchTimeline"
CONFIG = CookiesConfig(auth_token=SecretStr("d0" * 20), ct0=SecretStr("c0" * 16), timeout_seconds=5)


def session() -> XSession:
    found = read_session(CONFIG, NOW)
    assert isinstance(found, XSession)
    return found


# ---------------------------------------------------------------- query id and features


def test_the_configs_query_id_wins_over_one_seen_and_that_over_one_known() -> None:
    known, seen = Known(query_id="known-known"), QueryIds()
    assert known.query_id_for(CONFIG, seen) == "known-known"
    seen.seen("seen-in-a-browser")
    assert known.query_id_for(CONFIG, seen) == "seen-in-a-browser"
    assert known.query_id_for(CookiesConfig(query_id="mine"), seen) == "mine"


def test_the_newest_query_id_seen_counts_and_what_is_none_does_not() -> None:
    seen = QueryIds()
    for query_id in ("hyPfJYJ_XAtDYoslQc-Rgg", "AwDeXt15G08TTkW198-eUA", "", "../../etc", "a b", "x" * 99):
        seen.seen(query_id)
    assert seen.newest == "AwDeXt15G08TTkW198-eUA"


def test_features_of_the_config_lie_over_the_known_ones() -> None:
    config = CookiesConfig(features={"rweb_video_screen_enabled": False, "brand_new_enabled": True})
    features = Known().features_for(config)
    assert (features["rweb_video_screen_enabled"], features["brand_new_enabled"]) == (False, True)
    assert len(features) == len(FEATURES) + 1


# ---------------------------------------------------------------- twscrape


def test_twscrape_is_asked_for_what_it_knows() -> None:
    known = known_parts()
    assert known.xclid is not None
    assert known.query_id == OUR_QUERY_ID
    assert known.features == FEATURES


def test_without_twscrape_our_own_values_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "twscrape.api", None)
    with capture_logs() as logs:
        assert known_parts() == Known()
    assert [(line["event"], line["remedy"]) for line in logs] == [
        ("twscrape not used", "pip install footyd[x]")
    ]


def test_a_twscrape_with_other_inner_parts_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("twscrape.api.OP_SearchTimeline")
    assert known_parts() == Known()


WATCHED = """
import logging, sys, threading
seen = []
def watch(event, args):
    if event.startswith(("socket.", "subprocess.", "os.system", "os.remove", "os.rename", "os.mkdir")):
        seen.append((event, str(args)[:200]))
    if event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        seen.append((event, str(args)[:200]))
import asyncio, httpx, structlog, footyd.adapters.x_moving as x_moving
before = (logging.root.level, list(logging.root.handlers), threading.active_count())
sys.addaudithook(watch)
assert x_moving.known_parts().xclid is not None
from twscrape import telemetry
from twscrape.logger import LogOnce
telemetry.capture("gql_request", {})
asyncio.run(telemetry.flush())
LogOnce.once("key", "ERROR", "to be heard by nobody")
assert not telemetry.snapshot()
assert before == (logging.root.level, list(logging.root.handlers), threading.active_count())
print([event for event in seen if "asyncio" not in str(event) and event[0] != "socket.__new__"])
"""


def test_importing_twscrape_sends_nothing_writes_nothing_and_stays_silent() -> None:
    script = [sys.executable, "-B", "-c", WATCHED]
    done = subprocess.run(script, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


# ---------------------------------------------------------------- keys out of X's page

VERIFICATION = bytes(range(7, 55))
ROW = "12,30 88,1 40,77 9,200 31,150 66,4".replace(" ", ",")
ANIMATION = "M 10,30 C" + "C".join(f" {ROW}" for _ in range(16))
SCRIPT = "https://abs.twimg.com/x-web/assets/main-abc.js"
SIGNER = "https://abs.twimg.com/x-web/assets/sign.o-xyz.js"


def page() -> str:
    frames = "".join(
        f'<svg id="loading-x-anim-{number}"><g><path d="M0"></path><path d="{ANIMATION}"></path></g></svg>'
        for number in range(4)
    )
    key = base64.b64encode(VERIFICATION).decode()
    return (
        f'<html><head><meta name="twitter-site-verification" content="{key}">'
        f'<link rel="modulepreload" href="{SCRIPT}"></head><body>{frames}</body></html>'
    )


def site(**changed: str) -> dict[str, str]:
    pages = {
        "https://x.com/tesla": page(),
        SCRIPT: 'const sign=()=>import("./sign.o-xyz.js")',
        SIGNER: "f=(n[2], 16),(n[12], 16),(n[14], 16),(n[7], 16)",
    }
    return {**pages, **changed}


class Site(httpx.AsyncBaseTransport):
    """X's page and scripts; remembers who asked for what."""

    def __init__(self, pages: Mapping[str, str]) -> None:
        self._pages = pages
        self.asked: dict[str, httpx.Request] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked[str(request.url)] = request
        found = self._pages.get(str(request.url))
        return httpx.Response(404) if found is None else httpx.Response(200, text=found)


async def keys(pages: Mapping[str, str], seen: QueryIds | None = None) -> tuple[Signer, Site]:
    known, transport = known_parts(), Site(pages)
    assert known.xclid is not None
    return await read_keys(known.xclid, CONFIG, seen or QueryIds(), session(), transport), transport


async def test_requests_are_signed_with_the_keys_of_xs_page() -> None:
    signer, _ = await keys(site())
    signature = signer.calc("GET", PATH)
    mask, *masked = base64.b64decode(signature + "=" * (-len(signature) % 4))
    signed = bytes(byte ^ mask for byte in masked)
    assert signed.startswith(VERIFICATION)
    assert len(signed) == len(VERIFICATION) + 4 + 16 + 1


async def test_the_login_goes_to_x_and_not_to_where_its_scripts_lie() -> None:
    _, transport = await keys(site())
    assert list(transport.asked) == ["https://x.com/tesla", SCRIPT, SIGNER]
    cookies = [request.headers.get("cookie", "") for request in transport.asked.values()]
    assert "auth_token=" + "d0" * 20 in cookies[0]
    assert cookies[1:] == ["", ""]
    assert {one.headers["user-agent"] for one in transport.asked.values()} == {CONFIG.user_agent}


async def test_a_query_id_named_in_xs_scripts_is_seen() -> None:
    named = (
        'e.exports={queryId:"AwDeXt15G08TTkW198-eUA",operationName:"SearchTimeline",operationType:"query"}'
    )
    seen = QueryIds()
    await keys(site(**{SCRIPT: site()[SCRIPT] + named}), seen)
    assert seen.newest == "AwDeXt15G08TTkW198-eUA"


@pytest.mark.parametrize(
    ("pages", "finding"),
    [
        ({}, "404"),
        (site(**{"https://x.com/tesla": "<html>login</html>"}), "X web scripts not found"),
        (site(**{"https://x.com/tesla": "<a>document.location = 1;>document.location ="}), "IndexError"),
        (site(**{SIGNER: "nothing of use"}), "Signing indices not found"),
        (site(**{SIGNER: "f=(n[2], 16),(n[99], 16)"}), "IndexError"),
        (
            site(**{"https://x.com/tesla": page().replace("loading-x-anim", "anim")}),
            "Animation data not found",
        ),
    ],
)
async def test_a_page_without_keys_says_so_and_nothing_else(pages: Mapping[str, str], finding: str) -> None:
    with pytest.raises(NoKeys, match=finding):
        await keys(pages)


async def test_a_logged_out_page_says_so() -> None:
    logged_out = page().replace("main-abc.js", "entry-client-logged-out-abc.js")
    with pytest.raises(NoKeys, match="Logged-out X web app"):
        await keys(site(**{"https://x.com/tesla": logged_out}))


async def test_a_page_that_never_comes_is_given_up() -> None:
    class Silent(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            raise httpx.ReadTimeout("silence", request=request)

    known = known_parts()
    assert known.xclid is not None
    with pytest.raises(NoKeys, match=r"x\.com gave no answer in 5 s"):
        await read_keys(known.xclid, CONFIG, QueryIds(), session(), Silent())


# ---------------------------------------------------------------- keeping the keys


class Desk:
    """A clock and a reader of keys that succeeds or fails as told."""

    def __init__(self) -> None:
        self.now = NOW
        self.works = True
        self.read = 0
        self.ids = TransactionIds(self.keys, lambda: self.now)

    async def keys(self, _session: XSession) -> Signer:
        self.read += 1
        if not self.works:
            raise NoKeys("no page")
        number = self.read

        class Numbered:
            def calc(self, method: str, path: str) -> str:
                return f"{number} {method} {path}"

        return Numbered()

    async def sign(self) -> str | None:
        return await self.ids.sign(session(), "GET", "/p")


async def test_keys_are_kept_for_hours() -> None:
    desk = Desk()
    assert await desk.sign() == "1 GET /p"
    desk.now += KEYS_LAST - timedelta(seconds=1)
    assert await desk.sign() == "1 GET /p"
    desk.now += timedelta(seconds=1)
    assert await desk.sign() == "2 GET /p"


async def test_doubted_keys_are_read_anew_unless_they_are_young() -> None:
    desk = Desk()
    await desk.sign()
    desk.now += YOUNG
    desk.ids.doubt()
    assert await desk.sign() == "1 GET /p"
    desk.now += timedelta(seconds=1)
    desk.ids.doubt()
    assert await desk.sign() == "2 GET /p"


async def test_without_keys_there_is_no_id_one_line_in_the_log_and_an_hour_of_rest() -> None:
    desk = Desk()
    desk.works = False
    with capture_logs() as logs:
        for _ in range(5):
            assert await desk.sign() is None
            desk.ids.doubt()
        desk.now += REST_AFTER_FAILURE
        assert await desk.sign() is None
    assert desk.read == 2
    assert [(line["event"], line["reason"]) for line in logs] == [("no transaction ids", "no page")]
    desk.works = True
    desk.now += REST_AFTER_FAILURE
    assert await desk.sign() == "3 GET /p"
