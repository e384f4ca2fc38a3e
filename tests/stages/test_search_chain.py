"""The chain of sources: who is asked, who rests and until when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from footyd.config import SearchConfig
from footyd.model import (
    AuthExpired,
    Found,
    NoResults,
    Query,
    RateLimited,
    SourceReply,
    SourceRest,
    Unavailable,
)
from footyd.stages.search import SourceChain, Unreachable

START = datetime(2025, 6, 9, 18, 0, tzinfo=UTC)
QUERY = Query(text="Saka Arsenal", since=START)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)


class Book:
    """Rests in memory; what a real store keeps over a restart."""

    def __init__(self) -> None:
        self.kept: dict[str, SourceRest] = {}

    async def rests(self) -> Mapping[str, SourceRest]:
        return dict(self.kept)

    async def save_rest(self, rest: SourceRest) -> None:
        self.kept[rest.source] = rest

    async def clear_rest(self, source: str) -> None:
        self.kept.pop(source, None)


class Scripted:
    """A source that gives its replies in turn, the last one for ever."""

    def __init__(self, name: str, *replies: SourceReply) -> None:
        self._name = name
        self.account = name
        self._replies = list(replies)
        self.asked = 0

    @property
    def name(self) -> str:
        return self._name

    async def search(self, query: Query) -> SourceReply:
        self.asked += 1
        return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]


def found(source: str) -> Found:
    return Found(source=source, posts=())


def nothing(source: str) -> NoResults:
    return NoResults(source=source)


def out(source: str) -> Unavailable:
    return Unavailable(source=source, reason="HTTP 503")


def locked(source: str) -> AuthExpired:
    return AuthExpired(source=source, reason="logged out")


def limited(source: str, minutes: float = 10) -> RateLimited:
    return RateLimited(source=source, until=START + timedelta(minutes=minutes))


def chain(
    sources: Iterable[Scripted], book: Book, clock: Callable[[], datetime], config: SearchConfig | None = None
) -> SourceChain:
    return SourceChain(list(sources), book, config or SearchConfig(), clock)


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


async def test_an_answer_clears_the_sources_rest() -> None:
    book, clock = Book(), Clock()
    asking = chain([Scripted("one", out("one"), nothing("one"))], book, clock)
    await asking.ask(QUERY)
    assert book.kept["one"].step == 1
    clock.forward(1)
    await asking.ask(QUERY)
    assert book.kept == {}


async def test_an_unexpected_error_is_not_hidden() -> None:
    class Broken(Scripted):
        async def search(self, query: Query) -> SourceReply:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await chain([Broken("one", found("one")), Scripted("two", found("two"))], Book(), Clock()).ask(QUERY)


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


async def test_after_a_success_the_ladder_begins_anew() -> None:
    book, clock = Book(), Clock()
    asking = chain([Scripted("one", out("one"), out("one"), found("one"), out("one"))], book, clock)
    for minutes in (1, 5, 0, 0):
        reply = await asking.ask(QUERY)
        clock.forward(minutes)
    assert isinstance(reply, Unreachable)
    assert reply.retry_at - clock.now == timedelta(minutes=1)


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


async def test_an_expired_login_rests_until_a_person_acts_and_is_told_once() -> None:
    book, clock = Book(), Clock()
    one, two = Scripted("one", locked("one")), Scripted("two", found("two"))
    asking = chain([one, two], book, clock)
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            assert await asking.ask(QUERY) == found("two")
            clock.forward(60 * 24)
    assert one.asked == 1
    assert book.kept["one"] == SourceRest(source="one", until=None, step=0, reason="logged out")
    warnings = [line for line in logs if line["log_level"] == "warning"]
    assert warnings == [
        {"event": "source needs a person", "log_level": "warning", "source": "one", "reason": "logged out"}
    ]


async def test_a_source_that_a_person_woke_is_asked_again_and_told_again_if_it_fails_anew() -> None:
    book, clock = Book(), Clock()
    asking = chain([Scripted("one", locked("one"), found("one"), locked("one"))], book, clock)
    with structlog.testing.capture_logs() as logs:
        await asking.ask(QUERY)
        await book.clear_rest("one")
        assert await asking.ask(QUERY) == found("one")
        await asking.ask(QUERY)
    assert [line["event"] for line in logs] == ["source needs a person"] * 2


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


async def test_without_any_source_the_reason_names_the_remedy() -> None:
    reply = await chain([], Book(), Clock()).ask(QUERY)
    assert isinstance(reply, Unreachable)
    assert "set search.sources" in reply.reason


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
