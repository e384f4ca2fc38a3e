"""Clips of an S3 library: by links that browsers follow, or handed on where only footyd can follow one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession, DummyCookieJar
from playwright.async_api import Browser

from footyd.adapters.library_s3 import open_s3_library
from footyd.adapters.mongo import Store
from footyd.config import Config, Retry
from footyd.model import Clip, ClipState, GoalState, ObjectKey
from footyd.stages.publish import poster_key
from footyd.web import Live, serve
from footyd.web.media import clip_path
from tests.adapters.s3_servers import ACCESS_KEY, SECRET_KEY, rclone_server
from tests.builders import a_clip
from tests.web.chromium import visiting
from tests.web.days import add_goals, add_match, goal_of
from tests.web.site import HOST, Site

pytestmark = pytest.mark.xdist_group("page")

KEY = ObjectKey("League/2026/2026-08-22 Home vs Away/023 Scorer/1-0a1b2c3d.mp4")
PLAYED = "video => video.currentTime > 0.3"


@pytest.fixture(scope="session")
def rclone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with rclone_server(tmp_path_factory.mktemp("rclone")) as address:
        yield address


@asynccontextmanager
async def a_bucket(store: Store, place: Path, address: str, *, public: bool) -> AsyncIterator[Site]:
    """A page over an S3 library, which others can reach if it is `public`."""
    keys = {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY, "bucket": "clips"}
    s3 = {"endpoint_url": address, **keys, **({"public_endpoint_url": address} if public else {})}
    library = {"kind": "s3", "s3": s3}
    config = Config.model_validate({"library": library, "state": {"dir": place}, "web": {"port": 0}})
    once = Retry(attempts=1, first_wait_seconds=0)
    async with open_s3_library(config.library.s3, once) as library_s3:
        await library_s3.prepare()
        site = Site(store=store, library=library_s3, config=config, live=Live())  # type: ignore[arg-type]  # any library does
        async with (
            serve(site.answers, live=site.live) as port,
            ClientSession(cookie_jar=DummyCookieJar()) as site.http,
        ):
            site.address = f"http://{HOST}:{port}"
            yield site


async def kept(site: Site, file: Path, picture: Path) -> Clip:
    goal = goal_of(1, (1, 0), state=GoalState.CONFIRMED)
    await add_match(site.store, 1, score=(1, 0), minute=30)
    await add_goals(site.store, goal)
    picture.write_bytes(b"")
    await site.library.put(KEY, file, content_type="video/mp4", metadata={})
    await site.library.put(poster_key(KEY), picture, content_type="image/webp", metadata={})
    clip = a_clip(goal.id, "ab" * 32, state=ClipState.KEEPER, object_key=KEY, rank=1)
    await site.store.clips.save_clip(clip)
    return clip


async def test_a_clip_is_played_from_where_s3_has_it(
    store: Store, tmp_path: Path, rclone: str, net: Path, browser: Browser
) -> None:
    async with a_bucket(store, tmp_path, rclone, public=True) as site:
        clip = await kept(site, net / "main.mp4", tmp_path / "picture")
        found = await site.get(clip_path(clip.goal_id, clip.facts.sha256))
        assert (found.status, found.headers["Cache-Control"]) == (302, "no-store")
        assert found.headers["Location"].startswith(f"{rclone}/clips/League/")
        assert "X-Amz-Signature=" in found.headers["Location"]
        async with visiting(browser, site) as visitor:
            await visitor.open(f"/goals/{clip.goal_id}")
            video = visitor.page.locator("video")
            await video.evaluate("video => { video.muted = true; return video.play(); }")
            await visitor.page.wait_for_function(PLAYED, arg=await video.element_handle())
            assert await video.evaluate("video => video.currentSrc.includes('/media/clips/')")
            assert visitor.wrong == []


async def test_a_clip_that_only_footyd_can_reach_is_handed_on(
    store: Store, tmp_path: Path, rclone: str, net: Path
) -> None:
    content = (net / "main.mp4").read_bytes()
    async with a_bucket(store, tmp_path, rclone, public=False) as site:
        clip = await kept(site, net / "main.mp4", tmp_path / "picture")
        path = clip_path(clip.goal_id, clip.facts.sha256)
        assert (await site.get(path)).body == content
        part = await site.get(path, headers={"Range": "bytes=1000-4999"})
        assert (part.status, part.body) == (206, content[1000:5000])
        saved = await site.get(f"{path}?download")
        assert saved.body == content
        assert "attachment" in saved.headers["Content-Disposition"]
