from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from footyd.config import DEFAULT_KEY_TEMPLATE, KEY_FIELDS
from footyd.errors import GoalError, LibraryError
from footyd.model import (
    Clip,
    ClipId,
    ClipState,
    Fingerprint,
    Fixture,
    FixtureId,
    Goal,
    GoalId,
    GoalKind,
    GoalState,
    League,
    LeagueId,
    ObjectKey,
    PostId,
    Score,
    Team,
    TeamId,
    VideoFacts,
)
from footyd.stages.publish import (
    KEY_BYTES,
    SEGMENT_BYTES,
    content_type,
    metadata_for,
    object_key,
    publish_clip,
)

KICKOFF = datetime(2025, 11, 21, 20, 0, tzinfo=UTC)
SHA = "0a1b2c3d" + "e" * 56

FIXTURE = Fixture(
    id=FixtureId(1_208_021),
    kickoff=KICKOFF,
    status="2H",
    minute=47,
    league=League(id=LeagueId(39), name="Premier League", country="England", season=2025, round="12"),
    home=Team(id=TeamId(33), name="Manchester United"),
    away=Team(id=TeamId(40), name="Liverpool"),
    score=None,
    events=None,
    payload={},
)
GOAL = Goal(
    id=GoalId("1208021-33-1-0-1"),
    fixture_id=FIXTURE.id,
    team_id=TeamId(33),
    team="Manchester United",
    player_id=None,
    player="Bruno Fernandes",
    minute=45,
    extra=2,
    score_after=Score(home=1, away=0),
    kind=GoalKind.NORMAL,
    generation=1,
    state=GoalState.CONFIRMED,
    first_seen=KICKOFF,
)


def clip_of(path: Path | None, *, size: int = 5, container: str = "mp4") -> Clip:
    facts = VideoFacts(
        width=1280,
        height=720,
        duration_seconds=20,
        fps=25,
        frames=500,
        size_bytes=size,
        sha256=SHA,
        container=container,
    )
    return Clip(
        id=ClipId(f"{GOAL.id}:{SHA}"),
        goal_id=GOAL.id,
        post_id=PostId("1"),
        facts=facts,
        fingerprint=Fingerprint(version=1, data=b""),
        state=ClipState.PUBLISHING,
        path=path,
    )


def named(template: str = DEFAULT_KEY_TEMPLATE, *, goal: Goal = GOAL, fixture: Fixture = FIXTURE) -> str:
    return object_key(template, goal=goal, fixture=fixture, rank=0, sha256=SHA)


def with_names(fixture: Fixture, league: str, home: str, away: str) -> Fixture:
    return replace(
        fixture,
        league=replace(fixture.league, name=league),
        home=replace(fixture.home, name=home),
        away=replace(fixture.away, name=away),
    )


# ---------------------------------------------------------------- the key


def test_the_default_key_reads_as_a_person_would_file_it() -> None:
    assert named() == (
        "Premier League/2025/2025-11-21 Manchester United vs Liverpool/045+02 Bruno Fernandes/0-0a1b2c3d.mp4"
    )


def test_every_field_of_the_config_is_known() -> None:
    key = named(" ".join(f"{{{field}}}" for field in KEY_FIELDS if field not in {"league", "home", "away"}))
    assert key == (
        "2025 2025-11-21 045+02 Bruno Fernandes Manchester United 1-0 0 0a1b2c3d 1208021 1208021-33-1-0-1"
    )


def test_the_date_is_that_of_the_kick_off_in_utc() -> None:
    tokyo = timezone(timedelta(hours=9))
    fixture = replace(FIXTURE, kickoff=datetime(2025, 11, 22, 4, 0, tzinfo=tokyo))
    assert named("{date}-{sha8}", fixture=fixture) == "2025-11-21-0a1b2c3d"


def test_names_sort_as_the_goals_fell() -> None:
    clocks = [(7, None), (45, None), (45, 2), (45, 10), (46, None), (90, 3), (105, 1), (120, None)]
    names = [named("{minute} {sha8}", goal=replace(GOAL, minute=m, extra=e)) for m, e in clocks]
    assert names == sorted(names)


@pytest.mark.parametrize(
    ("player", "kind", "shown"),
    [
        (None, GoalKind.NORMAL, "unknown scorer"),
        ("  ", GoalKind.NORMAL, "unknown scorer"),
        ("Harry Maguire", GoalKind.OWN, "Harry Maguire (own goal)"),
        (None, GoalKind.OWN, "unknown scorer (own goal)"),
        ("Bruno Fernandes", GoalKind.PENALTY, "Bruno Fernandes"),
    ],
)
def test_the_scorer_is_named_even_when_unknown(player: str | None, kind: GoalKind, shown: str) -> None:
    assert named("{scorer}/{sha8}", goal=replace(GOAL, player=player, kind=kind)) == f"{shown}/0a1b2c3d"


@pytest.mark.parametrize(
    ("found", "written"),
    [
        ("Bodø/Glimt", "Bodø-Glimt"),
        ("Beşiktaş", "Beşiktaş"),
        ("Ｆ\u0041\u030a", "ＦÅ"),
        ("St. Louis F.C.", "St. Louis F.C"),
        ("..", "unknown"),
        (" .hidden. ", "hidden"),
        ("", "unknown"),
        ("\x00\x1b\u202e\ud800", "unknown"),
        ("a\tb\n c\u00a0d", "a b c d"),
        ('<a>:"b"|c?*\\', "-a---b--c---"),
        ("../../etc/passwd", "-..-etc-passwd"),
        ("nul", "_nul"),
        ("COM1.tv", "_COM1.tv"),
        ("Conor", "Conor"),
        ("e\u200b\u0301", "é"),
        ("x" * 119 + ". and more", "x" * 119),
    ],
)
def test_a_name_is_made_safe_and_stays_readable(found: str, written: str) -> None:
    assert named("{home}/{sha8}", fixture=with_names(FIXTURE, "L", found, "A")) == f"{written}/0a1b2c3d"


@pytest.mark.parametrize(
    ("template", "key"),
    [
        ("//{sha8}//x/", "0a1b2c3d/x"),
        ("../{sha8}/../x", "0a1b2c3d/x"),
        ("{{sha8}}.mp4", "{sha8}-0a1b2c3d.mp4"),
        ("{sha8:.4}.mp4", "0a1b-0a1b2c3d.mp4"),
        ("aux/{sha8}.mp4", "_aux/0a1b2c3d.mp4"),
        ("e\u200b\u0301/{sha8}", "é/0a1b2c3d"),
    ],
)
def test_an_odd_template_still_gives_a_safe_key(template: str, key: str) -> None:
    assert named(template) == key


@pytest.mark.parametrize(
    "template",
    ["{home} {rank}-{sha8}.mp4", "{sha8} {home}.mp4", "{home} {sha8} {away}.mp4", "{sha8}/{home} {away}.mp4"],
)
def test_long_names_are_cut_but_hash_and_suffix_stay(template: str) -> None:
    last = named(template, fixture=with_names(FIXTURE, "L", "é" * 200, "ü" * 200))
    assert "0a1b2c3d" in last
    assert last.endswith(".mp4")
    assert all(100 < len(part.encode()) <= SEGMENT_BYTES for part in last.split("/") if "é" in part)


def test_a_deep_template_stays_within_the_whole_length() -> None:
    key = named("/".join(["{home}"] * 30) + "/{sha8}.mp4", fixture=with_names(FIXTURE, "L", "é" * 99, "A"))
    assert len(key.encode()) <= KEY_BYTES
    assert key.endswith("/0a1b2c3d.mp4")


TEMPLATES = st.sampled_from(
    [
        DEFAULT_KEY_TEMPLATE,
        "{sha8}.mp4",
        "{home}{away}{scorer}{team}-{sha8}.webm",
        "{sha8} {scorer}.mp4",
        "{scorer}/{sha8}/{home}",
        "{goal}/{fixture}/{score}/{team} {sha8}{scorer}",
        "{league}/{home}/{away}/{scorer}/" * 6 + "{sha8}.mp4",
        "a" * 300 + "{sha8}" + "b" * 300 + ".mp4",
    ]
)
NASTY = st.one_of(
    st.text(max_size=80),
    st.text("./\\ \0", max_size=6),
    st.sampled_from(
        ["CON", "com¹", "lpt9.x", "\u0958" * 60, "e\u0301" * 60, "👨‍👩‍👧‍👦" * 20, "\ud800", "Å" * 90]
    ),
)
SHAS = st.text("0123456789abcdef", min_size=64, max_size=64)
DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(\.|$)", re.IGNORECASE)


@given(TEMPLATES, st.tuples(NASTY, NASTY, NASTY), st.none() | NASTY, SHAS)
@example("{scorer}/{sha8}", ("L", "H", "A"), "nul .", SHA)
def test_whatever_the_names_the_key_is_safe(
    template: str, names: tuple[str, str, str], player: str | None, sha256: str
) -> None:
    goal = replace(GOAL, player=player, team=names[1])
    fixture = with_names(FIXTURE, *names)
    key = object_key(template, goal=goal, fixture=fixture, rank=3, sha256=sha256)
    assert len(key.encode()) <= KEY_BYTES
    assert sha256[:8] in key
    assert key == unicodedata.normalize("NFC", key)
    assert key == object_key(template, goal=goal, fixture=fixture, rank=3, sha256=sha256)
    for segment in key.split("/"):
        assert 0 < len(segment.encode()) <= SEGMENT_BYTES
        assert segment == segment.strip(". ")
        assert not set('\\<>:"|?*') & set(segment)
        assert not any(unicodedata.category(character).startswith("C") for character in segment)
        assert not DEVICES.match(segment)


@given(TEMPLATES, NASTY, st.none() | NASTY, SHAS, SHAS)
def test_two_clips_of_a_goal_never_share_a_key(
    template: str, home: str, player: str | None, one: str, other: str
) -> None:
    goal = replace(GOAL, player=player, team=home)
    fixture = with_names(FIXTURE, "L", home, "A")
    keys = {object_key(template, goal=goal, fixture=fixture, rank=0, sha256=sha) for sha in (one, other)}
    assert len(keys) == len({one[:8], other[:8]})


# ---------------------------------------------------------------- the metadata


def test_metadata_tells_goal_source_and_scorer() -> None:
    goal = replace(GOAL, player="Martin Ødegaard", kind=GoalKind.OWN)
    metadata = metadata_for(clip_of(None), goal, FIXTURE, source_url="https://x.com/fan/status/19?s=20&t=é")
    assert metadata == {
        "goal-id": "1208021-33-1-0-1",
        "fixture-id": "1208021",
        "post-url": "https://x.com/fan/status/19?s=20&t=%C3%A9",
        "sha256": SHA,
        "minute": "45+2'",
        "scorer": "Martin %C3%98degaard (own goal)",
    }


@given(NASTY, st.text(max_size=3000))
def test_metadata_is_ascii_that_a_header_can_carry(player: str, source_url: str) -> None:
    metadata = metadata_for(clip_of(None), replace(GOAL, player=player), FIXTURE, source_url=source_url)
    assert all(re.fullmatch(r"[!-~]([ -~]*[!-~])?|", text) for text in metadata.values())
    assert sum(len(name) + len(text) for name, text in metadata.items()) <= 2048


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=30))
def test_metadata_gives_the_name_back(player: str) -> None:
    metadata = metadata_for(clip_of(None), replace(GOAL, player=player), FIXTURE, source_url="")
    assert unquote(metadata["scorer"]) == unicodedata.normalize("NFC", player)


# ---------------------------------------------------------------- publishing


class LibraryInMemory:
    """Holds what was put; `loses` bytes of each object on the way."""

    def __init__(self, *, loses: int = 0) -> None:
        self.objects: dict[str, tuple[bytes, str, dict[str, str]]] = {}
        self._loses = loses

    async def prepare(self) -> None: ...

    async def put(
        self, key: ObjectKey, file: Path, *, content_type: str, metadata: Mapping[str, str]
    ) -> None:
        content = file.read_bytes()
        self.objects[key] = (content[: len(content) - self._loses], content_type, dict(metadata))

    async def size(self, key: ObjectKey) -> int | None:
        return len(self.objects[key][0]) if key in self.objects else None

    async def delete(self, key: ObjectKey) -> None:
        self.objects.pop(key, None)

    async def url(self, key: ObjectKey) -> str:
        return f"memory:{key}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "clip"
    path.write_bytes(b"goal!")
    return path


async def test_publishing_puts_the_file_with_its_type_and_metadata(file: Path) -> None:
    library = LibraryInMemory()
    await publish_clip(library, clip_of(file, container="webm"), ObjectKey("a/b.webm"), {"goal-id": "1"})
    assert library.objects == {"a/b.webm": (b"goal!", "video/webm", {"goal-id": "1"})}


async def test_a_library_that_lost_bytes_is_not_believed(file: Path) -> None:
    with pytest.raises(LibraryError, match="has 5 bytes, the library holds 4"):
        await publish_clip(LibraryInMemory(loses=1), clip_of(file), ObjectKey("a"), {})


@pytest.mark.parametrize("path", [None, Path("/nowhere/clip.mp4")])
async def test_a_clip_without_its_file_is_not_published(path: Path | None) -> None:
    library = LibraryInMemory()
    with pytest.raises(GoalError, match="has no file to publish"):
        await publish_clip(library, clip_of(path), ObjectKey("a"), {})
    assert library.objects == {}


@pytest.mark.parametrize(
    ("container", "expected"),
    [("mp4", "video/mp4"), ("WebM", "video/webm"), ("", "application/octet-stream")],
)
def test_the_type_follows_the_container(container: str, expected: str) -> None:
    assert content_type(container) == expected
