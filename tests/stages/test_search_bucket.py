"""What an account may spend, and who finds a search left."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from footyd.config import SearchConfig
from footyd.stages.search import Look, SourceChain, Unreachable
from footyd.stages.search.bucket import Bucket
from tests.stages.search_sources import QUERY, START, Board, Book, Clock, Scripted, nothing, out

WINDOW = timedelta(minutes=15)


def taken(bucket: Bucket, look: Look, *, minutes: range) -> list[int]:
    """The minutes at which a look that tries ever again gets a search, the most it can."""
    got = []
    for minute in minutes:
        while bucket.take(START + timedelta(minutes=minute), look):
            got.append(minute)
    return got


def test_first_looks_may_spend_it_all_later_ones_leave_a_share() -> None:
    assert len(taken(Bucket(50, WINDOW), Look.FIRST, minutes=range(15))) == 50
    assert len(taken(Bucket(50, WINDOW), Look.OPEN, minutes=range(15))) == 38
    assert len(taken(Bucket(50, WINDOW), Look.KEPT, minutes=range(15))) == 25


def test_later_looks_are_spread_over_the_window() -> None:
    got = Counter(taken(Bucket(50, WINDOW), Look.OPEN, minutes=range(15)))
    assert got == {0: 12, 3: 12, 6: 12, 9: 2}


def test_a_search_that_was_not_made_is_there_again() -> None:
    bucket = Bucket(2, WINDOW)
    assert bucket.take(START)
    assert bucket.take(START)
    assert not bucket.take(START)
    bucket.give_back()
    assert bucket.take(START)
    assert not bucket.take(START)


def test_the_smallest_bucket_serves_every_look() -> None:
    for look in Look:
        assert taken(Bucket(1, WINDOW), look, minutes=range(31)) == [0, 15, 30]


def test_each_that_waits_is_promised_a_turn_of_its_own() -> None:
    bucket = Bucket(3, WINDOW)
    for minute in range(3):
        assert bucket.take(START + timedelta(minutes=minute))
    now, turns = START + timedelta(minutes=5), []
    for _ in range(3):
        turns.append(bucket.turn(now))
        bucket.promise(turns[-1])
    assert turns == [START + timedelta(minutes=15 + minute) for minute in range(3)]
    assert [bucket.take(turn) for turn in turns] == [True] * 3


def test_searches_that_seem_to_lie_in_the_future_block_nobody_for_longer_than_a_window() -> None:
    bucket = Bucket(2, WINDOW)
    later = START + timedelta(days=1)
    assert bucket.take(later)
    assert bucket.take(later)
    assert not bucket.take(START)
    assert bucket.turn(START) <= START + WINDOW
    assert bucket.take(START + WINDOW)


@given(
    looks=st.lists(st.tuples(st.sampled_from(Look), st.floats(0, 5)), max_size=80), size=st.integers(1, 12)
)
def test_whatever_the_looks_a_refused_one_is_always_told_a_later_time(
    looks: list[tuple[Look, float]], size: int
) -> None:
    bucket, now, spent = Bucket(size, WINDOW), START, []
    for look, minutes in looks:
        now += timedelta(minutes=minutes)
        if bucket.take(now, look):
            spent.append(now)
        else:
            turn = bucket.turn(now, look)
            assert now < turn <= now + WINDOW
            bucket.promise(turn)
    assert all(sum(one <= other < one + WINDOW for other in spent) <= size for one in spent)


# ---------------------------------------------------------------- in the chain


async def test_sources_of_one_account_share_its_bucket() -> None:
    config = SearchConfig(searches_per_window=3)
    cookies = Scripted("cookies", out("cookies"), nothing("cookies"), account="x")
    browser = Scripted("browser", nothing("browser"), account="x")
    asking = SourceChain([cookies, browser], Book(), config, Clock(), Board())
    replies = [await asking.ask(QUERY) for _ in range(3)]
    assert replies[:2] == [nothing("browser")] * 2
    assert isinstance(replies[2], Unreachable)


async def test_a_restart_does_not_begin_with_a_full_bucket() -> None:
    book, clock = Book(), Clock()
    config = SearchConfig(searches_per_window=2)
    one = Scripted("one", nothing("one"))
    for _ in range(5):
        await SourceChain([one], book, config, clock, Board()).ask(QUERY)
        clock.forward(1)
    assert one.asked == 2


async def test_a_later_look_waits_for_its_account_and_spends_no_other_ones_searches() -> None:
    one, two = Scripted("one", nothing("one")), Scripted("two", nothing("two"))
    asking = SourceChain([one, two], Book(), SearchConfig(searches_per_window=4), Clock(), Board())
    assert [await asking.ask(QUERY, Look.OPEN)] == [nothing("one")]
    waits = await asking.ask(QUERY, Look.OPEN)
    assert waits == Unreachable(
        retry_at=START + WINDOW / 5, reason="one: paced, to leave searches for goals not yet looked for"
    )
    assert await asking.ask(QUERY, Look.FIRST) == nothing("one")
    assert two.asked == 0
