"""One finding, as it is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from footyd.errors import FootydError


class Level(StrEnum):
    """A warning lets footyd work; a failure does not, or loses something."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    level: Level
    what: str
    finding: str
    remedy: str = ""


def ok(what: str, finding: str) -> Line:
    return Line(level=Level.OK, what=what, finding=finding)


def warn(what: str, finding: str, remedy: str) -> Line:
    return Line(level=Level.WARN, what=what, finding=finding, remedy=remedy)


def fail(what: str, finding: str, remedy: str) -> Line:
    return Line(level=Level.FAIL, what=what, finding=finding, remedy=remedy)


def failed(what: str, error: FootydError) -> Line:
    return fail(what, str(error).rstrip("."), error.remedy)
