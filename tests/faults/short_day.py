"""The written match day that every fault is played against: one match, four goals, six clips, two acts."""

from __future__ import annotations

from datetime import datetime, timedelta

from footyd.demo.clip_maker import Camera, ClipRecipe, Version
from footyd.demo.posts import FIRST_POST, PostKind, ScriptedPost
from footyd.demo.scenario import Scenario
from footyd.demo.script import ScriptClub, ScriptEvent, ScriptFixture, ScriptLeague

STEP_MINUTES = 8.0
HOME = ScriptClub(id=981_001, name="FK Kamenov", code="KAM")
AWAY = ScriptClub(id=981_002, name="Racing Lauzette", code="LAU")
LEAGUE = ScriptLeague(id=980_001, name="Liga of Faults", country="Footyland", round="Regular Season - 1")

LAST_ACT = 90.0
"""Script minutes from here on are shown once the goals have their clips."""

CORRECTED = ScriptEvent(minute=6, club=HOME, player=(983_001, "B. Stanojlo"))
TRUE_SCORER = {"id": 983_005, "name": "D. Vukelin"}
REPLACED = ScriptEvent(minute=22, club=HOME, player=(983_002, "T. Marchenko"))
TAKEN_BACK = ScriptEvent(
    minute=31,
    club=AWAY,
    player=(983_003, "O. Petrarouge"),
    taken_back_at=LAST_ACT,
    verdict="Goal Disallowed - offside",
)
UNSEEN = ScriptEvent(minute=44, club=HOME, player=(983_004, "L. Bukovinac"), nobody_posts=True)
"""Their keepers: moved with the scorer, replaced by a better clip, quarantined; and none.

Each is shown in so many polls that one which a crash loses changes nothing. No score is another one's, nor
one's reversed, also when the third is taken back: so no post can be taken for another goal's.
"""
KEEPERS, GOALS_WITH_CLIPS = 4, 3
_CLIPS = (
    (CORRECTED, Camera.MAIN, Version.BASE, False),
    (CORRECTED, Camera.MAIN, Version.CROPPED, False),
    (REPLACED, Camera.MAIN, Version.LOW_QUALITY, False),
    (REPLACED, Camera.MAIN, Version.BASE, True),
    (REPLACED, Camera.ANGLE, Version.BASE, False),
    (TAKEN_BACK, Camera.MAIN, Version.BASE, False),
)
"""Of which goal, what it shows, and whether only a second search finds it."""


def short_day(seed: int, now: datetime) -> Scenario:
    """Kick-off a moment after `now`, on the same date."""
    fixture = _fixture(now)
    posts = tuple(_posts(seed, fixture))
    return Scenario(
        seed=seed,
        league_id=LEAGUE.id,
        fixtures=(fixture,),
        others=(),
        posts=posts,
        recipes=tuple(post.recipe for post in posts if post.recipe is not None),
        expected=(),  # what it is compared with is the same day, played undisturbed
        discarded=0,
        end_minute=fixture.ends_at,
        step_minutes=STEP_MINUTES,
    )


def _fixture(now: datetime) -> ScriptFixture:
    kickoff = (now + timedelta(seconds=1)).replace(microsecond=0)
    return ScriptFixture(
        id=982_001,
        league=LEAGUE,
        home=HOME,
        away=AWAY,
        kickoff=kickoff if kickoff.date() == now.date() else now.replace(microsecond=0),
        starts_at=0,
        events=(CORRECTED, REPLACED, TAKEN_BACK, UNSEEN),
    )


def _posts(seed: int, fixture: ScriptFixture) -> list[ScriptedPost]:
    written = [
        _post(fixture, event, number, recipe=_recipe(seed, fixture, event, camera, version), late=late)
        for number, (event, camera, version, late) in enumerate(_CLIPS)
    ]
    return [*written, _post(fixture, REPLACED, len(written), recipe=None, late=False)]


def _recipe(
    seed: int, fixture: ScriptFixture, event: ScriptEvent, camera: Camera, version: Version
) -> ClipRecipe:
    score = _score_after(fixture, event)
    return ClipRecipe(
        name=f"{fixture.home.code}-{event.minute}-{camera}-{version}".lower(),
        scene_seed=seed * 1_000 + event.minute,
        camera=camera,
        version=version,
        caption=f"{fixture.home.code} {score} {fixture.away.code}",
    )


def _post(
    fixture: ScriptFixture, event: ScriptEvent, number: int, *, recipe: ClipRecipe | None, late: bool
) -> ScriptedPost:
    scorer, score = event.player[1].split()[-1], _score_after(fixture, event)
    return ScriptedPost(
        id=FIRST_POST + 900_000 + number,
        fixture_id=fixture.id,
        event=event,
        kind=PostKind.CLIP if recipe else PostKind.DEAD_LINK,
        name=f"{event.club.name} Echo",
        handle=f"Terrace{number}",
        text=f"GOAL! {fixture.home.name} {score} {fixture.away.name} | {scorer} {event.clock}",
        posted_at=event.shown_at + STEP_MINUTES,
        late=late,
        recipe=recipe,
        file=recipe.file_name if recipe else f"gone-{number}.mp4",
        length="0:03",
    )


def _score_after(fixture: ScriptFixture, event: ScriptEvent) -> str:
    """As it stood then: a goal taken back later counts till then."""
    until = [one for one in fixture.events if one.shown_at <= event.shown_at]
    home = sum(one.club == fixture.home for one in until)
    return f"{home}-{len(until) - home}"
