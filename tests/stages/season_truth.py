"""What footyd believed of a season, held against the season goal by goal."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from footyd.config import ConfirmConfig
from footyd.demo.script import ScriptEvent, ScriptFixture, script_minute
from footyd.demo.season import Season
from footyd.demo.season_player import POLL_MINUTES, GoalKey, SeasonPlayer
from footyd.demo.season_spells import NoisyMatch
from footyd.model import Decision, DecisionKind, FixtureId, Goal, GoalState, Score
from footyd.stages.confirm.observe import distance, phase

TOLERANCE = ConfirmConfig().minute_tolerance


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of a season; `wrong` are lines about every difference, empty when all is well.

    `delays` are minutes from each goal to its confirmation.
    """

    truth: int
    found: int
    believed: int
    confirmations: int
    doubled: int
    unjustified: int
    delays: tuple[float, ...]
    wrong: tuple[str, ...]

    @property
    def precision(self) -> float:
        return self.found / self.believed if self.believed else 1.0

    @property
    def recall(self) -> float:
        return self.found / self.truth if self.truth else 1.0


def judge(player: SeasonPlayer, goals: Sequence[Goal], decisions: Sequence[Decision]) -> Verdict:
    """Goal by goal: fixture, team, score after, order, and the name that the feed gave last."""
    standing = _by_fixture(goal for goal in goals if goal.state is GoalState.CONFIRMED)
    wrong: list[str] = []
    delays: list[float] = []
    found = 0
    for match, truth in zip(player.matches, player.season.fixtures, strict=True):
        for place, goal in _pairs(truth, standing[FixtureId(truth.id)], wrong):
            told = player.names.get(GoalKey(fixture_id=truth.id, place=place))
            faults = _faults(truth, place, goal, told)
            wrong += faults
            found += not faults
            delays.append(_delay(player.season, match, truth.events[place], goal))
    kinds = Counter(d.kind for d in decisions)
    cancelled = [goal for goal in goals if goal.state is GoalState.CANCELLED]
    wrong += [f"cancelled: {_line(goal)}" for goal in cancelled if not _was_invented(player, goal)]
    doubled = sum(count - 1 for count in _confirmations(decisions).values())
    return Verdict(
        truth=player.season.goals,
        found=found,
        believed=sum(map(len, standing.values())),
        confirmations=kinds[DecisionKind.CONFIRMED],
        doubled=doubled + kinds[DecisionKind.CONFIRMED] - found - len(cancelled),
        unjustified=sum(not _was_invented(player, goal) for goal in cancelled),
        delays=tuple(delays),
        wrong=tuple(wrong),
    )


def _by_fixture(goals: Iterator[Goal]) -> Mapping[FixtureId, list[Goal]]:
    found: defaultdict[FixtureId, list[Goal]] = defaultdict(list)
    for goal in goals:
        found[goal.fixture_id].append(goal)
    return found


def _pairs(truth: ScriptFixture, goals: Sequence[Goal], wrong: list[str]) -> Iterator[tuple[int, Goal]]:
    """The n-th goal of a team is its n-th true one."""
    for club in (truth.home, truth.away):
        places = [place for place, goal in enumerate(truth.events) if goal.club == club]
        own = sorted((goal for goal in goals if goal.team_id == club.id), key=lambda g: _ordinal(truth, g))
        if len(places) != len(own):
            lines = ", ".join(map(_line, own))
            wrong.append(f"{truth.id} {club.name}: {len(places)} true goals, believed are: {lines}")
        yield from zip(places, own, strict=False)


def _ordinal(truth: ScriptFixture, goal: Goal) -> int:
    return goal.score_after.home if goal.team_id == truth.home.id else goal.score_after.away


def _faults(truth: ScriptFixture, place: int, goal: Goal, told: str | None) -> list[str]:
    event = truth.events[place]
    line = f"{truth.id} {event.clock} {event.player[1]}: believed {_line(goal)}"
    faults = []
    if phase(event) is not phase(goal) or distance(event, goal) > TOLERANCE:
        faults.append(f"{line}, another minute")
    if str(goal.score_after) not in _scores_after(truth, place):
        faults.append(f"{line}, wrong score after")
    if goal.player != told:
        faults.append(f"{line}, but the feed named {told}")
    return faults


def _scores_after(truth: ScriptFixture, place: int) -> set[str]:
    """One, or two where the other side scored in the same minute: the source does not tell who was first."""
    event = truth.events[place]
    is_home = event.club == truth.home
    own = sum(goal.club == event.club for goal in truth.events[: place + 1])
    others = [goal for goal in truth.events if goal.club != event.club]
    before = sum(goal.shown_at < event.shown_at for goal in others)
    level = sum(goal.shown_at == event.shown_at for goal in others)
    return {
        str(Score(home=own, away=other) if is_home else Score(home=other, away=own))
        for other in range(before, before + level + 1)
    }


def _delay(season: Season, match: NoisyMatch, event: ScriptEvent, goal: Goal) -> float:
    assert goal.confirmed_at is not None
    fell_at = match.script.starts_at + script_minute(event.minute, event.extra)
    return season.minute(goal.confirmed_at) - fell_at


def _confirmations(decisions: Sequence[Decision]) -> Counter[str]:
    return Counter(d.goal.id for d in decisions if d.goal and d.kind is DecisionKind.CONFIRMED)


def _was_invented(player: SeasonPlayer, goal: Goal) -> bool:
    """A goal that the feed showed in two polls or more and then took back."""
    match = next(match for match in player.matches if match.script.id == goal.fixture_id)
    return any(
        event.club.id == goal.team_id
        and event.minute == goal.minute
        and event.taken_back_at is not None
        and event.taken_back_at - event.shown_at > POLL_MINUTES
        for event in match.invented
    )


def _line(goal: Goal) -> str:
    return f"{goal.id} {goal.score_after} {goal.clock} {goal.player or '?'}"
