"""Goals as the real pipeline leaves them, in the database and the library of a page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from footyd.adapters.mongo import Store
from footyd.demo.clip_maker import Camera, ClipRecipe, Version, make_clip
from footyd.model import Found, GoalId, Post
from footyd.pipeline import work_goal
from tests.builders import KICKOFF
from tests.pipeline.desk import Desk, a_good_post
from tests.web.site import Site, opened

GOAL = GoalId("1-101-1-0-1")
FILES = {
    "main": (1, Camera.MAIN, Version.BASE),
    "small": (1, Camera.MAIN, Version.SCALED),
    "marked": (1, Camera.MAIN, Version.WATERMARK),
    "angle": (1, Camera.ANGLE, Version.BASE),
}


def make_net(folder: Path) -> None:
    """Clips that a browser plays."""
    for name, (scene, camera, version) in FILES.items():
        recipe = ClipRecipe(
            name=name, scene_seed=scene, camera=camera, version=version, caption="Home 1-0 Away"
        )
        make_clip(recipe, folder)


def a_poor_post(id: str, file: str, author: str = "quiet", text: str = "what a strike") -> Post:
    """Of little that speaks for the goal."""
    return replace(a_good_post(id, file), author=author, text=text, url=f"https://x.com/{author}/status/{id}")


@dataclass(frozen=True, slots=True)
class Worked:
    """A page over what a desk has worked on."""

    site: Site
    desk: Desk

    async def work(self) -> None:
        """One pass, as the queue would make it; who watches is told."""
        record = await self.desk.store.goals.record(GOAL)
        assert record
        await work_goal(record, self.desk.tools())
        self.site.changed()

    async def through_all_passes(self) -> None:
        while (await self.desk.record()).plan.next_at is not None:
            await self.work()
            self.desk.now += timedelta(minutes=1)
            self.site.now = self.desk.now

    async def finds(self, *posts: Post) -> None:
        self.desk.chain.replies.append(Found(posts=posts, source="nitter"))
        await self.work()


@asynccontextmanager
async def worked(store: Store, place: Path, net: Path) -> AsyncIterator[Worked]:
    """One match in play, one goal confirmed, nothing searched yet."""
    desk = await Desk.open(store, place, net, clips={"min_seconds": 1.0, "min_height": 64})
    async with opened(store, place, {"library": {"dir": desk.config.library_dir}}) as site:
        site.now = desk.now
        yield Worked(site, desk)


async def two_keepers(at: Worked) -> None:
    """Footage in three copies, another angle, a post that was rejected and one that cannot be fetched."""
    await at.finds(
        a_good_post("900", "main.mp4"),
        replace(a_good_post("901", "small.mp4"), author="goalsdaily"),
        replace(a_good_post("902", "marked.mp4"), author="Ø_bjørn"),
        replace(a_good_post("903", "angle.mp4"), author="stand", posted_at=KICKOFF + timedelta(minutes=34)),
        a_poor_post("904", "main.mp4"),
        a_good_post("905", "dead.mp4"),
    )
