"""Several places that serve one source, each with a health of its own.

The health is kept in memory: after a restart a dead place costs one request until it rests again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from footyd.model import LONGEST_RATE_LIMIT, AuthExpired, Failure, RateLimited, SourceReply, Unavailable

RESTS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60))
"""How long a place rests after its first, second… failure; shorter than the source itself would."""
FORGIVEN_AFTER = timedelta(hours=1)
"""So long after its rest a place has its rank of the config again."""
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True, eq=False)
class Instance:
    """One place; `failure` is its last answer, None once it answered well."""

    url: str
    steps: int = 0
    rests_until: datetime = NEVER
    failure: Failure | None = None

    def rests(self, now: datetime) -> bool:
        """A rest that would be longer than any is from before the clock was set back: it is over."""
        return now < self.rests_until <= now + LONGEST_RATE_LIMIT

    def strikes(self, now: datetime) -> int:
        """Failures that still count against it."""
        return 0 if now - self.rests_until > FORGIVEN_AFTER else self.steps

    def answered(self, now: datetime) -> None:
        self.steps = max(0, self.strikes(now) - 1)
        self.rests_until = min(self.rests_until, now)
        self.failure = None

    def failed(self, failure: Failure, now: datetime) -> None:
        """A rate limit rests until its time, dead sessions the longest, an outage for the next rest."""
        if self.rests(now) and not isinstance(self.failure, AuthExpired):
            return
        self.failure = failure
        match failure:
            case RateLimited(until=until):
                self.rests_until = until
            case AuthExpired():
                self.rests_until = now + RESTS[-1]
            case Unavailable():
                self.steps = min(self.strikes(now) + 1, len(RESTS))
                self.rests_until = now + RESTS[self.steps - 1]


@dataclass(frozen=True, slots=True)
class Instances:
    """The places of a source in the order of the config."""

    places: tuple[Instance, ...] = field(default_factory=tuple)

    @classmethod
    def at(cls, urls: Iterable[str]) -> Instances:
        return cls(tuple(Instance(url) for url in urls))

    def awake(self, now: datetime) -> list[Instance]:
        """Whom to ask, those that answer first; with nobody awake, those whose sessions may be renewed."""
        awake = [place for place in self.places if not place.rests(now)]
        if not awake:
            return [place for place in self.places if isinstance(place.failure, AuthExpired)]
        return sorted(awake, key=lambda place: place.strikes(now))

    def verdict(self, source: str) -> SourceReply:
        """The failures as one reply: a limit until a place wakes, else an outage, else dead sessions."""
        failures = {place: place.failure for place in self.places if place.failure}
        if any(isinstance(failure, RateLimited) for failure in failures.values()):
            waking = (place for place, failure in failures.items() if not isinstance(failure, AuthExpired))
            return RateLimited(source=source, until=min(place.rests_until for place in waking))
        outages = [failure.reason for failure in failures.values() if isinstance(failure, Unavailable)]
        if outages:
            return Unavailable(source=source, reason="; ".join(outages))
        dead = [failure.reason for failure in failures.values() if isinstance(failure, AuthExpired)]
        return AuthExpired(source=source, reason="; ".join(dead))
