"""A silent source and a quiet evening look the same, until the canary is asked."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from footyd.config import SearchConfig
from footyd.model import NoResults, Query, SourceReply
from footyd.stages.search import SourceChain, Unreachable
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


def chain(sources: list[Scripted], clock: Clock, book: Book | None = None, **config: float) -> SourceChain:
    settings = SearchConfig.model_validate({"canary_after": 3, **config})
    return SourceChain(sources, book or Book(), settings, clock, Board())


async def test_a_quiet_evening_costs_one_canary_and_uses_its_passes() -> None:
    one, two = Scripted("one", nothing("one"), canary=found("one")), Scripted("two", found("two"))
    asking = chain([one, two], Clock())
    replies = [await asking.ask(QUERY) for _ in range(3)]
    assert replies == [nothing("one")] * 3
    assert (one.asked, one.canaries, two.asked) == (3, 1, 0)


async def test_no_canary_is_paid_for() -> None:
    paid = Scripted("paid", nothing("paid"), canary=nothing("paid"), costs_money=True)
    asking = chain([paid], Clock())
    assert [await asking.ask(QUERY) for _ in range(9)] == [nothing("paid")] * 9
    assert (paid.asked, paid.canaries) == (9, 0)


async def test_a_silent_source_rests_and_its_pass_goes_to_the_next_one() -> None:
    book = Book()
    one, two = Scripted("one", nothing("one"), canary=nothing("one")), Scripted("two", found("two"))
    asking = chain([one, two], Clock(), book)
    replies = [await asking.ask(QUERY) for _ in range(3)]
    assert replies == [nothing("one"), nothing("one"), found("two")]
    rest = book.kept["one"]
    assert (rest.until, rest.step) == (START + timedelta(minutes=1), 1)
    assert (
        rest.reason == 'silent: 3 empty answers in a row, and "goal filter:native_video" found nothing either'
    )


async def test_whose_empty_answers_were_none_is_told_since_when() -> None:
    clock, told = Clock(), list[tuple[str, datetime]]()

    async def note(source: str, since: datetime) -> None:
        told.append((source, since))

    one = Scripted("one", found("one"), nothing("one"), canary=nothing("one"))
    config = SearchConfig(canary_after=3)
    asking = SourceChain([one], Book(), config, clock, Board(), on_silence=note)
    for _ in range(4):
        await asking.ask(QUERY)
        clock.forward(1)
    assert told == [("one", START + timedelta(minutes=1))]


async def test_a_source_once_found_silent_is_doubted_at_its_next_empty_answer() -> None:
    clock, book = Clock(), Book()
    one, two = Scripted("one", nothing("one"), canary=nothing("one")), Scripted("two", found("two"))
    asking = chain([one, two], clock, book)
    for _ in range(3):
        await asking.ask(QUERY)
    clock.forward(1)
    assert await asking.ask(QUERY) == found("two")
    assert (one.asked, one.canaries, book.kept["one"].step) == (4, 2, 2)


async def test_posts_between_empty_answers_begin_the_count_anew() -> None:
    one = Scripted("one", *[nothing("one")] * 2, found("one"), nothing("one"), canary=nothing("one"))
    asking = chain([one], Clock())
    for _ in range(5):
        await asking.ask(QUERY)
    assert one.canaries == 0
    await asking.ask(QUERY)
    assert one.canaries == 1


async def test_after_its_canary_lived_a_source_is_trusted_for_a_quarter_of_an_hour() -> None:
    clock = Clock()
    one = Scripted("one", nothing("one"), canary=found("one"))
    asking = chain([one], clock)
    for minute in range(40):
        clock.now = START + timedelta(minutes=minute)
        await asking.ask(QUERY)
    assert one.canaries == 3, "at minutes 2, 17 and 32"


@pytest.mark.parametrize("verdict", [limited("one", 10), locked("one"), out("one")])
async def test_a_canary_that_fails_is_the_failure_of_its_source(verdict: SourceReply) -> None:
    book = Book()
    one, two = Scripted("one", nothing("one"), canary=verdict), Scripted("two", found("two"))
    asking = chain([one, two], Clock(), book)
    replies = [await asking.ask(QUERY) for _ in range(3)]
    assert replies[2] == found("two")
    assert "one" in book.kept


async def test_a_canary_is_a_search_of_its_account() -> None:
    book = Book()
    one = Scripted("one", nothing("one"), canary=found("one"))
    asking = chain([one], Clock(), book)
    for _ in range(3):
        await asking.ask(QUERY)
    assert len(book.spent["one"]) == 4


async def test_without_a_search_left_for_the_canary_the_empty_answer_is_believed() -> None:
    one = Scripted("one", nothing("one"), canary=nothing("one"))
    asking = chain([one], Clock(), searches_per_window=3)
    replies = [await asking.ask(QUERY) for _ in range(4)]
    assert replies[:3] == [nothing("one")] * 3
    assert isinstance(replies[3], Unreachable)
    assert one.canaries == 0


async def test_several_goals_that_get_nothing_at_once_share_one_canary() -> None:
    class Slow(Scripted):
        async def search(self, query: Query) -> SourceReply:
            await asyncio.sleep(0)
            return await super().search(query)

    book = Book()
    one, two = Slow("one", nothing("one"), canary=nothing("one")), Scripted("two", found("two"))
    asking = chain([one, two], Clock(), book)
    await asyncio.gather(*[asking.ask(QUERY) for _ in range(6)])
    assert (one.canaries, book.kept["one"].step) == (1, 1)


async def test_a_canary_switched_off_is_never_asked() -> None:
    one = Scripted("one", nothing("one"), canary=nothing("one"))
    asking = chain([one], Clock(), canary_after=0)
    replies = [await asking.ask(QUERY) for _ in range(20)]
    assert all(isinstance(reply, NoResults) for reply in replies)
    assert one.canaries == 0
