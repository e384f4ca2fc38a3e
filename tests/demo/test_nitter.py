from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from aiohttp import ClientSession

from footyd.adapters.x_nitter import open_nitter
from footyd.config import NitterConfig, Retry
from footyd.demo.posts import PostKind, ScriptedPost
from footyd.demo.scenario import DEMO_KEY, Scenario
from footyd.demo.world import World
from footyd.model import Found, NoResults, Post, Query
from tests.demo.conftest import NOON

RECORDED = (Path(__file__).parents[2] / "../shared/data/x_search/nitter/nitter_timeline_2025.html").resolve()
SCORER = "(Šarović OR Sarovic) (Vrelograd OR Brevence)"


async def play_to(http: ClientSession, world: World, minute: float) -> None:
    while world.feed.minute < minute:
        url, headers = f"{world.feed_url}/fixtures?live=all", {"x-apisports-key": DEMO_KEY}
        async with http.get(url, headers=headers) as reply:
            assert reply.status == 200


async def found(world: World, text: str) -> tuple[Post, ...]:
    """What footyd's own reader of Nitter pages makes of a search."""
    config = NitterConfig(base_urls=(world.nitter_url,))
    async with open_nitter(config, Retry(attempts=1)) as nitter:
        reply = await nitter.search(Query(text=text, since=NOON))
    assert isinstance(reply, Found | NoResults), reply
    return reply.posts if isinstance(reply, Found) else ()


def written(scenario: Scenario, scorer: str) -> list[ScriptedPost]:
    return [post for post in scenario.posts if post.event.player[1] == scorer]


async def test_nothing_is_posted_before_the_poll_that_confirms_the_goal(
    http: ClientSession, world: World
) -> None:
    await play_to(http, world, 15)
    assert await found(world, SCORER) == ()
    await play_to(http, world, 20)
    assert len(await found(world, SCORER)) >= 8


async def test_a_late_post_is_found_by_the_second_search_only(
    http: ClientSession, world: World, scenario: Scenario
) -> None:
    await play_to(http, world, 20)
    everything = {str(post.id) for post in written(scenario, "M. Šarović")}
    late = {str(post.id) for post in written(scenario, "M. Šarović") if post.late}
    assert len(late) == 1
    assert {post.id for post in await found(world, SCORER)} == everything - late
    assert {post.id for post in await found(world, SCORER)} == everything


async def test_posts_read_back_as_they_were_written(
    http: ClientSession, world: World, scenario: Scenario
) -> None:
    await play_to(http, world, scenario.end_minute)
    script = {str(post.id): post for post in written(scenario, "J. Lefèvrin")}
    posts = await found(world, "Lefevrin OR Lefèvrin")
    assert {post.id for post in posts} == script.keys()
    for post in posts:
        source = script[post.id]
        assert (post.text, post.author) == (source.text, source.handle)
        assert post.posted_at == NOON
        assert post.media[0].url == f"{world.clip_url}/{source.file}"
        assert post.media[0].duration_seconds == (200 if source.kind is PostKind.TOO_LONG else 3)


async def test_a_post_without_a_video_shows_none(
    http: ClientSession, world: World, scenario: Scenario
) -> None:
    await play_to(http, world, scenario.end_minute)
    bare = {str(post.id) for post in scenario.posts if post.kind is PostKind.NO_VIDEO}
    posts = [post for scorer in ("Ødemark", "Odemark") for post in await found(world, scorer)]
    assert {post.id for post in posts if not post.media} == bare & {post.id for post in posts} != set()


async def test_a_dead_post_has_no_page_of_its_own(
    http: ClientSession, world: World, scenario: Scenario
) -> None:
    await play_to(http, world, scenario.end_minute)
    for kind, status in ((PostKind.CLIP, 200), (PostKind.DEAD_LINK, 404)):
        post = next(post for post in scenario.posts if post.kind is kind)
        async with http.get(f"{world.nitter_url}/{post.handle}/status/{post.id}") as reply:
            assert reply.status == status


async def test_the_page_speaks_in_the_class_names_of_a_recorded_one(
    http: ClientSession, world: World, scenario: Scenario
) -> None:
    if not RECORDED.is_file():
        pytest.skip("the recorded page is not here")
    await play_to(http, world, scenario.end_minute)
    async with http.get(f"{world.nitter_url}/search", params={"f": "tweets", "q": "Lefevrin"}) as reply:
        page = await reply.text()
    own_frame = {"container", "timeline-container", "timeline-header", "timeline", "search-field"}
    newer = {"overlay-duration", "video-download"}
    assert class_names(page) - own_frame - newer <= class_names(RECORDED.read_text(encoding="utf-8"))


def class_names(page: str) -> set[str]:
    return {name for group in re.findall(r'class="([^"]*)"', page) for name in group.split()}


async def test_nothing_of_the_demo_leaves_the_machine(world: World) -> None:
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.ProxyError, match="404"):
            await client.get("https://x.com/someone/status/1")
        assert (await client.get(f"{world.nitter_url}/search?q=x")).status_code == 200


async def test_post_times_do_not_move_between_searches(http: ClientSession, world: World) -> None:
    await play_to(http, world, 20)
    first = {post.id: post.posted_at for post in await found(world, SCORER)}
    await play_to(http, world, 60)
    again = {post.id: post.posted_at for post in await found(world, SCORER)}
    assert first == {id_: again[id_] for id_ in first}
    assert all(abs(at - NOON) < timedelta(minutes=1) for at in again.values())
