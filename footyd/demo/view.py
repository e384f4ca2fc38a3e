"""The day as it happens: a live picture on a terminal, one line per event anywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from footyd.demo.report import DayRecords, GoalStory, counted, stories
from footyd.model import Fixture, FixtureState, Goal, GoalState

_STYLES = {"stored": "green", "needs_review": "yellow", "cancelled": "red"}


class DayView:
    """Shows each `update`; enter it for as long as the day runs."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False) if console.is_terminal else None
        self._told: dict[str, str] = {}

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def update(self, records: DayRecords, calls: int, elapsed_seconds: float) -> None:
        if self._live is not None:
            self._live.update(_picture(records, calls, elapsed_seconds), refresh=True)
            return
        for line in self._news(records):
            stamped = f"{elapsed_seconds:5.1f} s  {line}"
            self._console.print(stamped, markup=False, highlight=False, soft_wrap=True)

    def _news(self, records: DayRecords) -> Iterator[str]:
        """What changed since the last update."""
        for subject, said in _said(records):
            if self._told.get(subject) != said:
                self._told[subject] = said
                yield f"{subject}: {said}"


def _said(records: DayRecords) -> Iterator[tuple[str, str]]:
    for state, fixture in sorted(records.fixtures, key=lambda placed: placed[1].id):
        yield f"{fixture.home.name} v {fixture.away.name}", _standing(state, fixture)
    for goal in records.pending:
        yield _name(goal), f"{goal.state}"
    for story in stories(records):
        yield _name(story.record.goal), _progress(story)


def _name(goal: Goal) -> str:
    """Without the scorer: the feed may name him later."""
    return f"goal {goal.team} {goal.score_after} {goal.clock}"


def _standing(state: FixtureState, fixture: Fixture) -> str:
    score = f" {fixture.score}" if fixture.score is not None else ""
    minute = f" {fixture.minute}'" if fixture.minute is not None and fixture.status != "FT" else ""
    return f"{fixture.status}{minute}{score}, {state}"


def _progress(story: GoalStory) -> str:
    """The stage reached and what it brought; downloads in between are not told one by one."""
    stage = _stage(story)
    told = {
        "confirmed": f"by {story.record.goal.player or 'nobody named yet'}",
        "searched": f"{story.candidates} posts, turned down {counted(story.turned_down)}",
        "stored": f"{story.clips} clips, {len(story.keepers)} kept, turned down {counted(story.turned_down)}",
        "needs_review": f"{story.candidates} posts, turned down {counted(story.turned_down)}",
    }
    if stage == "searched" and story.clips:
        return "downloading"
    return f"{stage}, {told[stage]}" if stage in told else stage


# ---------------------------------------------------------------- the picture


def _picture(records: DayRecords, calls: int, elapsed_seconds: float) -> Group:
    foot = Text(f"{elapsed_seconds:.0f} s, {calls} calls spent", style="dim")
    return Group(_fixtures(records), _goals(records), foot)


def _fixtures(records: DayRecords) -> Table:
    table = Table(title="Matches", title_justify="left", show_header=False)
    for state, fixture in sorted(records.fixtures, key=lambda placed: placed[1].id):
        table.add_row(Text(fixture.home.name), Text(_standing(state, fixture)), Text(fixture.away.name))
    return table


def _goals(records: DayRecords) -> Table:
    """Undecided and discarded sightings first, then the goals with the stage each has reached."""
    table = Table(title="Goals", title_justify="left")
    for column in ("goal", "scorer", "posts", "clips", "kept", "stage"):
        table.add_column(column)
    for goal in records.pending:
        style = "red" if goal.state is GoalState.DISCARDED else "dim"
        table.add_row(_goal_cell(goal), goal.player or "…", "", "", "", Text(goal.state.value, style=style))
    for story in stories(records):
        table.add_row(
            _goal_cell(story.record.goal),
            Text(story.record.goal.player or "…"),
            str(story.candidates),
            str(story.clips),
            str(len(story.keepers)),
            Text(_stage(story), style=_STYLES.get(story.outcome, "")),
        )
    return table


def _goal_cell(goal: Goal) -> Text:
    return Text(f"{goal.team} {goal.score_after} {goal.clock}")


def _stage(story: GoalStory) -> str:
    """The last thing that happened to the goal, read from its flags."""
    flags = story.record.status
    reached = (
        (story.record.outcome is not None, story.outcome),
        (flags.videos_uploaded, "published"),
        (flags.videos_filtered, "compared"),
        (flags.videos_downloaded, "downloaded"),
        (flags.twitter_scraped, "searched"),
    )
    return next((name for done, name in reached if done), "confirmed")
