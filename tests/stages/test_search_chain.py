"""The chain of sources: who is asked, who rests and until when."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from footyd.config import SearchConfig
from footyd.model import Found, NoResults, Query, SourceReply, SourceRest
from footyd.stages.search import Source, SourceChain, Unreachable
from footyd.stages.search.chain import ASKED_AT_ONCE
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
from tests.waiting import until


class Slow(Scripted):
    """Answers when let go, and remembers how many waited for it at once."""

    def __init__(self, name: str, *replies: SourceReply) -> None:
        super().__init__(name, *replies)
        self.go = asyncio.Event()
        self.most = self.now = 0

    async def search(self, query: Query) -> SourceReply:
        self.now += 1
        self.most = max(self.most, self.now)
        await self.go.wait()
        self.now -= 1
        return await super().search(query)


def chain(
    sources: Iterable[Source],
    book: Book,
    clock: Callable[[], datetime],
    config: SearchConfig | None = None,
    board: Board | None = None,
) -> SourceChain:
    return SourceChain(list(sources), book, config or SearchConfig(), clock, board or Board())


# ---------------------------------------------------------------- order


@pytest.mark.parametrize(
    ("first", "second_is_asked"),
    [
        (found("one"), False),
        (nothing("one"), False),
        (limited("one"), True),
        (locked("one"), True),
        (out("one"), True),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_only_a_failure_passes_on_to_the_next_source(first: SourceReply, second_is_asked: bool) -> None:
    one, two = Scripted("one", first), Scripted("two", found("two"))
    reply = await chain([one, two], Book(), Clock()).ask(QUERY)
    assert reply == (found("two") if second_is_asked else first)
    assert (one.asked, two.asked) == (1, int(second_is_asked))


async def test_the_answer_after_one_outage_ends_the_matter() -> None:
    book, clock = Book(), Clock()
    asking = chain([Scripted("one", out("one"), nothing("one"))], book, clock)
    await asking.ask(QUERY)
    assert book.kept["one"].step == 1
    clock.forward(1)
    await asking.ask(QUERY)
    assert book.kept == {}


async def test_a_source_with_a_bug_is_an_outage_of_its_own_and_told_with_its_trace() -> None:
    class Broken(Scripted):
        async def search(self, query: Query) -> SourceReply:
            raise ZeroDivisionError("by zero")

    book = Book()
    with structlog.testing.capture_logs() as logs:
        asking = chain([Broken("one", found("one")), Scripted("two", found("two"))], book, Clock())
        assert await asking.ask(QUERY) == found("two")
    assert book.kept["one"].reason == "broke: ZeroDivisionError: by zero"
    assert [line["event"] for line in logs if line.get("exc_info")] == ["source broke"]


async def test_a_source_answers_so_many_at_a_time_and_another_one_does_not_wait_for_it() -> None:
    slow, quick = Slow("one", found("one")), Scripted("two", found("two"))
    book, clock = Book(), Clock()
    asking = chain([slow, quick], book, clock, SearchConfig(searches_per_window=20))
    searches = [asyncio.ensure_future(asking.ask(QUERY)) for _ in range(23)]
    await until(lambda: quick.asked == 3)
    assert slow.now == ASKED_AT_ONCE
    slow.go.set()
    assert [reply.source for reply in await asyncio.gather(*searches) if isinstance(reply, Found)] == [
        *["one"] * 20,
        *["two"] * 3,
    ]
    assert slow.most == ASKED_AT_ONCE


@pytest.mark.parametrize(
    "failure", [limited("one"), locked("one"), out("one")], ids=lambda f: type(f).__name__
)
async def test_who_waits_for_its_turn_at_a_source_that_fails_goes_to_the_next_and_spends_nothing(
    failure: SourceReply,
) -> None:
    """A hundred goals at once would else ask a hundred times after a first "rate limited"."""
    slow, other = Slow("one", failure), Scripted("two", found("two"))
    book, clock = Book(), Clock()
    asking = chain([slow, other], book, clock)
    searches = [asyncio.ensure_future(asking.ask(QUERY)) for _ in range(30)]
    await until(lambda: len(book.spent["one"]) == 30)
    slow.go.set()
    assert await asyncio.gather(*searches) == [found("two")] * 30
    assert (slow.asked, other.asked) == (ASKED_AT_ONCE, 30)
    bucket = await asking._bucket("one")
    left = sum(bucket.take(clock.now) for _ in range(60))
    assert left == 50 - ASKED_AT_ONCE, "nothing is held against the account that was not asked"


# ---------------------------------------------------------------- rests


async def test_a_failing_source_climbs_the_ladder_and_stays_on_its_last_rung() -> None:
    book, clock = Book(), Clock()
    asking = chain([Scripted("one", out("one"))], book, clock)
    rests = []
    for _ in range(10):
        reply = await asking.ask(QUERY)
        assert isinstance(reply, Unreachable)
        rests.append((reply.retry_at - clock.now) / timedelta(minutes=1))
        clock.now = reply.retry_at
    assert rests == [1, 5, 15, 30, 60, 180, 360, 720, 1440, 1440]


async def test_each_success_is_one_step_down_and_a_restart_forgets_none() -> None:
    book, clock = Book(), Clock()
    one = Scripted("one", *[out("one")] * 4, *[nothing("one")] * 2, out("one"))
    steps, rests = [], []
    for _ in range(7):
        reply = await chain([one], book, clock).ask(QUERY)
        steps.append(book.kept["one"].step)
        if isinstance(reply, Unreachable):
            rests.append((reply.retry_at - clock.now) / timedelta(minutes=1))
            clock.now = reply.retry_at
    assert steps == [1, 2, 3, 4, 3, 2, 3]
    assert rests == [1, 5, 15, 30, 15]


async def test_a_resting_source_is_not_asked_until_its_time() -> None:
    clock = Clock()
    one, two = Scripted("one", out("one"), found("one")), Scripted("two", found("two"))
    asking = chain([one, two], Book(), clock)
    await asking.ask(QUERY)
    clock.forward(0.99)
    assert await asking.ask(QUERY) == found("two")
    assert one.asked == 1
    clock.forward(0.01)
    assert await asking.ask(QUERY) == found("one")


async def test_a_rate_limit_rests_until_its_own_time_and_climbs_no_ladder() -> None:
    book = Book()
    reply = await chain([Scripted("one", limited("one", 10))], book, Clock()).ask(QUERY)
    assert isinstance(reply, Unreachable)
    assert reply.retry_at == START + timedelta(minutes=10)
    assert book.kept["one"].step == 0


async def test_a_rate_limit_that_names_the_past_still_rests_for_the_first_rung() -> None:
    one = Scripted("one", limited("one", -5))
    asking = chain([one], Book(), Clock())
    for _ in range(2):
        reply = await asking.ask(QUERY)
        assert isinstance(reply, Unreachable)
        assert reply.retry_at == START + timedelta(minutes=1)
    assert one.asked == 1


async def test_rests_survive_a_new_chain_over_the_same_book() -> None:
    book, clock = Book(), Clock()
    await chain([Scripted("one", out("one"))], book, clock).ask(QUERY)
    clock.forward(1)
    await chain([Scripted("one", out("one"))], book, clock).ask(QUERY)
    restarted = Scripted("one", out("one"))
    asking = chain([restarted], book, clock)
    clock.forward(4)
    assert isinstance(await asking.ask(QUERY), Unreachable)
    assert restarted.asked == 0
    clock.forward(1)
    reply = await asking.ask(QUERY)
    assert isinstance(reply, Unreachable)
    assert reply.retry_at - clock.now == timedelta(minutes=15)


async def test_an_outage_met_by_several_goals_at_once_is_one_step() -> None:
    class Slow(Scripted):
        async def search(self, query: Query) -> SourceReply:
            await together.wait()
            return await super().search(query)

    together, book = asyncio.Barrier(5), Book()
    asking = chain([Slow("one", out("one"))], book, Clock())
    replies = await asyncio.gather(*[asking.ask(QUERY) for _ in range(5)])
    assert {reply.retry_at for reply in replies if isinstance(reply, Unreachable)} == {
        START + timedelta(minutes=1)
    }
    assert book.kept["one"].step == 1


async def test_a_rest_does_not_outlive_a_clock_set_back() -> None:
    clock = Clock()
    one = Scripted("one", out("one"), found("one"))
    asking = chain([one], Book(), clock)
    await asking.ask(QUERY)
    clock.forward(-24 * 60)
    assert await asking.ask(QUERY) == found("one")


async def test_a_rate_limit_far_in_the_future_is_not_believed_for_more_than_a_day() -> None:
    reply = await chain([Scripted("one", limited("one", 60 * 24 * 365))], Book(), Clock()).ask(QUERY)
    assert isinstance(reply, Unreachable)
    assert reply.retry_at == START + timedelta(days=1)


# ---------------------------------------------------------------- who needs a person


@pytest.mark.parametrize(
    ("source", "remedy"),
    [
        ("cookies", "Log in again with: footyd login"),
        ("browser", "Log in again with: footyd login"),
        ("nitter", "Give the instance working accounts, or name another one in search.nitter.base_urls"),
        ("api", "Set a valid search.api.bearer_token"),
    ],
)
async def test_an_expired_login_rests_until_a_person_acts_and_is_told_once(source: str, remedy: str) -> None:
    book, clock, board = Book(), Clock(), Board()
    one, two = Scripted(source, locked(source)), Scripted("two", found("two"))
    for _ in range(3):
        assert await chain([one, two], book, clock, board=board).ask(QUERY) == found("two")
        clock.forward(60 * 24)
    assert one.asked == 1
    assert book.kept[source] == SourceRest(
        source=source, until=None, step=0, reason="logged out", since=START
    )
    assert board.told == [("Source needs a person", f"{source}: logged out. {remedy}")]


async def test_after_a_person_acted_the_source_is_tried_once_and_told_of_again_if_that_did_not_help() -> None:
    book, clock, board = Book(), Clock(), Board()
    one, two = Scripted("one", locked("one")), Scripted("two", found("two"))
    asking = chain([one, two], book, clock, board=board)
    await asking.ask(QUERY)
    await asking.wake()
    for _ in range(3):
        await asking.ask(QUERY)
    assert one.asked == 2
    assert len(board.told) == 2


async def test_a_login_that_helped_leaves_nothing_behind() -> None:
    book = Book()
    asking = chain([Scripted("one", locked("one"), found("one"))], book, Clock())
    await asking.ask(QUERY)
    await asking.wake()
    assert await asking.ask(QUERY) == found("one")
    assert book.kept == {}


async def test_a_new_config_wakes_who_is_down_but_no_rate_limit() -> None:
    book, clock = Book(), Clock()
    down, slow = Scripted("down", out("down")), Scripted("slow", limited("slow", 30))
    asking = chain([down, slow], book, clock)
    await asking.ask(QUERY)
    await asking.wake()
    await asking.ask(QUERY)
    assert (down.asked, slow.asked) == (1, 1)
    clock.forward(0.5)
    await asking.wake(everyone=True)
    await asking.ask(QUERY)
    assert (down.asked, slow.asked) == (2, 1)
    assert book.kept["down"].step == 2, "the ladder is not forgotten"


async def test_a_budget_of_ours_is_told_as_such_and_ends_with_a_new_config() -> None:
    book, spent = Book(), replace(limited("api", 600), reason="search.api.posts_per_day leaves 0 posts")
    api = Scripted("api", spent, found("api"))
    asking = chain([api], book, Clock())
    reply = await asking.ask(QUERY)
    assert isinstance(reply, Unreachable)
    assert reply.reason == "api: search.api.posts_per_day leaves 0 posts"
    assert book.kept["api"].reason == "search.api.posts_per_day leaves 0 posts"
    await asking.wake(everyone=True)
    assert await asking.ask(QUERY) == found("api")


# ---------------------------------------------------------------- nobody left


async def test_the_earliest_source_decides_when_to_come_back() -> None:
    sources = [
        Scripted("one", limited("one", 10)),
        Scripted("two", out("two")),
        Scripted("three", locked("three")),
    ]
    reply = await chain(sources, Book(), Clock()).ask(QUERY)
    assert reply == Unreachable(
        retry_at=START + timedelta(minutes=1),
        reason="one: rate limited; two: HTTP 503; three: logged out",
    )


async def test_when_every_source_needs_a_person_the_goal_comes_back_in_an_hour() -> None:
    asking = chain([Scripted("one", locked("one"))], Book(), Clock())
    for _ in range(2):
        reply = await asking.ask(QUERY)
        assert reply == Unreachable(retry_at=START + timedelta(hours=1), reason="one: logged out")


async def test_without_any_source_the_reason_names_the_remedy_and_is_logged_once() -> None:
    asking = chain([], Book(), Clock())
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            reply = await asking.ask(QUERY)
    assert isinstance(reply, Unreachable)
    assert reply.retry_at == START + timedelta(hours=1)
    assert all(key in reply.reason for key in ("search.sources", "footyd login", "search.nitter.base_urls"))
    assert [line["event"] for line in logs] == ["no source to search"]


# ---------------------------------------------------------------- the bucket


async def test_an_empty_bucket_costs_no_request_and_leaves_the_other_source_its_own() -> None:
    clock = Clock()
    config = SearchConfig(searches_per_window=2, rate_window_minutes=15)
    one, two = Scripted("one", nothing("one")), Scripted("two", nothing("two"))
    asking = chain([one, two], Book(), clock, config)
    replies = []
    for _ in range(5):
        replies.append(await asking.ask(QUERY))
        clock.forward(1)
    assert replies[:4] == [nothing("one"), nothing("one"), nothing("two"), nothing("two")]
    assert isinstance(replies[4], Unreachable)
    assert replies[4].retry_at == START + timedelta(minutes=15)
    assert (one.asked, two.asked) == (2, 2)


async def test_the_window_slides_so_each_search_comes_back_on_its_own() -> None:
    clock = Clock()
    asking = chain([Scripted("one", nothing("one"))], Book(), clock, SearchConfig(searches_per_window=2))
    answered = []
    for minute in range(32):
        if isinstance(await asking.ask(QUERY), NoResults):
            answered.append(minute)
        clock.forward(1)
    assert answered == [0, 1, 15, 16, 30, 31]


@given(gaps=st.lists(st.floats(0, 10), min_size=1, max_size=60), size=st.integers(1, 5))
async def test_no_window_ever_holds_more_searches_than_allowed(gaps: list[float], size: int) -> None:
    clock = Clock()
    times: list[datetime] = []

    class Watched(Scripted):
        async def search(self, query: Query) -> SourceReply:
            times.append(clock.now)
            return await super().search(query)

    source = Watched("one", nothing("one"))
    asking = chain([source], Book(), clock, SearchConfig(searches_per_window=size))
    for gap in gaps:
        reply = await asking.ask(QUERY)
        if isinstance(reply, Unreachable):
            assert reply.retry_at > clock.now
        clock.forward(gap)
    window = timedelta(minutes=15)
    assert all(sum(one <= other < one + window for other in times) <= size for one in times)
