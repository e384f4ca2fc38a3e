"""The stream of events over real HTTP."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import ClientResponse, ClientSession, ClientTimeout

from footyd.adapters.mongo import Store
from footyd.model import GoalState
from footyd.web import events, live
from tests.waiting import until
from tests.web.days import add_goals, add_match, goal_of
from tests.web.site import Site, opened
from tests.web.test_access import TOKEN

TOPIC = "day:2026-08-22:shown"


@dataclass
class Heard:
    """One event of a stream."""

    kind: str
    id: str
    data: dict[str, str]


class Listener:
    def __init__(self, response: ClientResponse) -> None:
        self.response = response

    async def next(self) -> Heard:
        """The next event; heartbeats and the retry line are passed over."""
        fields: dict[str, str] = {}
        while "data" not in fields:
            fields = {}
            while (
                line := (await asyncio.wait_for(self.response.content.readline(), 30)).decode().rstrip("\n")
            ):
                name, _, value = line.partition(":")
                fields[name] = value.strip()
            if self.response.content.at_eof() and "data" not in fields:
                raise EOFError
        return Heard(fields["event"], fields["id"], json.loads(fields["data"]))


@asynccontextmanager
async def listening(
    site: Site, seen: str = "", *, topic: str = TOPIC, **headers: str
) -> AsyncIterator[Listener]:
    async with (
        ClientSession(timeout=ClientTimeout(total=60)) as http,
        http.get(
            f"{site.address}/events",
            params={"topic": topic, "seen": seen},
            headers={**cookie(site), **headers},
        ) as response,
    ):
        yield Listener(response)


def cookie(site: Site) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{k}={v}" for k, v in site.cookies.items())} if site.cookies else {}


async def shown(site: Site) -> str:
    """The state that a page that is asked for now shows."""
    return (await site.live.parts(TOPIC)).digest()


async def test_a_goal_that_comes_while_the_page_is_open_is_told_with_its_match_only(site: Site) -> None:
    await add_match(site.store, 1, score=(0, 0), minute=3)
    await add_match(site.store, 2, score=(0, 0), minute=3)
    async with listening(site, await shown(site)) as stream:
        assert stream.response.headers["Content-Type"] == "text/event-stream"
        assert stream.response.headers["Cache-Control"] == "no-store"
        assert "Content-Security-Policy" in stream.response.headers
        await add_goals(site.store, goal_of(1, (1, 0), state=GoalState.PENDING))
        site.changed()
        heard = await stream.next()
    assert heard.kind == "parts"
    assert list(heard.data) == ["f-1"]
    assert "poll 1 of 2" in heard.data["f-1"]
    assert heard.id == await shown(site)


async def test_a_page_that_shows_an_older_state_is_told_to_ask_anew(site: Site) -> None:
    before = await shown(site)
    await add_match(site.store, 1, score=(0, 0))
    async with listening(site, before) as stream:
        heard = await stream.next()
    assert (heard.kind, heard.id) == ("stale", await shown(site))


async def test_a_stream_goes_on_after_a_break_where_it_ended(site: Site) -> None:
    await add_match(site.store, 1, score=(0, 0))
    async with listening(site, await shown(site)), listening(site, await shown(site)) as second:
        await add_goals(site.store, goal_of(1, (1, 0), state=GoalState.PENDING))
        first = await second.next()
        await add_goals(site.store, goal_of(1, (2, 0), minute=30, state=GoalState.PENDING))
        last = await second.next()
        async with listening(site, "ignored", **{"Last-Event-ID": first.id}) as third:
            again = await third.next()
    assert (again.kind, again.id) == ("parts", last.id)


async def test_a_stream_that_says_nothing_is_kept_alive(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0.01)
    async with listening(site, await shown(site)) as stream:
        beats = [await stream.response.content.readline() for _ in range(6)]
    assert beats[0] == b"retry: 3000\n"
    assert beats.count(b": still here\n") >= 2


async def test_who_is_gone_before_the_stream_begins_breaks_nothing(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    port = int(site.address.rpartition(":")[2])
    for _ in range(20):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET /events?topic={TOPIC} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        await writer.drain()
        writer.transport.abort()
    await until(lambda: site.live.streams == 0)
    assert (await site.get("/healthz")).status == 200
    assert not caplog.records


async def test_an_unknown_topic_is_a_problem_and_no_stream(site: Site) -> None:
    for topic in ("", "nothing:1", "day:never:shown"):
        async with listening(site, topic=topic) as stream:
            assert stream.response.status in {400, 404}
            assert stream.response.content_type == "application/problem+json"
    assert site.live.streams == 0


async def test_streams_are_bounded_and_one_that_is_closed_makes_room(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(live, "STREAMS_AT_MOST", 1)
    async with listening(site), listening(site) as refused:
        assert refused.response.status == 503
    await until(lambda: site.live.streams == 0)
    async with listening(site) as taken:
        assert taken.response.status == 200


async def test_open_streams_do_not_hold_up_the_stop(store: Store, tmp_path: Path) -> None:
    async with opened(store, tmp_path) as site:
        streams = [listening(site) for _ in range(5)]
        heard = [await stream.__aenter__() for stream in streams]
        await until(lambda: site.live.streams == 5)
        begun = time.monotonic()
    assert time.monotonic() - begun < 1.5, "not only after the time-out of two seconds"
    for stream, listener in zip(streams, heard, strict=True):
        assert b"event: parts" not in await listener.response.content.read()
        await stream.__aexit__(None, None, None)


async def test_a_new_token_ends_the_streams_of_the_old_one(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0.01)
    async with opened(store, tmp_path, {"web": {"token": TOKEN}}) as site:
        await site.sign_in(TOKEN)
        async with listening(site) as stream:
            assert stream.response.status == 200
            web = site.config.web.model_validate({"token": "another-token-altogether"})
            site.config = site.config.model_copy(update={"web": web})
            await asyncio.wait_for(stream.response.content.read(), 30)
