"""A real Chromium: one process for all tests of a worker, a fresh visitor for each."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Browser, ConsoleMessage, Page, Response, async_playwright

from footyd.config import BrowserConfig
from tests.waiting import until
from tests.web.site import Site

PHONE, DESK = 360, 1440
TALL = 3000
"""What is below the window is not painted, and so not judged."""
Scheme = Literal["light", "dark"]
VIEWS: tuple[tuple[int, Scheme], ...] = tuple(
    (width, scheme) for width in (PHONE, DESK) for scheme in cast("tuple[Scheme, ...]", ("light", "dark"))
)
_LISTENING = re.compile(r"DevTools listening on (ws://\S+)")
_ARGUMENTS = (
    "--headless=new",
    "--remote-debugging-port=0",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--mute-audio",
    "--hide-scrollbars",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
)


@contextmanager
def chromium_process(place: Path) -> Iterator[str]:
    """The address under which the browser is driven."""
    command = [str(BrowserConfig().executable), *_ARGUMENTS, f"--user-data-dir={place}"]
    if os.geteuid() == 0:  # it refuses to start with a sandbox then
        command.append("--no-sandbox")
    with subprocess.Popen([*command, "about:blank"], stderr=subprocess.PIPE, text=True) as process:
        try:
            yield _address(process)
        finally:
            process.terminate()
            process.communicate()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if found := _LISTENING.search(line):
            return found[1]
    raise AssertionError("Chromium ended: " + "".join(said)[-2000:])


@asynccontextmanager
async def driven(address: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect_over_cdp(address)
        yield browser


@dataclass
class Visitor:
    """A tab on a site, and everything that went wrong in it: scripts, policies, answers above 399."""

    page: Page
    site: Site
    wrong: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("response", self._answered)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.wrong.append(message.text)

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.wrong.append(f"{response.status} {response.url}")

    async def open(self, path: str = "/") -> None:
        await self.page.goto(self.site.address + path, wait_until="load")

    async def listens(self) -> None:
        """Until the page's stream is open: from now on it hears of single parts."""
        topics = self.site.live._topics
        await until(lambda: any(topic.digest for topic in topics.values()))

    async def scheme(self, wanted: Scheme) -> None:
        await self.page.emulate_media(color_scheme=wanted)

    async def width(self, pixels: int) -> None:
        await self.page.set_viewport_size({"width": pixels, "height": TALL})

    async def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        measured = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int(await self.page.evaluate(measured))

    async def violations(self) -> list[str]:
        """What axe-core finds: rule and elements."""
        await self.page.evaluate(AXE_SCRIPT)
        found = await self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [_violation(one) for one in cast("dict[str, list[dict[str, Any]]]", found)["violations"]]

    async def shoot(self, name: str) -> None:
        """A picture of the whole page, where FOOTYD_SHOTS says."""
        if place := os.environ.get("SHOTS_DIR"):
            await self.page.screenshot(path=Path(place) / f"{name}.png", full_page=True)


def _violation(found: dict[str, Any]) -> str:
    places = "; ".join(f"{node['target']} {node['html'][:120]}" for node in found["nodes"][:4])
    return f"{found['id']}: {found['help']}: {places}"


@asynccontextmanager
async def visiting(browser: Browser, site: Site, *, javascript: bool = True) -> AsyncIterator[Visitor]:
    """A visitor without a past, at a phone."""
    context = await browser.new_context(
        java_script_enabled=javascript,
        viewport={"width": PHONE, "height": 800},
        timezone_id="Europe/Berlin",
        reduced_motion="reduce",
    )
    try:
        visitor = Visitor(page=await context.new_page(), site=site)
        visitor.watch()
        yield visitor
    finally:
        await context.close()


async def assert_fit_for_all(visitor: Visitor, path: str, name: str) -> None:
    """At both widths and in both schemes: nothing sticks out, and axe-core finds nothing.

    Widths and schemes hardly touch each other: axe-core judges the phone by day and the desk by night.
    """
    found = []
    for width, scheme in VIEWS if os.environ.get("SHOTS_DIR") else (VIEWS[0], VIEWS[-1]):
        await visitor.width(width)
        await visitor.scheme(scheme)
        await visitor.open(path)
        await visitor.shoot(f"{name}-{width}-{scheme}")
        if (over := await visitor.overflow()) > 0:
            found.append(f"{width}: {over} pixels too wide")
        if (width, scheme) in (VIEWS[0], VIEWS[-1]):
            found += [f"{width} {scheme}: {told}" for told in await visitor.violations()]
    assert found == []
    assert visitor.wrong == []
