"""One poll: at most one `live=` call for all in play, `id`/`ids` only to settle what left the live list."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Protocol

from footyd.config import PollConfig
from footyd.errors import FeedError, FeedMalformed
from footyd.model import FINAL, IN_PLAY, Fixture, FixtureId, LeagueId, TrackedFixture

LIVE_LIST_LEAGUES = 20
"""Above so many leagues `live=all` is asked: one call either way, and a shorter address."""
ONE_BY_ONE = 5
"""So many of a spoilt batch are read alone in one poll; the others wait for the next."""
SURE_TO_HAVE_STARTED = timedelta(minutes=15)
LONGEST_MATCH = timedelta(hours=3, minutes=30)
"""Kick-off to the last kick of a shoot-out, delays included; a match still NS then has no live scores."""
NO_HICCUP = timedelta(minutes=30)
"""A match that the feed leaves out for so long is lost; one spoilt reply must not end its polling."""
RESTING = frozenset({"PST", "TBD", "SUSP"})


class LiveFeed(Protocol):
    async def live(self, leagues: Collection[LeagueId] | None) -> tuple[Fixture, ...]: ...
    async def by_ids(self, ids: Sequence[FixtureId]) -> tuple[Fixture, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What one poll showed of the active fixtures.

    `refused` are the replies that did not count, `lost` the fixtures the feed no longer answers for.
    """

    fixtures: tuple[Fixture, ...] = ()
    refused: tuple[FeedError, ...] = ()
    live_asked: bool = False
    settled: int = 0
    lost: tuple[FixtureId, ...] = ()


async def observe(
    active: Sequence[TrackedFixture], feed: LiveFeed, config: PollConfig, now: datetime
) -> Observation:
    """Ask for what is in play, then for what left the list. A refused reply loses only itself."""
    playing = [t for t in active if is_playing(t, now)]
    shown: tuple[Fixture, ...] = ()
    if playing:
        try:
            shown = await feed.live(leagues_of(playing))
        except FeedError as exc:
            return Observation(refused=(exc,), live_asked=True)
    wanted = {t.fixture.id for t in active}
    shown = tuple(fixture for fixture in shown if fixture.id in wanted)
    absent = to_settle(active, {fixture.id for fixture in shown}, config, now)
    settled, lost, refused = await _settle(absent, feed) if absent else ((), (), ())
    return Observation(
        fixtures=shown + settled, refused=refused, live_asked=bool(playing), settled=len(settled), lost=lost
    )


async def _settle(
    ids: Sequence[FixtureId], feed: LiveFeed
) -> tuple[tuple[Fixture, ...], tuple[FixtureId, ...], tuple[FeedError, ...]]:
    """Read these by id; when one of several spoils the reply, one by one, so that only that one is lost."""
    try:
        return await feed.by_ids(ids), (), ()
    except FeedMalformed as exc:
        if len(ids) == 1:
            return (), tuple(ids), (exc,)
    except FeedError as exc:
        return (), (), (exc,)
    parts = [await _settle([id], feed) for id in ids[:ONE_BY_ONE]]
    found, lost, refused = zip(*parts, strict=True)
    return tuple(chain(*found)), tuple(chain(*lost)), tuple(chain(*refused))


def is_playing(tracked: TrackedFixture, now: datetime) -> bool:
    """May be on the live list: kicked off, neither finished nor resting, nor NS long after kick-off."""
    fixture = tracked.fixture
    if fixture.status in FINAL or fixture.status in RESTING or is_lost(tracked):
        return False
    if fixture.status in IN_PLAY:
        return True
    return fixture.kickoff <= now < fixture.kickoff + LONGEST_MATCH


def is_lost(tracked: TrackedFixture) -> bool:
    """The feed has answered for its id without it, and for longer than a hiccup has not shown it."""
    shown_at = tracked.read_at or tracked.fixture.kickoff
    return tracked.lost_at is not None and tracked.lost_at - shown_at >= NO_HICCUP


def has_work(active: Sequence[TrackedFixture], config: PollConfig, now: datetime) -> bool:
    """Whether a poll would make a call at all."""
    return any(is_playing(t, now) for t in active) or bool(to_settle(active, frozenset(), config, now))


def leagues_of(playing: Sequence[TrackedFixture]) -> tuple[LeagueId, ...] | None:
    """The leagues to ask for, or None for `all`."""
    leagues = tuple(sorted({t.fixture.league.id for t in playing}))
    return leagues if len(leagues) <= LIVE_LIST_LEAGUES else None


def to_settle(
    active: Sequence[TrackedFixture], shown: Collection[FixtureId], config: PollConfig, now: datetime
) -> list[FixtureId]:
    return [t.fixture.id for t in active if t.fixture.id not in shown and _needs_reading(t, config, now)]


def _needs_reading(tracked: TrackedFixture, config: PollConfig, now: datetime) -> bool:
    """In play a moment ago or final: read now. Never begun, resting or lost: read rarely."""
    fixture = tracked.fixture
    if tracked.lost_at is not None and is_lost(tracked):
        return now - tracked.lost_at >= timedelta(hours=config.deferred_hours)
    if fixture.status in FINAL:
        return True
    if fixture.status in IN_PLAY and fixture.status not in RESTING:
        return True
    read_at = tracked.read_at or fixture.kickoff + SURE_TO_HAVE_STARTED - timedelta(
        hours=config.deferred_hours
    )
    return now - read_at >= timedelta(hours=config.deferred_hours)
