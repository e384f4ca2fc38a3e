"""Reads the books of posts: see the head of posts_book.txt for their lines."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from footyd.model import Fixture, GoalKind, Media, Post
from footyd.stages.search import GoalContext
from tests.stages.search_world import LANDSCAPE, make_context, make_fixture, make_goal, make_post

BOOK = Path(__file__).with_name("posts_book.txt")
LATER = Path(__file__).with_name("posts_book_later.txt")
LAST = Path(__file__).with_name("posts_book_last.txt")
_POST = re.compile(r"([+-]) (\w\w) ([^:\[]+?)(?: \[(.*?)\])?: (.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class BookPost:
    """One post with the goal it is judged for and the verdict a person gave it.

    `part` is tuned or held out in the first book, tuned in the second, last in the third.
    """

    context: GoalContext
    post: Post
    language: str
    kind: str
    wanted: bool
    part: str


def read_books() -> tuple[BookPost, ...]:
    first, second, third = (
        _posts(BOOK, ("tuned", "held out")),
        _posts(LATER, ("tuned",)),
        _posts(LAST, ("last",)),
    )
    return (*first, *second, *third)


def _posts(book: Path, parts: Sequence[str]) -> Iterator[BookPost]:
    """Within a language and verdict the parts take turns."""
    written: defaultdict[tuple[str, str], int] = defaultdict(int)
    context = make_context()
    for number, line in enumerate(book.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("goal "):
            context = _context(line, number * 100)
        elif line.startswith("also "):
            context = replace(context, others=_others(line, number * 100))
        elif found := _POST.fullmatch(line):
            sign, language, kind, options, text = found.groups()
            yield BookPost(
                context=context,
                post=_post(text, options or "", number),
                language=language,
                kind=kind,
                wanted=sign == "+",
                part=parts[written[sign, language] % len(parts)],
            )
            written[sign, language] += 1
        elif line and not line.startswith("#"):
            raise ValueError(f"{book.name}:{number}: {line}")


def _context(line: str, number: int) -> GoalContext:
    _, match, score, clock, player, side = (part.strip() for part in line.split("|"))
    fixture = make_fixture(number, *match.split(" v "))
    home, away = (int(goals) for goals in score.split("-"))
    minute, _, extra = clock.partition("+")
    goal = make_goal(
        player,
        score=(home, away),
        minute=int(minute),
        extra=int(extra) if extra else None,
        fixture=fixture,
        kind=GoalKind.OWN if "own" in side else GoalKind.NORMAL,
    )
    team = fixture.away if side.startswith("away") else fixture.home
    return make_context(replace(goal, team_id=team.id, team=team.name), fixture, ())


def _others(line: str, number: int) -> tuple[Fixture, ...]:
    matches = line.partition("|")[2].split(";")
    return tuple(make_fixture(number + at, *match.strip().split(" v ")) for at, match in enumerate(matches))


def _post(text: str, options: str, number: int) -> Post:
    post = make_post(text.replace(r"\n", "\n"), post_id=str(number))
    for option in options.split():
        post = _with(post, option)
    return post


def _with(post: Post, option: str) -> Post:
    if option.startswith("@"):
        return replace(post, author=option[1:])
    if option == "repost":
        return replace(post, repost=True)
    media: dict[str, tuple[Media, ...]] = {
        "novideo": (),
        "portrait": (replace(LANDSCAPE, width=720, height=1280),),
    }
    if option in media:
        return replace(post, media=media[option])
    return replace(post, media=(replace(LANDSCAPE, duration_seconds=float(option.removesuffix("s"))),))
