"""A real footyd plays a match day; a person decides in a real browser, and the library shows it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from footyd.demo.clip_maker import Camera, make_clip
from footyd.demo.posts import PostKind, ScriptedPost
from tests.footyd_process import Day, a_day, fast_settings

pytestmark = pytest.mark.xdist_group("page")

PATIENCE_MS = 120_000
PLAYED = "video => video.currentTime > 0.3"
MINUTE = 12
"""Of the first goal."""


@dataclass(frozen=True, slots=True)
class Served:
    """A day that is being played, where its page is, and a post that footyd will not take by itself."""

    day: Day
    address: str
    post: ScriptedPost


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    clips = tmp_path / "clips"
    clips.mkdir()
    async with a_day(tmp_path, clips) as day:
        bets = [post for post in day.scenario.posts if post.kind is PostKind.BETTING]
        post = next(post for post in bets if post.event.minute == MINUTE)
        put_clips(day, post, clips)
        port = free_port()
        web = {"enabled": True, "port": port}
        day.footyd.configure({**fast_settings(day.world, day.scenario), "web": web})
        await day.footyd.start()
        yield Served(day, f"http://127.0.0.1:{port}", post)


def put_clips(day: Day, post: ScriptedPost, clips: Path) -> None:
    """Three videos for all posts: each camera's, and one that the post leads to after all."""
    recipes = {recipe.camera: recipe for recipe in day.scenario.recipes if recipe.version == "base"}
    films = {camera: make_clip(replace(recipe, name=camera), clips) for camera, recipe in recipes.items()}
    for recipe in day.scenario.recipes:
        (clips / recipe.file_name).symlink_to(films[recipe.camera])
        day.world.clips.ready(recipe)
    assert post.file
    other = replace(recipes[Camera.MAIN], name=Path(post.file).stem, scene_seed=7)
    make_clip(other, clips)
    day.world.clips._ready[post.file] = there = asyncio.Event()
    there.set()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


async def test_a_rejected_post_that_a_person_accepts_is_stored_and_plays(
    served: Served, browser: Browser
) -> None:
    wrong: list[str] = []
    context = await browser.new_context(viewport={"width": 360, "height": 800})
    try:
        page = await context.new_page()
        page.on("response", lambda reply: wrong.append(reply.url) if reply.status >= 400 else None)
        await page.goto(served.address)
        await page.get_by_role("link", name="Šarović").first.click(timeout=PATIENCE_MS)
        await expect(page.locator("video")).to_have_count(2, timeout=PATIENCE_MS)
        await expect(page.locator("#goal-now .pill")).to_have_text("stored", timeout=PATIENCE_MS)
        await accept(page, served.post)
        await expect(page.locator("video")).to_have_count(3, timeout=PATIENCE_MS)
        timeline = page.locator("#goal-timeline")
        for told in ("Confirmed by the next poll", "A person accepted", "Stored in the library"):
            await expect(timeline).to_contain_text(told)
        mine = page.locator(".keeper", has_text=f"@{served.post.handle}").locator("video")
        await mine.evaluate("video => { video.muted = true; return video.play(); }")
        await page.wait_for_function(PLAYED, arg=await mine.element_handle())
    finally:
        await context.close()
    assert wrong == []
    assert len(list(served.day.footyd.library.glob("*/*/*/012 */*.mp4"))) == 3


async def accept(page: Page, post: ScriptedPost) -> None:
    """With one tap, wherever in the list it stands: after the last pass nothing moves there any more."""
    mine = page.locator(".post", has_text=f"@{post.handle}")
    await expect(mine).to_have_count(1, timeout=PATIENCE_MS)
    if not await mine.is_visible():
        await page.locator("#more-posts summary").click()
    async with page.expect_navigation():
        await mine.get_by_role("button", name="Accept").click()
