"""Days of searching, played by a clock of their own: goals, sources that fail, and footyd's search steps.

What is played is the world: sources, posts, how long a search or a download takes. What is footyd's own: the
chain, the query, the judgement, the passes, and the order of the queue (its twin in memory, `Shelf`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from footyd.model import (
    AuthExpired,
    Candidate,
    Fixture,
    FixtureId,
    FixtureState,
    Found,
    Goal,
    GoalId,
    GoalKind,
    GoalOutcome,
    GoalRecord,
    GoalState,
    Happening,
    League,
    LeagueId,
    Media,
    NoResults,
    Post,
    PostId,
    ProcessingStatus,
    Query,
    RateLimited,
    Score,
    SearchPlan,
    SourceReply,
    Team,
    TeamId,
    TrackedFixture,
    Unavailable,
)
from tests.builders import a_post
from tests.stages.search_sources import CANARY, Book, Clock

SATURDAY = datetime(2026, 8, 22, 15, 0, tzinfo=UTC)
WINDOW = timedelta(minutes=3)
RATE_WINDOW = timedelta(minutes=15)
SOURCES = (("cookies", "x"), ("browser", "x"), ("nitter", "nitter"), ("api", "api"))
PAID = "api"
LEAGUE = League(id=LeagueId(39), name="League", country="Land", season=2026, round="1")


# ---------------------------------------------------------------- goals and their posts


def _name(number: int) -> str:
    """A surname like no other: `Bakuton`, `Bakuser`…"""
    parts = ("bak", "dor", "fel", "gim", "hul", "jat", "kov", "lun", "mir", "nas")
    digits = f"{number:03}"
    return "".join(parts[int(digit)] for digit in digits).capitalize()


def a_match(number: int, kickoff: datetime) -> Fixture:
    town = _name(number)
    return Fixture(
        id=FixtureId(number),
        kickoff=kickoff,
        status="1H",
        minute=10,
        league=LEAGUE,
        home=Team(id=TeamId(number * 10), name=f"{town} Rovers"),
        away=Team(id=TeamId(number * 10 + 1), name=f"{town} Albion"),
        score=None,
        events=None,
        payload={},
    )


def a_goal(number: int, match: Fixture, nth: int, confirmed_at: datetime) -> Goal:
    """The nth goal of its match, all of them by the home side."""
    return Goal(
        id=GoalId(f"{match.id}-{match.home.id}-{nth}-0-1"),
        fixture_id=match.id,
        team_id=match.home.id,
        team=match.home.name,
        player_id=None,
        player=f"A. {_name(number)}",
        minute=10 + nth,
        extra=None,
        score_after=Score(home=nth, away=0),
        kind=GoalKind.NORMAL,
        generation=1,
        state=GoalState.CONFIRMED,
        first_seen=confirmed_at - timedelta(minutes=5),
        confirmed_at=confirmed_at,
    )


def posts_of(goal: Goal, match: Fixture, minutes: Sequence[float]) -> list[Post]:
    """One clip at each of these minutes after the confirmation."""
    start = goal.confirmed_at or goal.first_seen
    surname = (goal.player or "").split()[-1]
    return [
        Post(
            id=PostId(f"{goal.id}:{n}"),
            url=f"https://x.com/fan/status/{n}",
            author="fan",
            text=f"GOAL! {surname} {match.home.name} {goal.score_after} {match.away.name} {goal.clock}",
            posted_at=start + timedelta(minutes=minute),
            media=(Media(url=f"https://video.example/{goal.id}/{n}.mp4"),),
            source="x",
        )
        for n, minute in enumerate(minutes)
    ]


# ---------------------------------------------------------------- sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """One way of failing, from then till then."""

    kind: str
    begin: datetime
    end: datetime


@dataclass(kw_only=True)
class Way:
    """A source that finds what is posted by now, unless an outage is on; it notes when it was asked."""

    name: str
    account: str
    clock: Clock
    posts: list[Post]
    outages: list[Outage] = field(default_factory=list)
    asked: list[datetime] = field(default_factory=list)
    canaries: list[datetime] = field(default_factory=list)
    replies: Counter[str] = field(default_factory=Counter)
    book: Book = field(default_factory=Book)
    hammered: int = 0
    costs_money: bool = False

    def outage(self) -> Outage | None:
        now = self.clock.now
        return next((one for one in self.outages if one.begin <= now < one.end), None)

    async def search(self, query: Query) -> SourceReply:
        now = self.clock.now
        (self.canaries if query.text == CANARY else self.asked).append(now)
        rest = self.book.kept.get(self.name)
        self.hammered += rest is not None and (rest.until is None or rest.until > now)
        outage = self.outage()
        self.replies[outage.kind if outage else "up"] += 1
        return self._failure(outage) if outage else self._found(query)

    def _failure(self, outage: Outage) -> SourceReply:
        if outage.kind == "broken":
            raise ZeroDivisionError("by zero")
        replies: dict[str, SourceReply] = {
            "silent": NoResults(source=self.name),
            "limited": RateLimited(source=self.name, until=outage.end),
            "locked": AuthExpired(source=self.name, reason="logged out"),
            "down": Unavailable(source=self.name, reason="HTTP 503"),
        }
        return replies[outage.kind]

    def _found(self, query: Query) -> SourceReply:
        now = self.clock.now
        if query.text == CANARY:
            return Found(source=self.name, posts=(a_post(),))
        wanted = [post for post in self.posts if post.posted_at <= now and _is_asked(post, query)]
        return Found(source=self.name, posts=tuple(wanted)) if wanted else NoResults(source=self.name)


def _is_asked(post: Post, query: Query) -> bool:
    return post.posted_at >= query.since and post.text.split()[1] in query.text


# ---------------------------------------------------------------- the database, in memory


class Shelf:
    """What the search steps need of a `Store`, in memory."""

    def __init__(self) -> None:
        self.matches: dict[FixtureId, Fixture] = {}
        self.held: dict[GoalId, GoalRecord] = {}
        self.ended: list[GoalRecord] = []
        self.given_back: list[GoalId] = []
        self.found: defaultdict[GoalId, dict[str, Candidate]] = defaultdict(dict)
        self.told: list[Happening] = []
        self.fixtures = self.goals = self.clips = self.queue = self.timeline = self

    async def note(self, *happenings: Happening) -> None:
        self.told += happenings

    async def fixture(self, id: FixtureId) -> TrackedFixture:
        return TrackedFixture(fixture=self.matches[id], state=FixtureState.ACTIVE)

    async def between(self, start: datetime, end: datetime) -> list[TrackedFixture]:
        return [await self.fixture(m.id) for m in self.matches.values() if start <= m.kickoff < end]

    async def company(self, record: GoalRecord, until: datetime, *, limit: int) -> list[GoalRecord]:
        same = [r for r in self.to_search(until) if r.goal.fixture_id == record.goal.fixture_id]
        return [r for r in same if r.goal.id != record.goal.id][:limit]

    def to_search(self, now: datetime) -> list[GoalRecord]:
        """In the queue's order."""
        due = [
            r for r in self.held.values() if not r.plan.searched and r.plan.next_at and r.plan.next_at <= now
        ]
        newest = sorted(due, key=lambda r: r.goal.confirmed_at or r.goal.first_seen, reverse=True)
        return sorted(newest, key=lambda r: (r.status.videos_uploaded, r.status.twitter_scraped))

    async def save_progress(
        self,
        goal_id: GoalId,
        *,
        plan: SearchPlan,
        status: ProcessingStatus,
        outcome: GoalOutcome | None,
        error: str = "",
        reached: Mapping[str, datetime] | None = None,
    ) -> None:
        old = self.held[goal_id]
        self.held[goal_id] = replace(old, plan=plan, status=status, outcome=outcome, error=error)

    async def give_back(self, source: str, since: datetime, now: datetime) -> int:
        doubted = [
            r
            for r in (*self.held.values(), *self.ended)
            if r.plan.empty_from == source and r.plan.empty_at and r.plan.empty_at >= since
        ]
        for record in doubted:
            plan = record.plan
            index = plan.pass_index if plan.searched else plan.pass_index - 1
            again = replace(plan, pass_index=index, searched=False, next_at=now, empty_from="", empty_at=None)
            self.held[record.goal.id] = replace(record, plan=again, outcome=None)
            self.given_back.append(record.goal.id)
        self.ended = [record for record in self.ended if record not in doubted]
        return len(doubted)

    async def candidates(self, goal_id: GoalId) -> list[Candidate]:
        return list(self.found[goal_id].values())

    async def add_candidates(self, candidates: Iterable[Candidate]) -> None:
        for candidate in candidates:
            self.found[candidate.goal_id].setdefault(candidate.id, candidate)

    async def blocked_authors(self) -> frozenset[str]:
        return frozenset()

    async def rejected_posts(self) -> frozenset[PostId]:
        return frozenset()
