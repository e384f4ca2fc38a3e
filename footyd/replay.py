"""Recorded replies through the daemon's own parser and rules: what would footyd have believed?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from footyd.adapters.feed_payload import parse_reply
from footyd.adapters.feed_refusal import feed_error
from footyd.config import ConfirmConfig
from footyd.errors import FeedError, FeedMalformed, FootydError
from footyd.model import Decision, DecisionKind, Fixture
from footyd.stages.confirm import Belief, confirm

_POLLED = frozenset({"live", "id", "ids"})
_KEYS = frozenset({"at", "reply"})
_REMEDY = 'A file holds one reply, or JSON lines {"at": ISO time, "reply": {…}}'
_START = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Poll:
    """One recorded body; `at` is None when the recording does not tell the time."""

    at: datetime | None
    body: str | bytes


def replay(files: Sequence[Path], config: ConfirmConfig) -> Iterator[dict[str, Any]]:
    """One row per decision, file after file, as one feed; a refused reply is one row and votes on nothing."""
    belief = Belief()
    last: datetime | None = None
    for poll in (poll for path in files for poll in _polls(path)):
        try:
            fixtures = _whole_reply(poll.body)
        except FeedError as exc:
            last = poll.at or last
            yield _refused(last, exc)
            continue
        last = poll.at or max(_match_clock(fixtures), last or _START)
        outcome = confirm(belief, fixtures, last, config)
        belief = outcome.belief
        yield from map(_row, outcome.decisions)


def _whole_reply(body: str | bytes) -> tuple[Fixture, ...]:
    """As the daemon takes it: `live=`, `id=` and `ids=` bring events, the latter two just what was asked."""
    fixtures = parse_reply(body)
    parameters = json.loads(body).get("parameters")
    if not isinstance(parameters, dict) or not _POLLED & parameters.keys():
        return fixtures
    if silent := {str(fixture.id) for fixture in fixtures if fixture.events is None}:
        raise feed_error(FeedMalformed, f"the reply holds no events for fixture {_few(silent)}")
    asked = str(parameters.get("ids") or parameters.get("id") or "")
    found = {str(fixture.id) for fixture in fixtures}
    if asked and (odd := found ^ set(asked.split("-"))):
        raise feed_error(FeedMalformed, f"the reply misses or adds fixture {_few(odd)}")
    return fixtures


def _few(ids: set[str]) -> str:
    return ", ".join(sorted(ids)[:5])


def _match_clock(fixtures: Sequence[Fixture]) -> datetime:
    """When a reply without a time was sent, by its own matches' clocks."""
    clocks = (fixture.kickoff + timedelta(minutes=max(0, fixture.minute or 0)) for fixture in fixtures)
    return max(clocks, default=_START)


def _row(decision: Decision) -> dict[str, Any]:
    goal = decision.goal
    return {
        "at": decision.at.isoformat(),
        "fixture_id": decision.fixture_id,
        "decision": str(decision.kind),
        "goal_id": goal.id if goal else None,
        "team_id": decision.team_id,
        "score_after": str(decision.score_after) if decision.score_after else None,
        "player": goal.player if goal else None,
        "minute": goal.minute if goal else None,
        "extra": goal.extra if goal else None,
    }


def _refused(at: datetime | None, error: FeedError) -> dict[str, Any]:
    nothing = Decision(kind=DecisionKind.REFUSED, at=at or _START, fixture_id=None)
    return {**_row(nothing), "at": at.isoformat() if at else None, "reason": error.line()}


# ---------------------------------------------------------------- files


def _polls(path: Path) -> Iterator[_Poll]:
    """JSON lines are read line by line: a recorded evening does not fit into a small machine's memory."""
    try:
        if _is_log(path):
            yield from _logged(path)
        else:
            yield _Poll(at=None, body=path.read_bytes())
    except OSError as exc:
        raise FootydError(f"{path} cannot be read ({exc.strerror})", remedy=_REMEDY) from exc
    except UnicodeDecodeError as exc:
        raise FootydError(f"{path} is not UTF-8 text ({exc.reason})", remedy=_REMEDY) from exc


def _is_log(path: Path) -> bool:
    """A log's first line has one of the keys, or is a whole object with more lines after it."""
    with path.open(encoding="utf-8") as file:
        lines = (line for line in file if line.strip())
        first = _object(next(lines, ""))
        return first is not None and (bool(_KEYS & first.keys()) or next(lines, None) is not None)


def _logged(path: Path) -> Iterator[_Poll]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield _logged_poll(_object(line), f"{path}, line {number}")


def _logged_poll(record: dict[str, Any] | None, where: str) -> _Poll:
    if record is None:
        raise FootydError(f"{where} is not a whole JSON object", remedy=_REMEDY)
    if missing := sorted(_KEYS - record.keys()):
        raise FootydError(f"{where} has no {' and no '.join(missing)}", remedy=_REMEDY)
    reply = record["reply"]
    return _Poll(at=_time(record["at"], where), body=reply if isinstance(reply, str) else json.dumps(reply))


def _time(value: object, where: str) -> datetime:
    """A time without an offset is UTC."""
    try:
        at = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError as exc:
        raise FootydError(f"{where}: at is no ISO time ({value!r})", remedy=_REMEDY) from exc
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _object(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
