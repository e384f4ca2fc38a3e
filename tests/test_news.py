import asyncio

import pytest

from footyd.errors import StoreError
from footyd.model import Decision, DecisionKind
from footyd.news import ONE_BY_ONE, WAITING_AT_MOST, News, news_of
from tests.builders import KICKOFF, a_goal


class Reader:
    """Takes what is delivered, when it is allowed to."""

    def __init__(self) -> None:
        self.read: list[tuple[str, str]] = []
        self.allowed = asyncio.Event()

    async def take(self, title: str, body: str) -> None:
        await self.allowed.wait()
        self.read.append((title, body))


async def test_news_is_taken_at_once_however_slow_its_delivery() -> None:
    reader = Reader()
    news = News(lambda: reader.take)
    stop = asyncio.Event()
    serving = asyncio.ensure_future(news.services()["news"](stop))
    async with asyncio.timeout(5):
        await news.announce("Goal", "1-0")
        await news.announce("Goal", "2-0")
    stop.set()
    reader.allowed.set()
    async with asyncio.timeout(5):
        await serving
    assert reader.read == [("Goal", "1-0"), ("Goal", "2-0")], "what waits at the stop is still told"


async def test_when_too_much_waits_the_oldest_goes() -> None:
    reader = Reader()
    reader.allowed.set()
    news = News(lambda: reader.take)
    for number in range(WAITING_AT_MOST + 2):
        await news.announce("Goal", str(number))
    stop = asyncio.Event()
    stop.set()
    await news.services()["news"](stop)
    assert [body for _, body in reader.read] == [str(n) for n in range(2, WAITING_AT_MOST + 2)]


async def test_of_alerts_it_is_noted_that_they_were_told_and_of_goals_it_is_not() -> None:
    reader, noted = Reader(), Reader()
    reader.allowed.set()
    noted.allowed.set()
    news = News(lambda: reader.take, note=noted.take)
    for title, body in (("Disk low", "1 MB free"), ("Goal", "1-0"), ("Disk has room again", "9 GB free")):
        await news.announce(title, body)
    await news.deliver_rest()
    assert noted.read == [("Disk low", "1 MB free"), ("Disk has room again", "9 GB free")]


async def test_what_the_database_cannot_note_is_told_all_the_same() -> None:
    async def away(title: str, body: str) -> None:
        raise StoreError("the database is away")

    reader = Reader()
    reader.allowed.set()
    news = News(lambda: reader.take, note=away)
    await news.announce("Disk low", "1 MB free")
    await news.announce("Goal", "1-0")
    await news.deliver_rest()
    assert [title for title, _ in reader.read] == ["Disk low", "Goal"]


@pytest.mark.parametrize(
    ("kind", "renamed", "told"),
    [
        (DecisionKind.SIGHTED, False, None),
        (DecisionKind.DISCARDED, False, None),
        (DecisionKind.CONFIRMED, False, ("Goal", "Home 1-0, 23' A. Striker")),
        (DecisionKind.CANCELLED, False, ("Goal taken back", "Home 1-0, 23' A. Striker, does not count")),
        (DecisionKind.UPDATED, True, ("Scorer corrected", "Home 1-0, 23' A. Striker")),
        (DecisionKind.UPDATED, False, None),
    ],
)
def test_a_fan_hears_what_counts_and_nothing_that_may_still_fall(
    kind: DecisionKind, renamed: bool, told: tuple[str, str] | None
) -> None:
    goal = a_goal()
    decision = Decision(kind=kind, at=KICKOFF, fixture_id=goal.fixture_id, goal=goal, renamed=renamed)
    assert news_of([decision]) == ([told] if told else [])


def decisions(kind: DecisionKind, count: int) -> list[Decision]:
    """So many goals, two in each match."""
    goals = [a_goal(f"{n // 2}-101-{n % 2 + 1}-0-1", fixture=n // 2) for n in range(count)]
    return [Decision(kind=kind, at=KICKOFF, fixture_id=goal.fixture_id, goal=goal) for goal in goals]


def test_the_goals_of_a_lively_poll_are_told_one_by_one_in_their_order() -> None:
    goals = decisions(DecisionKind.CONFIRMED, ONE_BY_ONE)
    taken_back = decisions(DecisionKind.CANCELLED, 1)
    titles = [title for title, _ in news_of([*goals[:10], *taken_back, *goals[10:]])]
    assert titles == ["Goal"] * 10 + ["Goal taken back"] + ["Goal"] * (ONE_BY_ONE - 10)


def test_more_goals_than_anybody_reads_are_told_as_a_number_and_the_rest_one_by_one() -> None:
    goals = decisions(DecisionKind.CONFIRMED, ONE_BY_ONE + 2)
    taken_back = decisions(DecisionKind.CANCELLED, 1)
    assert news_of([*goals, *taken_back]) == [
        ("Goal taken back", "Home 1-0, 23' A. Striker, does not count"),
        ("Goal", "52 goals in 26 matches at once"),
    ]
