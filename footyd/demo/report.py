"""What the day left behind: a report to compare, a check against the script, a table to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from footyd.demo.scenario import ExpectedGoal, Scenario
from footyd.model import (
    Candidate,
    CandidateState,
    Clip,
    ClipState,
    Fixture,
    FixtureState,
    Goal,
    GoalId,
    GoalRecord,
    GoalState,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRecords:
    """What the database holds, `pending` with what was discarded."""

    fixtures: tuple[tuple[FixtureState, Fixture], ...] = ()
    pending: tuple[Goal, ...] = ()
    goals: tuple[GoalRecord, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    clips: tuple[Clip, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalStory:
    """One goal with what became of its posts and clips; `turned_down` counts reasons."""

    record: GoalRecord
    candidates: int
    turned_down: Counter[str]
    clips: int
    keepers: tuple[Clip, ...]
    groups: tuple[int, ...]

    @property
    def title(self) -> str:
        goal = self.record.goal
        return f"{goal.team} {goal.score_after} {goal.clock} {goal.player or 'nobody named'}"

    @property
    def outcome(self) -> str:
        return self.record.outcome.value if self.record.outcome else "unfinished"


def stories(records: DayRecords) -> list[GoalStory]:
    """One per goal, in the order of fixtures and scores."""
    ordered = sorted(records.goals, key=lambda record: _place(record.goal))
    return [_story(record, records) for record in ordered]


def _place(goal: Goal) -> tuple[int, int, int]:
    score = goal.score_after
    return goal.fixture_id, score.home + score.away, goal.generation


def _story(record: GoalRecord, records: DayRecords) -> GoalStory:
    own = record.goal.id
    candidates = [candidate for candidate in records.candidates if candidate.goal_id == own]
    clips = [clip for clip in records.clips if clip.goal_id == own]
    groups = Counter(clip.id if clip.state is ClipState.KEEPER else clip.keeper_id for clip in clips)
    keepers = [clip for clip in clips if clip.state is ClipState.KEEPER]
    return GoalStory(
        record=record,
        candidates=len(candidates),
        turned_down=Counter(_reasons(candidates)),
        clips=len(clips),
        keepers=tuple(sorted(keepers, key=lambda clip: (-groups[clip.id], clip.object_key or ""))),
        groups=tuple(sorted(groups.values(), reverse=True)),
    )


def _reasons(candidates: Iterable[Candidate]) -> Iterator[str]:
    for candidate in candidates:
        if candidate.rejection is not None:
            yield candidate.rejection.reason


# ---------------------------------------------------------------- the report


def day_report(records: DayRecords, *, calls: int | None) -> str:
    """Plain text, equal for equal days: nothing in it depends on ids, clocks, paths or the order of work."""
    lines = ["fixtures", *(f"  {line}" for line in sorted(map(_fixture_line, records.fixtures)))]
    lines += ["goals"]
    for story in stories(records):
        lines += [f"  {line}" for line in _goal_lines(story)]
    lines += ["taken back", *(f"  {line}" for line in sorted(map(_pending_line, records.pending)))]
    if calls is not None:
        lines += [f"calls {calls}"]
    return "\n".join(lines) + "\n"


def _fixture_line(placed: tuple[FixtureState, Fixture]) -> str:
    state, fixture = placed
    score = fixture.score if fixture.score is not None else "-"
    return f"{fixture.home.name} {score} {fixture.away.name}, {fixture.status}, {state}"


def _goal_lines(story: GoalStory) -> Iterator[str]:
    record = story.record
    yield f"{story.title}, {record.goal.kind}, {record.goal.state}: {story.outcome}"
    flags = record.status
    done = [name for name in flags.__slots__ if getattr(flags, name)]
    yield f"  done: {', '.join(done) or 'nothing'}"
    yield f"  candidates {story.candidates}, turned down: {counted(story.turned_down)}"
    sizes = sorted((f"{clip.facts.width}x{clip.facts.height}" for clip in story.keepers), reverse=True)
    groups = " + ".join(map(str, story.groups)) or "none"
    yield f"  clips {story.clips}, groups {groups}, keepers {', '.join(sizes) or 'none'}"
    if record.error:
        yield f"  error: {record.error}"


def _pending_line(goal: Goal) -> str:
    return f"{goal.team} {goal.score_after} {goal.clock} {goal.player or 'nobody named'}, {goal.state}"


def counted(reasons: Counter[str]) -> str:
    """`betting, 2 × dead_link`, or `none`."""
    named = [f"{count} × {reason}" if count > 1 else reason for reason, count in sorted(reasons.items())]
    return ", ".join(named) or "none"


# ---------------------------------------------------------------- the check


def check_day(records: DayRecords, scenario: Scenario, library_keys: Collection[str]) -> list[str]:
    """Empty when the day ended as written, else one line per difference."""
    return [
        *_check_fixtures(records, scenario),
        *_check_goals(records, scenario),
        *_check_taken_back(records, scenario),
        *_check_library(records, library_keys),
    ]


def _check_fixtures(records: DayRecords, scenario: Scenario) -> Iterator[str]:
    states = {int(fixture.id): (state, fixture) for state, fixture in records.fixtures}
    for written in scenario.fixtures:
        title = f"{written.home.name} v {written.away.name}"
        state, fixture = states.pop(written.id, (None, None))
        if fixture is None:
            yield f"{title}: not in the database"
            continue
        if state is not FixtureState.COMPLETED:
            yield f"{title}: {state}, not completed"
        if fixture.score != (score := written.score_at(scenario.end_minute)):
            yield f"{title}: {fixture.score}, not {score}"
    yield from (f"fixture {id_}: kept, though nobody follows it" for id_ in sorted(states))


def _check_goals(records: DayRecords, scenario: Scenario) -> Iterator[str]:
    found: dict[tuple[int, str], GoalStory] = {}
    for story in stories(records):
        key = (int(story.record.goal.fixture_id), str(story.record.goal.score_after))
        if key in found:
            yield f"{story.title}: stored twice"
        found[key] = story
    for expected in scenario.expected:
        told = found.pop((expected.fixture_id, str(expected.score_after)), None)
        if told is None:
            yield f"{expected.title}: not found"
        else:
            yield from (f"{expected.title}: {difference}" for difference in _differences(expected, told))
    yield from (f"{story.title}: nobody scored this" for story in found.values())


def _differences(expected: ExpectedGoal, story: GoalStory) -> Iterator[str]:
    goal = story.record.goal
    pairs = (
        ("goal", story.title, expected.title),
        ("kind", goal.kind, expected.kind),
        ("state", goal.state, GoalState.CONFIRMED),
        ("outcome", story.outcome, expected.outcome),
        ("completed", story.record.status.completed, True),
        ("candidates", story.candidates, expected.posts),
        ("turned down", counted(story.turned_down), counted(Counter(dict(expected.turned_down)))),
        ("groups", story.groups, expected.groups),
        ("keepers", len(story.keepers), len(expected.groups)),
    )
    yield from (f"{name} is {is_}, not {wanted}" for name, is_, wanted in pairs if is_ != wanted)


def _check_taken_back(records: DayRecords, scenario: Scenario) -> Iterator[str]:
    states = Counter(goal.state for goal in records.pending)
    if states[GoalState.DISCARDED] != scenario.discarded:
        yield f"taken back: {states[GoalState.DISCARDED]} goals, not {scenario.discarded}"
    if states[GoalState.PENDING]:
        yield f"pending: {states[GoalState.PENDING]} goals were never decided"


def _check_library(records: DayRecords, library_keys: Collection[str]) -> Iterator[str]:
    promised = {clip.object_key for clip in records.clips if clip.state is ClipState.KEEPER}
    yield from (
        f"library: a keeper of {key} is missing" for key in sorted(map(str, promised - set(library_keys)))
    )
    yield from (f"library: {key} belongs to no keeper" for key in sorted(set(library_keys) - promised))
    unplaced: list[GoalId] = [clip.goal_id for clip in records.clips if clip.state in _UNDECIDED]
    yield from (f"goal {goal_id}: a clip was left undecided" for goal_id in sorted(unplaced))
    waiting = [c for c in records.candidates if c.state is CandidateState.ACCEPTED]
    yield from (f"{candidate.id}: an accepted post was never downloaded" for candidate in waiting)


_UNDECIDED = frozenset({ClipState.HELD, ClipState.PUBLISHING})


# ---------------------------------------------------------------- the table


def print_summary(console: Console, records: DayRecords, calls: int, library: str) -> None:
    """The end table: per goal its posts and clips; below it where the keepers lie, and the calls spent."""
    told = stories(records)
    console.print(_table(told))
    lines = [f"not a goal: {line}" for line in sorted(map(_pending_line, records.pending))]
    lines += [f"library: {library}"]
    lines += [f"  {clip.object_key}" for story in told for clip in story.keepers]
    lines += [f"calls spent: {calls}"]
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _table(told: Iterable[GoalStory]) -> Table:
    table = Table(title="The day's goals", title_justify="left")
    table.add_column("goal")
    table.add_column("posts", justify="right")
    table.add_column("turned down")
    table.add_column("clips", justify="right")
    table.add_column("groups", justify="right")
    table.add_column("kept")
    for story in told:
        groups = " + ".join(map(str, story.groups)) or "0"
        kept = str(len(story.keepers) or story.outcome)
        row = (story.title, story.candidates, counted(story.turned_down), story.clips, groups, kept)
        table.add_row(*(Text(str(cell)) for cell in row))
    return table
