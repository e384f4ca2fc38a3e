"""The page on a real port, asked over real HTTP."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from footyd.errors import PermanentError, StoreError
from footyd.model import (
    FixtureState,
    GoalOutcome,
    GoalRecord,
    GoalState,
    ProcessingStatus,
    QueueDepth,
    SearchPlan,
    SourceRest,
    Team,
    TeamId,
)
from footyd.overview import DaemonFacts, DiskHealth, Overview, SourceHealth
from footyd.web import Answers, serve
from footyd.web.server import HOST, SECURITY_HEADERS
from tests.builders import KICKOFF, a_goal, tracked

NOW = KICKOFF + timedelta(minutes=40)
HOSTILE = "<script>alert('goal')</script>"


def facts(*, alive: bool) -> DaemonFacts:
    return DaemonFacts(
        alive=alive,
        pid=7 if alive else None,
        version="1",
        commit="c0ffee",
        started_at=KICKOFF,
        beat_at=NOW,
        next_runs={"poll": NOW, "ingest": None},
        day_limit=100,
        day_left=58,
        calls=42,
    )


def nothing_yet(*, alive: bool = True) -> Overview:
    return Overview(
        at=NOW,
        daemon=facts(alive=alive),
        fixtures=dict.fromkeys(FixtureState, 0),
        playing=(),
        next_kickoff=KICKOFF + timedelta(hours=4),
        goals={"stored": 0},
        recent=(),
        sources=(SourceHealth(name="nitter", rest=None),),
        feed_reason="",
        feed_rest_until=None,
        last_runs=(),
        last_poll=None,
        queue=QueueDepth(to_search=0, to_work=0, next_at=None),
        disk=DiskHealth(free={"state": 5_000_000_000}, low=False),
    )


def a_record(player: str | None = "A. Striker", outcome: GoalOutcome | None = None) -> GoalRecord:
    return GoalRecord(
        goal=a_goal(player=player, state=GoalState.CONFIRMED),
        plan=SearchPlan(pass_index=2, searched=False, next_at=NOW, window_from=KICKOFF),
        status=ProcessingStatus(),
        outcome=outcome,
    )


def in_play(name: str = "Home") -> Overview:
    match = tracked(status="1H", score=(1, 0), events=[], minute=38)
    named = replace(match, fixture=replace(match.fixture, home=Team(id=TeamId(1), name=name)))
    rest = SourceRest(source="nitter", until=NOW, step=1, reason=f"no answer {name}")
    return replace(
        nothing_yet(),
        playing=(named,),
        recent=(a_record(), a_record(None), a_record(outcome=GoalOutcome.NEEDS_REVIEW)),
        sources=(SourceHealth(name="nitter", rest=rest),),
    )


@dataclass
class Site:
    """The page over `shown`; an error is raised instead."""

    shown: Overview | StoreError = field(default_factory=nothing_yet)
    ready: bool = True
    address: str = ""
    http: ClientSession | None = None

    async def look(self) -> Overview:
        if isinstance(self.shown, StoreError):
            raise self.shown
        return self.shown

    async def health(self) -> dict[str, Any]:
        return {"status": "ok" if self.ready else "failing", "ready": self.ready}

    async def metrics(self) -> bytes:
        return b"footyd_polls_total 1.0\n"

    @property
    def answers(self) -> Answers:
        return Answers(look=self.look, health=self.health, metrics=self.metrics)

    async def get(self, path: str) -> tuple[int, str, dict[str, str]]:
        assert self.http is not None
        async with self.http.get(self.address + path) as response:
            return response.status, await response.text(), dict(response.headers)

    async def page(self) -> str:
        status, text, _ = await self.get("/")
        assert status == 200
        return text


@asynccontextmanager
async def opened(site: Site) -> AsyncIterator[int]:
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(serve(site.answers, port=0))
        site.http = await stack.enter_async_context(ClientSession())
        site.address = f"http://{HOST}:{port}"
        yield port


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    async with opened(site):
        yield site


@pytest.mark.parametrize(("ready", "status", "word"), [(True, 200, "ok"), (False, 503, "failing")])
async def test_health_is_told_by_the_status_code_and_as_json(
    site: Site, ready: bool, status: int, word: str
) -> None:
    site.ready = ready
    found, text, _ = await site.get("/healthz")
    assert found == status
    assert json.loads(text) == {"status": word, "ready": ready}


async def test_metrics_are_plain_text_of_the_version_prometheus_asks_for(site: Site) -> None:
    status, text, headers = await site.get("/metrics")
    assert (status, text) == (200, "footyd_polls_total 1.0\n")
    assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"


@pytest.mark.parametrize("path", ["/", "/api/v1/status"])
async def test_without_the_database_every_answer_says_what_fails(site: Site, path: str) -> None:
    site.shown = StoreError("the database failed while reading", remedy="See mongo.uri in the config")
    status, text, _ = await site.get(path)
    assert status == 503
    assert "the database failed while reading. See mongo.uri in the config" in text


async def test_the_status_is_plain_json(site: Site) -> None:
    site.shown = in_play()
    assert site.http is not None
    async with site.http.get(site.address + "/api/v1/status") as response:
        assert response.content_type == "application/json"
        found = await response.json()
    assert found["daemon"]["alive"] is True
    assert found["daemon"]["next_runs"] == {"poll": NOW.isoformat(), "ingest": None}
    assert found["quota"] == {"day_limit": 100, "day_left": 58, "calls": 42}
    assert found["playing"][0]["score"] == "1-0"
    assert [goal["outcome"] for goal in found["recent"]] == [None, None, "needs_review"]
    [source] = found["sources"]
    assert (source["name"], source["ready"], source["reason"]) == ("nitter", False, "no answer Home")
    assert (source["rests_until"], source["needs_person"]) == (NOW.isoformat(), False)
    assert found["disk"] == {"free_bytes": {"state": 5_000_000_000}, "low": False}


async def test_the_page_of_a_quiet_day_says_so(site: Site) -> None:
    text = await site.page()
    assert "No followed match is in play. Next kick-off 18:00 UTC." in text
    assert "No goal yet." in text
    assert "58 of 100 calls left today." in text
    assert "ready" in text


async def test_the_page_shows_matches_goals_and_resting_sources(site: Site) -> None:
    site.shown = in_play()
    text = await site.page()
    for expected in (
        "Home 1-0 Away",
        "A. Striker",
        "scorer not named yet",
        "needs review",
        "pass 3",
        "rests:",
    ):
        assert expected in text


async def test_a_daemon_that_is_gone_is_told(site: Site) -> None:
    site.shown = nothing_yet(alive=False)
    assert "Not running." in await site.page()


async def test_names_of_the_outside_world_are_text_never_markup(site: Site) -> None:
    site.shown = replace(in_play(HOSTILE), recent=(a_record(HOSTILE),))
    text = await site.page()
    assert "<script" not in text
    assert text.count("&lt;script&gt;") == 3, "team, scorer and source"


@pytest.mark.parametrize("path", ["/", "/healthz", "/metrics", "/api/v1/status", "/nowhere"])
async def test_every_answer_carries_the_security_headers(site: Site, path: str) -> None:
    status, _, headers = await site.get(path)
    assert status == (404 if path == "/nowhere" else 200)
    assert {name: headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS


async def test_nothing_can_be_changed_from_the_page(site: Site) -> None:
    assert site.http is not None
    async with site.http.post(site.address + "/api/v1/status", data="x") as response:
        assert response.status == 405
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_port_that_is_taken_is_told_with_the_key_to_set() -> None:
    with socket.socket() as holder:
        holder.bind((HOST, 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(PermanentError) as caught:
            async with serve(Site().answers, port=port):
                raise AssertionError("served on a taken port")
    assert caught.value.line() == (
        f"port {port} on {HOST} is taken. Set web.port to a free one, or web.enabled = false"
    )


async def test_it_listens_on_loopback_only() -> None:
    async with opened(Site()) as port:
        found = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        tables = [line for line in found if line[1].endswith(f":{port:04X}") and line[3] == "0A"]
        everywhere = Path("/proc/net/tcp6").read_text() if Path("/proc/net/tcp6").exists() else ""
    assert [line[1].split(":")[0] for line in tables] == ["0100007F"]
    assert f":{port:04X} 0000" not in everywhere


async def test_the_port_is_free_again_at_the_end() -> None:
    async with opened(Site()) as port:
        pass
    async with serve(Site().answers, port=port) as again:
        assert again == port
