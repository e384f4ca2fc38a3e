"""The schedule, the way of the data with its counts, the history of runs, and runs asked for by a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, cast, get_args
from urllib.parse import urlencode

from aiohttp import web
from pydantic import Field

from footyd.job import PERSON
from footyd.stages.ingest import today
from footyd.web.context import ANSWERS, Answers, address, answers
from footyd.web.dear import Dear, dear
from footyd.web.drawing import column, row
from footyd.web.endpoint import (
    LISTING,
    Endpoint,
    Listed,
    Param,
    body_of,
    cursor,
    cursor_of,
    limit_of,
    no_place,
    read_date,
)
from footyd.web.live import Parts, PartsOf
from footyd.web.looks.runs import (
    OUTCOMES,
    JobLook,
    JobName,
    OneRunLook,
    Outcome,
    RunLook,
    look_jobs,
    look_run,
    look_runs,
)
from footyd.web.looks.way import WayLook, look_way
from footyd.web.pages import Page
from footyd.web.problems import Refusal, bad_request, not_found
from footyd.web.render import PAGES, NavEntry, Pages, page

JOBS: tuple[str, ...] = get_args(JobName)
SHOWN = 30
PARTS = "runs_parts.html"


async def show(request: web.Request) -> web.Response:
    known = answers(request)
    job, outcome = _chosen(request)
    after = key_of(cursor_of(request))
    runs, following = await look_runs(known.store, job=job, outcome=outcome, after=after, limit=SHOWN)
    jobs = await look_jobs(known.store, known.jobs)
    way = await look_way(known.store, known.clock(), dear(request.app).kept)
    parts = parts_of(jobs, way, runs, (job, outcome), request.app[PAGES])
    chosen = {name: value for name, value in (("job", job), ("outcome", outcome)) if value}
    return await page(
        request,
        "runs.html",
        jobs=jobs,
        names=[one.name for one in jobs],
        outcomes=OUTCOMES,
        chosen_job=job,
        chosen_outcome=outcome,
        today=today(known.clock(), known.config().ingest),
        first=urlencode(chosen),
        is_further=after is not None,
        more=urlencode({**chosen, "cursor": cursor(following)}) if following else "",
        parts=parts.html,
        live="" if after else f"runs:{job}:{outcome}",
        seen=parts.digest(),
    )


def _chosen(request: web.Request) -> tuple[str, str]:
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


def parts_of(
    jobs: tuple[JobLook, ...],
    way: WayLook,
    runs: tuple[RunLook, ...],
    chosen: tuple[str, str],
    pages: Pages,
) -> Parts:
    """The facts of each job, the picture, and the history as one."""
    html = {f"job-{job.name}": pages.macro(PARTS, "facts", job) for job in jobs}
    count = len(way.stations)
    html["way"] = pages.macro("drawings.html", "way", way, row(count), column(count))
    html["history"] = pages.macro(PARTS, "history", runs, *chosen)
    return Parts(html)


async def show_one(request: web.Request) -> web.Response:
    look = await _one(answers(request), request.match_info["run_id"])
    parts = one_parts(look, request.app[PAGES])
    live = f"run:{look.run.id}" if look.run.end is None else ""
    return await page(request, "run.html", it=look, parts=parts.html, live=live, seen=parts.digest())


async def _one(known: Answers, run_id: str) -> OneRunLook:
    look = await look_run(known.store, known.jobs.asked(), run_id)
    if look is None:
        kept = known.config().daemon.runs_kept_days
        raise not_found(f"run {run_id}", remedy=f"Runs are kept for {kept} days (daemon.runs_kept_days)")
    return look


def one_parts(look: OneRunLook, pages: Pages) -> Parts:
    return Parts({"one": pages.macro(PARTS, "one", look)})


def _live_parts(app: web.Application) -> Mapping[str, PartsOf]:
    costly: Dear = dear(app)

    async def runs_parts(argument: str) -> Parts:
        known = app[ANSWERS]
        job, _, outcome = argument.partition(":")
        check_chosen(job, outcome)
        runs, _ = await look_runs(known.store, job=job, outcome=outcome, limit=SHOWN)
        jobs = await look_jobs(known.store, known.jobs)
        way = await look_way(known.store, known.clock(), costly.kept)
        return parts_of(jobs, way, runs, (job, outcome), app[PAGES])

    async def run_parts(argument: str) -> Parts:
        return one_parts(await _one(app[ANSWERS], argument), app[PAGES])

    return {"runs": runs_parts, "run": run_parts}


# ---------------------------------------------------------------- run now


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


async def ask_by_form(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    job, day = str(form.get("job", "")), str(form.get("day", ""))
    if job not in JOBS:
        raise not_found(f"job {job!r}", remedy=f"It is one of {', '.join(JOBS)}")
    wish = RunWish(job=cast("JobName", job), day=read_date(day) if day else None)
    raise web.HTTPSeeOther(address(request, f"/runs/{ask(answers(request), wish)}"))


# ---------------------------------------------------------------- API


async def runs_answer(request: web.Request) -> Listed[RunLook]:
    known = answers(request)
    job, outcome = _chosen(request)
    after = key_of(cursor_of(request))
    limit = limit_of(request)
    runs, following = await look_runs(known.store, job=job, outcome=outcome, after=after, limit=limit)
    return Listed(items=runs, next=cursor(following) if following else None)


async def run_answer(request: web.Request) -> OneRunLook:
    return await _one(answers(request), request.match_info["run_id"])


async def jobs_answer(request: web.Request) -> Listed[JobLook]:
    known = answers(request)
    return Listed(items=await look_jobs(known.store, known.jobs), next=None)


async def way_answer(request: web.Request) -> WayLook:
    known = answers(request)
    return await look_way(known.store, known.clock(), dear(request.app).kept)


async def ask_answer(request: web.Request) -> OneRunLook:
    known = answers(request)
    return await _one(known, ask(known, await body_of(request, RunWish)))


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/runs",
        told="The history of runs, the newest first.",
        answer=runs_answer,
        returns=Listed[RunLook],
        params=(
            Param(name="job", told="Only runs of this job.", kind=JobName),
            Param(name="outcome", told="Only runs that ended so.", kind=Outcome),
            *LISTING,
        ),
        fails=(400, 404, 503),
    ),
    Endpoint(
        method="GET",
        path="/runs/{run_id}",
        told="One run, and all tries of the same work.",
        answer=run_answer,
        returns=OneRunLook,
        params=(
            Param(name="run_id", told="As in the list, or as told when it was asked for.", in_path=True),
        ),
        fails=(404, 503),
    ),
    Endpoint(
        method="POST",
        path="/runs",
        told="Ask for a run now; it waits for what runs before it, and is found under its id.",
        answer=ask_answer,
        returns=OneRunLook,
        body=RunWish,
        status=202,
        fails=(400, 404, 409, 415, 503),
    ),
    Endpoint(
        method="GET",
        path="/jobs",
        told="The jobs: when each runs next, and its last run.",
        answer=jobs_answer,
        returns=Listed[JobLook],
        fails=(503,),
    ),
    Endpoint(
        method="GET",
        path="/way",
        told="How many matches, goals and clips are at each stage.",
        answer=way_answer,
        returns=WayLook,
        fails=(503,),
    ),
)

PAGE = Page(
    routes=(web.get("/runs", show), web.post("/runs", ask_by_form), web.get("/runs/{run_id}", show_one)),
    nav=NavEntry(path="/runs", title="Runs", icon="runs"),
    live=_live_parts,
)
