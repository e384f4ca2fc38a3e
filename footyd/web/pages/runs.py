"""The schedule, the way of the data with its counts, the history of runs, and runs asked for by a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast
from urllib.parse import urlencode

from aiohttp import web

from footyd.stages.ingest import today
from footyd.web.context import ANSWERS, address, answers
from footyd.web.dear import Dear, dear
from footyd.web.drawing import column, row
from footyd.web.endpoint import cursor, cursor_of, read_date
from footyd.web.form import form_of
from footyd.web.live import Parts, PartsOf
from footyd.web.looks.runs import OUTCOMES, JobLook, JobName, OneRunLook, RunLook, look_jobs, look_runs
from footyd.web.looks.way import WayLook, look_way
from footyd.web.pages import Page
from footyd.web.pages.runs_api import ENDPOINTS
from footyd.web.pages.runs_asked import JOBS, RunWish, ask, check_chosen, chosen_of, key_of, one_of
from footyd.web.problems import not_found
from footyd.web.render import PAGES, NavEntry, Pages, page

__all__ = ["ENDPOINTS", "PAGE"]

SHOWN = 30
PARTS = "runs_parts.html"


async def show(request: web.Request) -> web.Response:
    known = answers(request)
    job, outcome = chosen_of(request)
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
    look = await one_of(answers(request), request.match_info["run_id"])
    parts = one_parts(look, request.app[PAGES])
    live = f"run:{look.run.id}" if look.run.end is None else ""
    return await page(request, "run.html", it=look, parts=parts.html, live=live, seen=parts.digest())


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
        return one_parts(await one_of(app[ANSWERS], argument), app[PAGES])

    return {"runs": runs_parts, "run": run_parts}


# ---------------------------------------------------------------- run now


async def ask_by_form(request: web.Request) -> web.StreamResponse:
    form = await form_of(request)
    job, day = str(form.get("job", "")), str(form.get("day", ""))
    if job not in JOBS:
        raise not_found(f"job {job!r}", remedy=f"It is one of {', '.join(JOBS)}")
    wish = RunWish(job=cast("JobName", job), day=read_date(day) if day else None)
    raise web.HTTPSeeOther(address(request, f"/runs/{ask(answers(request), wish)}"))


PAGE = Page(
    routes=(web.get("/runs", show), web.post("/runs", ask_by_form), web.get("/runs/{run_id}", show_one)),
    nav=NavEntry(path="/runs", title="Runs", icon="runs"),
    live=_live_parts,
)
