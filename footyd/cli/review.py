"""`review`, `review accept|reject|link|again`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from footyd.cli.common import (
    ConfigFile,
    Verbose,
    config_from,
    has_records,
    out,
    print_json,
    require_records,
    run_async,
)
from footyd.model import Candidate, GoalId, utcnow

if TYPE_CHECKING:
    from footyd.adapters.mongo import Store
    from footyd.config import Config
    from footyd.review import Ruled, ToReview

Decide = Callable[["Store", datetime], Awaitable["Ruled"]]

SNIPPET = 100
AFTER_SEARCH = 2
"""Lines of a report: those before tell of a search, and a verdict makes none."""
EPILOG = """\
\b
Examples
  footyd review
  footyd review accept 1825500000000042
  footyd review reject https://x.com/bets/status/1825500000000099 --author
  footyd review link 1035045-50-2-1-1 https://x.com/fan/status/18255000107
"""

app = typer.Typer(rich_markup_mode=None)
PostArgument = Annotated[
    str,
    typer.Argument(
        metavar="POST", help="Its id or address; of one listed the last 4 digits or more will do."
    ),
]
GoalOption = Annotated[
    str | None,
    typer.Option("--goal", metavar="GOAL", help="Of this goal only, if the post was found for several."),
]
GoalArgument = Annotated[
    str, typer.Argument(metavar="GOAL", help="The goal's id, as footyd review shows it.")
]


def register(root: typer.Typer) -> None:
    app.callback(invoke_without_command=True, epilog=EPILOG)(review)
    app.command()(accept)
    app.command()(reject)
    app.command()(link)
    app.command()(again)
    root.add_typer(app, name="review")


def review(
    context: typer.Context,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="How many goals at most.")] = 20,
    best: Annotated[int, typer.Option("--best", metavar="N", min=0, help="How many posts of each.")] = 5,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON list and nothing else on stdout.")
    ] = False,
    config: ConfigFile = None,
    verbose: Verbose = False,
) -> None:
    """List goals that need a person, or decide about one.

    Each with its best posts that were not taken, and with X's page for its search.
    """
    if context.invoked_subcommand is not None:
        return
    loaded = config_from(config)
    found = run_async(_read(loaded, limit, best)) if has_records(loaded) else []
    if as_json:
        print_json(_documents(found))
    else:
        _print(found)


def _documents(found: list[ToReview]) -> list[dict[str, Any]]:
    from footyd.review import as_document

    return [as_document(one) for one in found]


async def _read(config: Config, limit: int, best: int) -> list[ToReview]:
    from footyd.clients import open_database
    from footyd.review import goals_to_review

    async with open_database(config) as store:
        return await goals_to_review(store, config.search.aliases, limit=limit, best=best)


def accept(
    post: PostArgument, goal: GoalOption = None, config: ConfigFile = None, verbose: Verbose = False
) -> None:
    """Take a post that was turned down.

    It is downloaded now; limits of shape and length do not hold for it.
    """
    from footyd import review

    loaded = config_from(config)
    _decide(
        loaded,
        "accepted",
        lambda store, now: review.accept(store, post, now, goal=_id(goal), mirrors=_mirrors(loaded)),
    )


def reject(
    post: PostArgument,
    author: Annotated[bool, typer.Option("--author", help="Nor any other post of its author.")] = False,
    goal: GoalOption = None,
    config: ConfigFile = None,
    verbose: Verbose = False,
) -> None:
    """Never take a post, for any goal.

    A clip that came of it is removed, and copies that it replaced are downloaded again.
    """
    from footyd import review

    loaded = config_from(config)
    _decide(
        loaded,
        "rejected",
        lambda store, now: review.reject(
            store, post, now, goal=_id(goal), author=author, mirrors=_mirrors(loaded)
        ),
    )


def link(
    goal: GoalArgument,
    url: Annotated[str, typer.Argument(metavar="URL", help="Of a post, or of any page with the video.")],
    config: ConfigFile = None,
    verbose: Verbose = False,
) -> None:
    """Take the video behind an address you found."""
    from footyd import review

    loaded = config_from(config)
    _decide(
        loaded,
        "accepted",
        lambda store, now: review.link(store, GoalId(goal), url, now, mirrors=_mirrors(loaded)),
    )


def again(goal: GoalArgument, config: ConfigFile = None, verbose: Verbose = False) -> None:
    """Search a goal once more, now; your verdicts stay."""
    from footyd.cli.goals import retry

    retry(goal, config, verbose)


# ---------------------------------------------------------------- deciding


def _decide(config: Config, word: str, decide: Decide) -> None:
    require_records(config)
    run_async(_ruled(config, word, decide))


async def _ruled(config: Config, word: str, decide: Decide) -> None:
    """Record, tell, then do what it asks for, unless a daemon runs that will."""
    from footyd.by_hand import open_alone

    async with AsyncExitStack() as stack:
        store, alone = await open_alone(config, stack)
        ruled = await decide(store, utcnow())
        for candidate in ruled.candidates:
            out.print(f"goal {candidate.goal_id}: post {candidate.post.url} {word}")
        if ruled.due and not alone:
            out.print("the running daemon takes it within a minute")
        elif ruled.due:
            await _work(config, stack, store, ruled.due)


async def _work(config: Config, stack: AsyncExitStack, store: Store, due: tuple[GoalId, ...]) -> None:
    from footyd.app import open_app
    from footyd.pipeline import work_goal

    tools = (await open_app(config, stack, store)).tools()
    for goal in due:
        record = await store.goals.record(goal)
        if record:
            report = await work_goal(record, tools)
            out.print("\n".join(report.text().splitlines()[AFTER_SEARCH:]))


def _id(goal: str | None) -> GoalId | None:
    return GoalId(goal) if goal else None


def _mirrors(config: Config) -> frozenset[str]:
    """The hosts of the Nitter instances in the config: their addresses are of posts of X."""
    return frozenset(urlsplit(str(url)).hostname or "" for url in config.search.nitter.base_urls)


# ---------------------------------------------------------------- telling


def _print(found: list[ToReview]) -> None:
    if not found:
        out.print("no goal needs review")
    for one in found:
        goal = one.record.goal
        out.print(f"{goal.id}: {goal.team} {goal.score_after}, {goal.clock} {goal.player or '?'}")
        if one.link:
            out.print(f"  search {one.link}")
        for candidate in one.candidates:
            out.print(f"  {candidate.score:.2f} {_why(candidate)}, @{candidate.post.author or '?'}", end="")
            out.print(f" {_age(candidate, goal.first_seen)}: {_snippet(candidate.post.text)}")
            out.print(f"       {candidate.post.url}")


def _why(candidate: Candidate) -> str:
    rejection = candidate.rejection
    return f"{rejection.reason} {rejection.detail}".rstrip() if rejection else candidate.state.value


def _age(candidate: Candidate, first_seen: datetime) -> str:
    """Against the moment at which the goal was first seen."""
    return f"{round((candidate.post.posted_at - first_seen).total_seconds() / 60):+d} min"


def _snippet(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SNIPPET else f"{line[: SNIPPET - 1]}…"
