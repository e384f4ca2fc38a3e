"""`goal list|show|add|retry|cancel`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from footyd.cli.common import ConfigFile, Verbose, config_from, out, run_async
from footyd.errors import FootydError
from footyd.model import Candidate, Clip, FixtureId, Goal, GoalId, GoalRecord, GoalState, Score

if TYPE_CHECKING:
    from footyd.config import Config
    from footyd.pipeline import GoalReport

app = typer.Typer(help="Look at goals and act on them by hand.", no_args_is_help=True, rich_markup_mode=None)

GoalArgument = Annotated[str, typer.Argument(metavar="GOAL", help="The id, as footyd goal list shows it.")]


@app.command("list")
def list_goals(
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many, the newest first.")] = 30,
    pending: Annotated[
        bool, typer.Option("--pending", help="Sightings not yet confirmed, and discarded.")
    ] = False,
    config: ConfigFile = None,
    verbose: Verbose = False,
) -> None:
    """List goals, the newest first."""
    records, sightings = run_async(_read_list(config_from(config), limit))
    table = Table("goal", "minute", "team", "score", "scorer", "state", box=None, header_style="bold")
    if pending:
        for goal in sightings:
            table.add_row(*_columns(goal), goal.state.value)
    else:
        for record in records:
            table.add_row(*_columns(record.goal), state_of(record))
    out.print(table)


async def _read_list(config: Config, limit: int) -> tuple[list[GoalRecord], list[Goal]]:
    from footyd.app import open_database

    async with open_database(config) as store:
        return await store.goals.records(limit=limit), await store.goals.pending()


def _columns(goal: Goal) -> tuple[str, str, str, str, str]:
    return goal.id, goal.clock, goal.team, str(goal.score_after), goal.player or "?"


def state_of(record: GoalRecord) -> str:
    """One word or two for where a goal stands."""
    if record.goal.state is GoalState.CANCELLED or record.outcome:
        return (record.outcome or "cancelled").replace("_", " ")
    return f"pass {record.plan.pass_index + 1}"


@app.command()
def show(goal: GoalArgument, config: ConfigFile = None, verbose: Verbose = False) -> None:
    """Show everything known of a goal: its posts with verdicts, its clips, where the keepers lie."""
    record, candidates, clips = run_async(_read_goal(config_from(config), GoalId(goal)))
    found = record.goal
    out.print(
        f"{found.id}: {found.team} {found.score_after}, {found.clock} {found.player or '?'}", markup=False
    )
    out.print(
        f"{state_of(record)}, searched {_passes(record)} times, {record.error or 'no error'}", markup=False
    )
    for candidate in candidates:
        out.print(_candidate_line(candidate), markup=False)
    for clip in clips:
        out.print(_clip_line(clip), markup=False)


def _passes(record: GoalRecord) -> int:
    return record.plan.pass_index + (1 if record.plan.searched else 0)


def _candidate_line(candidate: Candidate) -> str:
    rejection = candidate.rejection
    why = f" {rejection.reason} {rejection.detail}".rstrip() if rejection else ""
    return f"  post {candidate.post.url} {candidate.score:.2f} {candidate.state.value}{why}"


def _clip_line(clip: Clip) -> str:
    facts = clip.facts
    where = clip.object_key or (f"see {clip.keeper_id}" if clip.keeper_id else "")
    size = f"{facts.width}x{facts.height} {facts.duration_seconds:.1f} s"
    return f"  clip {facts.sha256[:8]} {size} {clip.state.value} {where}"


async def _read_goal(config: Config, goal_id: GoalId) -> tuple[GoalRecord, list[Candidate], list[Clip]]:
    from footyd.app import open_database

    async with open_database(config) as store:
        record = await store.goals.record(goal_id)
        if record is None:
            raise FootydError(f"no goal {goal_id}", remedy="footyd goal list shows the ids")
        return record, await store.clips.candidates(goal_id), await store.clips.clips(goal_id)


@app.command()
def add(
    fixture: Annotated[int, typer.Option("--fixture", help="Id of the fixture; fetched if it is not known.")],
    minute: Annotated[str, typer.Option("--minute", help="As people write it: 23 or 45+2.")],
    player: Annotated[str, typer.Option("--player", help="The scorer, as posts will name him.")],
    team: Annotated[
        str | None, typer.Option("--team", help="Who scored: a part of the name, or the id.")
    ] = None,
    score: Annotated[str | None, typer.Option("--score", help="What the score became, as 2-1.")] = None,
    config: ConfigFile = None,
    verbose: Verbose = False,
) -> None:
    """Run the pipeline for a goal by hand: it is recorded as confirmed, searched and its clips are kept."""
    from footyd.by_hand import GoalWish, add_goal

    at, extra = parse_minute(minute)
    wish = GoalWish(
        fixture_id=FixtureId(fixture),
        minute=at,
        extra=extra,
        player=player,
        team=team,
        score=parse_score(score) if score else None,
    )
    _tell(*run_async(add_goal(config_from(config), wish)))


@app.command()
def retry(goal: GoalArgument, config: ConfigFile = None, verbose: Verbose = False) -> None:
    """Search a goal once more, now."""
    from footyd.by_hand import retry_goal

    _tell(*run_async(retry_goal(config_from(config), GoalId(goal))))


@app.command()
def cancel(goal: GoalArgument, config: ConfigFile = None, verbose: Verbose = False) -> None:
    """Take a goal back: no more searches; its clips are removed after seven days."""
    from footyd.by_hand import cancel_goal

    run_async(cancel_goal(config_from(config), GoalId(goal)))
    out.print(f"{goal}: cancelled", markup=False)


def _tell(record: GoalRecord, report: GoalReport | None) -> None:
    out.print(f"goal {record.goal.id}", markup=False)
    out.print(report.text() if report else "the running daemon takes it within a minute", markup=False)


def parse_minute(text: str) -> tuple[int, int | None]:
    found = re.fullmatch(r"(\d{1,3})(?:\+(\d{1,2}))?'?", text.strip())
    if not found:
        raise FootydError(f"--minute {text}: not a minute", remedy="Write it as 23 or 45+2")
    return int(found[1]), int(found[2]) if found[2] else None


def parse_score(text: str) -> Score:
    found = re.fullmatch(r"(\d{1,2})\s*[-–:]\s*(\d{1,2})", text.strip())
    if not found:
        raise FootydError(f"--score {text}: not a score", remedy="Write it as 2-1, the home side first")
    return Score(home=int(found[1]), away=int(found[2]))
