"""What people post about the goals of the day: clips worth having, and everything else a search brings."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from footyd.demo.clip_maker import Camera, ClipRecipe, Version
from footyd.demo.script import ScriptEvent, ScriptFixture


class PostKind(StrEnum):
    CLIP = "clip"
    WRONG_MATCH = "wrong match"
    TOO_LONG = "too long"
    PORTRAIT = "portrait"
    DEAD_LINK = "dead link"
    CORRUPT = "corrupt"
    BETTING = "betting"
    NO_VIDEO = "no video"

    @property
    def reason(self) -> str:
        """The word under which footyd is to turn such a post down."""
        return "unreadable" if self is PostKind.CORRUPT else self.value.replace(" ", "_")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedPost:
    """One post; `posted_at` is a script minute of the day, a `late` one is found by a second search only.

    `file` is what its video link names: of a recipe, or of nothing at all. `length` is what the page prints.
    """

    id: int
    fixture_id: int
    event: ScriptEvent
    kind: PostKind
    name: str
    handle: str
    text: str
    posted_at: float
    late: bool
    recipe: ClipRecipe | None
    file: str | None
    length: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """How many versions of each camera, which bad posts beside them, and whether the last clip comes late."""

    main: int
    angle: int
    bad: tuple[PostKind, ...]
    late: bool = False


_PLANS = (
    _Plan(main=3, angle=3, bad=(PostKind.WRONG_MATCH, PostKind.TOO_LONG, PostKind.BETTING), late=True),
    _Plan(main=4, angle=3, bad=(PostKind.PORTRAIT, PostKind.BETTING, PostKind.WRONG_MATCH), late=True),
    _Plan(main=3, angle=3, bad=(PostKind.CORRUPT, PostKind.DEAD_LINK, PostKind.TOO_LONG)),
    _Plan(main=3, angle=3, bad=(PostKind.DEAD_LINK, PostKind.CORRUPT, PostKind.NO_VIDEO)),
    _Plan(main=4, angle=3, bad=(PostKind.NO_VIDEO, PostKind.TOO_LONG, PostKind.BETTING)),
)
"""Of the goals with clips, in the order of the fixtures and their events."""
_WITHOUT_CLIPS = _Plan(main=0, angle=0, bad=(PostKind.NO_VIDEO, PostKind.BETTING))
_WORKED_OVER = (
    Version.SCALED,
    Version.CROPPED,
    Version.LETTERBOX,
    Version.WATERMARK,
    Version.TRIMMED,
    Version.LOW_QUALITY,
)
_CHEERS = (
    "GOAL! {home} {score} {away} | {scorer} {clock}",
    "{scorer} {clock} ⚽ {home} {score} {away}",
    "What a goal by {scorer}! {home} {score} {away} ({clock})",
    "{scorer} scores for {team} 🔥 {home} {score} {away}",
    "Gol de {scorer} {clock} | {home} {score} {away}",
    "{home} {score} {away} {clock} {scorer} 👏👏 #{code}",
)
_BAD_TEXTS = {
    PostKind.TOO_LONG: "{home} {score} {away}: {scorer} and every chance so far",
    PostKind.PORTRAIT: "{scorer} from my sofa 📱 {home} {score} {away}",
    PostKind.BETTING: "{scorer} scored! {home} {score} {away}, best odds on the next goal, bet now 🤑",
    PostKind.NO_VIDEO: "{scorer}! {home} {score} {away}, {clock}. Anyone got the clip?",
    PostKind.WRONG_MATCH: "{scorer}'s little brother scores too: {other_home} 3-2 {other_away}",
}
_FANS = ("Ultras", "Daily", "Corner", "Pulse", "Terrace", "Replay", "Roar", "Matchday", "Goals", "Echo")
_LETTERS = str.maketrans({"ø": "o", "Ø": "O", "æ": "ae", "ł": "l", "Ł": "L", "Þ": "Th", "þ": "th"})
FIRST_POST = 1_990_000_000_000_000_000


def plain(text: str) -> str:
    """As typed on a keyboard without these letters: `Łosina` → `Losina`."""
    apart = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def write_posts(
    seed: int, fixtures: Sequence[ScriptFixture], confirmed_after: float
) -> tuple[ScriptedPost, ...]:
    """All posts of the day, the earliest first; they appear `confirmed_after` minutes after their goal."""
    rng = random.Random(seed)
    plans = iter(_PLANS)
    posts: list[ScriptedPost] = []
    for fixture in fixtures:
        other = next(one for one in fixtures if one is not fixture)
        for event in filter(lambda event: event.stays_a_goal, fixture.events):
            plan = _WITHOUT_CLIPS if event.nobody_posts else next(plans)
            writer = _Writer(
                rng,
                seed * 10_000 + len(posts) * 50,
                fixture=fixture,
                event=event,
                other=other,
                confirmed_after=confirmed_after,
            )
            posts += writer.posts(plan)
    return tuple(sorted(posts, key=lambda post: post.posted_at))


class _Writer:
    """Writes the posts of one goal."""

    def __init__(
        self,
        rng: random.Random,
        number: int,
        *,
        fixture: ScriptFixture,
        event: ScriptEvent,
        other: ScriptFixture,
        confirmed_after: float,
    ) -> None:
        self._rng = rng
        self._number = number
        self._fixture = fixture
        self._event = event
        self._other = other
        self._posted_at = fixture.starts_at + event.shown_at + confirmed_after

    def posts(self, plan: _Plan) -> list[ScriptedPost]:
        clips = [
            *self._versions(Camera.MAIN, plan.main),
            *self._versions(Camera.ANGLE, plan.angle),
        ]
        written = [
            self._post(PostKind.CLIP, recipe, late=plan.late and recipe is clips[-1]) for recipe in clips
        ]
        written += [self._post(kind, self._odd_clip(kind)) for kind in plan.bad]
        self._rng.shuffle(written)
        return written

    def _versions(self, camera: Camera, count: int) -> Iterator[ClipRecipe]:
        if count:
            yield self._recipe(camera, Version.BASE)
            for version in self._rng.sample(_WORKED_OVER, count - 1):
                yield self._recipe(camera, version)

    def _odd_clip(self, kind: PostKind) -> ClipRecipe | None:
        """Only what is found out after the download needs a file; a dead link has none."""
        odd = {PostKind.PORTRAIT: Version.PORTRAIT, PostKind.CORRUPT: Version.CORRUPT}
        return self._recipe(Camera.MAIN, odd[kind]) if kind in odd else None

    def _recipe(self, camera: Camera, version: Version) -> ClipRecipe:
        home, away = self._fixture.home.code, self._fixture.away.code
        minute = self._event.minute + (self._event.extra or 0)
        return ClipRecipe(
            name=f"{home}-{away}-{minute}-{camera}-{version}".lower(),
            scene_seed=self._number,
            camera=camera,
            version=version,
            caption=f"{home} {self._fixture.score_after(self._event)} {away}",
        )

    def _post(self, kind: PostKind, recipe: ClipRecipe | None, *, late: bool = False) -> ScriptedPost:
        self._number += 1
        fan = self._rng.choice(_FANS)
        club = plain(self._event.club.name)
        dead = None if kind is PostKind.NO_VIDEO else f"gone-{self._number}.mp4"
        return ScriptedPost(
            id=FIRST_POST + self._number,
            fixture_id=self._fixture.id,
            event=self._event,
            kind=kind,
            name=f"{club} {fan}",
            handle=f"{max(club.split(), key=len)}{fan}{self._number % 97}",
            text=self._text(_BAD_TEXTS.get(kind) or self._rng.choice(_CHEERS)),
            posted_at=self._posted_at,
            late=late,
            recipe=recipe,
            file=recipe.file_name if recipe else dead,
            length={PostKind.TOO_LONG: "3:20", PostKind.NO_VIDEO: None}.get(kind, "0:03"),
        )

    def _text(self, template: str) -> str:
        fixture, event = self._fixture, self._event
        text = template.format(
            home=fixture.home.name,
            away=fixture.away.name,
            team=event.club.name,
            score=fixture.score_after(event),
            scorer=event.player[1].split()[-1],
            clock=event.clock,
            code=fixture.home.code + fixture.away.code,
            other_home=self._other.home.name,
            other_away=self._other.away.name,
        )
        return plain(text) if self._rng.random() < 0.4 else text
