"""The written match day as plain data: who plays, what the feed shows when, what is posted, how it ends.

`Scenario.minute` times are script minutes: 0 is the first kick-off, and a break counts like play. Clubs and
players are invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from footyd.demo.clip_maker import ClipRecipe
from footyd.demo.posts import PostKind, ScriptedPost, write_posts
from footyd.demo.script import (
    ScriptClub,
    ScriptEvent,
    ScriptFixture,
    ScriptLeague,
    script_minute,
)
from footyd.model import GoalKind, GoalOutcome, Score

__all__ = ["DEMO_KEY", "STEP_MINUTES", "ExpectedGoal", "Scenario", "written_day"]

DEMO_KEY = "demo"
STEP_MINUTES = 5.0
"""How far one `live=` call moves the fast day: what a poll every five minutes would see."""

LEAGUE = ScriptLeague(id=990_001, name="Prva Liga Demo", country="Footyland", round="Regular Season - 12")
ELSEWHERE = ScriptLeague(id=990_002, name="Taça do Ensaio", country="Footyland", round="Round of 16")

VRELOGRAD = ScriptClub(id=991_001, name="NK Vrelograd", code="VRE")
BREVENCE = ScriptClub(id=991_002, name="Étoile Brévence", code="ETO")
FJAERVIK = ScriptClub(id=991_003, name="Fjærvik BK", code="FJA")
LOSINA = ScriptClub(id=991_004, name="Łosina Grodów", code="LOS")
VERDEJO = ScriptClub(id=991_005, name="Ilha Verdejo", code="ILH")
ARVOREDO = ScriptClub(id=991_006, name="São Arvoredo", code="SAO")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedGoal:
    """How one goal must end; `groups` are the sizes of its groups of clips, `turned_down` counts reasons."""

    fixture_id: int
    team: str
    clock: str
    player: str
    score_after: Score
    kind: GoalKind
    outcome: GoalOutcome
    posts: int
    turned_down: tuple[tuple[str, int], ...]
    groups: tuple[int, ...]

    @property
    def title(self) -> str:
        return f"{self.team} {self.score_after} {self.clock} {self.player}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One day from first kick-off to last whistle; the same seed makes the same day at another time.

    `fixtures` are the followed ones, all of league `league_id`; `others` are played elsewhere. `recipes`
    stand in the order in which their clips are first asked for. `discarded` counts sightings taken back.
    """

    seed: int
    league_id: int
    fixtures: tuple[ScriptFixture, ...]
    others: tuple[ScriptFixture, ...]
    posts: tuple[ScriptedPost, ...]
    recipes: tuple[ClipRecipe, ...]
    expected: tuple[ExpectedGoal, ...]
    discarded: int
    end_minute: float
    step_minutes: float = STEP_MINUTES


def written_day(seed: int, now: datetime) -> Scenario:
    """The day of the demo, with its kick-offs a moment after `now` and on the same date."""
    fixtures = _followed(_soon(now, 2), _soon(now, 3))
    posts = write_posts(seed, fixtures, STEP_MINUTES)
    return Scenario(
        seed=seed,
        league_id=LEAGUE.id,
        fixtures=fixtures,
        others=(_elsewhere(_soon(now, -30 * 60)),),
        posts=posts,
        recipes=tuple(post.recipe for post in posts if post.recipe is not None),
        expected=tuple(
            _expected(fixture, event, posts)
            for fixture in fixtures
            for event in fixture.events
            if event.stays_a_goal
        ),
        discarded=sum(event.taken_back_at is not None for fixture in fixtures for event in fixture.events),
        end_minute=max(fixture.ends_at for fixture in fixtures),
    )


def _soon(now: datetime, seconds: float) -> datetime:
    moment = (now + timedelta(seconds=seconds)).replace(microsecond=0)
    return moment if moment.date() == now.date() else now.replace(microsecond=0)


# ---------------------------------------------------------------- the script


def _followed(first: datetime, second: datetime) -> tuple[ScriptFixture, ...]:
    return (
        ScriptFixture(
            id=992_001,
            league=LEAGUE,
            home=VRELOGRAD,
            away=BREVENCE,
            kickoff=first,
            starts_at=0,
            events=_events_in_vrelograd(),
        ),
        ScriptFixture(
            id=992_002,
            league=LEAGUE,
            home=FJAERVIK,
            away=LOSINA,
            kickoff=second,
            starts_at=5,
            events=_events_in_fjaervik(),
        ),
    )


def _events_in_vrelograd() -> tuple[ScriptEvent, ...]:
    sarovic, brechard = (993_001, "M. Šarović"), (993_002, "T. Bréchard")
    return (
        ScriptEvent(minute=12, club=VRELOGRAD, player=sarovic, assist=(993_003, "D. Kućarin")),
        ScriptEvent(
            minute=23,
            club=BREVENCE,
            player=brechard,
            taken_back_at=script_minute(23) + STEP_MINUTES,
            verdict="Goal Disallowed - offside",
        ),
        ScriptEvent(
            minute=34, club=BREVENCE, player=(993_004, "J. Lefèvrin"), type="Card", detail="Yellow Card"
        ),
        ScriptEvent(minute=45, extra=2, club=BREVENCE, player=brechard, detail="Penalty"),
        ScriptEvent(
            minute=58, club=VRELOGRAD, player=(993_005, "I. Brajnović"), type="subst", detail="Substitution 1"
        ),
        ScriptEvent(minute=67, club=VRELOGRAD, player=(993_004, "J. Lefèvrin"), detail="Own Goal"),
    )


def _events_in_fjaervik() -> tuple[ScriptEvent, ...]:
    odemark, zelichow = (993_011, "S. Ødemark"), (993_012, "K. Żelichow")
    return (
        ScriptEvent(
            minute=18,
            club=LOSINA,
            player=zelichow,
            named_at=script_minute(18) + STEP_MINUTES,
            assist=(993_013, "Ł. Wiśnar"),
        ),
        ScriptEvent(minute=39, club=FJAERVIK, player=odemark, detail="Missed Penalty"),
        ScriptEvent(minute=58, club=FJAERVIK, player=odemark),
        ScriptEvent(minute=71, club=LOSINA, player=zelichow, type="Card", detail="Red Card"),
        ScriptEvent(minute=81, club=FJAERVIK, player=(993_014, "Þ. Hallvarsson"), nobody_posts=True),
    )


def _elsewhere(kickoff: datetime) -> ScriptFixture:
    """In play all day and no business of ours."""
    return ScriptFixture(
        id=992_003,
        league=ELSEWHERE,
        home=VERDEJO,
        away=ARVOREDO,
        kickoff=kickoff,
        starts_at=-30,
        overruns=True,
        events=(ScriptEvent(minute=8, club=ARVOREDO, player=(993_021, "Zé Pinhal")),),
    )


# ---------------------------------------------------------------- how it must end


def _expected(fixture: ScriptFixture, event: ScriptEvent, posts: tuple[ScriptedPost, ...]) -> ExpectedGoal:
    about = [post for post in posts if post.fixture_id == fixture.id and post.event == event]
    groups: dict[str, int] = {}
    reasons: dict[str, int] = {}
    for post in about:
        if post.kind is PostKind.CLIP and post.recipe is not None:
            groups[post.recipe.camera] = groups.get(post.recipe.camera, 0) + 1
        else:
            reasons[post.kind.reason] = reasons.get(post.kind.reason, 0) + 1
    return ExpectedGoal(
        fixture_id=fixture.id,
        team=event.club.name,
        clock=event.clock,
        player=event.player[1],
        score_after=fixture.score_after(event),
        kind=event.kind,
        outcome=GoalOutcome.STORED if groups else GoalOutcome.NEEDS_REVIEW,
        posts=len(about),
        turned_down=tuple(sorted(reasons.items())),
        groups=tuple(sorted(groups.values(), reverse=True)),
    )
