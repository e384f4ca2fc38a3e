"""The API does what its own document tells of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from footyd.adapters.mongo import Store
from footyd.web import api, openapi, tries
from footyd.web.endpoint import adapter
from footyd.web.problems import Problem
from tests.web.contract import judged
from tests.web.days import a_saturday
from tests.web.site import NOW, Answer, Site, opened

TOKEN = "a-token-of-the-test"
SHOWN = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
async def locked(store: Store, tmp_path: Path) -> AsyncIterator[Site]:
    """A site that asks for a token, on a day with everything."""
    await a_saturday(store, NOW)
    async with opened(store, tmp_path, {"web": {"token": TOKEN}}) as site:
        yield site


async def test_every_operation_keeps_what_the_document_promises(
    locked: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the ration of wrong tokens lifted: after the fifth all would be answered by 429."""
    monkeypatch.setattr(tries, "TRIES_OF_ONE", 10_000)
    monkeypatch.setattr(tries, "TRIES_OF_ALL", 10_000)
    told = (await locked.get("/api/v1/openapi.json", headers=SHOWN)).json()
    verdict = await asyncio.to_thread(judged, told, locked.address, TOKEN, examples=8)
    assert not verdict.broken, "\n\n".join(verdict.broken)
    assert not [name for name, code in verdict.answers if code >= 500]
    for path, operations in told["paths"].items():
        for method in operations:
            name = f"{method.upper()} {path}"
            assert verdict.asked(name, 4), f"{name} was not asked wrongly"
            if "{" not in path and method == "get":
                assert verdict.asked(name, 2), f"{name} has not answered"


async def test_the_document_names_each_endpoint_and_nothing_else(locked: Site) -> None:
    told = (await locked.get("/api/v1/openapi.json", headers=SHOWN)).json()
    assert told["openapi"].startswith("3.1")
    named = {f"{m.upper()} {path}" for path, operations in told["paths"].items() for m in operations}
    assert named == {f"{one.method} {one.path}" for one in api.ENDPOINTS}
    ids = [one["operationId"] for operations in told["paths"].values() for one in operations.values()]
    assert len(ids) == len(set(ids))


def test_under_a_prefix_and_without_a_token_the_document_says_so() -> None:
    told = openapi.document(api.ENDPOINTS, prefix="/footyd", needs_token=False)
    assert told["servers"] == [{"url": "/footyd/api/v1"}]
    assert told["security"] == []


# ---------------------------------------------------------------- refusals


def problem(found: Answer) -> Problem:
    assert found.headers["Content-Type"].startswith("application/problem+json")
    told: Problem = adapter(Problem).validate_json(found.body)
    assert told.status == found.status
    return told


async def test_without_a_token_or_with_a_wrong_one_it_is_401_and_told_how_to_sign_in(locked: Site) -> None:
    for headers in ({}, {"Authorization": "Bearer another"}):
        found = await locked.get("/api/v1/status", headers=headers)
        assert (found.status, problem(found).title) == (401, "Unauthorized")
        assert found.headers["WWW-Authenticate"] == 'Bearer realm="footyd"'


async def test_after_too_many_wrong_tokens_it_is_429_and_told_how_long(locked: Site) -> None:
    wrong = {"Authorization": "Bearer another"}
    statuses = [(await locked.get("/api/v1/status", headers=wrong)).status for _ in range(6)]
    assert statuses == [401] * 5 + [429]
    found = await locked.get("/api/v1/status", headers=SHOWN)
    assert (problem(found).status, int(found.headers["Retry-After"]) > 0) == (429, True)


async def test_a_misspelt_parameter_is_refused_with_the_names_there_are(site: Site) -> None:
    found = await site.get("/api/v1/days/today?leage=39")
    assert problem(found).detail == "there is no parameter 'leage'. There are league, team"
    assert (await site.get("/api/v1/status?pretty=1")).status == 400


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("league=x", "league is 'x': "),
        ("league=-1", "league is '-1': "),
        ("league=1&league=2", "league is given more than once"),
        (f"team={'x' * 201}", "team is 'xxx"),
    ],
)
async def test_a_parameter_beyond_its_bounds_is_refused(site: Site, query: str, told: str) -> None:
    found = await site.get(f"/api/v1/days/today?{query}")
    assert (found.status, problem(found).detail.startswith(told)) == (400, True)


@pytest.mark.parametrize(("day", "status"), [("2026-02-30", 400), ("20261121", 400), ("0001-01-01", 404)])
async def test_a_day_that_is_none_is_told_apart_from_one_that_no_record_can_have(
    site: Site, day: str, status: int
) -> None:
    found: Any = problem(await site.get(f"/api/v1/days/{day}"))
    assert (found.status, day in found.detail) == (status, True)
