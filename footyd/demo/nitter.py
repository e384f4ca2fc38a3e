"""The Nitter stand-in: a search page over the posts of the day, in the class names of Nitter's own pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from html import escape

from aiohttp import web

from footyd.demo.posts import PostKind, ScriptedPost
from footyd.demo.query import matches
from footyd.demo.scenario import Scenario


class NitterStandIn:
    """`reached_at` tells when the day came to a script minute, and so which posts are written yet."""

    def __init__(
        self, scenario: Scenario, reached_at: Callable[[float], datetime | None], clip_url: str
    ) -> None:
        self._posts = scenario.posts
        self._reached_at = reached_at
        self._clip_url = clip_url
        self._found: Counter[int] = Counter()
        self.searches = 0

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/search", self._search)
        app.router.add_get("/{handle}/status/{post}", self._status)
        return app

    async def _search(self, request: web.Request) -> web.Response:
        query = request.query.get("q", "")
        self.searches += 1
        posts = [post for post in self._written() if matches(query, f"{post.text} {post.name} {post.handle}")]
        self._found.update(post.id for post in posts)
        shown = [post for post in posts if not post.late or self._found[post.id] > 1]
        return _page(query, "".join(map(self._item, shown)) or _NOTHING)

    async def _status(self, request: web.Request) -> web.Response:
        """The page of one post; whoever follows a dead clip's post learns nothing more there."""
        wanted = request.match_info["post"]
        post = next((post for post in self._written() if str(post.id) == wanted), None)
        if post is None or post.kind is PostKind.DEAD_LINK:
            raise web.HTTPNotFound(text="Tweet not found")
        return _page("", self._item(post))

    def _written(self) -> list[ScriptedPost]:
        return [post for post in self._posts if self._reached_at(post.posted_at) is not None]

    def _item(self, post: ScriptedPost) -> str:
        at = self._reached_at(post.posted_at) or datetime.now(UTC)
        return _ITEM.format(
            path=f"/{post.handle}/status/{post.id}#m",
            handle=post.handle,
            name=escape(post.name),
            date=_date(at),
            day=f"{at:%b} {at.day}",
            text=escape(post.text),
            video=self._video(post),
        )

    def _video(self, post: ScriptedPost) -> str:
        if post.file is None:
            return ""
        length = f'<div class="overlay-duration">{post.length}</div>' if post.length else ""
        return _VIDEO.format(
            url=f"{self._clip_url}/{post.file}", poster=f"/pic/poster%2F{post.id}.jpg", length=length
        )


def _date(at: datetime) -> str:
    """As Nitter prints it, exact to the minute: `May 8, 2025 · 11:24 AM UTC`."""
    at = at.astimezone(UTC)
    return f"{at:%b} {at.day}, {at.year} · {at.hour % 12 or 12}:{at:%M %p} UTC"


def _page(query: str, items: str) -> web.Response:
    return web.Response(text=_PAGE.format(query=escape(query), items=items), content_type="text/html")


_NOTHING = '<div class="timeline-header"><h2 class="timeline-none">No items found</h2></div>'
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Search | demo</title></head>
<body><div class="container"><div class="timeline-container">
<div class="timeline-header"><form method="get" action="/search" class="search-field">
<input type="hidden" name="f" value="tweets"><input type="text" name="q" value="{query}"></form></div>
<div class="timeline">{items}</div>
</div></div></body>
</html>
"""
_ITEM = """
<div class="timeline-item ">
  <a class="tweet-link" href="{path}"></a>
  <div class="tweet-body">
    <div><div class="tweet-header">
      <a class="tweet-avatar" href="/{handle}"></a>
      <div class="tweet-name-row">
        <div class="fullname-and-username">
          <a class="fullname" href="/{handle}" title="{name}">{name}</a>
          <a class="username" href="/{handle}" title="@{handle}">@{handle}</a>
        </div>
        <span class="tweet-date"><a href="{path}" title="{date}">{day}</a></span>
      </div>
    </div></div>
    <div class="tweet-content media-body" dir="auto">{text}</div>
    {video}
  </div>
</div>"""
_VIDEO = """<div class="attachments card"><div class="gallery-video"><div class="attachment video-container">
      <video poster="{poster}" controls=""><source src="{url}" type="video/mp4"></video>{length}
      <a class="video-download" href="{url}" download=""></a>
    </div></div></div>"""
