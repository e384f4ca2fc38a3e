"""What the source `browser` costs: its start, its searches, its memory, against a stand-in of X's page.

    python -m tests.bench.browser

The stand-in's page is small: X's own scripts come on top, in the renderer.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from pathlib import Path

from footyd.adapters.x_browser import XBrowser, open_x_browser
from footyd.adapters.x_browser_processes import children, command_line, memory, tree
from footyd.adapters.x_moving import QueryIds
from footyd.config import BrowserConfig, LogConfig
from footyd.log import configure_logging
from footyd.model import Query, utcnow
from tests.adapters.x_search_site import served_search_site, write_session

SEARCHES = 20
MB = 1_000_000


async def timed(browser: XBrowser) -> float:
    begun = time.perf_counter()
    reply = await browser.search(Query(text="goal", since=utcnow()))
    assert type(reply).__name__ == "Found", reply
    return (time.perf_counter() - begun) * 1000


def kind(pid: int) -> str:
    words = " ".join(command_line(pid)).split()
    named = [word.partition("=")[2] for word in words if word.startswith(("--type=", "--utility-sub-type="))]
    return " ".join(named) or Path(words[0]).name


async def main() -> None:
    configure_logging(LogConfig(level="error", format="console"))
    with tempfile.TemporaryDirectory() as folder:
        session = Path(folder) / "x_session.json"
        write_session(session)
        async with served_search_site() as site:
            config = BrowserConfig.model_validate({"base_url": site.url})
            async with open_x_browser(config, session, query_ids=QueryIds(), clock=utcnow) as browser:
                await measure(browser)
                begun = time.perf_counter()
    print(f"ended in {(time.perf_counter() - begun) * 1000:.0f} ms")


async def measure(browser: XBrowser) -> None:
    first = await timed(browser)
    assert browser.memory is not None
    assert browser.start_seconds is not None
    print(f"start of Playwright + Chromium {browser.start_seconds * 1000:6.0f} ms")
    print(f"first search, with the start   {first:6.0f} ms   {browser.memory.pss_bytes / MB:5.0f} MB PSS")
    times = [await timed(browser) for _ in range(SEARCHES - 1)]
    print(f"second search                  {times[0]:6.0f} ms")
    print(f"fastest, slowest of {SEARCHES - 1}         {min(times):6.0f}, {max(times):.0f} ms")
    print(f"after {SEARCHES} searches            {browser.memory.pss_bytes / MB:16.0f} MB PSS")
    driver = next(pid for pid in children(os.getpid()) if "run-driver" in command_line(pid))
    for pid in tree(driver):
        one = memory([pid])
        print(f"  {kind(pid):42} RSS {one.rss_bytes / MB:4.0f}  PSS {one.pss_bytes / MB:4.0f} MB")


if __name__ == "__main__":
    asyncio.run(main())
