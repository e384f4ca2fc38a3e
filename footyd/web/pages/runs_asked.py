"""What is asked of the history of runs, and runs that are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, get_args

from aiohttp import web
from pydantic import Field

from footyd.job import PERSON
from footyd.web.context import Answers
from footyd.web.endpoint import no_place, read_date
from footyd.web.looks.runs import OUTCOMES, JobName, OneRunLook, look_run
from footyd.web.problems import Refusal, bad_request, not_found

JOBS: tuple[str, ...] = get_args(JobName)


def chosen_of(request: web.Request) -> tuple[str, str]:
    """Job and outcome that are asked for; empty: any."""
    job, outcome = request.query.get("job", ""), request.query.get("outcome", "")
    check_chosen(job, outcome)
    return job, outcome


def check_chosen(job: str, outcome: str) -> None:
    if job and job not in JOBS:
        raise bad_request(f"there is no job {job!r}", remedy=f"It is one of {', '.join(JOBS)}")
    if outcome and outcome not in OUTCOMES:
        raise bad_request(f"no run ends {outcome!r}", remedy=f"It is one of {', '.join(OUTCOMES)}")


def key_of(after: Any) -> tuple[datetime, str] | None:
    """The cursor's start and id. Raises Refusal for one that is none of this list's."""
    if after is None:
        return None
    try:
        start, id = after
        return datetime.fromisoformat(start).astimezone(UTC), str(id)
    except (TypeError, ValueError, OverflowError) as exc:
        raise no_place() from exc


async def one_of(known: Answers, run_id: str) -> OneRunLook:
    look = await look_run(known.store, known.jobs.asked(), run_id)
    if look is None:
        kept = known.config().daemon.runs_kept_days
        raise not_found(f"run {run_id}", remedy=f"Runs are kept for {kept} days (daemon.runs_kept_days)")
    return look


@dataclass(frozen=True, slots=True, kw_only=True)
class RunWish:
    """A run of a job, now; `day` for an ingest of one day only."""

    job: JobName
    day: Annotated[date, Field(strict=True)] | None = None


def ask(known: Answers, wish: RunWish) -> str:
    """The id of the run to come. Raises Refusal."""
    if wish.day and wish.job != "ingest":
        raise Refusal(409, f"{wish.job} takes no day", remedy="Only ingest does")
    day = str(read_date(str(wish.day))) if wish.day else ""
    run_id = known.jobs.ask(wish.job, PERSON, day)
    if run_id is None:
        raise Refusal(409, f"too many runs of {wish.job} wait", remedy="Ask again when they are done")
    return run_id
