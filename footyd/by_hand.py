"""What a person does by hand: ingest a day, add a goal, search again, cancel, beside a daemon or without."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import uuid4

from footyd.adapters.api_football import ApiFootball, open_feed
from footyd.adapters.identity import holder_here
from footyd.adapters.mongo import Store
from footyd.adapters.mongod import state_lock
from footyd.app import App, open_app
from footyd.clients import open_database
from footyd.config import Config, ConfirmConfig
from footyd.errors import FeedError, FeedMalformed, FeedUnavailable, FootydError, InUseError
from footyd.lease import Hold, leased
from footyd.model import (
    SCHEDULED,
    Fixture,
    FixtureId,
    Goal,
    GoalId,
    GoalKind,
    GoalRecord,
    GoalState,
    Score,
    Team,
    utcnow,
)
from footyd.pipeline import GoalReport, work_goal
from footyd.stages.confirm import Belief, confirm
from footyd.stages.ingest import IngestReport, ingest_day, state_of

_REMEDIES: Mapping[type[FeedError], str] = {
    FeedUnavailable: "Look at the network and at api_football.base_url, then run this again",
    FeedMalformed: "Nothing was changed; run this again later. If it stays, look for a newer footyd",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalWish:
    """A goal as a person names it; `team` is a name, a part of one, or an id; `score` what it became."""

    fixture_id: FixtureId
    minute: int
    extra: int | None
    player: str
    team: str | None
    score: Score | None


def is_alone(config: Config, stack: AsyncExitStack) -> bool:
    """Whether no daemon runs, which would do the work itself; with a `mongo.uri` none can start meanwhile.

    The embedded database holds the same lock: there it is only looked at.
    """
    try:
        if config.mongo.uri is None:
            with state_lock(config.state.dir):
                return True
        stack.enter_context(state_lock(config.state.dir))
    except InUseError:
        return False
    return True


async def open_alone(config: Config, stack: AsyncExitStack) -> tuple[Store, bool]:
    """The database, and whether no daemon works on it: then none begins to until the stack closes."""
    alone = is_alone(config, stack)
    store = await stack.enter_async_context(open_database(config))
    return store, alone and (config.mongo.uri is None or await _is_held(config, store, stack))


async def _is_held(config: Config, store: Store, stack: AsyncExitStack) -> bool:
    """Whether the lease is ours till the stack closes: a look at it says nothing of the next moment."""
    try:
        await stack.enter_async_context(leased(store, Hold(store.lease, holder_here(config.state.dir))))
    except InUseError:
        return False
    return True


def is_stopped(config: Config) -> bool:
    """Nobody holds the state directory, whatever a killed daemon's last beat says."""
    if config.mongo.uri is not None:  # its daemon may run on another host
        return False
    try:
        with state_lock(config.state.dir):
            return True
    except InUseError:
        return False


async def ingest_by_hand(config: Config, day: date) -> IngestReport:
    """One day, recorded as a run with the trigger `manual`."""
    async with open_database(config) as store, open_feed(config.api_football) as feed:
        run = str(uuid4())
        await store.runs.begin_run(run, job="ingest", trigger="manual", attempt=1, now=utcnow())
        try:
            with _asked_by_hand():
                report = await ingest_day(day, feed, store.fixtures, config.follow, config.ingest)
        except FeedError as exc:
            await store.runs.end_run(run, outcome="refused", metadata={}, error=exc.line(), now=utcnow())
            raise
        counts = {"fixtures_seen": report.fixtures_seen, "fixtures_processed": report.fixtures_processed}
        await store.runs.end_run(run, outcome="ok", metadata=counts, error="", now=utcnow())
        return report


async def add_goal(config: Config, wish: GoalWish) -> tuple[GoalRecord, GoalReport | None]:
    """Record a goal as confirmed and search it: here and now, or by a running daemon (then no report)."""
    async with AsyncExitStack() as stack:
        store, alone = await open_alone(config, stack)
        app = await _app(config, stack, store, alone=alone)
        feed = app.feed if app else await stack.enter_async_context(open_feed(config.api_football))
        fixture = await _fixture(wish, store, feed)
        known = await store.goals.believed([fixture.id])
        goal = goal_from_wish(wish, fixture, known, config.confirm, utcnow())
        others = [other for other in known if other.id != goal.id]
        window = timedelta(minutes=config.search.window_minutes)
        await store.goals.save_believed(known, [*others, goal], renamed=(), window=window, now=utcnow())
        record = await _record(goal.id, store)
        return record, await _one_pass(app, record)


async def _app(config: Config, stack: AsyncExitStack, store: Store, *, alone: bool) -> App | None:
    """What a pass needs, unless a daemon makes it; opened before anything is recorded.

    A library that cannot be opened would otherwise leave a goal behind that nobody has been told of.
    """
    return await open_app(config, stack, store) if alone else None


async def _one_pass(app: App | None, record: GoalRecord) -> GoalReport | None:
    return await work_goal(record, app.tools()) if app else None


async def retry_goal(config: Config, goal_id: GoalId) -> tuple[GoalRecord, GoalReport | None]:
    """One more search round for a goal."""
    async with AsyncExitStack() as stack:
        store, alone = await open_alone(config, stack)
        await _record(goal_id, store)
        app = await _app(config, stack, store, alone=alone)
        if not await store.goals.search_again(goal_id, utcnow()):
            raise FootydError(f"goal {goal_id} was taken back", remedy="Add it anew with footyd goal add")
        record = await _record(goal_id, store)
        return record, await _one_pass(app, record)


async def cancel_goal(config: Config, goal_id: GoalId) -> None:
    """Take a goal back: no more searches, its clips go after the quarantine."""
    async with open_database(config) as store:
        await _record(goal_id, store)
        if not await store.goals.cancel(goal_id, utcnow()):
            raise FootydError(f"goal {goal_id} is cancelled already", remedy="Nothing to do")


async def _record(goal_id: GoalId, store: Store) -> GoalRecord:
    record = await store.goals.record(goal_id)
    if record is None:
        raise FootydError(f"no goal {goal_id}", remedy="footyd goal list shows the ids")
    return record


async def _fixture(wish: GoalWish, store: Store, feed: ApiFootball) -> Fixture:
    """As stored when that tells enough, else fetched (one call) and taken in where its status belongs."""
    tracked = await store.fixtures.fixture(wish.fixture_id)
    if tracked is not None and (tracked.fixture.events is not None or (wish.team and wish.score)):
        return tracked.fixture
    try:
        with _asked_by_hand():
            fixture = (await feed.by_ids([wish.fixture_id]))[0]
    except FeedMalformed as exc:
        remedy = "Compare the id: it is API-Football's own, with which the ids of its goals begin"
        raise FootydError(f"the feed shows no fixture {wish.fixture_id} ({exc})", remedy=remedy) from exc
    await store.fixtures.take_in([(state_of(fixture), fixture)])
    return fixture


@contextmanager
def _asked_by_hand() -> Iterator[None]:
    """What the daemon asks again by itself, a person has to."""
    try:
        yield
    except (FeedUnavailable, FeedMalformed) as exc:
        raise type(exc)(str(exc), remedy=_REMEDIES[type(exc)]) from exc


# ---------------------------------------------------------------- which goal is meant


def goal_from_wish(
    wish: GoalWish, fixture: Fixture, known: Sequence[Goal], config: ConfirmConfig, now: datetime
) -> Goal:
    """The goal a person means, confirmed; raises FootydError when that is not clear or it is known."""
    if fixture.status in SCHEDULED:
        raise FootydError(
            f"fixture {fixture.id} has not begun ({fixture.status})", remedy="Wait for kick-off"
        )
    shown = _shown(wish, fixture, config, now)
    goal = replace(
        shown or _told(wish, fixture),
        player=wish.player,
        state=GoalState.CONFIRMED,
        first_seen=min(now, fixture.kickoff + timedelta(minutes=wish.minute)),
        confirmed_at=now,
    )
    same = [g for g in known if g.team_id == goal.team_id and g.score_after == goal.score_after]
    if taken := next((g for g in same if g.state is GoalState.CONFIRMED), None):
        raise FootydError(
            f"goal {taken.id} is known already", remedy=f"footyd goal retry {taken.id} searches it again"
        )
    if sighted := next((g for g in same if g.state is GoalState.PENDING), None):
        return replace(goal, id=sighted.id, generation=sighted.generation)
    generation = 1 + max((g.generation for g in same), default=0)
    return replace(goal, id=_id(goal, generation), generation=generation)


def _shown(wish: GoalWish, fixture: Fixture, config: ConfirmConfig, now: datetime) -> Goal | None:
    """The feed's own goal at that minute, by the same rules as the daemon's."""
    goals = confirm(Belief(), [fixture], now, config).belief.goals
    found = [goal for goal in goals if goal.minute == wish.minute and _agrees(wish, goal, fixture)]
    exact = [goal for goal in found if goal.extra == wish.extra] or found
    named = [goal for goal in exact if goal.player and goal.player.casefold() == wish.player.casefold()]
    choice = named if len(exact) > 1 else exact
    return choice[0] if len(choice) == 1 else None


def _agrees(wish: GoalWish, goal: Goal, fixture: Fixture) -> bool:
    if wish.score is not None and goal.score_after != wish.score:
        return False
    return wish.team is None or _team(wish.team, fixture).id == goal.team_id


def _told(wish: GoalWish, fixture: Fixture) -> Goal:
    """A goal that the feed does not show, from what the person says."""
    if wish.team is None or wish.score is None:
        clock = f"{wish.minute}+{wish.extra}'" if wish.extra else f"{wish.minute}'"
        raise FootydError(
            f"the feed shows no one goal of fixture {fixture.id} at {clock}",
            remedy=f'Say whose it was and the score it made: --team "{fixture.home.name}" --score 1-0',
        )
    team = _team(wish.team, fixture)
    return Goal(
        id=GoalId(""),
        fixture_id=fixture.id,
        team_id=team.id,
        team=team.name,
        player_id=None,
        player=wish.player,
        minute=wish.minute,
        extra=wish.extra,
        score_after=wish.score,
        kind=GoalKind.NORMAL,
        generation=1,
        state=GoalState.PENDING,
        first_seen=fixture.kickoff,
    )


def _team(text: str, fixture: Fixture) -> Team:
    teams = (fixture.home, fixture.away)
    found = [t for t in teams if text == str(t.id) or text.casefold() in t.name.casefold()]
    if len(found) != 1:
        names = " or ".join(f'"{team.name}"' for team in teams)
        raise FootydError(f"--team {text}: not one team of fixture {fixture.id}", remedy=f"Say {names}")
    return found[0]


def _id(goal: Goal, generation: int) -> GoalId:
    return GoalId(f"{goal.fixture_id}-{goal.team_id}-{goal.score_after}-{generation}")
