"""One look per topic, told to all that watch it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest
from structlog.testing import capture_logs

from footyd.errors import StoreError
from footyd.web.live import EVENTS_KEPT, EVENTS_KEPT_BYTES, Live, Parts, told
from tests.waiting import until


@dataclass
class View:
    """What there is to see, and how often somebody looked."""

    html: dict[str, str] = field(default_factory=lambda: {"a": "<p>1</p>", "b": "<p>2</p>"})
    shape: str = ""
    looks: int = 0
    away: bool = False

    async def look(self, _argument: str) -> Parts:
        self.looks += 1
        if self.away:
            raise StoreError("away")
        return Parts(dict(self.html), self.shape)


@asynccontextmanager
async def running(live: Live) -> AsyncIterator[Live]:
    task = asyncio.create_task(live.run())
    try:
        yield live
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
def view() -> View:
    return View()


@pytest.fixture
def live(view: View) -> Live:
    """Looks when it is told to; the tick is an hour away."""
    live = Live(tick_seconds=3600, pause_seconds=0)
    live.register({"view": view.look})
    return live


async def test_a_change_is_told_as_the_parts_that_differ(live: Live, view: View) -> None:
    async with running(live):
        with live.watched("view:x") as topic:
            await until(lambda: topic.digest)
            seen = topic.digest
            view.html["b"] = "<p>3</p>"
            live.soon()
            await until(lambda: topic.digest != seen)
            [event] = topic.since(seen) or []
    lines = event.data.decode().splitlines()
    assert lines[0] == "event: parts"
    assert lines[1] == f"id: {topic.digest}"
    assert json.loads(lines[2].removeprefix("data: ")) == {"b": "<p>3</p>"}


async def test_other_parts_or_another_shape_make_the_page_stale(live: Live, view: View) -> None:
    before = await view.look("")
    view.html["c"] = "<p>4</p>"
    assert told(before, await view.look(""), "d").startswith(b"event: stale\nid: d\n")
    del view.html["c"]
    view.shape = "other"
    assert told(before, await view.look(""), "d").startswith(b"event: stale\n")


async def test_fifty_watchers_cost_one_look_and_nobody_costs_none(live: Live, view: View) -> None:
    async with running(live):
        watches = [live.watched("view:x") for _ in range(50)]
        topics = [watch.__enter__() for watch in watches]
        await until(lambda: topics[0].digest)
        assert len(set(map(id, topics))) == 1
        before = view.looks
        live.soon()
        await until(lambda: view.looks > before)
        assert view.looks == before + 1
        for watch in watches:
            watch.__exit__(None, None, None)
        assert live.streams == 0
        live.soon()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert view.looks == before + 1


async def test_it_looks_by_itself_while_somebody_watches(view: View) -> None:
    live = Live(tick_seconds=0.01, pause_seconds=0)
    live.register({"view": view.look})
    async with running(live):
        with live.watched("view:x"):
            await until(lambda: view.looks > 3)


async def test_who_comes_back_hears_what_was_missed_or_that_all_is_stale(live: Live, view: View) -> None:
    with live.watched("view:x") as topic:
        await topic.refresh()
        digests = [topic.digest]
        for number in range(EVENTS_KEPT + 5):
            view.html["a"] = f"<p>{number}</p>"
            await topic.refresh()
            digests.append(topic.digest)
        assert topic.since(digests[-1]) == []
        assert [event.after for event in topic.since(digests[-3]) or []] == digests[-2:]
        assert topic.since(digests[0]) is None, "too long ago"
        assert topic.since("nonsense") is None


async def test_what_is_kept_for_those_who_come_back_is_bounded_in_bytes_too(live: Live, view: View) -> None:
    with live.watched("view:x") as topic:
        await topic.refresh()
        for number in range(9):
            view.html["a"] = str(number) * (EVENTS_KEPT_BYTES // 4)
            await topic.refresh()
        assert len(topic._events) == 3
        view.html["a"] = "x" * 2 * EVENTS_KEPT_BYTES
        await topic.refresh()
        assert len(topic._events) == 1, "the newest is always there for those who listen"


async def test_a_state_that_comes_back_is_gone_on_from_where_it_was_last(live: Live, view: View) -> None:
    with live.watched("view:x") as topic:
        await topic.refresh()
        first = topic.digest
        for text in ("x", "<p>1</p>", "y"):
            view.html["a"] = text
            await topic.refresh()
        assert [event.before for event in topic.since(first) or []] == [first]


async def test_the_same_content_has_the_same_digest_in_the_next_process() -> None:
    parts = Parts({"a": "x", "b": "y"}, "s")
    assert parts.digest() == Parts({"a": "x", "b": "y"}, "s").digest() == "d54faaa159c1b27579"
    assert len({parts.digest(), Parts({"a": "xb", "": "y"}, "s").digest(), Parts({"a": "x"}).digest()}) == 3


async def test_a_look_that_fails_is_made_again_and_ends_nothing(view: View) -> None:
    live = Live(tick_seconds=0.01, pause_seconds=0)
    live.register({"view": view.look})
    async with running(live):
        with live.watched("view:x") as topic:
            await until(lambda: topic.digest)
            seen, view.away = topic.digest, True
            looks = view.looks
            await until(lambda: view.looks > looks + 2)
            view.away, view.html = False, {"a": "back", "b": "back"}
            await until(lambda: topic.digest != seen)


async def test_a_view_with_a_mistake_of_its_own_is_told_once_and_ends_no_other(view: View) -> None:
    """It ended the loop: no page was refreshed any more until a restart."""
    broken = View()

    async def look(argument: str) -> Parts:
        await broken.look(argument)
        return Parts({"a": view.html["a part that is gone"]})

    live = Live(tick_seconds=0.01, pause_seconds=0)
    live.register({"view": view.look, "broken": look})
    with capture_logs() as logs:
        async with running(live):
            with live.watched("broken:x"), live.watched("view:x") as topic:
                await until(lambda: broken.looks > 2 and topic.digest)
                seen, view.html = topic.digest, {"a": "new", "b": "new"}
                await until(lambda: topic.digest != seen)
    assert [(line["event"], line["log_level"]) for line in logs] == [("page not refreshed", "error")]
