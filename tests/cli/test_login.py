"""`footyd login`: the browser's login from cookies or by hand, and the look at every way to X."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pymongo import MongoClient

from footyd.config import BrowserConfig, Config
from footyd.login import _judged, check_sources
from footyd.model import AuthExpired, Found, NoResults, RateLimited, SourceReply, Unavailable
from tests.adapters.source_server import as_json, source_server
from tests.adapters.x_api_server import a_post, found
from tests.adapters.x_search_site import SearchSite, search_site_beside, write_session
from tests.cli.conftest import Footyd

TOKEN, CT0 = "a" * 40, "c" * 32
NETSCAPE = (
    "# Netscape HTTP Cookie File\n"
    f"#HttpOnly_.x.com\tTRUE\t/\tTRUE\t1900000000\tauth_token\t{TOKEN}\n"
    f".x.com\tTRUE\t/\tTRUE\t1900000000\tct0\t{CT0}\n"
)
JSON_EXPORT = json.dumps(
    [{"domain": ".x.com", "name": n, "value": v} for n, v in (("auth_token", TOKEN), ("ct0", CT0))]
)


@pytest.fixture(autouse=True)
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)


@pytest.fixture
def session(place: Path) -> Path:
    return place / "state/footyd/x_session.json"


def test_without_a_display_the_way_by_cookies_is_named(footyd: Footyd, session: Path) -> None:
    done = footyd("login")
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert "no display" in done.err
    assert "footyd login --cookies FILE" in done.err
    assert not session.exists()


@pytest.mark.parametrize("export", [NETSCAPE, JSON_EXPORT], ids=["netscape", "json"])
def test_exported_cookies_become_the_browsers_login(
    export: str, footyd: Footyd, place: Path, session: Path
) -> None:
    (place / "export").write_text(export)
    done = footyd("login", "--cookies", "export")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[0] == f"login saved in {session}"
    assert "systemctl reload footyd" in done.out
    assert stat.S_IMODE(session.stat().st_mode) == 0o600
    cookies = json.loads(session.read_text())["cookies"]
    assert {cookie["name"]: cookie["value"] for cookie in cookies} == {"auth_token": TOKEN, "ct0": CT0}
    assert {cookie["domain"] for cookie in cookies} == {".x.com"}


@pytest.mark.parametrize("text", [None, "no cookies\n", NETSCAPE.replace("auth_token", "other")])
def test_a_file_without_a_login_changes_nothing(
    text: str | None, footyd: Footyd, place: Path, session: Path
) -> None:
    session.parent.mkdir(parents=True)
    session.write_text("the old one")
    if text is not None:
        (place / "export").write_text(text)
    done = footyd("login", "--cookies", "export")
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert done.err.startswith("footyd: export")
    assert session.read_text() == "the old one"


def test_a_login_that_cannot_be_saved_is_told(
    footyd: Footyd, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "export").write_text(NETSCAPE)
    (place / "file").write_text("")
    monkeypatch.setenv("FOOTYD_SEARCH__BROWSER__SESSION_FILE", str(place / "file/x.json"))
    done = footyd("login", "--cookies", "export")
    assert (done.code, done.out) == (69, "")
    assert "search.browser.session_file" in done.err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_login_saved_by_root_belongs_to_the_daemons_user(
    footyd: Footyd, place: Path, session: Path
) -> None:
    session.parent.mkdir(parents=True)
    os.chown(session.parent, 12345, 12346)
    (place / "export").write_text(NETSCAPE)
    assert footyd("login", "--cookies", "export").code == 0
    assert (session.stat().st_uid, session.stat().st_gid) == (12345, 12346)


def test_a_source_that_waited_for_a_person_is_asked_again(
    footyd: Footyd, place: Path, fast_mongo: str, mongo_database: str
) -> None:
    (place / "export").write_text(NETSCAPE)
    with MongoClient[dict[str, object]](fast_mongo) as client:
        state = client[mongo_database].state
        rest = {"source": "browser", "until": None, "step": 2, "reason": "X shows its login page"}
        state.insert_one({"_id": "source:browser", **rest})
        assert footyd("login", "--cookies", "export").code == 0
        kept = state.find_one({"_id": "source:browser"})
    assert kept is not None
    assert isinstance(kept["until"], datetime)


def test_a_database_that_is_away_does_not_spoil_the_login(
    footyd: Footyd, place: Path, session: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "export").write_text(NETSCAPE)
    monkeypatch.setenv("FOOTYD_MONGO__URI", "mongodb://127.0.0.1:9")
    monkeypatch.setenv("FOOTYD_MONGO__TIMEOUT_SECONDS", "0.2")
    done = footyd("login", "--cookies", "export")
    assert done.code == 0
    assert session.exists()
    assert "were not woken" in done.err


# ---------------------------------------------------------------- --check


def test_the_check_says_how_each_source_is_set_up(footyd: Footyd) -> None:
    done = footyd("login", "--check")
    assert (done.code, done.err) == (69, "")
    assert [line.split("\t")[:3] for line in done.out.splitlines()] == [
        ["source", "set up", "finding"],
        ["cookies", "no", "not set up"],
        ["browser", "no", "not set up"],
        ["nitter", "no", "not set up"],
        ["api", "no", "not set up"],
    ]
    assert "footyd login --cookies FILE" in done.out


def test_the_check_changes_nothing_and_takes_no_cookies(footyd: Footyd) -> None:
    assert footyd("login", "--check", "--cookies", "x").code == 2
    assert footyd("login", "--json").code == 2


@pytest.fixture
def site(place: Path) -> Iterator[SearchSite]:
    """A stand-in of X that both ways through its web search are set up for."""
    with search_site_beside() as site:
        (place / "cookies.txt").write_text(NETSCAPE)
        (place / "config.toml").write_text(f"""
            [search.cookies]
            base_url = "{site.url}"
            file = "{place}/cookies.txt"
            transaction_ids = false
            [search.browser]
            base_url = "{site.url}"
            [search.nitter]
            base_urls = ["http://127.0.0.1:9"]
        """)
        yield site


@pytest.mark.xdist_group("browser")
@pytest.mark.skipif(not BrowserConfig().executable.exists(), reason="no Chromium")
def test_the_check_asks_every_source_and_tells_what_to_do(
    footyd: Footyd, site: SearchSite, session: Path
) -> None:
    session.parent.mkdir(parents=True)
    write_session(session)
    done = footyd("login", "--check", "--json")
    assert (done.code, done.err) == (0, "")
    found = {one["source"]: one for one in json.loads(done.out)}
    assert [name for name, one in found.items() if one["works"]] == ["cookies", "browser"]
    assert found["browser"]["finding"] == "works: 1 post"
    assert "127.0.0.1:9" in found["nitter"]["finding"]
    assert (found["api"]["is_set_up"], found["api"]["remedy"]) == (False, "set search.api.bearer_token")


def test_the_check_of_a_login_that_expired_says_so_and_how_the_daemon_sees_it(
    footyd: Footyd, site: SearchSite, fast_mongo: str, mongo_database: str
) -> None:
    site.answer = site.answers({"errors": [{"code": 32, "message": "Could not authenticate you"}]}, 401)
    with MongoClient[dict[str, object]](fast_mongo) as client:
        rest = {"source": "cookies", "until": None, "step": 0, "reason": "code 32"}
        client[mongo_database].state.insert_one({"_id": "source:cookies", **rest})
        done = footyd("login", "--check")
        assert client[mongo_database].state.count_documents({"until": None}) == 1
    assert done.code == 69
    line = done.out.splitlines()[1].split("\t")
    assert line[:2] == ["cookies", "yes"]
    assert line[2] == "X does not accept this login (code 32) (the daemon's: rests until you act: code 32)"
    assert "footyd login" in line[3]


def test_without_the_database_that_keeps_its_budget_the_api_is_not_asked(place: Path) -> None:
    config = Config.model_validate(
        {
            "mongo": {"uri": "mongodb://127.0.0.1:9", "timeout_seconds": 0.2},
            "search": {"sources": ["api"], "api": {"bearer_token": "t", "base_url": "http://127.0.0.1:9"}},
        }
    )
    [api, *others] = asyncio.run(check_sources(config))
    assert (api.source, api.is_set_up, api.works) == ("api", True, False)
    assert "keeps its budget" in api.finding
    assert {(one.finding, one.remedy) for one in others} == {
        ("left out", f'add "{name}" to search.sources') for name in ("cookies", "browser", "nitter")
    }


async def test_a_look_at_the_api_costs_as_little_as_x_allows(place: Path) -> None:
    async with source_server(as_json(found(a_post()))) as server:
        api = {"bearer_token": "t", "base_url": server.url}
        config = Config.model_validate({"state": {"dir": place}, "search": {"sources": ["api"], "api": api}})
        [looked, *_] = await check_sources(config)
    assert looked.works
    assert [asked.query["max_results"] for asked in server.asked] == ["10"]


REPLIES: list[tuple[SourceReply, str, str]] = [
    (Found(source="x", posts=()), 'silent: it finds nothing for "goal"', "search.canary_query"),
    (NoResults(source="x"), 'silent: it finds nothing for "goal"', "search.canary_query"),
    (
        RateLimited(source="x", until=datetime(2026, 7, 1, 15, 4, tzinfo=UTC)),
        "until 2026-07-01 15:04 UTC",
        "wait",
    ),
    (RateLimited(source="x", until=datetime(2026, 7, 1, tzinfo=UTC), reason="0 left"), "0 left", "wait"),
    (AuthExpired(source="x", reason="expired; log in"), "expired", "log in"),
    (AuthExpired(source="x", reason="expired"), "expired", "run footyd login"),
    (Unavailable(source="x", reason="down"), "down", "wait"),
    (Unavailable(source="x", reason="429: a; b; buy credits"), "429: a; b", "buy credits"),
    (Unavailable(source="nitter", reason="a is down; b is down"), "a is down; b is down", "another instance"),
]


@pytest.mark.parametrize(("reply", "finding", "remedy"), REPLIES)
def test_each_reply_has_its_words(reply: SourceReply, finding: str, remedy: str) -> None:
    works, told, to_do = _judged(reply, "goal")
    assert not works
    assert finding in told
    assert remedy in to_do
