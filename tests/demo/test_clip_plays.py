"""Whether a browser plays what the demo makes: a person will open the library in one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from footyd.demo.clip_maker import make_clip
from footyd.demo.scenario import Scenario
from footyd.demo.world import open_world

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
MOVES = """async (url) => {
    const video = document.createElement('video');
    document.body.append(video);
    video.muted = true;
    video.src = url;
    await video.play();
    await new Promise((done) => { video.ontimeupdate = () => video.currentTime > 0.2 && done(); });
    return [video.currentTime, video.videoWidth, video.videoHeight];
}"""


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
async def test_a_made_clip_plays_in_chromium(scenario: Scenario, tmp_path: Path) -> None:
    recipe = scenario.recipes[0]
    make_clip(recipe, tmp_path)
    async with open_world(scenario, tmp_path) as world, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        )
        try:
            page = await browser.new_page()
            await page.goto(f"{world.nitter_url}/search?q=x")
            at, width, height = await page.evaluate(MOVES, f"{world.clip_url}/{recipe.file_name}")
        finally:
            await browser.close()
    assert at > 0.2
    assert width > height > 0
