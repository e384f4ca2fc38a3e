"""Whatever a feed does to a true match, the belief ends at the truth and no decision is taken twice."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from footyd.model import Decision, DecisionKind, Event, Fixture, GoalId, GoalState
from tests.stages.confirm_feed import AWAY, HOME, Watch, event, shows

FIXTURES = (1, 2, 3)
QUIET_POLLS = 8
"""Three clean polls, two to cancel, two to confirm, and one to spare."""

fixtures = st.sampled_from(FIXTURES)
masks = st.integers(0, 255)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueGoal:
    home: bool
    moment: int
    player: str

    def line(self, *, named: bool = True, shift: int = 0) -> Event:
        player = self.player if named else None
        return event(HOME if self.home else AWAY, _clock(max(1, self.moment + shift)), player)


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """A poll at a moment; bits of the masks say which events are missing or without a name."""

    moment: int
    drop: int = 0
    nameless: int = 0
    restart: bool = False

    def shows(self, goals: Sequence[TrueGoal], *, fixture: int = 1, shift: int = 0) -> Fixture:
        """The score is right."""
        past = [(place, goal) for place, goal in enumerate(goals) if goal.moment <= self.moment]
        lines = [
            goal.line(named=not _bit(self.nameless, place), shift=shift)
            for place, goal in past
            if not _bit(self.drop, place)
        ]
        home = sum(goal.home for _, goal in past)
        return shows(f"{home}-{len(past) - home}", *lines, fixture=fixture)


def _clock(moment: int) -> str:
    """Minutes since kick-off as the feed writes them, with five added to each half."""
    if moment <= 45:
        return str(moment)
    if moment <= 50:
        return f"45+{moment - 45}"
    return str(moment - 5) if moment <= 95 else f"90+{moment - 95}"


def _bit(mask: int, place: int) -> bool:
    return bool(mask >> place % 8 & 1)


class FeedMachine(RuleBasedStateMachine):
    """Three matches played, disturbed and watched; then the feed is quiet and the belief must be true."""

    def __init__(self) -> None:
        super().__init__()
        self.watch = Watch()
        self.moment = 1
        self.names = itertools.count()
        self.truth: dict[int, list[TrueGoal]] = {fixture: [] for fixture in FIXTURES}

    # ---------------------------------------------------------------- the match

    @precondition(lambda self: self.moment < 100)
    @rule(minutes=st.integers(1, 12))
    def play(self, minutes: int) -> None:
        self.moment = min(100, self.moment + minutes)

    @precondition(lambda self: sum(map(len, self.truth.values())) < 12)
    @rule(fixture=fixtures, home=st.booleans())
    def score(self, fixture: int, *, home: bool) -> None:
        goal = TrueGoal(home=home, moment=self.moment, player=f"Player{next(self.names)}")
        self.truth[fixture].append(goal)

    @rule(fixture=fixtures, pick=st.integers(0, 7))
    def take_back(self, fixture: int, pick: int) -> None:
        if goals := self.truth[fixture]:
            goals.pop(pick % len(goals))

    # ---------------------------------------------------------------- the feed and the watcher

    @rule()
    def good_poll(self) -> None:
        self.see([self.shown(fixture) for fixture in FIXTURES])

    @rule(drop=masks, nameless=masks, shift=st.integers(-2, 2), twice=st.booleans())
    def noisy_poll(self, drop: int, nameless: int, shift: int, *, twice: bool) -> None:
        """Events left out, repeated, without name and at another minute; the score is right."""
        polls = [self.shown(fixture, drop=drop, nameless=nameless, shift=shift) for fixture in FIXTURES]
        doubled = [replace(poll, events=(poll.events or ()) * 2) for poll in polls]
        self.see(doubled if twice else polls)

    @rule(broken=st.sets(fixtures, min_size=1))
    def wiped_poll(self, broken: set[int]) -> None:
        self.see([shows("0-0", fixture=f) if f in broken else self.shown(f) for f in FIXTURES])

    @rule(fixture=fixtures)
    def stale_score(self, fixture: int) -> None:
        """The events are ahead of a score that has not moved yet."""
        poll = self.shown(fixture)
        self.see([replace(poll, score=shows("0-0").score)])

    @rule(seen=st.sets(fixtures))
    def partial_poll(self, seen: set[int]) -> None:
        self.see([self.shown(fixture) for fixture in sorted(seen)])

    @rule()
    def silent_poll(self) -> None:
        self.see([shows("0-0", fixture=fixture, silent=True) for fixture in FIXTURES])

    @rule()
    def restart(self) -> None:
        before = self.watch.belief
        self.watch.restart()
        assert self.watch.belief == before

    def shown(self, fixture: int, *, drop: int = 0, nameless: int = 0, shift: int = 0) -> Fixture:
        poll = Poll(moment=self.moment, drop=drop, nameless=nameless)
        return poll.shows(self.truth[fixture], fixture=fixture, shift=shift)

    def see(self, polls: list[Fixture]) -> None:
        told, before = len(self.watch.told), {goal.id: goal.state for goal in self.watch.belief.goals}
        self.watch.see(*polls)
        for decision in self.watch.told[told:]:
            _check(decision, before)

    # ---------------------------------------------------------------- what must hold

    @invariant()
    def no_decision_is_repeated(self) -> None:
        once = {DecisionKind.SIGHTED, DecisionKind.CONFIRMED, DecisionKind.DISCARDED, DecisionKind.CANCELLED}
        told = Counter((d.kind, d.goal.id) for d in self.watch.told if d.goal and d.kind in once)
        assert all(times == 1 for times in told.values())

    @invariant()
    def a_discarded_sighting_was_never_confirmed(self) -> None:
        assert not self.ids(DecisionKind.DISCARDED) & self.ids(DecisionKind.CONFIRMED)

    @invariant()
    def only_confirmed_goals_are_cancelled(self) -> None:
        assert self.ids(DecisionKind.CANCELLED) <= self.ids(DecisionKind.CONFIRMED)

    def ids(self, kind: DecisionKind) -> set[GoalId]:
        return {d.goal.id for d in self.watch.told if d.goal and d.kind is kind}

    def teardown(self) -> None:
        for _ in range(QUIET_POLLS):
            self.good_poll()
        believed = self.watch.goals(GoalState.CONFIRMED)
        truth = {
            (f, goal.player, f"{_clock(goal.moment)}'") for f, goals in self.truth.items() for goal in goals
        }
        assert {(goal.fixture_id, goal.player, goal.clock) for goal in believed} == truth
        assert len(believed) == len(truth)
        assert not self.watch.goals(GoalState.PENDING)
        self.check_scores()
        settled = self.watch.belief
        self.good_poll()
        assert self.watch.belief == settled

    def check_scores(self) -> None:
        """Each match's goals count up from one to the final score without a gap."""
        for fixture, goals in self.truth.items():
            scores = [g.score_after for g in self.watch.goals(GoalState.CONFIRMED) if g.fixture_id == fixture]
            assert sorted(score.home + score.away for score in scores) == list(range(1, len(goals) + 1))


@st.composite
def honest_feeds(draw: st.DrawFn) -> tuple[list[TrueGoal], list[Poll]]:
    """A match whose goals all stand, and polls at rising minutes with a right score and poor events."""
    moments = draw(st.lists(st.integers(1, 99), max_size=6))
    goals = [
        TrueGoal(home=draw(st.booleans()), moment=moment, player=f"Player{number}")
        for number, moment in enumerate(sorted(moments))
    ]
    polls = st.builds(Poll, moment=st.integers(1, 100), drop=masks, nameless=masks, restart=st.booleans())
    return goals, sorted(draw(st.lists(polls, max_size=25)), key=lambda poll: poll.moment)


@given(honest_feeds())
@settings(max_examples=300, deadline=None, derandomize=True)
def test_lost_polls_late_events_and_late_names_never_lose_double_or_take_back_a_goal(
    feed: tuple[list[TrueGoal], list[Poll]],
) -> None:
    goals, polls = feed
    watch = Watch()
    for poll in [*polls, Poll(moment=100), Poll(moment=100)]:
        watch.see(poll.shows(goals))
        if poll.restart:
            watch.restart()

    assert {d.kind for d in watch.told} <= set(DecisionKind) - {
        DecisionKind.DISCARDED,
        DecisionKind.CANCELLED,
    }
    assert Counter(goal.player for goal in watch.goals(GoalState.CONFIRMED)) == Counter(
        g.player for g in goals
    )
    assert len(watch.belief.goals) == len(goals)


def _check(decision: Decision, before: dict[GoalId, GoalState]) -> None:
    """Each decision starts from the state it needs; a sighting's id was never used."""
    starts: dict[DecisionKind, set[GoalState | None]] = {
        DecisionKind.SIGHTED: {None},
        DecisionKind.CONFIRMED: {GoalState.PENDING},
        DecisionKind.DISCARDED: {GoalState.PENDING},
        DecisionKind.CANCELLED: {GoalState.CONFIRMED},
        DecisionKind.UPDATED: {GoalState.PENDING, GoalState.CONFIRMED},
    }
    if decision.goal:
        assert before.get(decision.goal.id) in starts[decision.kind]


TestFeed = FeedMachine.TestCase
TestFeed.settings = settings(max_examples=100, stateful_step_count=40, deadline=None, derandomize=True)
