"""The Runs page and its API: schedule, way, history, and runs asked for."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from footyd.adapters.mongo import Store
from footyd.model import ClipState, ObjectKey
from tests.builders import a_clip
from tests.web.days import a_saturday
from tests.web.site import NOW, Site, opened


async def add_run(
    store: Store,
    run_id: str,
    *,
    start: datetime,
    job: str = "poll",
    outcome: str = "ok",
    attempt: int = 1,
    trigger: str = "interval",
    error: str = "",
    subject: str = "",
    counts: dict[str, Any] | None = None,
) -> None:
    await store.runs.begin_run(run_id, job=job, trigger=trigger, attempt=attempt, now=start, subject=subject)
    if outcome != "running":
        await store.runs.end_run(
            run_id,
            outcome=outcome,
            metadata=counts or {},
            error=error,
            now=start + timedelta(seconds=2),
        )


async def an_afternoon(store: Store) -> None:
    """Polls, a refused one, an ingest that needed three attempts, and a night's retention."""
    for number in range(1, 9):
        counts = {"fixtures_processed": 8, "completed": number % 3, "calls": 1, "writes": 3, "confirmed": 0}
        await add_run(store, f"poll-{number}", start=NOW - timedelta(minutes=5 * number), counts=counts)
    refused = "the feed did not answer within 20 s. Look at the network and at api_football.base_url."
    await add_run(store, "poll-refused", start=NOW - timedelta(minutes=52), outcome="refused", error=refused)
    early = NOW - timedelta(hours=9)
    for attempt in (1, 2, 3):
        failed = attempt < 3
        await add_run(
            store,
            f"ingest-{attempt}",
            job="ingest",
            start=early + timedelta(minutes=6 * attempt),
            trigger="retry" if attempt > 1 else "cron",
            attempt=attempt,
            outcome="refused" if failed else "ok",
            error=refused if failed else "",
            counts={} if failed else {"days": ["2026-08-22", "2026-08-23"], "fixtures_seen": 412, "new": 37},
        )
    await add_run(
        store,
        "night",
        job="retention",
        start=NOW - timedelta(hours=10),
        trigger="cron",
        counts={"clips_removed": 0, "clips_expired": 4, "work_removed": 0, "sightings_forgotten": 2},
    )


# ---------------------------------------------------------------- the history


async def test_the_history_goes_on_by_cursor_without_a_gap_or_a_double(site: Site) -> None:
    await an_afternoon(site.store)
    same = NOW - timedelta(minutes=5)
    for name in "abc":
        await add_run(site.store, name, start=same)
    seen, cursor = [], ""
    while True:
        found = (await site.get(f"/api/v1/runs?limit=4{cursor}")).json()
        seen += [run["id"] for run in found["items"]]
        if not found["next"]:
            break
        cursor = f"&cursor={found['next']}"
    assert len(seen) == len(set(seen)) == 16
    assert seen[:4] == ["a", "b", "c", "poll-1"], "of the same moment in the order of their ids"
    assert seen[-1] == "night"


async def test_the_history_is_narrowed_by_job_and_outcome(site: Site) -> None:
    await an_afternoon(site.store)

    async def ids(query: str) -> list[str]:
        return [run["id"] for run in (await site.get(f"/api/v1/runs?{query}")).json()["items"]]

    assert await ids("job=ingest&outcome=refused") == ["ingest-2", "ingest-1"]
    assert await ids("outcome=refused") == ["poll-refused", "ingest-2", "ingest-1"]
    text = await site.page("/runs?job=retention")
    assert "clips expired" in text
    assert "/runs/ingest-3" not in text.partition('id="history"')[2]


async def test_the_page_goes_on_to_earlier_runs_and_keeps_the_filter(site: Site) -> None:
    for number in range(35):
        await add_run(site.store, f"p{number:02}", start=NOW - timedelta(minutes=number))
    text = await site.page("/runs?job=poll&outcome=ok")
    assert ("/runs/p29" in text, "/runs/p30" in text) == (True, False)
    address = re.findall(r'href="([^"]+)" rel="next"', text)[0].replace("&amp;", "&")
    assert "job=poll&outcome=ok&cursor=" in address
    further = await site.page(address)
    assert ("/runs/p29" in further.partition('id="history"')[2], "/runs/p34" in further) == (False, True)
    assert 'rel="next"' not in further
    assert "data-live" not in further, "what lies behind does not change"


@pytest.mark.parametrize(
    "query",
    [
        "job=nothing",
        "outcome=fine",
        "limit=0",
        "limit=201",
        "cursor=xyz",
        "cursor=WzFd",
        "cursor=WyJ4IiwgImEiXQ",
    ],
)
async def test_what_the_history_cannot_be_asked_for_is_refused(site: Site, query: str) -> None:
    found = await site.get(f"/api/v1/runs?{query}")
    assert found.status == (404 if "cursor" in query else 400)
    assert found.json()["status"] == found.status


# ---------------------------------------------------------------- one run


async def test_a_run_is_shown_with_all_tries_of_the_same_work(site: Site) -> None:
    await an_afternoon(site.store)
    await add_run(
        site.store,
        "by-hand",
        job="ingest",
        start=NOW - timedelta(hours=9) + timedelta(minutes=15),
        trigger="person",
        subject="2026-08-20",
    )
    found = (await site.get("/api/v1/runs/ingest-2")).json()
    assert [run["id"] for run in found["tries"]] == ["ingest-1", "ingest-2", "ingest-3"]
    assert [run["attempt"] for run in found["tries"]] == [1, 2, 3]
    assert (found["run"]["outcome"], found["run"]["took_seconds"]) == ("refused", 2.0)
    assert found["run"]["error"].startswith("the feed did not answer")
    found = (await site.get("/api/v1/runs/by-hand")).json()
    assert [run["id"] for run in found["tries"]] == ["by-hand"], "no try of the day's own ingest"
    text = await site.page("/runs/ingest-2")
    assert ("this one" in text, 'href="/runs/ingest-3"' in text) == (True, True)
    text = await site.page("/runs/ingest-3")
    assert "2026-08-22, 2026-08-23" in text


async def test_a_run_that_is_not_known_is_told_with_how_long_runs_are_kept(site: Site) -> None:
    for path in ("/runs/nothing", "/api/v1/runs/nothing"):
        found = await site.get(path)
        assert found.status == 404
        assert "Runs are kept for 90 days" in found.text


async def test_a_run_that_goes_on_is_watched_until_its_end(site: Site) -> None:
    await add_run(site.store, "now", start=NOW, outcome="running")
    assert 'data-live="run:now"' in await site.page("/runs/now")
    await site.store.runs.end_run("now", outcome="ok", metadata={"calls": 1}, error="", now=NOW)
    text = await site.page("/runs/now")
    assert "data-live" not in text
    assert (await site.live.parts("run:now")).html["one"] in text


# ---------------------------------------------------------------- run now


@pytest.mark.parametrize(
    ("fields", "asked"),
    [
        ({"job": "poll"}, ("poll", "person", "")),
        ({"job": "retention"}, ("retention", "person", "")),
        ({"job": "ingest"}, ("ingest", "person", "")),
        ({"job": "ingest", "day": "2026-08-20"}, ("ingest", "person", "2026-08-20")),
    ],
)
async def test_a_run_asked_for_is_shown_while_it_waits(
    site: Site, fields: dict[str, str], asked: tuple[str, str, str]
) -> None:
    found = await site.post("/runs", fields)
    assert (found.status, found.headers["Location"]) == (303, "/runs/run-1")
    assert site.jobs.asks == [asked]
    text = await site.page("/runs/run-1")
    assert ("waiting" in text, fields.get("day", "") in text) == (True, True)
    assert f'href="/runs/run-1">asked for{" " * bool(asked[2])}{asked[2]}</a>' in await site.page("/runs")


async def test_a_script_asks_for_a_run_and_finds_it_under_its_id(site: Site) -> None:
    headers = {"X-CSRF-Token": await site.csrf()}
    body = {"job": "ingest", "day": "2026-08-20"}
    found = await site.ask("POST", "/api/v1/runs", json=body, headers=headers)
    run = found.json()["run"]
    assert (found.status, run["outcome"], run["subject"], run["start"]) == (
        202,
        "waiting",
        "2026-08-20",
        None,
    )
    assert (await site.get(f"/api/v1/runs/{run['id']}")).json() == found.json()
    jobs = {job["name"]: job for job in (await site.get("/api/v1/jobs")).json()["items"]}
    assert [one["id"] for one in jobs["ingest"]["asked"]] == [run["id"]]
    assert jobs["poll"]["rule"] == "every 300 s"


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({"job": "sweep"}, 400, "'poll', 'ingest' or 'retention'"),
        ({"job": "poll", "day": "2026-08-20"}, 409, "Only ingest does"),
        ({"job": "ingest", "day": "9999-12-31"}, 404, "The years are"),
        ({"job": "ingest", "day": "soon"}, 400, "day"),
        ({}, 400, "job"),
    ],
)
async def test_a_run_that_cannot_be_is_refused(
    site: Site, body: dict[str, str], status: int, told: str
) -> None:
    headers = {"X-CSRF-Token": await site.csrf()}
    found = await site.ask("POST", "/api/v1/runs", json=body, headers=headers)
    assert (found.status, site.jobs.asks) == (status, [])
    assert told in found.json()["detail"]


async def test_a_form_that_names_no_job_is_refused(site: Site) -> None:
    for fields in ({"job": "sweep"}, {}):
        found = await site.post("/runs", fields)
        assert (found.status, "It is one of poll, ingest, retention" in found.text) == (404, True)


async def test_too_many_runs_that_wait_are_a_conflict(site: Site) -> None:
    site.jobs.is_full = True
    found = await site.post("/runs", {"job": "ingest", "day": "2026-08-20"})
    assert found.status == 409
    assert "Ask again when they are done" in found.text


# ---------------------------------------------------------------- the way


async def test_the_way_counts_what_is_at_each_stage(site: Site) -> None:
    await a_saturday(site.store, NOW)
    found = (await site.get("/api/v1/way")).json()
    now = {one["name"]: (one["now"], one["also"]) for one in found["stations"]}
    assert now == {
        "fixtures": (3, 3),
        "pending": (1, 9),
        "goals": (2, 7),
        "search": (1, 6),
        "download": (0, 4),
        "fingerprint": (1, 3),
        "select": (0, 3),
        "library": (0, 0),
    }


async def test_the_way_is_drawn_for_eyes_and_told_for_ears(site: Site) -> None:
    await a_saturday(site.store, NOW)
    text = await site.page("/runs")
    drawings = re.findall(r'<svg class="draw.*?</svg>', text, re.DOTALL)
    assert len(drawings) == 2, "one in a row for desks, one in a column for phones"
    for drawing in drawings:
        names = re.search(r'role="img" aria-labelledby="([\w-]+) ([\w-]+)"', drawing)
        assert names is not None
        assert f'<title id="{names[1]}">' in drawing
        assert f'<desc id="{names[2]}">fixtures: 3 in play, 3 to come.' in drawing
    table = text.partition('id="way-table"')[2].partition("</table>")[0]
    assert table.count("<tr>") == 9


async def test_keepers_are_counted_by_their_goals_and_what_is_left_of_them(site: Site) -> None:
    for sha, state in (("aa" * 32, ClipState.KEEPER), ("bb" * 32, ClipState.DUPLICATE)):
        await site.store.clips.save_clip(a_clip(sha=sha, state=state, object_key=ObjectKey(f"x/{sha}.mp4")))
    found = (await site.get("/api/v1/way")).json()
    assert (found["stations"][-1]["now"], found["library_bytes"]) == (1, 1000)


# ---------------------------------------------------------------- live


async def test_an_open_page_is_told_of_a_run_that_ended_and_of_no_more(site: Site) -> None:
    await an_afternoon(site.store)
    before = await site.live.parts("runs::")
    assert before.digest() in await site.page("/runs")
    await add_run(site.store, "new", start=NOW, counts={"calls": 1})
    after = await site.live.parts("runs::")
    assert {name for name, html in after.html.items() if html != before.html[name]} == {"history", "job-poll"}
    assert after.frame() == before.frame()
    assert (await site.live.parts("runs:ingest:")).html["history"] != after.html["history"]


async def test_under_a_prefix_every_address_has_it(store: Store, tmp_path: Path) -> None:
    await an_afternoon(store)
    async with opened(store, tmp_path, {"web": {"prefix": "/footyd"}}) as site:
        for path in ("/runs", "/runs/ingest-2", "/health"):
            found = re.findall(r'(?:href|src|action)="(/[^"]*)"', await site.page(f"/footyd{path}"))
            assert [address for address in found if not address.startswith("/footyd")] == []
        asked = await site.post("/footyd/runs", {"job": "poll"})
        assert asked.headers["Location"] == "/footyd/runs/run-1"
