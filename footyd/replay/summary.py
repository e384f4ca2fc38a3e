"""What a replay came to, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from footyd.model import DecisionKind, Event, Fixture, FixtureId, GoalState
from footyd.replay.judge import Judged
from footyd.stages.confirm import Belief
from footyd.stages.confirm.observe import observe


@dataclass(kw_only=True)
class Summary:
    """Counts decisions as they come, and event lines as each fixture showed them last."""

    polls: int = 0
    refused: int = 0
    decided: Counter[DecisionKind] = field(default_factory=Counter)
    last: dict[FixtureId, Fixture] = field(default_factory=dict)
    belief: Belief = field(default_factory=Belief)

    def take(self, poll: Judged) -> None:
        self.polls += 1
        self.refused += poll.refusal is not None
        self.decided.update(decision.kind for decision in poll.outcome.decisions)
        self.last.update((fixture.id, fixture) for fixture in poll.fixtures)
        self.belief = poll.outcome.belief

    @property
    def seen_once(self) -> int:
        return sum(goal.state is GoalState.PENDING for goal in self.belief.goals)

    @property
    def silent(self) -> int:
        """Fixtures without an event list, which tell nothing."""
        return sum(fixture.events is None for fixture in self.last.values())

    @property
    def missed_penalties(self) -> int:
        return sum(map(is_missed_penalty, self._lines()))

    @property
    def shootout_lines(self) -> int:
        return sum(map(is_shootout, self._lines()))

    @property
    def var_events(self) -> int:
        return sum(map(is_var, self._lines()))

    @property
    def beyond(self) -> int:
        """Goal lines that the score does not count."""
        return sum(max(0, by) for match in self.last.values() for by in _differences(match))

    @property
    def mismatches(self) -> tuple[FixtureId, ...]:
        """Fixtures whose goal lines and score differ, in either direction."""
        return tuple(id for id, match in self.last.items() if any(_differences(match)))

    def lines(self) -> Iterator[str]:
        """The numbers as a person reads them."""
        done = self.decided
        odd = ", ".join(str(id) for id in self.mismatches)
        yield f"polls       {self.polls}, of which refused {self.refused}"
        yield f"fixtures    {len(self.last)}, of which without an event list {self.silent}"
        yield (
            f"goals       {done[DecisionKind.CONFIRMED]} confirmed, {self.seen_once} seen once, "
            f"{done[DecisionKind.DISCARDED]} discarded, {done[DecisionKind.CANCELLED]} cancelled, "
            f"{done[DecisionKind.EXPECTED]} times expected"
        )
        yield (
            f"set aside   {self.missed_penalties} missed penalties, {self.shootout_lines} shoot-out lines, "
            f"{self.var_events} VAR events, {self.beyond} goal lines beyond the score"
        )
        yield f"mismatches  {len(self.mismatches)}" + (f": {odd}" if odd else "")

    def _lines(self) -> Iterator[Event]:
        for fixture in self.last.values():
            yield from fixture.events or ()


def is_shootout(event: Event) -> bool:
    return event.type.casefold() == "goal" and "shootout" in (event.comments or "").casefold()


def is_missed_penalty(event: Event) -> bool:
    return event.type.casefold() == "goal" and "missed" in event.detail.casefold() and not is_shootout(event)


def is_var(event: Event) -> bool:
    return event.type.casefold() == "var"


def _differences(fixture: Fixture) -> list[int]:
    """By how many goal lines each side is beyond the score; negative: the score is ahead."""
    seen = observe(fixture)
    if seen is None or seen.score is None:
        return []
    return [side.surplus - side.unlisted for side in seen.sides]
