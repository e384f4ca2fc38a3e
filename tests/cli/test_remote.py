"""`--url`: the commands, asked of a footyd that serves its page; compared with the same from the database."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from footyd.adapters.mongo import Store, open_store
from footyd.model import (
    CandidateState,
    GoalOutcome,
    PersonVerdict,
    ProcessingStatus,
    Rejection,
    utcnow,
)
from footyd.status import status_form
from tests.builders import a_candidate, a_goal
from tests.cli.conftest import Footyd
from tests.cli.test_status import a_match_in_play, fill
from tests.web.days import add_goals
from tests.web.site import Settings, Site, opened

TOKEN = "a-token-of-the-test"
GOAL = "1-101-1-0-1"
POST = "https://x.com/fan/status/900123"


async def a_goal_to_review(store: Store) -> None:
    await a_match_in_play(store)
    goal = a_goal(GOAL)
    await add_goals(store, goal)
    record = await store.goals.record(goal.id)
    assert record is not None
    plan = replace(record.plan, pass_index=9, searched=True, next_at=None)
    status = ProcessingStatus(twitter_scraped=True, completed=True)
    await store.goals.save_progress(goal.id, plan=plan, status=status, outcome=GoalOutcome.NEEDS_REVIEW)
    found = a_candidate(GOAL, "900123", state=CandidateState.REJECTED)
    await store.clips.add_candidates([found])
    await store.clips.save_candidate(
        type(found)(
            goal_id=found.goal_id,
            post=found.post,
            score=found.score,
            state=found.state,
            rejection=Rejection(reason="too_short", detail="3 s"),
        )
    )


@contextmanager
def in_a_thread(serve: Callable[[Callable[[str], None], asyncio.Event], Awaitable[None]]) -> Iterator[str]:
    """The address at which `serve` says that it serves, until the block ends."""
    begun = threading.Event()
    told: list[str] = []
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()

    def ready(address: str) -> None:
        told.append(address)
        begun.set()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve(ready, ended)))
    thread.start()
    try:
        assert begun.wait(30), "nothing is served"
        yield told[0]
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()


@contextmanager
def served(
    uri: str, database: str, place: Path, settings: Settings | None = None
) -> Iterator[tuple[str, Site]]:
    sites: list[Site] = []

    async def serve(ready: Callable[[str], None], ended: asyncio.Event) -> None:
        async with (
            open_store(uri, database, timeout_seconds=30, runs_kept_days=90) as store,
            opened(store, place / "there", settings) as site,
        ):
            sites.append(site)
            ready(site.address)
            await ended.wait()

    with in_a_thread(serve) as address:
        yield address, sites[0]


@pytest.fixture
def filled(fast_mongo: str, mongo_database: str) -> None:
    fill(fast_mongo, mongo_database, a_goal_to_review)


@pytest.fixture
def there(fast_mongo: str, mongo_database: str, place: Path, filled: None) -> Iterator[tuple[str, Site]]:
    """Without a token, as on the machine itself."""
    (place / "there").mkdir()
    with served(fast_mongo, mongo_database, place) as found:
        yield found


@pytest.fixture
def locked(fast_mongo: str, mongo_database: str, place: Path, filled: None) -> Iterator[tuple[str, Site]]:
    (place / "there").mkdir()
    (place / "token").write_text(f"{TOKEN}\n")
    with served(fast_mongo, mongo_database, place, {"web": {"token": TOKEN}}) as found:
        yield found


def unhurried(text: str) -> str:
    """Without what passes while one looks, and what only one of both has."""
    text = re.sub(r"\d+\.\d GB free \(\w+\)(, )?", "", text)
    return re.sub(r'"(free_bytes|at)": (\{[^}]*\}|"[^"]*")', "", text)


# ---------------------------------------------------------------- the same


def test_the_status_over_http_is_that_of_the_database(footyd: Footyd, there: tuple[str, Site]) -> None:
    url, site = there
    site.now = utcnow()
    here, elsewhere = footyd("status"), footyd("status", "--url", url)
    assert (elsewhere.code, elsewhere.err) == (0, "")
    assert unhurried(elsewhere.out) == unhurried(here.out)
    assert "needs review" in elsewhere.out
    told = json.loads(footyd("status", "--url", f"{url}/", "--json").out)
    assert status_form().validate_python(told).playing[0].home == "Home"
    assert set(told) == set(json.loads(footyd("status", "--json").out))


def test_the_review_over_http_is_that_of_the_database(footyd: Footyd, there: tuple[str, Site]) -> None:
    url, _ = there
    here, elsewhere = footyd("review"), footyd("review", "--url", url)
    assert (elsewhere.out, elsewhere.err) == (here.out, "")
    assert "too_short 3 s, @fan +1 min: GOAL! A. Striker" in here.out
    assert json.loads(footyd("review", "--json", "--url", url).out) == json.loads(
        footyd("review", "--json").out
    )
    assert POST not in footyd("review", "--best", "0", "--url", url).out


@pytest.mark.parametrize(
    ("command", "word"),
    [
        (("accept", POST), "accepted"),
        (("accept", "0123", "--goal", GOAL), "accepted"),
        (("link", GOAL, POST), "accepted"),
    ],
)
def test_a_verdict_over_http_is_recorded_and_the_daemon_woken(
    footyd: Footyd, there: tuple[str, Site], command: tuple[str, ...], word: str
) -> None:
    url, site = there
    done = footyd("review", *command, "--url", url)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        f"goal {GOAL}: post https://x.com/fan/status/900123 {word}",
        "the running daemon takes it within a minute",
    ]
    assert site.changes == 1


def test_a_rejection_of_an_author_reaches_the_records(
    footyd: Footyd, locked: tuple[str, Site], fast_mongo: str, mongo_database: str
) -> None:
    url, _ = locked
    done = footyd("review", "reject", POST, "--author", "--url", url, "--token-file", "token")
    assert (done.code, done.err) == (0, "")
    verdicts: list[PersonVerdict | None] = []

    async def look(store: Store) -> None:
        verdicts.extend([c.verdict for c in await store.clips.candidates(a_goal(GOAL).id)])

    fill(fast_mongo, mongo_database, look)
    [verdict] = verdicts
    assert verdict
    assert (verdict.accepted, verdict.blocks_author) == (False, True)


def test_one_more_search_is_asked_for_over_http(footyd: Footyd, there: tuple[str, Site]) -> None:
    done = footyd("review", "again", GOAL, "--url", there[0])
    assert done.out == f"goal {GOAL}\nthe running daemon takes it within a minute\n"


# ---------------------------------------------------------------- refusals


def test_what_the_other_side_refuses_is_told_as_it_would_be_here(
    footyd: Footyd, there: tuple[str, Site]
) -> None:
    url, _ = there
    for command in (("accept", "404"), ("link", "9-9-9-9-9", POST)):
        here, elsewhere = footyd("review", *command), footyd("review", *command, "--url", url)
        assert (elsewhere.code, elsewhere.err) == (here.code, here.err)


def test_a_token_that_is_missing_or_wrong_is_told_with_the_option(
    footyd: Footyd, locked: tuple[str, Site], place: Path
) -> None:
    url, _ = locked
    remedy = "Name the file that holds its web.token: --token-file\n"
    done = footyd("status", "--url", url)
    assert (done.code, done.err) == (1, f"footyd: footyd at {url} asks for a token. {remedy}")
    (place / "other").write_text("another-token-of-it")
    done = footyd("review", "--url", url, "--token-file", "other")
    assert (done.code, done.err) == (1, f"footyd: footyd at {url} does not take this token. {remedy}")
    assert footyd("status", "--url", url, "--token-file", "token").code == 0


def test_a_footyd_out_of_reach_is_told_with_what_to_look_at(footyd: Footyd) -> None:
    done = footyd("status", "--url", "http://127.0.0.1:1")
    assert done.code == 69
    assert done.err.startswith("footyd: footyd at http://127.0.0.1:1 is out of reach (")
    assert "web.host and web.port" in done.err


@pytest.mark.parametrize(
    ("arguments", "told", "code"),
    [
        (("--url", "pi:8674"), "--url pi:8674 has no scheme: write it as http://host:8674", 2),
        (("--token-file", "x"), "--token-file needs --url, the footyd that the token is for", 2),
        (("--url", "http://x", "--token-file", "none"), "none cannot be read (No such file", 1),
        (("--url", "http://[::1"), "http://[::1 is no address. Write it as http://host:8674", 1),
    ],
)
def test_an_option_that_cannot_be_meant_is_told(
    footyd: Footyd, arguments: tuple[str, ...], told: str, code: int
) -> None:
    for command in ("status", "review"):
        done = footyd(command, *arguments)
        assert (done.code, told in done.err) == (code, True), done.err


@pytest.mark.parametrize("text", ["\n", "a-token-of-sixteen\nand another line", "a-token\x01of-sixteen"])
def test_a_file_that_holds_no_token_is_told_without_what_it_holds(
    footyd: Footyd, place: Path, text: str
) -> None:
    (place / "token").write_text(text)
    done = footyd("status", "--url", "http://127.0.0.1:1", "--token-file", "token")
    assert (done.code, done.err) == (
        1,
        "footyd: token holds no token. Write that footyd's web.token into it\n",
    )


# ---------------------------------------------------------------- others who answer


@contextmanager
def answering(answer: web.Response) -> Iterator[str]:
    async def serve(ready: Callable[[str], None], ended: asyncio.Event) -> None:
        async def handle(_request: web.BaseRequest) -> web.Response:
            return answer

        server = web.Server(handle)
        listening = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
        ready(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}")
        await ended.wait()
        listening.close()
        await server.shutdown()

    with in_a_thread(serve) as address:
        yield address


PROBLEM = "application/problem+json"


@pytest.mark.parametrize(
    ("answer", "told", "code"),
    [
        ((200, "text/html", "<h1>It works!"), "is no footyd (HTTP 200). Give the address of its page", 1),
        ((200, "application/json", '{"version": "9"}'), "(at: Field required). Bring both to the same", 1),
        ((200, "application/json", "["), "speaks otherwise than this one", 1),
        ((404, PROBLEM, '{"detail": "Not Found: GET /x."}'), "(it knows no GET /status). Bring both", 1),
        ((503, PROBLEM, '{"detail": "no database. See it", "remedy": "See it"}'), "no database. See it", 69),
        ((502, "text/html", "nginx"), "is no footyd (HTTP 502)", 1),
        ((401, PROBLEM, "[]"), "is no footyd (HTTP 401)", 1),
        ((401, PROBLEM, "{"), "is no footyd (HTTP 401)", 1),
    ],
)
def test_an_answer_that_is_not_understood_is_told_with_what_it_may_be(
    footyd: Footyd, answer: tuple[int, str, str], told: str, code: int
) -> None:
    status, kind, body = answer
    with answering(web.Response(status=status, content_type=kind, text=body)) as url:
        done = footyd("status", "--url", url)
    assert (done.code, told in done.err) == (code, True), done.err


def test_a_redirect_is_told_with_where_it_leads(footyd: Footyd) -> None:
    with answering(web.Response(status=301, headers={"Location": "https://pi/"})) as url:
        assert "(HTTP 301, on to https://pi/)" in footyd("status", "--url", url).err
