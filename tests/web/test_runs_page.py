"""The Runs page in a browser."""

from __future__ import annotations

import pytest

from tests.web.chromium import Visitor, assert_fit_for_all
from tests.web.days import a_saturday
from tests.web.site import NOW
from tests.web.test_runs import an_afternoon

pytestmark = pytest.mark.xdist_group("page")


async def test_runs_is_fit_for_phone_and_desk_in_light_and_dark(visitor: Visitor) -> None:
    await a_saturday(visitor.site.store, NOW)
    await an_afternoon(visitor.site.store)
    await assert_fit_for_all(visitor, "/runs", "runs")
    await assert_fit_for_all(visitor, "/runs/ingest-2", "run")
