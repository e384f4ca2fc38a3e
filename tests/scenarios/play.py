"""Scenarios of kind belief, played through the feed's parser and the pure function."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Protocol

import bson
from bson.codec_options import CodecOptions

from footyd.adapters.feed_payload import parse_reply
from footyd.adapters.mongo.codec import goal_fields, goal_from
from footyd.config import ConfirmConfig
from footyd.errors import FeedError
from footyd.model import FixtureId, Goal, GoalId, GoalState
from footyd.stages.confirm import Belief, confirm
from tests.scenarios.replies import body
from tests.scenarios.words import Disagreement, Expected, Scenario, Step, believed, stated, told

_AWARE: CodecOptions[Mapping[str, Any]] = CodecOptions(tz_aware=True)


class Memory(Protocol):
    """Where the belief is between two polls."""

    def load(self, fixtures: Collection[FixtureId]) -> Belief: ...
    def save(self, belief: Belief) -> None: ...
    def everything(self) -> Belief: ...


@dataclass(slots=True)
class Kept:
    """The belief as it is, whole."""

    belief: Belief = field(default_factory=Belief)

    def load(self, fixtures: Collection[FixtureId]) -> Belief:
        return self.belief

    def save(self, belief: Belief) -> None:
        self.belief = belief

    def everything(self) -> Belief:
        return self.belief


@dataclass(slots=True)
class Stored:
    """As the daemon keeps it: a document per goal, the rest in a document of its own, all of it BSON.

    Only the goals of the matches that a poll shows are loaded for it.
    """

    goals: dict[GoalId, bytes] = field(default_factory=dict)
    rest: bytes = field(default_factory=lambda: bson.encode({"_id": "belief"}))

    def load(self, fixtures: Collection[FixtureId]) -> Belief:
        return self._belief(lambda goal: goal.fixture_id in fixtures)

    def save(self, belief: Belief) -> None:
        self.goals |= {goal.id: bson.encode({"_id": goal.id, **goal_fields(goal)}) for goal in belief.goals}
        rest = {f.name: getattr(belief, f.name) for f in fields(Belief) if f.name != "goals"}
        self.rest = bson.encode({**bson.decode(self.rest, _AWARE), **rest})

    def everything(self) -> Belief:
        return self._belief(lambda _: True)

    def _belief(self, wanted: Callable[[Goal], bool]) -> Belief:
        goals = [goal_from(bson.decode(document, _AWARE)) for document in self.goals.values()]
        rest = {name: value for name, value in bson.decode(self.rest, _AWARE).items() if name != "_id"}
        return Belief(goals=tuple(filter(wanted, goals)), **rest)


def play(scenario: Scenario, memory: Memory) -> Belief:
    """Poll by poll; Disagreement at the first line that footyd does not keep."""
    for step in scenario.steps:
        if step.act == "poll":
            compare(scenario, step, _poll(step, memory))
        for fact in step.facts:
            agree(scenario, fact, _fact(scenario, fact, memory.everything()))
    belief = memory.everything()
    compare_end(scenario, belief.goals)
    return belief


def _poll(step: Step, memory: Memory) -> list[str]:
    try:
        fixtures = parse_reply(body(step.matches, fault=step.fault))
    except FeedError:
        return ["refused"]
    belief = memory.load({fixture.id for fixture in fixtures})
    outcome = confirm(belief, fixtures, step.at, ConfirmConfig())
    memory.save(outcome.belief)
    return [told(decision) for decision in outcome.decisions]


def _fact(scenario: Scenario, fact: Expected, belief: Belief) -> str:
    if not fact.text.startswith("removals "):
        raise Disagreement(scenario.name, fact.line, "a belief tells only whether removals wait or count")
    polls = "1 clean poll" if belief.guard == 1 else f"{belief.guard} clean polls"
    return f"removals wait for {polls}" if belief.guard else "removals count"


# ---------------------------------------------------------------- comparing


def agree(scenario: Scenario, expected: Expected, found: str) -> None:
    if found != expected.text:
        raise Disagreement(scenario.name, expected.line, f"expected: {expected.text}; found: {found}")


def compare(scenario: Scenario, step: Step, found: Sequence[str]) -> None:
    """Every decision of the poll in its order, and no other."""
    for expected, one in zip(step.told, found, strict=False):
        if one != expected.text:
            raise Disagreement(scenario.name, expected.line, f"expected: {expected.text}; decided: {one}")
    if missing := step.told[len(found) :]:
        raise Disagreement(scenario.name, missing[0].line, f"expected: {missing[0].text}; decided nothing")
    if more := found[len(step.told) :]:
        raise Disagreement(scenario.name, step.line, f"expected nothing (more); decided: {more[0]}")


def compare_end(scenario: Scenario, goals: Sequence[Goal]) -> None:
    """What is believed and what is not, in the order of the match, then of the generations."""
    ordered = sorted(goals, key=_place)
    confirmed = [believed(goal) for goal in ordered if goal.state is GoalState.CONFIRMED]
    others = [stated(goal) for goal in ordered if goal.state is not GoalState.CONFIRMED]
    _compare_list(scenario, "believed", scenario.believed, confirmed)
    _compare_list(scenario, "not believed", scenario.rejected, others)


def _compare_list(scenario: Scenario, what: str, expected: Sequence[Expected], found: Sequence[str]) -> None:
    for one, other in zip(expected, found, strict=False):
        agree(scenario, one, other)
    if len(expected) != len(found):
        line = expected[-1].line if expected else scenario.steps[-1].line
        text = ", ".join(found) or "-"
        raise Disagreement(scenario.name, line, f"{what}: expected {len(expected)} goals; found: {text}")


def _place(goal: Goal) -> tuple[int, int, int, int]:
    """By score, not by clock: a goal's clock may move."""
    total = goal.score_after.home + goal.score_after.away
    return goal.fixture_id, total, goal.score_after.away, goal.generation
