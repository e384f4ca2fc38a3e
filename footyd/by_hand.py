"""What a person does by hand: ingest a day, add a goal, search again, cancel, beside a daemon or without."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import uuid4

from footyd.adapters.api_football import ApiFootball, open_feed
from footyd.adapters.mongo import Store
from footyd.adapters.mongod import state_lock
from footyd.app import App, open_app, open_database
from footyd.config import Config
from footyd.errors import FeedError, FootydError, InUseError
from footyd.model import (
    SCHEDULED,
    Fixture,
    FixtureId,
    Goal,
    GoalId,
    GoalKind,
    GoalRecord,
    GoalState,
    PlayerId,
    Score,
    Team,
    utcnow,
)
from footyd.pipeline import GoalReport, work_goal
from footyd.stages.ingest import IngestReport, ingest_day, state_of


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalWish:
    """A goal as a person names it; `team` is a name, a part of one, or an id; `score` what it became."""

    fixture_id: FixtureId
    minute: int
    extra: int | None
    player: str
    team: str | None
    score: Score | None


def daemon_runs(config: Config) -> bool:
    """Whether a daemon holds the state directory: then it does the work, and two would step on each other."""
    try:
        with state_lock(config.state.dir):
            return False
    except InUseError:
        return True


async def ingest_by_hand(config: Config, day: date) -> IngestReport:
    """One day, recorded as a run with the trigger `manual`."""
    async with open_database(config) as store, open_feed(config.api_football) as feed:
        run = str(uuid4())
        await store.runs.begin_run(run, job="ingest", trigger="manual", attempt=1, now=utcnow())
        try:
            report = await ingest_day(day, feed, store.fixtures, config.follow, config.ingest)
        except FeedError as exc:
            await store.runs.end_run(run, outcome="refused", metadata={}, error=exc.line(), now=utcnow())
            raise
        counts = {"fixtures_seen": report.fixtures_seen, "fixtures_processed": report.fixtures_processed}
        await store.runs.end_run(run, outcome="ok", metadata=counts, error="", now=utcnow())
        return report


async def add_goal(config: Config, wish: GoalWish) -> tuple[GoalRecord, GoalReport | None]:
    """Record a goal as confirmed and search it: here and now, or by a running daemon (then no report)."""
    runs = daemon_runs(config)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_database(config))
        feed = await stack.enter_async_context(open_feed(config.api_football))
        fixture = await _fixture(wish.fixture_id, store, feed)
        known = await store.goals.believed([fixture.id])
        goal = goal_from_wish(wish, fixture, known)
        window = timedelta(minutes=config.search.window_minutes)
        await store.goals.save_believed(known, [*known, goal], renamed=(), window=window, now=utcnow())
        record = await _record(goal.id, store)
        if runs:
            return record, None
        app = await open_app(config, stack, store)
        return record, await _one_pass(app, record)


async def _one_pass(app: App, record: GoalRecord) -> GoalReport:
    return await work_goal(record, app.tools())


async def retry_goal(config: Config, goal_id: GoalId) -> tuple[GoalRecord, GoalReport | None]:
    """One more search round for a goal."""
    runs = daemon_runs(config)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_database(config))
        await _record(goal_id, store)
        if not await store.goals.search_again(goal_id, utcnow()):
            raise FootydError(f"goal {goal_id} was taken back", remedy="Add it anew with footyd goal add")
        record = await _record(goal_id, store)
        if runs:
            return record, None
        app = await open_app(config, stack, store)
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


async def _fixture(id: FixtureId, store: Store, feed: ApiFootball) -> Fixture:
    """The fixture as stored, else fetched (one call) and taken in where its status belongs."""
    tracked = await store.fixtures.fixture(id)
    if tracked is not None:
        return tracked.fixture
    fixture = (await feed.by_ids([id]))[0]
    await store.fixtures.take_in([(state_of(fixture), fixture)])
    return fixture


def goal_from_wish(wish: GoalWish, fixture: Fixture, known: list[Goal]) -> Goal:
    """The goal a person means, with an id of its own; raises FootydError when the wish is not clear."""
    if fixture.status in SCHEDULED:
        raise FootydError(
            f"fixture {fixture.id} has not begun ({fixture.status})", remedy="Wait for kick-off"
        )
    team = _team(wish, fixture)
    score = wish.score or _next_score(team, fixture, known)
    now = utcnow()
    generation = 1 + sum(1 for goal in known if goal.team_id == team.id and goal.score_after == score)
    return Goal(
        id=GoalId(f"{fixture.id}-{team.id}-{score}-{generation}"),
        fixture_id=fixture.id,
        team_id=team.id,
        team=team.name,
        player_id=_player_id(wish, fixture),
        player=wish.player,
        minute=wish.minute,
        extra=wish.extra,
        score_after=score,
        kind=GoalKind.NORMAL,
        generation=generation,
        state=GoalState.CONFIRMED,
        first_seen=max(fixture.kickoff, now - timedelta(hours=24)),
        confirmed_at=now,
    )


def _team(wish: GoalWish, fixture: Fixture) -> Team:
    """The team named, else the one whose scorer the feed shows at that minute."""
    teams = (fixture.home, fixture.away)
    if wish.team is not None:
        found = [t for t in teams if wish.team == str(t.id) or wish.team.casefold() in t.name.casefold()]
        if len(found) == 1:
            return found[0]
    scorers = {e.team_id for e in fixture.events or () if e.type == "Goal" and e.minute == wish.minute}
    found = [t for t in teams if t.id in scorers]
    if wish.team is None and len(found) == 1:
        return found[0]
    names = " or ".join(f'"{team.name}"' for team in teams)
    raise FootydError(f"fixture {fixture.id}: which team scored?", remedy=f"Say --team {names}")


def _next_score(team: Team, fixture: Fixture, known: list[Goal]) -> Score:
    standing = [goal.score_after for goal in known if goal.state is GoalState.CONFIRMED]
    home = max((score.home for score in standing), default=0)
    away = max((score.away for score in standing), default=0)
    at_home = team.id == fixture.home.id
    return Score(home=home + at_home, away=away + (not at_home))


def _player_id(wish: GoalWish, fixture: Fixture) -> PlayerId | None:
    same = (
        e.player_id
        for e in fixture.events or ()
        if e.player and e.player.casefold() == wish.player.casefold()
    )
    return next(same, None)
