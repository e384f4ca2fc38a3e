"""Values for tests: fixtures as the feed sends them, goals, posts, clips."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from footyd.adapters.feed_payload import parse_fixture
from footyd.model import (
    Candidate,
    CandidateState,
    Clip,
    ClipId,
    ClipState,
    Fingerprint,
    Fixture,
    FixtureId,
    FixtureState,
    Goal,
    GoalId,
    GoalKind,
    GoalState,
    Media,
    Post,
    PostId,
    Score,
    TeamId,
    TrackedFixture,
    VideoFacts,
)

KICKOFF = datetime(2026, 8, 22, 14, 0, tzinfo=UTC)
HOME, AWAY = 101, 202


def goal_event(minute: int, team: int = HOME, player: str | None = "A. Striker") -> dict[str, Any]:
    return {
        "time": {"elapsed": minute, "extra": None},
        "team": {"id": team, "name": "Home" if team == HOME else "Away"},
        "player": {"id": 7 if player else None, "name": player},
        "assist": {"id": None, "name": None},
        "type": "Goal",
        "detail": "Normal Goal",
        "comments": None,
    }


def payload(
    id: int = 1,
    *,
    status: str = "NS",
    score: tuple[int, int] | None = None,
    events: list[dict[str, Any]] | None = None,
    kickoff: datetime = KICKOFF,
    league: int = 39,
    minute: int | None = None,
) -> dict[str, Any]:
    """One fixture of a reply; without `events` the key is absent, as in `date=` replies."""
    home, away = score or (None, None)
    none = {"home": None, "away": None}
    found: dict[str, Any] = {
        "fixture": {
            "id": id,
            "date": kickoff.isoformat(),
            "timestamp": int(kickoff.timestamp()),
            "status": {"long": status, "short": status, "elapsed": minute, "extra": None},
        },
        "league": {"id": league, "name": "League", "country": "Land", "season": 2026, "round": "1"},
        "teams": {"home": {"id": HOME, "name": "Home"}, "away": {"id": AWAY, "name": "Away"}},
        "goals": {"home": home, "away": away},
        "score": {"halftime": none, "fulltime": none, "extratime": none, "penalty": none},
    }
    if events is not None:
        found["events"] = events
    return found


def a_fixture(id: int = 1, **facts: Any) -> Fixture:
    return parse_fixture(payload(id, **facts))


def tracked(
    id: int = 1,
    *,
    state: FixtureState = FixtureState.ACTIVE,
    read_at: datetime | None = None,
    final_since: datetime | None = None,
    lost_at: datetime | None = None,
    **facts: Any,
) -> TrackedFixture:
    return TrackedFixture(
        fixture=a_fixture(id, **facts),
        state=state,
        read_at=read_at,
        final_since=final_since,
        lost_at=lost_at,
    )


def a_goal(
    id: str = "1-101-1-0-1",
    *,
    fixture: int = 1,
    team: int = HOME,
    score: tuple[int, int] = (1, 0),
    state: GoalState = GoalState.CONFIRMED,
    at: datetime = KICKOFF + timedelta(minutes=30),
    player: str | None = "A. Striker",
) -> Goal:
    return Goal(
        id=GoalId(id),
        fixture_id=FixtureId(fixture),
        team_id=TeamId(team),
        team="Home" if team == HOME else "Away",
        player_id=None,
        player=player,
        minute=23,
        extra=None,
        score_after=Score(home=score[0], away=score[1]),
        kind=GoalKind.NORMAL,
        generation=1,
        state=state,
        first_seen=at,
        confirmed_at=at + timedelta(minutes=5) if state is GoalState.CONFIRMED else None,
    )


def a_post(id: str = "900", *, url: str | None = None) -> Post:
    return Post(
        id=PostId(id),
        url=f"https://x.com/fan/status/{id}",
        author="fan",
        text="GOAL! A. Striker, Home 1-0 Away",
        posted_at=KICKOFF + timedelta(minutes=31),
        media=(Media(url=url),),
        source="nitter",
    )


def a_candidate(
    goal: str = "1-101-1-0-1",
    post: str = "900",
    *,
    state: CandidateState = CandidateState.ACCEPTED,
    url: str | None = None,
    clip_id: str | None = None,
) -> Candidate:
    clip = ClipId(clip_id) if clip_id else None
    return Candidate(goal_id=GoalId(goal), post=a_post(post, url=url), score=0.8, state=state, clip_id=clip)


def a_clip(
    goal: str = "1-101-1-0-1", sha: str = "ab" * 32, *, state: ClipState = ClipState.HELD, **facts: Any
) -> Clip:
    return Clip(
        id=ClipId(f"{goal}:{sha}"),
        goal_id=GoalId(goal),
        post_id=PostId("900"),
        facts=VideoFacts(
            width=640, height=360, duration_seconds=8.0, fps=25.0, frames=200, size_bytes=1000, sha256=sha
        ),
        fingerprint=Fingerprint(version=1, data=b"\x00\x01"),
        state=state,
        **facts,
    )
