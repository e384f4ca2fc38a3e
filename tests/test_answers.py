"""A whole footyd asked over HTTP, as Docker, Prometheus and browsers ask."""

from __future__ import annotations

import re
import signal
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from prometheus_client.parser import text_string_to_metric_families

from footyd.demo.scenario import DEMO_KEY, written_day
from footyd.demo.world import open_world
from tests.footyd_process import Footyd, Settings, footyd
from tests.waiting import until_found


async def asked(process: Footyd, http: ClientSession) -> str:
    """Its address, once it is ready."""
    address = str((await process.logged("page served"))["url"])

    async def ready() -> str | None:
        async with http.get(f"{address}healthz") as response:
            return address if response.status == 200 else None

    return await until_found(ready, look=0.1)


async def ends_while_pages_are_open(
    process: Footyd, http: ClientSession, address: str, topics: list[str]
) -> None:
    """Told to stop, it ends every stream at once: a browser would keep its own open for ever."""
    [topic] = topics
    async with AsyncExitStack() as stack:
        asking = [http.get(f"{address}events", params={"topic": topic}) for _ in range(20)]
        streams = [await stack.enter_async_context(ask) for ask in asking]
        assert [stream.status for stream in streams] == [200] * 20
        process.send(signal.SIGTERM)
        assert await process.ended() == 0
        for stream in streams:
            assert (await stream.content.read()).startswith(b"retry: ")


async def run_now(http: ClientSession, address: str, **wish: str) -> dict[str, Any]:
    """As a script asks without a token: the run, once it has ended."""
    async with http.get(f"{address}api/v1/session") as response:
        headers = {"X-CSRF-Token": (await response.json())["csrf_token"]}
        cookies = {name: morsel.value for name, morsel in response.cookies.items()}
    async with http.post(f"{address}api/v1/runs", json=wish, headers=headers, cookies=cookies) as response:
        assert response.status == 202, await response.text()
        run_id = (await response.json())["run"]["id"]

    async def ended() -> dict[str, Any] | None:
        async with http.get(f"{address}api/v1/runs/{run_id}") as response:
            found: dict[str, Any] = (await response.json())["run"]
            return found if found["end"] else None

    return await until_found(ended, look=0.05)


async def test_a_daemon_tells_its_health_its_metrics_and_its_day(tmp_path: Path) -> None:
    async with open_world(written_day(1, datetime.now(UTC)), tmp_path / "clips") as world:
        settings: Settings = {
            "api_football": {"base_url": world.feed_url, "key": DEMO_KEY},
            "follow": {"leagues": [1]},
            "search.nitter": {"base_urls": [world.nitter_url]},
            "web": {"enabled": True, "port": 0},
        }
        async with footyd(tmp_path, settings) as process, ClientSession() as http:
            await process.start()
            address = await asked(process, http)
            async with http.get(f"{address}healthz") as response:
                found = await response.json()
            async with http.get(f"{address}metrics") as response:
                families = {f.name: f for f in text_string_to_metric_families(await response.text())}
            async with http.get(address) as response:
                page = await response.text()
            async with http.get(f"{address}api/v1/health") as response:
                health = await response.json()
            ingest = await run_now(http, address, job="ingest", day="2026-02-03")
            poll = await run_now(http, address, job="poll")
            await ends_while_pages_are_open(process, http, address, re.findall(r'data-live="([^"]+)"', page))
    assert "Today" in page
    assert (found["status"], found["ready"], found["live"], found["silent"]) == ("ok", True, True, [])
    assert found["queue"] == {"searching": 0, "working": 0}
    assert found["disk"]["free_bytes"]["state"] > 0
    assert [source["name"] for source in found["sources"]] == ["nitter"]
    assert families["footyd_database_up"].samples[0].value == 1
    assert families["footyd_library_bytes"].samples[0].value == 0
    assert {s.labels["stage"] for s in families["footyd_goals"].samples} >= {
        "pending",
        "stored",
        "needs_review",
    }
    assert families["footyd_pool_processes"].samples[0].value == 0, "none when idle"
    assert (health["status"], health["versions"]["MongoDB"][:2]) == ("ok", "6.")
    assert [part["name"] for part in health["work"]["parts"]] == ["schedule", "pool"]
    assert (ingest["outcome"], ingest["trigger"], ingest["subject"]) == ("ok", "person", "2026-02-03")
    assert ingest["counts"]["days"] == ["2026-02-03"]
    assert (poll["job"], poll["outcome"], poll["trigger"]) == ("poll", "ok", "person")
