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
from footyd.cli.remote import TokenFile, Url, review_there, rule_there, search_there, there
from footyd.model import GoalId, utcnow

if TYPE_CHECKING:
    from footyd.adapters.mongo import Store
    from footyd.config import Config
    from footyd.review import Ruled

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
    url: Url = None,
    token_file: TokenFile = None,
    config: ConfigFile = None,
    verbose: Verbose = False,
) -> None:
    """List goals that need a person, or decide about one.

    Each with its best posts that were not taken, and with X's page for its search.
    """
    if context.invoked_subcommand is not None:
        return
    if place := there(url, token_file):
        found = review_there(place, limit=limit, best=best)
    else:
        loaded = config_from(config)
        found = run_async(_read(loaded, limit, best)) if has_records(loaded) else []
    print_json(found) if as_json else _print(found)


async def _read(config: Config, limit: int, best: int) -> list[dict[str, Any]]:
    from footyd.clients import open_database
    from footyd.review import as_document, goals_to_review

    async with open_database(config) as store:
        found = await goals_to_review(store, config.search.aliases, limit=limit, best=best)
    return [as_document(one) for one in found]


def accept(
    post: PostArgument,
    goal: GoalOption = None,
    url: Url = None,
    token_file: TokenFile = None,
    config: ConfigFile = None,
    verbose: Verbose = False,
) -> None:
    """Take a post that was turned down.

    It is downloaded now; limits of shape and length do not hold for it.
    """
    from footyd import review

    if place := there(url, token_file):
        rule_there(place, "accept", "accepted", {"post": post, "goal": goal})
        return
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
    url: Url = None,
    token_file: TokenFile = None,
    config: ConfigFile = None,
    verbose: Verbose = False,
) -> None:
    """Never take a post, for any goal.

    A clip that came of it is removed, and copies that it replaced are downloaded again.
    """
    from footyd import review

    if place := there(url, token_file):
        rule_there(place, "reject", "rejected", {"post": post, "goal": goal, "blocks_author": author})
        return
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
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS", help="Of a post, or of any page with the video.")
    ],
    url: Url = None,
    token_file: TokenFile = None,
    config: ConfigFile = None,
    verbose: Verbose = False,
) -> None:
    """Take the video behind an address you found."""
    from footyd import review

    if place := there(url, token_file):
        rule_there(place, "link", "accepted", {"goal": goal, "url": address})
        return
    loaded = config_from(config)
    _decide(
        loaded,
        "accepted",
        lambda store, now: review.link(store, GoalId(goal), address, now, mirrors=_mirrors(loaded)),
    )


def again(
    goal: GoalArgument,
    url: Url = None,
    token_file: TokenFile = None,
    config: ConfigFile = None,
    verbose: Verbose = False,
) -> None:
    """Search a goal once more, now; your verdicts stay."""
    from footyd.cli.goals import retry

    if place := there(url, token_file):
        search_there(place, goal)
    else:
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


def _print(found: list[dict[str, Any]]) -> None:
    if not found:
        out.print("no goal needs review")
    for goal in found:
        out.print(f"{goal['goal']}: {goal['team']} {goal['score']}, {goal['minute']} {goal['scorer'] or '?'}")
        if goal["search"]:
            out.print(f"  search {goal['search']}")
        for post in goal["posts"]:
            out.print(f"  {post['score']:.2f} {_why(post)}, @{post['author'] or '?'}", end="")
            out.print(f" {_age(post['posted_at'], goal['first_seen'])}: {_snippet(post['text'])}")
            out.print(f"       {post['url']}")


def _why(post: dict[str, Any]) -> str:
    return f"{post['reason']} {post['detail']}".rstrip() if post["reason"] else str(post["state"])


def _age(posted_at: str, first_seen: str) -> str:
    """Against the moment at which the goal was first seen."""
    age = datetime.fromisoformat(posted_at) - datetime.fromisoformat(first_seen)
    return f"{round(age.total_seconds() / 60):+d} min"


def _snippet(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SNIPPET else f"{line[: SNIPPET - 1]}…"
