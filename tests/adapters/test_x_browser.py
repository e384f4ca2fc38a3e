"""The source `browser`: a real Chromium against a stand-in of X's search page."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from footyd.adapters.x_browser import XBrowser, open_x_browser
from footyd.adapters.x_browser_processes import PROC, children, command_line, tree
from footyd.adapters.x_moving import QueryIds
from footyd.adapters.x_timeline import read_timeline
from footyd.config import BrowserConfig
from footyd.model import AuthExpired, Found, NoResults, PostId, Query, RateLimited, SourceReply, Unavailable
from tests.adapters.x_search_site import (
    QUERY_ID,
    SHOWN_POST,
    VIDEO,
    SearchSite,
    post,
    served_search_site,
    timeline,
    write_session,
)
from tests.waiting import until

CHROMIUM = BrowserConfig().executable
SINCE = datetime(2026, 7, 21, 15, 0, tzinfo=UTC)
NOW = datetime(2026, 7, 21, 15, 30, tzinfo=UTC)
QUERY = Query(text="(Saka OR Rice) Arsenal filter:native_video", since=SINCE)
RECORDED = Path(__file__).parents[2] / "../shared/data/x_search/graphql/search_latest_2026-07-21_8ce44e4.json"

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("browser"),  # one Chromium at a time is enough for two cores
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no {CHROMIUM}"),
]


def opened(site: SearchSite, session: Path, *, query_ids: QueryIds | None = None, **config: object):  # type: ignore[no-untyped-def] # an async context manager, told by its use
    settings = BrowserConfig.model_validate({"base_url": site.url, "timeout_seconds": 60, **config})
    return open_x_browser(
        settings, session, query_ids=query_ids or QueryIds(), clock=lambda: NOW, settle_seconds=0.2
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_site() -> AsyncIterator[SearchSite]:
    async with served_search_site() as served:
        yield served


@pytest.fixture
def site(shared_site: SearchSite) -> SearchSite:
    shared_site.reset()
    return shared_site


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("login") / "x_session.json"
    write_session(file)
    return file


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(shared_site: SearchSite, session: Path) -> AsyncIterator[XBrowser]:
    """One Chromium for most tests."""
    async with opened(shared_site, session) as running:
        yield running


# ---------------------------------------------------------------- one search


async def test_posts_come_from_the_timeline_that_the_page_itself_asks_for(
    site: SearchSite, browser: XBrowser
) -> None:
    site.answer = site.answers(timeline(post(1, "GOAL! Saka"), post(2)))
    reply = await browser.search(QUERY)
    assert isinstance(reply, Found)
    assert [p.id for p in reply.posts] == ["1980000000000000001", "1980000000000000002"]
    assert (reply.source, reply.posts[0].source, reply.posts[0].text) == ("browser", "browser", "GOAL! Saka")
    assert reply.posts[0].media[0].url == VIDEO
    asked = next(request for request in site.requests if request.path == "/search")
    assert dict(asked.query) == {
        "q": f"{QUERY.text} since_time:{int(SINCE.timestamp())}",
        "src": "typed_query",
        "f": "live",
    }


async def test_chromium_looks_ordinary_and_carries_the_login(site: SearchSite, browser: XBrowser) -> None:
    await browser.search(QUERY)
    asked = next(request for request in site.requests if request.path == "/search")
    assert "Headless" not in str(asked.headers)
    assert "Chrome/" in asked.headers["User-Agent"]
    assert asked.cookies["auth_token"] == "a" * 40


async def test_scripts_load_once_pictures_never_and_the_query_id_is_passed_on(
    site: SearchSite, session: Path
) -> None:
    ids = QueryIds()
    async with opened(site, session, query_ids=ids) as fresh:
        await fresh.search(QUERY)
        await fresh.search(QUERY)
    assert site.hits == {"/search": 2, "/app.js": 1, f"/i/api/graphql/{QUERY_ID}/SearchTimeline": 2}
    assert ids.newest == QUERY_ID


@pytest.mark.skipif(not RECORDED.exists(), reason="recorded answers are not here")
async def test_a_recorded_answer_reads_as_it_does_for_the_cookies(
    site: SearchSite, browser: XBrowser
) -> None:
    text = RECORDED.read_text()
    site.answer = site.answers(text)
    reply = await browser.search(QUERY)
    assert reply == read_timeline(json.loads(text), "browser", limited_until=NOW)
    assert isinstance(reply, Found)


Scene = Callable[[SearchSite], None]


def page(path_or_html: str, status: int = 200, **headers: str) -> Scene:
    def put(site: SearchSite) -> None:
        async def served(_request: object) -> object:
            return site.html(path_or_html, status, **headers)

        site.page = served  # type: ignore[assignment] # an aiohttp response all the same

    return put


def wall(to: str) -> Scene:
    return lambda site: setattr(site, "page", site.redirects(to))


def answer(payload: object, status: int = 200, **headers: str) -> Scene:
    return lambda site: setattr(site, "answer", site.answers(payload, status, **headers))


def shown(body: str) -> Scene:
    return lambda site: setattr(site, "page", site.shows(body))


PUSHED = "<script>setTimeout(() => history.pushState({}, '', '/i/jf/onboarding/web?mode=login'), 50)</script>"
EMPTY_STATE = '<div data-testid="emptyState"><span>No results for “x”</span></div>'
TROUBLE = '<div data-testid="emptyState"><span>Something went wrong. Try reloading.</span></div>'
LATER = NOW + timedelta(minutes=7)
SCENES: dict[str, tuple[Scene, SourceReply | type, str]] = {
    "an empty timeline": (answer(timeline()), NoResults(source="browser"), ""),
    "login flow": (wall("/i/flow/login?redirect_after_login=%2Fsearch"), AuthExpired, "footyd login"),
    "onboarding": (wall("/i/jf/onboarding/web"), AuthExpired, "footyd login"),
    "mode=login": (wall("/?mode=login"), AuthExpired, "footyd login"),
    "onboarding pushed by a script": (shown(PUSHED), AuthExpired, "footyd login"),
    "code 32": (answer({"errors": [{"code": 32, "message": "?"}]}, 401), AuthExpired, "code 32"),
    "code 353": (answer({"errors": [{"code": 353, "message": "?"}]}, 403), Unavailable, "code 353"),
    "locked in a 200": (answer({"errors": [{"code": 326, "message": "?"}]}), AuthExpired, "unlock"),
    "429": (
        answer({}, 429, x_rate_limit_reset=str(int(LATER.timestamp()))),
        RateLimited(source="browser", until=LATER),
        "",
    ),
    "429 of the page": (
        page("Too many", 429),
        RateLimited(source="browser", until=NOW + timedelta(minutes=15)),
        "",
    ),
    "an answer that is html": (answer("<html>"), Unavailable, "not JSON"),
    "an answer of unknown shape": (answer({"data": {}}), Unavailable, "unknown shape"),
    "an empty 404": (answer("", 404), Unavailable, "HTTP 404"),
    "an answer of 403": (answer({}, 403), Unavailable, "HTTP 403"),
    "X is down": (page("<h1>Over capacity</h1>", 503), Unavailable, "HTTP 503"),
    "Cloudflare": (page("<title>Just a moment...</title>", 403, cf_ray="1-FRA"), Unavailable, "Cloudflare"),
    "nothing found, shown only": (shown(EMPTY_STATE), NoResults(source="browser"), ""),
    "trouble, shown only": (shown(TROUBLE), Unavailable, "Something went wrong"),
}


@pytest.mark.parametrize("scene", SCENES)
async def test_each_state_of_the_page_has_its_reply(scene: str, site: SearchSite, browser: XBrowser) -> None:
    put, expected, words = SCENES[scene]
    put(site)
    reply = await browser.search(QUERY)
    if isinstance(expected, type):
        assert isinstance(reply, expected)
        assert words in getattr(reply, "reason", "")
    else:
        assert reply == expected


async def test_posts_shown_without_a_timeline_are_read_from_the_page(
    site: SearchSite, browser: XBrowser
) -> None:
    site.page = site.shows(SHOWN_POST)
    reply = await browser.search(QUERY)
    assert isinstance(reply, Found)
    [found] = reply.posts
    assert (found.id, found.author, found.text) == (PostId("1980000000000000007"), "kolja", "GOAL! 2-1")
    assert len(found.media) == 1


@pytest.mark.parametrize("hanging", ["page", "answer"])
async def test_a_page_that_hangs_is_given_up(
    hanging: str, site: SearchSite, browser: XBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    setattr(site, hanging, site.hangs)
    monkeypatch.setattr(browser, "_config", browser._config.model_copy(update={"timeout_seconds": 1.0}))
    reply = await browser.search(QUERY)
    assert isinstance(reply, Unavailable)
    assert "gave no search answer in 1 s" in reply.reason


async def test_x_out_of_reach_is_told_at_once(site: SearchSite, session: Path) -> None:
    async with opened(site, session, base_url="http://127.0.0.1:9") as lost:
        reply = await lost.search(QUERY)
    assert reply == Unavailable(source="browser", reason="127.0.0.1:9 is out of reach (net::ERR_UNSAFE_PORT)")


async def test_searches_that_come_together_go_one_after_the_other(
    site: SearchSite, browser: XBrowser
) -> None:
    replies = await asyncio.gather(*(browser.search(QUERY) for _ in range(3)))
    assert [type(reply) for reply in replies] == [Found] * 3


# ---------------------------------------------------------------- the login


async def test_cookies_that_x_changes_are_saved_for_the_next_start(site: SearchSite, tmp_path: Path) -> None:
    file = tmp_path / "x_session.json"
    write_session(file)
    site.answer = site.answers(timeline(post(1)), set_cookie=f"ct0={'d' * 32}; Path=/")
    async with opened(site, file) as fresh:
        await fresh.search(QUERY)
        saved = file.read_text()
        await fresh.search(QUERY)
    cookies = {cookie["name"]: cookie["value"] for cookie in json.loads(saved)["cookies"]}
    assert cookies == {"auth_token": "a" * 40, "ct0": "d" * 32}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text() == saved


async def test_a_new_login_is_taken_up_and_never_overwritten(site: SearchSite, tmp_path: Path) -> None:
    file = tmp_path / "x_session.json"
    write_session(file)
    async with opened(site, file) as fresh:
        await fresh.search(QUERY)
        write_session(file, auth_token="b" * 40)
        site.requests.clear()
        await fresh.search(QUERY)
    assert site.requests[0].cookies["auth_token"] == "b" * 40
    assert "b" * 40 in file.read_text()


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"cookies": [1]}'])
async def test_without_a_usable_login_nothing_is_started(
    text: str | None, site: SearchSite, tmp_path: Path
) -> None:
    file = tmp_path / "x_session.json"
    if text is not None:
        file.write_text(text)
    async with opened(site, file, executable="/nowhere") as none:
        reply = await none.search(QUERY)
    assert isinstance(reply, AuthExpired)
    assert str(file) in reply.reason
    assert reply.reason.endswith("run footyd login")


# ---------------------------------------------------------------- its life


@pytest.fixture
def profile(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where Chromium keeps its profile: the path that its processes name; short, for it holds a socket."""
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setenv("TMPDIR", folder)
        yield Path(folder)


def living(profile: Path) -> list[int]:
    """Processes of Chromium and of Playwright that this test started and that still run."""
    named = [int(p.name) for p in PROC.iterdir() if p.name.isdecimal()]
    chromium = [pid for pid in named if str(profile) in " ".join(command_line(pid))]
    return sorted({*chromium, *drivers()})


def left_in(profile: Path) -> list[Path]:
    """Files: of Playwright itself, when it is killed, an empty folder stays."""
    return [path for path in profile.rglob("*") if not path.is_dir()]


def drivers() -> list[int]:
    return [pid for pid in children(os.getpid()) if "run-driver" in command_line(pid)]


async def test_chromium_is_weighed_and_ended_above_its_bound(
    site: SearchSite, session: Path, browser: XBrowser, profile: Path
) -> None:
    await browser.close()
    async with opened(site, session, memory_bytes=200_000_000) as heavy:
        assert living(profile) == []
        assert isinstance(await heavy.search(QUERY), Found)
        assert heavy.memory is not None
        assert heavy.memory.processes >= 5
        assert 200_000_000 < heavy.memory.pss_bytes < 900_000_000
        assert heavy.memory.pss_bytes < heavy.memory.rss_bytes
        assert not heavy.is_running
        assert living(profile) == []
    assert list(profile.iterdir()) == []


async def test_chromium_ends_when_idle_and_starts_again(
    site: SearchSite, session: Path, browser: XBrowser, profile: Path
) -> None:
    await browser.close()
    async with opened(site, session, idle_seconds=0.01) as brief:
        await brief.search(QUERY)
        await until(lambda: not brief.is_running)
        await until(lambda: not living(profile))
        assert isinstance(await brief.search(QUERY), Found)


@pytest.mark.parametrize("part", ["chromium", "the driver"])
async def test_a_killed_chromium_is_an_outage_and_the_next_search_has_a_new_one(
    part: str, site: SearchSite, session: Path, browser: XBrowser, profile: Path
) -> None:
    """Seen: each one that was killed left its profile and its lock, tmpfs full of them after a while."""
    await browser.close()
    async with opened(site, session) as mortal:
        site.answer = site.hangs
        searching = asyncio.create_task(mortal.search(QUERY))
        await until(lambda: site.hits[f"/i/api/graphql/{QUERY_ID}/SearchTimeline"])
        [driver] = drivers()
        [chromium] = children(driver)
        os.kill(chromium if part == "chromium" else driver, signal.SIGKILL)
        reply = await searching
        assert isinstance(reply, Unavailable)
        assert "starts anew" in reply.reason
        site.reset()
        assert isinstance(await mortal.search(QUERY), Found)
    assert living(profile) == []
    assert left_in(profile) == []


async def test_a_frozen_chromium_is_killed(
    site: SearchSite, session: Path, browser: XBrowser, profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from footyd.adapters import x_browser_chromium  # noqa: PLC0415 - as late as the source does

    await browser.close()
    async with opened(site, session) as frozen:
        await frozen.search(QUERY)
        for pid in tree(drivers()[0]):
            os.kill(pid, signal.SIGSTOP)
        monkeypatch.setattr(x_browser_chromium, "PAGE_SECONDS", 0.2)
        monkeypatch.setattr(x_browser_chromium, "STOP_SECONDS", 0.2)
        monkeypatch.setattr(frozen, "_config", frozen._config.model_copy(update={"timeout_seconds": 0.2}))
        assert isinstance(await frozen.search(QUERY), Unavailable)
        assert not frozen.is_running
        assert living(profile) == []
    assert left_in(profile) == []


@pytest.mark.parametrize("begun", ["the driver", "chromium"])
async def test_a_start_that_is_cancelled_leaves_nothing(
    begun: str, site: SearchSite, session: Path, browser: XBrowser, profile: Path
) -> None:
    await browser.close()
    async with opened(site, session) as cut:
        searching = asyncio.create_task(cut.search(QUERY))
        await until(drivers if begun == "the driver" else lambda: [c for d in drivers() for c in children(d)])
        searching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await searching
        assert not cut.is_running
        assert living(profile) == []


NO_CHROMIUM = {
    "/nowhere/chromium": "no Chromium at /nowhere/chromium; install it (apt install chromium)",
    __file__: f"{__file__} may not be run",
    "/bin/false": "Chromium does not start",
}


@pytest.mark.parametrize("executable", NO_CHROMIUM)
async def test_what_is_no_chromium_is_told_with_the_remedy(
    executable: str, site: SearchSite, session: Path, browser: XBrowser, profile: Path
) -> None:
    await browser.close()
    async with opened(site, session, executable=executable) as none:
        reply = await none.search(QUERY)
        assert isinstance(reply, Unavailable)
        assert NO_CHROMIUM[executable] in reply.reason
        assert "\n" not in reply.reason
        assert living(profile) == []


async def test_a_start_that_takes_too_long_is_given_up(
    site: SearchSite, session: Path, browser: XBrowser, profile: Path, tmp_path: Path
) -> None:
    await browser.close()
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    async with opened(site, session, executable=str(slow), start_timeout_seconds=2) as late:
        reply = await late.search(QUERY)
    assert reply == Unavailable(
        source="browser",
        reason="Chromium did not start within 2 s; raise search.browser.start_timeout_seconds",
    )
    assert living(profile) == []


async def test_playwright_is_not_imported_before_a_browser_starts() -> None:
    look = "import sys, footyd.adapters.x_browser; sys.exit('playwright' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], check=False).returncode == 0  # noqa: ASYNC221 - nothing else runs
