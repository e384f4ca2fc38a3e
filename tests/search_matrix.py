"""What each way of failing does to each source: played once per cell, read from what the chain keeps."""

from __future__ import annotations

from datetime import timedelta

from footyd.config import SearchConfig
from footyd.model import Query, SourceReply
from footyd.stages.search import SourceChain
from tests.search_days import PAID, SOURCES
from tests.stages.search_sources import (
    QUERY,
    START,
    Board,
    Book,
    Clock,
    Scripted,
    found,
    limited,
    locked,
    nothing,
    out,
)

FAILURES = ("posts", "no results", "rate limited", "login expired", "down", "broken", "silent")


class Broken(Scripted):
    async def search(self, query: Query) -> SourceReply:
        raise ZeroDivisionError("by zero")


def _way(name: str, account: str, failure: str) -> Scripted:
    replies: dict[str, SourceReply] = {
        "posts": found(name),
        "no results": nothing(name),
        "rate limited": limited(name, 10),
        "login expired": locked(name),
        "silent": nothing(name),
    }
    kind = Broken if failure == "broken" else Scripted
    canary = nothing(name) if failure == "silent" else found(name)
    reply = replies.get(failure, out(name))
    return kind(name, reply, account=account, canary=canary, costs_money=name == PAID)


async def cell(source: str, failure: str) -> str:
    """The source's state and who answered, the failing one being first and the others sound."""
    book, board = Book(), Board()
    ways = sorted(SOURCES, key=lambda way: way[0] != source)
    sources = [_way(name, account, failure if name == source else "posts") for name, account in ways]
    config = SearchConfig(canary_after=1)
    answer = await SourceChain(sources, book, config, Clock(), board).ask(QUERY)
    rest = book.kept.get(source)
    if rest is None:
        state = "ready"
    elif rest.until is None:
        state = "waits for a person"
    else:
        state = f"rests {(rest.until - START) / timedelta(minutes=1):g} min, step {rest.step}"
    told = ", announced" if board.told else ""
    by = "it answers" if getattr(answer, "source", "") == source else "the next one answers"
    return f"{state}{told}; {by}"


async def matrix() -> list[str]:
    """The table, a line for each failure and source."""
    return [
        f"{source:8} {failure:14} {await cell(source, failure)}"
        for failure in FAILURES
        for source, _ in SOURCES
    ]
