"""The page's figures: first paint of a day of 300 matches, and memory over many requests and open streams.

python -m tests.bench.page [--requests 10000] [--streams 50] [--matches 300]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientTimeout
from playwright.async_api import Page

from footyd.adapters.mongo import Store
from footyd.adapters.mongod import embedded_mongod
from tests.builders import KICKOFF
from tests.web.chromium import chromium_process, driven, visiting
from tests.web.days import a_full_day
from tests.web.site import Site, a_store, opened

CHANGES = 800
PAINT = """() => new Promise(done => {
  const found = performance.getEntriesByName('first-contentful-paint')[0];
  if (found) return done(found.startTime);
  new PerformanceObserver(list => { for (const e of list.getEntries())
    if (e.name === 'first-contentful-paint') done(e.startTime); }).observe({type: 'paint', buffered: true});
})"""


async def main(requests: int, streams: int, matches: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        async with embedded_mongod(Path(place) / "db") as uri, a_store(uri, "page") as store:
            await a_full_day(store, matches)
            async with opened(store, Path(place) / "state") as site:
                await serving(site)
                await painting(site, Path(place) / "chromium")
                await memory(site, store, requests, streams)


async def serving(site: Site) -> None:
    """Server time of the day, its JSON, and the weight of both."""
    for path in ("/", "/api/v1/days/today", "/api/v1/status"):
        await site.get(path)
        times, body = [], b""
        for _ in range(20):
            begun = time.perf_counter()
            body = (await site.get(path)).body
            times.append((time.perf_counter() - begun) * 1000)
        print(
            f"{path}: median {statistics.median(times):.0f} ms, worst {max(times):.0f} ms, {len(body)} bytes"
        )


async def painting(site: Site, place: Path) -> None:
    with chromium_process(place) as address:
        async with driven(address) as browser, visiting(browser, site) as visitor:
            cold = await paint(visitor.page, site.address)
            warm = [await paint(visitor.page, site.address) for _ in range(10)]
    print(
        f"first contentful paint: cold {cold:.0f} ms, then of 10: {min(warm):.0f} to {max(warm):.0f} ms, "
        f"median {statistics.median(warm):.0f} ms"
    )


async def paint(page: Page, address: str) -> float:
    await page.goto(address + "/", wait_until="load")
    return float(await page.evaluate(PAINT))


async def memory(site: Site, store: Store, requests: int, streams: int) -> None:
    async with contextlib.AsyncExitStack() as stack:
        http = await stack.enter_async_context(ClientSession(timeout=ClientTimeout(total=None)))
        await report("before", http, site)
        await many(http, site, requests // 10)
        await report(f"after {requests // 10} requests", http, site)
        await many(http, site, requests)
        await report(f"after {requests} more", http, site)
        opened_streams = [
            await stack.enter_async_context(
                http.get(f"{site.address}/events", params={"topic": f"day:{KICKOFF:%Y-%m-%d}:shown"})
            )
            for _ in range(streams)
        ]
        reading = [asyncio.create_task(drain(stream.content.readany)) for stream in opened_streams]
        await report(f"with {streams} streams", http, site)
        for number in range(CHANGES):
            change = {"$set": {"minute": number, "score": {"home": number % 9, "away": 0}}}
            await store.database.fixtures_active.update_many({}, change)
            site.changed()
            await asyncio.sleep(0.05)
            if (number + 1) % (CHANGES // 4) == 0:
                await report(f"with {streams} streams after {number + 1} changes of all in play", http, site)
        for task in reading:
            task.cancel()


async def many(http: ClientSession, site: Site, count: int) -> None:
    async def some(share: int) -> None:
        for number in range(share):
            path = ("/", "/api/v1/days/today", "/?team=united", "/nowhere")[number % 4]
            async with http.get(site.address + path) as response:
                await response.read()

    await asyncio.gather(*(some(count // 4) for _ in range(4)))


async def drain(read: Callable[[], Awaitable[bytes]]) -> None:
    while await read():
        pass


async def report(when: str, _http: ClientSession, site: Site) -> None:
    gc.collect()
    status: dict[str, Any] = dict(
        line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines()
    )
    private = status["RssAnon"].split()[0]
    print(f"{when}: {int(private) / 1024:.1f} MB private, {site.live.streams} streams")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--streams", type=int, default=50)
    parser.add_argument("--matches", type=int, default=300)
    options = parser.parse_args()
    asyncio.run(main(options.requests, options.streams, options.matches))
