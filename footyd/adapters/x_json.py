"""Reading JSON that may have any shape: what is not as expected is absent, nothing raises."""

from __future__ import annotations

import math

LARGEST_NUMBER = 1e15


def at(value: object, *path: str) -> object:
    """The value at the end of these keys, None where the way ends before."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def rows(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """A string that can be stored: half a surrogate pair, which JSON allows, becomes a question mark."""
    return value.encode(errors="replace").decode() if isinstance(value, str) else ""


def number(value: object) -> float | None:
    """A finite number from zero up; X counts nothing below."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= LARGEST_NUMBER and math.isfinite(value) else None


def whole(value: object) -> int | None:
    found = number(value)
    return int(found) if found else None


def field(tweet: object, name: str) -> object:
    """A field of a post: X moves them one by one from `legacy`, which then may be null, to the top level."""
    top = at(tweet, name)
    return at(tweet, "legacy", name) if top is None else top
