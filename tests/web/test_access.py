"""Who is let in, and what a change has to bring along."""

from __future__ import annotations

import asyncio
import base64
import re
import stat
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from footyd.adapters.mongo import Store
from footyd.config import WebConfig
from footyd.web.access import KEY_FILE, SESSION_KEPT, Access, signing_key
from footyd.web.cookies import COOKIE, VISITOR
from footyd.web.pages.login import own_target
from footyd.web.tries import CLIENTS_KNOWN, TRIES_OF_ALL, TRIES_OF_ONE, WINDOW_SECONDS, Tries
from tests.web.site import NOW, Site, opened

TOKEN = "correct-horse-battery-staple"
OTHER = "another-token-of-somebody"
ANY_ADDRESS = "0.0.0.0"  # noqa: S104  # what a phone needs
PRIVATE = ["/", "/?day=2026-08-22", "/metrics", "/api/v1/status", "/api/v1/days/today", "/events?topic=day:x"]


@pytest.fixture
async def locked(store: Store, tmp_path: Path) -> AsyncIterator[Site]:
    """A site that asks for a token."""
    async with opened(store, tmp_path, {"web": {"token": TOKEN}}) as found:
        yield found


def bearer(token: str = TOKEN) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def basic(token: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"me:{token}".encode()).decode()}


# ---------------------------------------------------------------- without a login


@pytest.mark.parametrize("path", PRIVATE)
async def test_without_the_token_nothing_is_told(locked: Site, path: str) -> None:
    found = await locked.get(path)
    if path.startswith(("/api", "/metrics", "/events")):
        assert found.status == 401
        assert found.headers["WWW-Authenticate"].startswith("Bearer")
    else:
        assert found.status == 303
        assert found.headers["Location"].startswith("/login")
    assert "footyd_polls" not in found.text


@pytest.mark.parametrize(
    "path",
    [
        "/static/../metrics",
        "/static/%2e%2e/metrics",
        "/static%2f..%2fmetrics",
        "/login/../metrics",
        "/loginmetrics",
        "/healthz/../api/v1/status",
        "//metrics",
        "/METRICS",
    ],
)
async def test_no_spelling_of_a_path_leads_past_the_login(locked: Site, path: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(locked.address.rpartition(":")[2]))
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    said = (await reader.read()).decode()
    writer.close()
    assert said.split()[1] in {"303", "401", "404", "400"}
    assert "footyd_polls" not in said
    assert "daemon" not in said


async def test_feed_readers_are_asked_for_name_and_password_and_browsers_are_not(locked: Site) -> None:
    reader = await locked.get("/feeds/goals.atom")
    assert reader.headers["WWW-Authenticate"] == 'Basic realm="footyd"'
    browser = await locked.get("/feeds/goals.atom", headers={"Sec-Fetch-Mode": "navigate"})
    assert browser.headers["WWW-Authenticate"] == 'Bearer realm="footyd"'


async def test_a_stranger_learns_of_the_health_only_whether_it_is_good(locked: Site) -> None:
    locked.healthy = {"status": "ok", "ready": True, "live": True, "version": "1", "disk": {"state": 1}}
    assert (await locked.get("/healthz")).json() == {"status": "ok", "ready": True, "live": True}
    assert "disk" in (await locked.get("/healthz", headers=bearer())).json()


async def test_after_the_login_one_is_where_one_wanted_to_go(locked: Site) -> None:
    sent = await locked.get("/?day=2026-08-22&team=a%20b")
    assert sent.headers["Location"] == "/login?next=/?day%3D2026-08-22%26team%3Da%2520b"
    form = await locked.page(sent.headers["Location"])
    target = re.search(r'name="next" value="([^"]+)"', form)
    assert target
    wanted = target[1].replace("&amp;", "&")
    done = await locked.post("/login", {"token": TOKEN, "next": wanted})
    assert (done.status, done.headers["Location"]) == (303, "/?day=2026-08-22&team=a%20b")
    assert "Sign out" in await locked.page(done.headers["Location"])


async def test_a_link_from_another_site_asks_once_more_for_then_the_strict_cookie_comes_along(
    locked: Site,
) -> None:
    cross = {"Sec-Fetch-Site": "cross-site"}
    first = await locked.get("/login?next=/library", headers=cross)
    again = '<meta http-equiv="refresh" content="0;url=/login?next=%2Flibrary&amp;again=1">'
    assert again in first.text
    assert "Set-Cookie" not in first.headers
    elsewhere = await locked.get("/login?next=/library", headers={"Referer": "https://elsewhere.example/"})
    assert again in elsewhere.text, "over plain http no browser says where it comes from"
    assert "refresh" not in await locked.page("/login?next=/library&again=1")
    assert "refresh" not in await locked.page("/login?next=/library")
    await locked.sign_in(TOKEN)
    assert (await locked.get("/login?next=/library")).headers["Location"] == "/library"


@pytest.mark.parametrize(
    "text",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/\n/evil.example",
        "",
        "http://[",
        "evil",
    ],
)
def test_the_login_leads_nowhere_but_to_our_own_pages(text: str) -> None:
    assert own_target(text) == "/"
    assert own_target("/goals/1-2-1-0-1?x=1") == "/goals/1-2-1-0-1?x=1"


async def test_a_wrong_token_is_told_as_such_and_tried_so_often_only(locked: Site) -> None:
    for _ in range(TRIES_OF_ONE):
        assert (await locked.sign_in(OTHER)).status == 401
    refused = await locked.sign_in(TOKEN)
    assert refused.status == 429, "right or wrong: else a guesser would learn which it was"
    assert "Wait 300 seconds" in refused.text
    api = await locked.get("/api/v1/status", headers=bearer())
    assert (api.status, api.headers["Retry-After"]) == (429, "300")


async def test_the_way_out_forgets_the_session(locked: Site) -> None:
    await locked.sign_in(TOKEN)
    assert (await locked.post("/logout")).status == 303
    assert locked.cookies[COOKIE] == ""
    assert (await locked.get("/")).status == 303


async def test_a_login_gives_a_new_session_to_whoever_had_one_before(locked: Site) -> None:
    await locked.get("/login")
    before = locked.cookies[VISITOR]
    await locked.sign_in(TOKEN)
    assert locked.cookies[COOKIE].split(".")[0] != before.split(".")[0]


async def test_without_a_token_set_there_is_nothing_to_sign_in_to(site: Site) -> None:
    assert (await site.get("/login")).headers["Location"] == "/"
    assert "Sign out" not in await site.page()


# ---------------------------------------------------------------- tokens of programs


async def test_programs_show_the_token_with_each_request(locked: Site) -> None:
    assert (await locked.get("/api/v1/status", headers=bearer())).status == 200
    assert (await locked.get("/metrics", headers=bearer())).status == 200
    assert (await locked.get("/api/v1/status", headers=bearer(OTHER))).status == 401


async def test_feed_readers_may_read_with_name_and_password_but_change_nothing(locked: Site) -> None:
    assert (await locked.get("/api/v1/status", headers=basic(TOKEN))).status == 200
    assert (await locked.get("/api/v1/status", headers=basic(OTHER))).status == 401
    assert (await locked.get("/api/v1/status", headers={"Authorization": "Basic §"})).status == 401
    assert (await locked.ask("POST", "/spoilers", headers=basic(TOKEN))).status == 401


async def test_a_bearer_needs_no_csrf_token_for_no_browser_can_be_talked_into_showing_it(
    locked: Site,
) -> None:
    found = await locked.ask("POST", "/spoilers", data={"hide": "1"}, headers=bearer())
    assert found.status == 303


# ---------------------------------------------------------------- forged requests


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_change_from_another_site_is_refused_even_with_its_csrf_token(
    site: Site, headers: dict[str, str]
) -> None:
    found = await site.post("/spoilers", {"hide": "1"}, headers=headers)
    assert found.status == 403
    assert "another site" in found.text


@pytest.mark.parametrize("site_of", ["cross-site", "same-site"])
async def test_another_site_may_link_to_us_but_not_use_us(site: Site, site_of: str) -> None:
    link = {"Sec-Fetch-Site": site_of, "Sec-Fetch-Mode": "navigate"}
    assert (await site.get("/", headers=link)).status == (303 if site_of == "cross-site" else 200)
    await site.get("/")
    assert (await site.get("/", headers=link)).status == 200
    for mode in ("cors", "no-cors"):
        for path in ("/events?topic=day:2026-08-22:shown", "/api/v1/status", "/"):
            found = await site.get(path, headers={**link, "Sec-Fetch-Mode": mode})
            assert found.status == 403, path
    assert site.live.streams == 0


async def test_a_change_from_our_own_page_is_taken(site: Site) -> None:
    own = {"Origin": site.address, "Sec-Fetch-Site": "same-origin"}
    assert (await site.post("/spoilers", {"hide": "1"}, headers=own)).status == 303


async def test_a_change_without_the_csrf_token_of_its_session_is_refused_on_loopback_too(site: Site) -> None:
    token = await site.csrf()
    assert (await site.ask("POST", "/spoilers", data={"hide": "1"})).status == 403
    assert (await site.ask("POST", "/spoilers", data={"csrf": "0" * 64})).status == 403
    site.cookies.clear()
    assert (await site.ask("POST", "/spoilers", data={"csrf": token})).status == 403, "of another session"


async def test_a_script_learns_the_csrf_token_of_its_session_from_the_api(site: Site) -> None:
    token = (await site.get("/api/v1/session")).json()["csrf_token"]
    found = await site.ask("POST", "/spoilers", data={"hide": "1"}, headers={"X-CSRF-Token": token})
    assert found.status == 303


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "127.0.0.1@e"])
async def test_a_name_that_somebody_points_at_us_is_not_answered(site: Site, host: str) -> None:
    found = await site.get("/", headers={"Host": host})
    assert found.status == 421
    assert "Name it in web.hosts, or set web.token" in found.text


@pytest.mark.parametrize("host", ["localhost", "localhost:1", "127.0.0.1", "[::1]:80", "footy.example.org"])
async def test_loopback_and_the_names_in_the_config_are_answered(
    store: Store, tmp_path: Path, host: str
) -> None:
    async with opened(store, tmp_path, {"web": {"hosts": ["Footy.example.org"]}}) as site:
        assert (await site.get("/", headers={"Host": host})).status == 200


async def test_behind_a_proxy_that_hides_the_host_a_change_comes_from_a_name_in_the_config(
    store: Store, tmp_path: Path
) -> None:
    async with opened(store, tmp_path, {"web": {"hosts": ["footy.example.org"]}}) as site:
        headers = {"Origin": "https://footy.example.org"}
        assert (await site.post("/spoilers", headers=headers)).status == 303
        assert (await site.post("/spoilers", headers={"Origin": "https://x.example.org"})).status == 403


# ---------------------------------------------------------------- cookies and proxies


def cookie_line(found: object) -> str:
    assert isinstance(found, dict)
    return str(found["Set-Cookie"])


async def test_the_cookie_is_for_us_alone(locked: Site) -> None:
    line = cookie_line(dict((await locked.sign_in(TOKEN)).headers))
    assert "HttpOnly" in line
    assert "SameSite=Strict" in line
    assert "Path=/" in line
    assert "Secure" not in line, "plain http would never send it back"


async def test_behind_a_trusted_proxy_that_speaks_https_the_cookie_is_for_https_only(locked: Site) -> None:
    https = {"X-Forwarded-Proto": "https"}
    assert "Secure" in cookie_line(dict((await locked.get("/login", headers=https)).headers))


async def test_what_an_untrusted_client_says_of_itself_is_not_believed(store: Store, tmp_path: Path) -> None:
    settings = {"web": {"token": TOKEN, "trusted_proxies": []}}
    async with opened(store, tmp_path, settings) as site:
        headers = {"X-Forwarded-Proto": "https"}
        assert "Secure" not in cookie_line(dict((await site.get("/login", headers=headers)).headers))
        for number in range(TRIES_OF_ONE):
            await site.get("/metrics", headers={**bearer(OTHER), "X-Forwarded-For": f"10.0.0.{number}"})
        assert (await site.get("/metrics", headers=bearer())).status == 429


async def test_behind_a_trusted_proxy_each_client_has_its_own_tries(locked: Site) -> None:
    guesser = {**bearer(OTHER), "X-Forwarded-For": "203.0.113.9, 10.0.0.1"}
    for _ in range(TRIES_OF_ONE + 1):
        await locked.get("/metrics", headers=guesser)
    assert (await locked.get("/metrics", headers={**bearer(), "X-Forwarded-For": "10.0.0.1"})).status == 429
    assert (await locked.get("/metrics", headers={**bearer(), "X-Forwarded-For": "10.0.0.2"})).status == 200


async def test_a_token_that_a_reload_takes_away_opens_nothing_beyond_loopback(
    store: Store, tmp_path: Path
) -> None:
    async with opened(store, tmp_path, {"web": {"token": TOKEN, "host": ANY_ADDRESS}}) as site:
        assert (await site.get("/metrics", headers=bearer())).status == 200
        site.config = site.config.model_copy(update={"web": WebConfig()})
        for headers in ({}, bearer(), bearer("")):
            assert (await site.get("/metrics", headers=headers)).status == 401


async def test_a_new_token_ends_the_sessions_of_the_old_one(locked: Site) -> None:
    await locked.sign_in(TOKEN)
    assert (await locked.get("/")).status == 200
    web = locked.config.web.model_validate({"token": OTHER})
    locked.config = locked.config.model_copy(update={"web": web})
    assert (await locked.get("/")).status == 303
    assert (await locked.get("/metrics", headers=bearer(OTHER))).status == 200


# ---------------------------------------------------------------- sessions


def access(key: bytes = b"k" * 32, *, now: timedelta = timedelta(0), token: str = TOKEN) -> Access:
    config = WebConfig.model_validate({"token": token})
    return Access(lambda: config, key, lambda: NOW + now, on_loopback=True)


def test_a_session_outlives_a_restart_and_ends_after_its_time() -> None:
    session = access().begin(signed_in=True)
    cookie = access().cookie(session)
    assert access(now=SESSION_KEPT - timedelta(minutes=1)).session(cookie) == session
    assert access(now=SESSION_KEPT).session(cookie) is None


def test_a_session_of_another_key_or_another_token_is_none() -> None:
    cookie = access().cookie(access().begin(signed_in=True))
    assert access(b"x" * 32).session(cookie) is None
    assert access(token=OTHER).session(cookie) is None


def test_no_letter_of_a_cookie_can_be_changed() -> None:
    ours = access()
    cookie = ours.cookie(ours.begin(signed_in=False))
    for place in range(len(cookie)):
        forged = cookie[:place] + ("1" if cookie[place] != "1" else "2") + cookie[place + 1 :]
        assert ours.session(forged) is None, place
    for broken in ("", ".", "...", "a.1.9", "ä.1.9.0", cookie + ".", "a.1.x." + "0" * 64):
        assert ours.session(broken) is None


def test_the_key_is_made_once_and_for_us_alone(tmp_path: Path) -> None:
    key = signing_key(tmp_path)
    assert signing_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    (tmp_path / KEY_FILE).write_bytes(b"half")
    assert len(signing_key(tmp_path)) == 32
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


# ---------------------------------------------------------------- rationed tries


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_tries_come_back_one_by_one() -> None:
    clock = Clock()
    tries = Tries(clock)
    for _ in range(TRIES_OF_ONE):
        assert tries.wait_seconds("10.0.0.1") == 0
        tries.failed("10.0.0.1")
        clock.now += 10
    assert tries.wait_seconds("10.0.0.1") == WINDOW_SECONDS - 10 * TRIES_OF_ONE
    assert tries.wait_seconds("10.0.0.2") == 0
    clock.now = 1000.0 + WINDOW_SECONDS
    assert tries.wait_seconds("10.0.0.1") == 0


def test_a_household_of_ipv6_is_one_client_and_a_mapped_address_is_that_of_ipv4() -> None:
    tries = Tries(Clock())
    for number in range(TRIES_OF_ONE):
        tries.failed(f"2001:db8:1:2::{number}")
        tries.failed("::ffff:10.0.0.1")
    assert tries.wait_seconds("2001:db8:1:2:ffff::1") > 0
    assert tries.wait_seconds("2001:db8:1:3::1") == 0
    assert tries.wait_seconds("10.0.0.1") > 0


def test_many_clients_together_are_rationed_too_and_cost_little_memory() -> None:
    clock = Clock()
    tries = Tries(clock)
    for number in range(TRIES_OF_ALL):
        assert tries.wait_seconds(f"10.0.{number}.1") == 0
        tries.failed(f"10.0.{number}.1")
    assert tries.wait_seconds("192.0.2.1") == WINDOW_SECONDS
    for number in range(3 * CLIENTS_KNOWN):
        tries.failed(f"client {number}")
    assert len(tries._of_one) == CLIENTS_KNOWN
