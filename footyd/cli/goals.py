"""`goal list|show|add|retry|cancel`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated

import typer

from footyd.cli.common import (
    ConfigFile,
    Verbose,
    config_from,
    has_records,
    out,
    print_rows,
    refuse_anothers,
    require_records,
    run_async,
)
from footyd.errors import FootydError
from footyd.model import Candidate, Clip, FixtureId, Goal, GoalId, GoalRecord, GoalState, Score

if TYPE_CHECKING:
    from footyd.config import Config
    from footyd.pipeline import GoalReport

HEADER = ("goal", "minute", "team", "score", "scorer", "state")
ADD_EPILOG = """\
\b
Examples
  footyd goal add --fixture 1035045 --minute 45+2 --player Haaland
  footyd goal add --fixture 1035045 --minute 23 --player Foden \\
      --team "Manchester City" --score 1-0
"""

app = typer.Typer(rich_markup_mode=None)
GoalArgument = Annotated[
    str, typer.Argument(metavar="GOAL", help="The goal's id, as footyd goal list shows it.")
]


def register(root: typer.Typer) -> None:
    app.callback(invoke_without_command=True)(goal)
    app.command("list")(list_goals)
    app.command()(show)
    app.command(epilog=ADD_EPILOG)(add)
    app.command()(retry)
    app.command()(cancel)
    root.add_typer(app, name="goal")


def goal(context: typer.Context) -> None:
    """Look at goals, or act on one by hand."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit


def list_goals(
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="How many at most.")] = 30,
    pending: Annotated[
        bool,
        typer.Option("--pending", help="Instead those seen once, and those taken back before a second poll."),
    ] = False,
    config: ConfigFile = None,
    verbose: Verbose = False,
) -> None:
    """List goals, the newest first.

    A table on a terminal, lines with tabs anywhere else.
    """
    loaded = config_from(config)
    rows = run_async(_rows(loaded, limit, pending=pending)) if has_records(loaded) else []
    print_rows(HEADER, rows)


async def _rows(config: Config, limit: int, *, pending: bool) -> list[tuple[str, ...]]:
    from footyd.clients import open_database

    async with open_database(config) as store:
        if pending:
            newest = reversed(await store.goals.pending())
            return [(*_columns(sighting), sighting.state.value) for sighting in newest][:limit]
        return [(*_columns(r.goal), state_of(r)) for r in await store.goals.records(limit=limit)]


def _columns(goal: Goal) -> tuple[str, ...]:
    return goal.id, goal.clock, goal.team, str(goal.score_after), goal.player or "?"


def state_of(record: GoalRecord) -> str:
    """One word or two for where a goal stands."""
    if record.goal.state is GoalState.CANCELLED or record.outcome:
        return (record.outcome or "cancelled").replace("_", " ")
    return f"pass {record.plan.pass_index + 1}"


def show(goal: GoalArgument, config: ConfigFile = None, verbose: Verbose = False) -> None:
    """Show all that is known of one goal.

    Its posts with verdicts, its clips, and where the keepers lie.
    """
    loaded = config_from(config)
    require_records(loaded)
    record, candidates, clips = run_async(_read_goal(loaded, GoalId(goal)))
    found = record.goal
    out.print(f"{found.id}: {found.team} {found.score_after}, {found.clock} {found.player or '?'}")
    for line in (*_standing(record), *map(_candidate_line, candidates)):
        out.print(line)
    for clip in clips:
        out.print(_clip_line(clip, loaded))


def _standing(record: GoalRecord) -> Iterator[str]:
    done = [f.name for f in fields(record.status) if getattr(record.status, f.name)]
    yield f"  {state_of(record)}; done: {', '.join(done) or 'nothing yet'}"
    if record.plan.next_at:
        yield f"  due at {record.plan.next_at.astimezone():%Y-%m-%d %H:%M:%S}"
    if record.error:
        yield f"  {record.error}"


def _candidate_line(candidate: Candidate) -> str:
    rejection = candidate.rejection
    why = f" {rejection.reason} {rejection.detail}".rstrip() if rejection else ""
    if candidate.verdict and candidate.verdict.accepted:
        why += ", accepted by a person"
    return f"  post {candidate.post.url} {candidate.score:.2f} {candidate.state.value}{why}"


def _clip_line(clip: Clip, config: Config) -> str:
    facts = clip.facts
    where = _place(clip.object_key, config) if clip.object_key else ""
    if clip.keeper_id:
        where = f"of {clip.keeper_id.rpartition(':')[2][:8]}"
    size = f"{facts.width}x{facts.height} {facts.duration_seconds:.1f} s"
    line = f"  clip {facts.sha256[:8]} {size} {clip.state.value} {where}".rstrip()
    return f"{line} ({clip.evidence})" if clip.evidence else line


def _place(key: str, config: Config) -> str:
    if config.library.kind == "s3":
        return f"s3://{config.library.s3.bucket}/{key}"
    return str(config.library_dir / key)


async def _read_goal(config: Config, goal_id: GoalId) -> tuple[GoalRecord, list[Candidate], list[Clip]]:
    from footyd.clients import open_database

    async with open_database(config) as store:
        record = await store.goals.record(goal_id)
        if record is None:
            raise FootydError(f"no goal {goal_id}", remedy="footyd goal list shows the ids")
        return record, await store.clips.candidates(goal_id), await store.clips.clips(goal_id)


def add(
    fixture: Annotated[
        int, typer.Option("--fixture", metavar="ID", help="Id of the fixture; fetched if it is not known.")
    ],
    minute: Annotated[str, typer.Option("--minute", metavar="M", help="As people write it: 23 or 45+2.")],
    player: Annotated[str, typer.Option("--player", metavar="NAME", help="The scorer, as posts name him.")],
    team: Annotated[
        str | None,
        typer.Option("--team", metavar="TEAM", help="Who scored, if the feed does not tell: name or id."),
    ] = None,
    score: Annotated[
        str | None,
        typer.Option("--score", metavar="H-A", help="What the score became, if the feed does not tell."),
    ] = None,
    config: ConfigFile = None,
    verbose: Verbose = False,
) -> None:
    """Search clips of a goal you name.

    The goal is recorded as confirmed, searched once now, and its clips are kept; later passes are made by the
    daemon. Team and score are those of the feed's goal at that minute.
    """
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
    loaded = config_from(config)
    refuse_anothers(loaded)
    _tell(*run_async(add_goal(loaded, wish)))


def retry(goal: GoalArgument, config: ConfigFile = None, verbose: Verbose = False) -> None:
    """Search a goal once more, now."""
    from footyd.by_hand import retry_goal

    loaded = config_from(config)
    require_records(loaded)
    _tell(*run_async(retry_goal(loaded, GoalId(goal))))


def cancel(goal: GoalArgument, config: ConfigFile = None, verbose: Verbose = False) -> None:
    """Take a goal back.

    It is searched no more; its clips are removed after seven days.
    """
    from footyd.by_hand import cancel_goal

    loaded = config_from(config)
    require_records(loaded)
    run_async(cancel_goal(loaded, GoalId(goal)))
    out.print(f"goal {goal}: cancelled")


def _tell(record: GoalRecord, report: GoalReport | None) -> None:
    out.print(f"goal {record.goal.id}")
    out.print(report.text() if report else "the running daemon takes it within a minute")


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
