"""The ways to X, and what to do about those that rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from footyd.model import SourceRest


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLook:
    """A way to X. One that rests is asked again at `rests_until`, or when a person has acted."""

    name: str
    ready: bool
    reason: str
    remedy: str
    rests_until: datetime | None
    needs_person: bool


def source_look(name: str, rest: SourceRest | None) -> SourceLook:
    finding, remedy = _split(rest.reason) if rest else ("", "")
    needs_person = rest is not None and rest.until is None
    return SourceLook(
        name=name,
        ready=rest is None,
        reason=finding,
        remedy=remedy or (_remedy(name) if needs_person else ""),
        rests_until=rest.until if rest else None,
        needs_person=needs_person,
    )


def _split(reason: str) -> tuple[str, str]:
    """A source's reason carries its remedy behind a semicolon."""
    finding, _, remedy = reason.rpartition("; ")
    return (finding, remedy) if finding else (reason, "")


def _remedy(name: str) -> str:
    return "run footyd login" if name in {"cookies", "browser"} else f"look at search.{name} in the config"
