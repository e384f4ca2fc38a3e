from __future__ import annotations

import asyncio
from pathlib import Path

from aiohttp import ClientSession
from aiohttp.test_utils import TestClient, TestServer

from footyd.demo.clip_host import ClipHost
from footyd.demo.clip_maker import Camera, ClipRecipe, Version
from footyd.demo.scenario import Scenario
from footyd.demo.world import open_world

RECIPE = ClipRecipe(name="a", scene_seed=1, camera=Camera.MAIN, version=Version.BASE, caption="A 1-0 B")


async def test_a_clip_is_served_whole_and_in_ranges(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"0123456789")
    async with TestClient(TestServer(ClipHost([RECIPE], tmp_path).app())) as client:
        whole = await client.get("/a.mp4")
        part = await client.get("/a.mp4", headers={"Range": "bytes=2-4"})
        assert (whole.status, whole.content_type, await whole.read()) == (200, "video/mp4", b"0123456789")
        assert (part.status, part.headers["Content-Range"]) == (206, "bytes 2-4/10")
        assert await part.read() == b"234"


async def test_a_link_to_no_recipe_is_dead(tmp_path: Path) -> None:
    (tmp_path / "b.mp4").write_bytes(b"x")
    async with TestClient(TestServer(ClipHost([RECIPE], tmp_path).app())) as client:
        assert (await client.get("/b.mp4")).status == 404


async def test_a_clip_in_the_making_is_waited_for(tmp_path: Path) -> None:
    host = ClipHost([RECIPE], tmp_path)
    async with TestClient(TestServer(host.app())) as client:
        asked = asyncio.ensure_future(client.get("/a.mp4"))
        await asyncio.wait([asked], timeout=0.05)
        assert not asked.done()
        (tmp_path / "a.mp4").write_bytes(b"made")
        host.ready(RECIPE)
        assert await (await asked).read() == b"made"


async def test_a_clip_that_never_comes_is_put_off_not_denied(tmp_path: Path) -> None:
    host = ClipHost([RECIPE], tmp_path, patience_seconds=0.01)
    async with TestClient(TestServer(host.app())) as client:
        assert (await client.get("/a.mp4")).status == 503


async def test_clips_of_an_earlier_day_in_the_same_folder_are_there_at_once(
    scenario: Scenario, tmp_path: Path
) -> None:
    first = scenario.recipes[0]
    (tmp_path / first.file_name).write_bytes(b"old")
    async with (
        open_world(scenario, tmp_path) as world,
        ClientSession() as http,
        http.get(f"{world.clip_url}/{first.file_name}") as reply,
    ):
        assert await reply.read() == b"old"
