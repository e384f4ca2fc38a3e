"""Recorded replies through the daemon's own parser and rules, as one feed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from footyd.adapters.feed_payload import parse_reply
from footyd.adapters.feed_refusal import feed_error
from footyd.config import ConfirmConfig
from footyd.errors import FeedError, FeedMalformed, FeedUnavailable
from footyd.model import Fixture
from footyd.replay.files import Recorded, recorded
from footyd.stages.confirm import Belief, Outcome, confirm

START = datetime(1970, 1, 1, tzinfo=UTC)
_POLLED = frozenset({"live", "id", "ids"})
_NO_REPLY = (
    "It votes on nothing. A reply is the whole body that API-Football sent: "
    '{"errors": [], "results": 1, "response": [{…}]}'
)
_A_REFUSAL = "It votes on nothing, as in the daemon"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One recorded reply and what came of it; one that had to be refused leaves the belief as it was.

    `at` is None for refused replies before anything told the time.
    """

    path: Path
    at: datetime | None
    before: Belief
    outcome: Outcome
    fixtures: tuple[Fixture, ...] = ()
    refusal: FeedError | None = None


def judged(files: Sequence[Path], config: ConfirmConfig) -> Iterator[Judged]:
    """File after file, poll after poll, each upon what the polls before left believed."""
    belief = Belief()
    last: datetime | None = None
    for poll in (poll for path in files for poll in recorded(path)):
        try:
            fixtures = _whole_reply(poll)
        except FeedError as exc:
            last = poll.at or last
            kept = Outcome(belief=belief, decisions=())
            yield Judged(path=poll.path, at=last, before=belief, outcome=kept, refusal=exc)
            continue
        last = poll.at or max(_match_clock(fixtures), last or START)
        outcome = confirm(belief, fixtures, last, config)
        yield Judged(path=poll.path, at=last, before=belief, outcome=outcome, fixtures=fixtures)
        belief = outcome.belief


def _whole_reply(poll: Recorded) -> tuple[Fixture, ...]:
    """The fixtures; a refusal's remedy is that of a person who looks at a file."""
    try:
        return _parsed(poll.body)
    except FeedError as exc:
        remedy = _NO_REPLY if isinstance(exc, FeedMalformed | FeedUnavailable) else _A_REFUSAL
        raise type(exc)(f"{poll.path.name}: {exc}", remedy=remedy, retry_at=exc.retry_at) from exc


def _parsed(body: str | bytes) -> tuple[Fixture, ...]:
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
    return max(clocks, default=START)
