"""Publish: name a keeper's object so that any file system and S3 take it, and put it into the library."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from footyd.errors import GoalError, LibraryError
from footyd.model import Clip, Fixture, Goal, GoalKind, Leftover, ObjectKey, Owner

SEGMENT_BYTES = 120
KEY_BYTES = 900
"""S3 allows 1024 bytes a key and file systems 255 a name; the rest is room for the folder before it."""
_DEPTH = 16
_UNWANTED = frozenset('/\\<>:"|?*')
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}\Z")
_DEVICES = frozenset(
    {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}
    | {f"{port}{n}" for port in ("COM", "LPT") for n in "0123456789¹²³"}
)
"""Reserved by Windows in every folder, with any suffix (Microsoft, "Naming Files, Paths, and Namespaces")."""
_CONTENT_TYPES = {
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
    "mkv": "video/x-matroska",
    "avi": "video/x-msvideo",
    "ts": "video/mp2t",
}
_HEADER_SAFE = " !#$&'()*+,/:;=?@[]|"
_METADATA_LENGTHS = {"post-url": 800, "scorer": 400}
_METADATA_LENGTH = 128
"""All of them together stay under the 2 kB that S3 allows for an object's metadata."""


class Shelf(Protocol):
    """What publishing a clip needs of a library."""

    async def put(
        self, key: ObjectKey, file: Path, *, content_type: str, metadata: Mapping[str, str]
    ) -> None:
        """Store the whole file or nothing; an object of that key is replaced."""

    async def size(self, key: ObjectKey) -> int | None:
        """Size in bytes, None when there is no such object."""


class Library(Shelf, Protocol):
    """Where keepers live; every method raises `LibraryError` when the library cannot do it."""

    async def prepare(self) -> None:
        """Make the folder or bucket when it is missing."""

    async def owner(self) -> Owner | None:
        """Whose it is; None while nobody has claimed it."""

    async def claim(self, owner: Owner, *, over: bool = False) -> Owner | None:
        """Make it `owner`'s unless it is somebody's, or with `over` in any case; whose it is after that."""

    async def delete(self, key: ObjectKey) -> None:
        """Make sure there is no such object."""

    async def copy(self, source: ObjectKey, target: ObjectKey) -> None:
        """A second object of the same content and metadata; `source` must be there."""

    async def fetch(self, key: ObjectKey, into: Path) -> None:
        """Read the object into the file `into`."""

    def read(self, key: ObjectKey, *, start: int = 0, stop: int | None = None) -> AsyncGenerator[bytes, None]:
        """The object in blocks, from byte `start` until before `stop`."""

    async def sha256(self, key: ObjectKey) -> str:
        """Of the object's content, read through."""

    def objects(self) -> AsyncIterator[tuple[ObjectKey, int]]:
        """Every object but the owner's mark with its size in bytes, in the order of the keys' UTF-8 bytes."""

    async def leftovers(self) -> Sequence[Leftover]:
        """What writes that nobody goes on with have left half done."""

    async def sweep(self, leftover: Leftover) -> None:
        """Remove it, unless somebody goes on with it."""

    async def url(self, key: ObjectKey) -> str:
        """A link that opens the object: presigned and passing, or `file://`."""


async def publish_clip(library: Shelf, clip: Clip, key: ObjectKey, metadata: Mapping[str, str]) -> None:
    """Put the clip's file under `key` and believe it only when the library tells the same size."""
    if clip.path is None or not clip.path.is_file():
        raise GoalError(f"clip {clip.id} has no file to publish", remedy="Search its goal again.")
    await library.put(key, clip.path, content_type=content_type(clip.facts.container), metadata=metadata)
    stored = await library.size(key)
    if stored != clip.facts.size_bytes:
        raise LibraryError(
            f"clip {clip.id} has {clip.facts.size_bytes} bytes, the library holds {stored} under {key!r}",
            remedy="It is published again at the next try; if it stays, check the library's disk.",
        )


def poster_key(key: ObjectKey) -> ObjectKey:
    return _beside(key, ".webp")


def sidecar_key(key: ObjectKey) -> ObjectKey:
    return _beside(key, ".json")


def side_keys(key: ObjectKey) -> tuple[ObjectKey, ...]:
    """Where poster and sidecar of the clip under `key` lie: beside it, by its name."""
    return poster_key(key), sidecar_key(key)


def _beside(key: ObjectKey, suffix: str) -> ObjectKey:
    stem, own = _split_suffix(key)
    return ObjectKey(f"{key}{suffix}" if own.lower() in {".webp", ".json"} else f"{stem}{suffix}")


def sidecar(clip: Clip, goal: Goal, fixture: Fixture, *, source_url: str) -> dict[str, Any]:
    """What a program finds beside a keeper; `footyd` is the version of this form."""
    facts = clip.facts
    return {
        "footyd": 1,
        "clip": clip.id,
        "sha256": facts.sha256,
        "size_bytes": facts.size_bytes,
        "duration_seconds": facts.duration_seconds,
        "width": facts.width,
        "height": facts.height,
        "rank": clip.rank,
        "source_url": source_url,
        "goal": {
            "id": goal.id,
            "team": goal.team,
            "scorer": goal.player,
            "minute": goal.clock,
            "score": str(goal.score_after),
            "kind": goal.kind.value,
        },
        "fixture": {
            "id": fixture.id,
            "kickoff": fixture.kickoff.isoformat(),
            "league": fixture.league.name,
            "season": fixture.league.season,
            "home": fixture.home.name,
            "away": fixture.away.name,
        },
    }


def content_type(container: str) -> str:
    return _CONTENT_TYPES.get(container.lower(), "application/octet-stream")


def metadata_for(clip: Clip, goal: Goal, fixture: Fixture, *, source_url: str) -> dict[str, str]:
    """What is stored beside the object, in ASCII; `urllib.parse.unquote` gives the values back."""
    values = {
        "goal-id": goal.id,
        "fixture-id": str(fixture.id),
        "post-url": source_url,
        "sha256": clip.facts.sha256,
        "minute": goal.clock,
        "scorer": _scorer(goal) if goal.generation == 1 else f"{_scorer(goal)} ({goal.generation})",
    }
    return {
        name: _ascii(value, _METADATA_LENGTHS.get(name, _METADATA_LENGTH)) for name, value in values.items()
    }


def _ascii(value: str, length: int) -> str:
    """Percent-encoded where a header could not carry it, cut between characters."""
    characters = " ".join(unicodedata.normalize("NFC", value).split())
    encoded = [quote(character, safe=_HEADER_SAFE, errors="replace") for character in characters]
    lengths = itertools.accumulate(len(piece) for piece in encoded)
    return "".join(piece for piece, total in zip(encoded, lengths, strict=True) if total <= length).strip()


def object_key(template: str, *, goal: Goal, fixture: Fixture, rank: int, sha256: str) -> ObjectKey:
    """The clip's place in the library: the template filled in, safe on every file system.

    It always holds the first eight digits of the sha256, so that two clips of a goal never meet; a goal that
    came back after it was taken back has a number behind its scorer.
    """
    sha8 = sha256[:8]
    filled = template.format(**_fields(goal, fixture, rank, sha8))
    segments = [_unreserved(segment) for part in filled.split("/") if (segment := _safe(part))] or [sha8]
    segments = [*segments[: _DEPTH - 1], segments[-1]] if len(segments) > _DEPTH else segments
    if not any(sha8 in segment for segment in segments):
        stem, suffix = _split_suffix(segments[-1])
        segments[-1] = f"{stem}-{sha8}{suffix}"
    room = min(SEGMENT_BYTES, (KEY_BYTES - len(segments) + 1) // len(segments))
    return ObjectKey("/".join(_fit(segment, room, sha8) for segment in segments))


def _fields(goal: Goal, fixture: Fixture, rank: int, sha8: str) -> dict[str, str]:
    texts = {
        "league": fixture.league.name,
        "season": str(fixture.league.season),
        "date": fixture.kickoff.astimezone(UTC).date().isoformat(),
        "home": fixture.home.name,
        "away": fixture.away.name,
        "minute": _sortable_minute(goal),
        "scorer": _scorer(goal),
        "team": goal.team,
        "score": str(goal.score_after),
        "rank": str(rank),
        "sha8": sha8,
        "fixture": str(fixture.id),
        "goal": goal.id,
    }
    return {name: _safe(text) or "unknown" for name, text in texts.items()}


def _sortable_minute(goal: Goal) -> str:
    """`007`, `045`, `045+02`, `046`, `105`: by name is by time, and no apostrophe to trip a shell."""
    return f"{goal.minute:03d}+{goal.extra:02d}" if goal.extra else f"{goal.minute:03d}"


def _scorer(goal: Goal) -> str:
    name = " ".join((goal.player or "").split()) or "unknown scorer"
    return f"{name} (own goal)" if goal.kind is GoalKind.OWN else name


def _safe(text: str) -> str:
    """One path segment without anything a file system refuses or a person trips over; may be empty."""
    kept = "".join(_safe_character(character) for character in unicodedata.normalize("NFC", text))
    return unicodedata.normalize("NFC", " ".join(kept.split())).strip(". ")


def _unreserved(segment: str) -> str:
    device = segment.split(".", maxsplit=1)[0].rstrip().upper() in _DEVICES
    return f"_{segment}" if device else segment


def _safe_character(character: str) -> str:
    if character.isspace():
        return " "
    if unicodedata.category(character).startswith("C"):  # control, invisible, half a surrogate pair
        return ""
    return "-" if character in _UNWANTED else character


def _split_suffix(segment: str) -> tuple[str, str]:
    found = _SUFFIX.search(segment)
    at = found.start() if found else len(segment)
    return segment[:at], segment[at:]


def _fit(segment: str, room: int, sha8: str) -> str:
    """At most `room` bytes; what is cut is the text before the sha8, then that between it and the suffix."""
    head, mark, tail = segment.rpartition(sha8)
    stem, suffix = _split_suffix(tail)
    stem = _cut(stem, room - len(mark) - len(suffix))
    head = _cut(head, room - len(mark) - len((stem + suffix).encode()))
    return f"{head}{mark}{stem}{suffix}".strip(". ")


def _cut(text: str, room: int) -> str:
    """The longest beginning of `text` within `room` bytes that splits no character."""
    encoded = text.encode()
    return text if len(encoded) <= room else encoded[: max(room, 0)].decode(errors="ignore").rstrip()
