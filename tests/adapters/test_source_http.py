"""What every source shares: how long a rate limit lasts, by its headers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footyd.adapters.source_http import limited_until

NOW = datetime(2025, 6, 9, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, NOW + timedelta(minutes=15)),
        ({"retry-after": "120"}, NOW + timedelta(seconds=120)),
        ({"retry-after": "Mon, 09 Jun 2025 12:05:00 GMT"}, NOW + timedelta(minutes=5)),
        ({"retry-after": "Mon, 09 Jun 2025 11:00:00 GMT"}, NOW),
        ({"retry-after": "soon"}, NOW + timedelta(minutes=15)),
        ({"retry-after": "99999999999999999999"}, NOW + timedelta(minutes=15)),
        ({"retry-after": "9999999"}, NOW + timedelta(hours=24)),
        ({"x-rate-limit-reset": str(int(NOW.timestamp()) + 300)}, NOW + timedelta(minutes=5)),
        ({"x-rate-limit-reset": "1"}, NOW),
        ({"x-rate-limit-reset": "9" * 30}, NOW + timedelta(minutes=15)),
        ({"x-rate-limit-reset": "later"}, NOW + timedelta(minutes=15)),
        (
            {"x-rate-limit-reset": str(int(NOW.timestamp()) + 60), "retry-after": "900"},
            NOW + timedelta(minutes=1),
        ),
    ],
)
def test_a_named_end_is_believed_within_a_day(headers: dict[str, str], expected: datetime) -> None:
    assert limited_until(headers, NOW) == expected


@given(st.dictionaries(st.sampled_from(["x-rate-limit-reset", "retry-after"]), st.text(max_size=40)))
def test_no_header_makes_it_raise(headers: dict[str, str]) -> None:
    assert NOW <= limited_until(headers, NOW) <= NOW + timedelta(hours=24)
