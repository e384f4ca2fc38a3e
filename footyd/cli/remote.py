"""`--url`: the same commands, asked of a footyd that runs elsewhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from pydantic import TypeAdapter

from footyd.cli.common import out, run_async
from footyd.errors import FootydError

if TYPE_CHECKING:
    from footyd.adapters.remote import Remote
    from footyd.status import Status

T = TypeVar("T")

Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        metavar="URL",
        help="Ask the running footyd whose page is at this address, not the database here.",
    ),
]
TokenFile = Annotated[
    Path | None,
    typer.Option("--token-file", metavar="FILE", help="With --url: holds that footyd's web.token."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class There:
    """The footyd that is meant."""

    url: str
    token: str

    def ask(self, work: Callable[[Remote], Awaitable[T]]) -> T:
        return run_async(self._asked(work))

    async def _asked(self, work: Callable[[Remote], Awaitable[T]]) -> T:
        from footyd.adapters.remote import open_remote

        async with open_remote(self.url, self.token) as remote:
            return await work(remote)


def there(url: str | None, token_file: Path | None) -> There | None:
    """None without `--url`: then the database is meant."""
    if url is None:
        if token_file is not None:
            raise typer.BadParameter("--token-file needs --url, the footyd that the token is for")
        return None
    if "://" not in url:
        raise typer.BadParameter(f"--url {url} has no scheme: write it as http://host:8674")
    return There(url=url, token=_token(token_file) if token_file else "")


def _token(file: Path) -> str:
    try:
        token = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "it is no text"
        raise FootydError(
            f"{file} cannot be read ({reason})", remedy="It has to hold web.token, as its secret file does"
        ) from exc
    if not token.isascii() or len(token.split()) != 1 or not token.isprintable():
        raise FootydError(f"{file} holds no token", remedy="Write that footyd's web.token into it")
    return token


# ---------------------------------------------------------------- what the commands ask


def status_there(place: There) -> Status:
    from footyd.status import status_form

    async def read(remote: Remote) -> Status:
        found: Status = await remote.get("/status", status_form())
        return found

    return place.ask(read)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Goal:
    id: str
    team: str
    score_after: str
    clock: str
    player: str | None
    first_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Post:
    id: str
    url: str
    author: str
    posted_at: datetime
    text: str
    score: float
    parts: Mapping[str, float]
    state: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    goal: _Goal
    posts: tuple[_Post, ...]
    search_link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Review:
    items: tuple[_Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ruled:
    goal_id: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ruling:
    posts: tuple[_Ruled, ...]
    due: tuple[str, ...]


def review_there(place: There, *, limit: int, best: int) -> list[dict[str, Any]]:
    """As `footyd.review.as_document` tells of each."""

    async def read(remote: Remote) -> list[dict[str, Any]]:
        found: _Review = await remote.get("/review", TypeAdapter(_Review), limit=limit, best=best)
        return [_document(item) for item in found.items]

    return place.ask(read)


def _document(item: _Item) -> dict[str, Any]:
    goal = item.goal
    return {
        "goal": goal.id,
        "team": goal.team,
        "score": goal.score_after,
        "minute": goal.clock,
        "scorer": goal.player,
        "first_seen": goal.first_seen.isoformat(),
        "search": item.search_link,
        "posts": [_post_document(post) for post in item.posts],
    }


def _post_document(post: _Post) -> dict[str, Any]:
    return {
        "post": post.id,
        "url": post.url,
        "author": post.author,
        "posted_at": post.posted_at.isoformat(),
        "text": post.text,
        "score": post.score,
        "parts": dict(post.parts),
        "state": post.state,
        "reason": post.reason or None,
        "detail": post.detail if post.reason else None,
    }


def rule_there(place: There, verb: str, word: str, wish: Mapping[str, Any]) -> None:
    """A verdict on posts, told as it is beside a daemon."""

    async def rule(remote: Remote) -> _Ruling:
        found: _Ruling = await remote.post(f"/posts/{verb}", TypeAdapter(_Ruling), wish)
        return found

    ruling = place.ask(rule)
    for post in ruling.posts:
        out.print(f"goal {post.goal_id}: post {post.url} {word}")
    if ruling.due:
        out.print("the running daemon takes it within a minute")


def search_there(place: There, goal: str) -> None:
    from urllib.parse import quote

    async def again(remote: Remote) -> None:
        await remote.post(f"/goals/{quote(goal, safe='')}/search-again", TypeAdapter(dict[str, Any]))

    place.ask(again)
    out.print(f"goal {goal}")
    out.print("the running daemon takes it within a minute")
