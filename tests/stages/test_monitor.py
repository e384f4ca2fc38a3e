from collections.abc import Collection, Sequence
from datetime import timedelta

import pytest

from footyd.config import PollConfig
from footyd.errors import FeedMalformed, FeedRateLimited
from footyd.model import Fixture, FixtureId, LeagueId
from footyd.stages.monitor import has_work, observe
from tests.builders import KICKOFF, a_fixture, tracked

CONFIG = PollConfig()
LATER = KICKOFF + timedelta(minutes=30)


class Feed:
    """Answers from lists and remembers what it was asked."""

    def __init__(self, live: Sequence[Fixture] = (), single: Sequence[Fixture] = ()) -> None:
        self.shown, self.single = tuple(live), {f.id: f for f in single}
        self.asked: list[object] = []
        self.live_error: Exception | None = None
        self.ids_error: Exception | None = None

    async def live(self, leagues: Collection[LeagueId] | None) -> tuple[Fixture, ...]:
        self.asked.append(("live", leagues))
        if self.live_error:
            raise self.live_error
        return self.shown

    async def by_ids(self, ids: Sequence[FixtureId]) -> tuple[Fixture, ...]:
        self.asked.append(("ids", tuple(ids)))
        if self.ids_error:
            raise self.ids_error
        if any(i not in self.single for i in ids):
            raise FeedMalformed("asked ids are missing")
        return tuple(self.single[i] for i in ids)


def in_play(id: int = 1, **facts: object) -> Fixture:
    return a_fixture(id, **{"status": "1H", "score": (0, 0), "events": [], **facts})


async def test_all_that_is_in_play_costs_one_call() -> None:
    feed = Feed(live=[in_play(1), in_play(2, league=78), in_play(3)])
    active = [tracked(1), tracked(2, league=78)]
    found = await observe(active, feed, CONFIG, LATER)
    assert feed.asked == [("live", (39, 78))]
    assert [f.id for f in found.fixtures] == [1, 2], "a match nobody follows is not observed"


async def test_without_an_active_fixture_nothing_is_asked() -> None:
    feed = Feed()
    found = await observe([], feed, CONFIG, LATER)
    assert feed.asked == []
    assert not found.live_asked
    assert not has_work([], CONFIG, LATER)


async def test_before_kick_off_nothing_is_asked() -> None:
    assert not has_work([tracked(1)], CONFIG, KICKOFF - timedelta(seconds=1))
    assert has_work([tracked(1)], CONFIG, KICKOFF)


async def test_a_match_that_left_the_live_list_is_settled_by_id() -> None:
    over = a_fixture(1, status="FT", score=(0, 0), events=[])
    feed = Feed(live=[in_play(2)], single=[over])
    found = await observe([tracked(1, status="2H"), tracked(2, status="1H")], feed, CONFIG, LATER)
    assert feed.asked == [("live", (39,)), ("ids", (1,))]
    assert [f.status for f in found.fixtures] == ["1H", "FT"]
    assert found.settled == 1


async def test_a_finished_match_is_settled_without_a_live_call() -> None:
    feed = Feed(single=[a_fixture(1, status="FT", score=(0, 0), events=[])])
    await observe([tracked(1, status="FT")], feed, CONFIG, LATER)
    assert feed.asked == [("ids", (1,))]


async def test_a_match_that_never_starts_is_read_rarely() -> None:
    feed = Feed(single=[a_fixture(1, status="NS", events=[])])
    waiting = [tracked(1)]
    await observe(waiting, feed, CONFIG, KICKOFF + timedelta(minutes=14))
    assert feed.asked == [("live", (39,))]
    await observe(waiting, feed, CONFIG, KICKOFF + timedelta(minutes=15))
    assert feed.asked[-1] == ("ids", (1,))
    read = [tracked(1, read_at=KICKOFF + timedelta(minutes=15))]
    assert not has_work(read, CONFIG, KICKOFF + timedelta(hours=4))
    assert has_work(read, CONFIG, KICKOFF + timedelta(hours=6, minutes=15))


@pytest.mark.parametrize("status", ["SUSP", "TBD"])
async def test_a_suspended_match_is_not_polled_for_ever(status: str) -> None:
    resting = [tracked(1, status=status, read_at=LATER)]
    assert not has_work(resting, CONFIG, LATER + timedelta(hours=5))
    assert has_work(resting, CONFIG, LATER + timedelta(hours=6))


async def test_a_refused_live_reply_loses_only_itself() -> None:
    feed = Feed()
    feed.live_error = FeedMalformed("results 4, but 1 listed")
    found = await observe([tracked(1, status="1H")], feed, CONFIG, LATER)
    assert found.fixtures == ()
    assert [str(e) for e in found.refused] == ["results 4, but 1 listed"]
    assert feed.asked == [("live", (39,))], "no further call after a refusal"


async def test_a_refused_settling_keeps_what_the_live_list_showed() -> None:
    feed = Feed(live=[in_play(2)])
    feed.ids_error = FeedRateLimited("too many")
    found = await observe([tracked(1, status="2H"), tracked(2)], feed, CONFIG, LATER)
    assert [f.id for f in found.fixtures] == [2]
    assert len(found.refused) == 1


async def test_very_many_leagues_are_asked_as_all() -> None:
    feed = Feed()
    active = [tracked(n, league=n, status="HT") for n in range(1, 22)]
    feed.single = {f.fixture.id: f.fixture for f in active}
    await observe(active, feed, CONFIG, LATER)
    assert feed.asked[0] == ("live", None)


async def test_a_match_the_feed_no_longer_knows_spoils_only_its_own_settling() -> None:
    feed = Feed(single=[a_fixture(n, status="FT", score=(0, 0), events=[]) for n in (1, 3)])
    active = [tracked(n, status="FT") for n in (1, 2, 3)]
    found = await observe(active, feed, CONFIG, LATER)
    assert [f.id for f in found.fixtures] == [1, 3]
    assert found.lost == (2,)
    assert feed.asked == [("ids", (1, 2, 3)), ("ids", (1,)), ("ids", (2,)), ("ids", (3,))]


async def test_a_match_left_out_of_one_reply_is_asked_for_again_in_the_next_cycle() -> None:
    """A match alone in play, left out of its live reply and then of its own, was not polled for six hours."""
    left_out = [tracked(1, status="2H", read_at=LATER - timedelta(minutes=5), lost_at=LATER)]
    feed = Feed(live=[in_play(1)])
    found = await observe(left_out, feed, CONFIG, LATER + timedelta(minutes=5))
    assert [f.id for f in found.fixtures] == [1]


async def test_a_match_over_left_out_of_its_own_reply_is_asked_for_again_in_the_next_cycle() -> None:
    left_out = [tracked(1, status="FT", read_at=LATER - timedelta(minutes=5), lost_at=LATER)]
    assert has_work(left_out, CONFIG, LATER + timedelta(minutes=5))


async def test_a_lost_match_is_read_rarely() -> None:
    lost = [tracked(1, status="2H", lost_at=LATER)]
    assert not has_work(lost, CONFIG, LATER + timedelta(hours=5))
    assert has_work(lost, CONFIG, LATER + timedelta(hours=6))
