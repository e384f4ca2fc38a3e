"""Runs, jobs and the way of the data, for programs."""

from __future__ import annotations

from aiohttp import web

from footyd.web.context import answers
from footyd.web.dear import dear
from footyd.web.endpoint import LISTING, Endpoint, Listed, Param, body_of, cursor, cursor_of, limit_of
from footyd.web.looks.runs import JobLook, JobName, OneRunLook, Outcome, RunLook, look_jobs, look_runs
from footyd.web.looks.way import WayLook, look_way
from footyd.web.pages.runs_asked import RunWish, ask, chosen_of, key_of, one_of


async def runs_answer(request: web.Request) -> Listed[RunLook]:
    known = answers(request)
    job, outcome = chosen_of(request)
    after = key_of(cursor_of(request))
    limit = limit_of(request)
    runs, following = await look_runs(known.store, job=job, outcome=outcome, after=after, limit=limit)
    return Listed(items=runs, next=cursor(following) if following else None)


async def run_answer(request: web.Request) -> OneRunLook:
    return await one_of(answers(request), request.match_info["run_id"])


async def jobs_answer(request: web.Request) -> Listed[JobLook]:
    known = answers(request)
    return Listed(items=await look_jobs(known.store, known.jobs), next=None)


async def way_answer(request: web.Request) -> WayLook:
    known = answers(request)
    return await look_way(known.store, known.clock(), dear(request.app).kept)


async def ask_answer(request: web.Request) -> OneRunLook:
    known = answers(request)
    return await one_of(known, ask(known, await body_of(request, RunWish)))


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
