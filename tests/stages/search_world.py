"""A match day to judge posts against: Arsenal v Manchester City, 1-0 by Saka in minute 23, and others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from footyd.model import (
    Fixture,
    FixtureId,
    Goal,
    GoalId,
    GoalKind,
    GoalState,
    League,
    LeagueId,
    Media,
    Post,
    PostId,
    Score,
    Team,
    TeamId,
)
from footyd.stages.search import GoalContext

SEEN = datetime(2025, 6, 9, 19, 25, tzinfo=UTC)
WINDOW_FROM = SEEN - timedelta(minutes=3)
LEAGUE = League(id=LeagueId(39), name="Premier League", country="England", season=2024, round="38")
LANDSCAPE = Media(url="https://video.example/1280x720/a.mp4", duration_seconds=24, width=1280, height=720)


def make_fixture(number: int, home: str, away: str) -> Fixture:
    return Fixture(
        id=FixtureId(number),
        kickoff=SEEN - timedelta(minutes=25),
        status="1H",
        minute=25,
        league=LEAGUE,
        home=Team(id=TeamId(number * 10), name=home),
        away=Team(id=TeamId(number * 10 + 1), name=away),
        score=None,
        events=None,
        payload={},
    )


MATCH = make_fixture(1, "Arsenal", "Manchester City")
OTHERS = (
    make_fixture(2, "Liverpool", "Chelsea"),
    make_fixture(3, "Real Madrid", "Barcelona"),
    make_fixture(4, "Como", "Inter"),
    make_fixture(5, "Arsenal W", "Manchester United W"),
)


def make_goal(
    player: str | None = "B. Saka",
    *,
    score: tuple[int, int] = (1, 0),
    minute: int = 23,
    extra: int | None = None,
    fixture: Fixture = MATCH,
    kind: GoalKind = GoalKind.NORMAL,
) -> Goal:
    return Goal(
        id=GoalId(f"{fixture.id}-{fixture.home.id}-{score[0]}-{score[1]}-1"),
        fixture_id=fixture.id,
        team_id=fixture.home.id,
        team=fixture.home.name,
        player_id=None,
        player=player,
        minute=minute,
        extra=extra,
        score_after=Score(home=score[0], away=score[1]),
        kind=kind,
        generation=1,
        state=GoalState.CONFIRMED,
        first_seen=SEEN,
    )


def make_context(
    goal: Goal | None = None, fixture: Fixture = MATCH, others: Sequence[Fixture] = OTHERS
) -> GoalContext:
    return GoalContext(
        goal=goal or make_goal(), fixture=fixture, others=tuple(others), window_from=WINDOW_FROM
    )


def make_post(
    text: str = "Saka! Arsenal 1-0 Man City",
    *,
    post_id: str = "1",
    author: str = "someone",
    media: tuple[Media, ...] = (LANDSCAPE,),
    posted_at: datetime = SEEN + timedelta(minutes=2),
) -> Post:
    return Post(
        id=PostId(post_id),
        url=f"https://x.com/{author}/status/{post_id}",
        author=author,
        text=text,
        posted_at=posted_at,
        media=media,
        source="nitter",
    )
