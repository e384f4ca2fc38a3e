"""Values to documents and back. The documents' field names are the operators' interface: see the README."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import structlog
from pydantic import TypeAdapter

from footyd.adapters.feed_payload import parse_fixture
from footyd.errors import FeedError
from footyd.model import (
    Candidate,
    Clip,
    Fixture,
    FixtureState,
    Goal,
    GoalOutcome,
    GoalRecord,
    ProcessingStatus,
    Score,
    SearchPlan,
    SourceRest,
    Team,
    TrackedFixture,
)

T = TypeVar("T")
Document = dict[str, Any]

log = structlog.get_logger()

# What every poll writes is dumped by these adapters: twenty times faster than `asdict`, to the same end.
_GOAL = TypeAdapter(Goal)
_TEAM = TypeAdapter(Team)
_SCORE = TypeAdapter(Score)
_PLAN = TypeAdapter(SearchPlan)
_STATUS = TypeAdapter(ProcessingStatus)
_CANDIDATE = TypeAdapter(Candidate)
_CLIP = TypeAdapter(Clip)
_REST = TypeAdapter(SourceRest)


def payload_fields(fixture: Fixture) -> Document:
    """The payload key by key, so that a reply without events never wipes events already held."""
    return {f"payload.{key}": value for key, value in fixture.payload.items()}


def fixture_fields(fixture: Fixture) -> Document:
    """What operators sort and filter by, beside the payload as received."""
    return {
        "kickoff": fixture.kickoff,
        "status": fixture.status,
        "minute": fixture.minute,
        "league_id": fixture.league.id,
        "league": fixture.league.name,
        "home": _TEAM.dump_python(fixture.home),
        "away": _TEAM.dump_python(fixture.away),
        "score": _SCORE.dump_python(fixture.score) if fixture.score else None,
    }


def tracked_from(document: Mapping[str, Any], state: FixtureState) -> TrackedFixture:
    return TrackedFixture(
        fixture=parse_fixture(document["payload"]),
        state=state,
        read_at=document.get("read_at"),
        final_since=document.get("final_since"),
        lost_at=document.get("lost_at"),
    )


def goal_fields(goal: Goal) -> Document:
    """What we believe of a goal, without its `_id`."""
    fields: Document = _GOAL.dump_python(goal)
    del fields["id"]
    return fields


def goal_from(document: Mapping[str, Any]) -> Goal:
    return _GOAL.validate_python({**document, "id": document["_id"]})


def record_fields(plan: SearchPlan, status: ProcessingStatus) -> Document:
    return {"search": _PLAN.dump_python(plan), "processing_status": _STATUS.dump_python(status)}


def record_from(document: Mapping[str, Any]) -> GoalRecord:
    outcome = document.get("outcome")
    return GoalRecord(
        goal=goal_from(document),
        plan=_PLAN.validate_python(document["search"]),
        status=_STATUS.validate_python(document["processing_status"]),
        outcome=GoalOutcome(outcome) if outcome else None,
        error=document.get("error", ""),
        reached=document.get("reached", {}),
    )


def candidate_document(candidate: Candidate) -> Document:
    return {"_id": candidate.id, **asdict(candidate)}


def candidate_from(document: Mapping[str, Any]) -> Candidate:
    return _CANDIDATE.validate_python(document)


def clip_document(clip: Clip) -> Document:
    fields = asdict(clip)
    fields["_id"] = fields.pop("id")
    fields["path"] = str(clip.path) if clip.path else None
    return fields


def clip_from(document: Mapping[str, Any]) -> Clip:
    path = document.get("path")
    return _CLIP.validate_python({**document, "id": document["_id"], "path": Path(path) if path else None})


def rest_from(document: Mapping[str, Any]) -> SourceRest:
    return _REST.validate_python(document)


async def readable(cursor: AsyncIterable[Document], read: Callable[[Document], T]) -> list[T]:
    """The values of all documents that can be read; one spoilt by hand is logged and costs only itself."""
    found = []
    async for document in cursor:
        try:
            found.append(read(document))
        except (ValueError, KeyError, FeedError) as exc:
            reason = " ".join(str(exc).split())[:200]
            log.warning("record unreadable", record_id=document.get("_id"), reason=reason)
    return found


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> Document:
    """The fields of `after` that differ, dotted names resolved: what a write has to carry."""
    return {key: value for key, value in after.items() if _at(before, key) != value}


def _at(document: Mapping[str, Any], dotted: str) -> Any:
    value: Any = document
    for part in dotted.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
