"""The Health page in a browser."""

from __future__ import annotations

import pytest

from tests.web.chromium import Visitor, assert_fit_for_all
from tests.web.days import a_saturday
from tests.web.site import NOW
from tests.web.test_health import a_month
from tests.web.test_runs import an_afternoon

pytestmark = pytest.mark.xdist_group("page")


async def test_health_is_fit_for_phone_and_desk_in_light_and_dark(visitor: Visitor) -> None:
    store = visitor.site.store
    await a_saturday(store, NOW)
    await an_afternoon(store)
    await a_month(store)
    await assert_fit_for_all(visitor, "/health", "health")
