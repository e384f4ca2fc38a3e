"""What templates say in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from footyd.web.render import lasted, moment, sized, words


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (None, "–"),
        (-3, "0.0 s"),
        (0, "0.0 s"),
        (4.04, "4.0 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (125, "2 min 5 s"),
        (3600, "1 h"),
        (11520, "3 h 12 min"),
        (86400 * 2 + 4 * 3600 + 59, "2 d 4 h"),
        (timedelta(minutes=5), "5 min"),
    ],
)
def test_a_duration_reads_as_people_say_it(seconds: float | timedelta | None, expected: str) -> None:
    assert lasted(seconds) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (43_210, "43.2 kB"),
        (512_000_000, "512 MB"),
        (5e12, "5.0 TB"),
    ],
)
def test_a_size_reads_as_people_say_it(count: float, expected: str) -> None:
    assert sized(count) == expected


def test_a_time_is_written_in_utc_and_for_the_machine_to_translate() -> None:
    at = datetime(2026, 8, 22, 14, 5, 6, 7000, tzinfo=UTC)
    assert moment(at) == '<time datetime="2026-08-22T14:05:06+00:00" data-form="clock">14:05</time>'
    assert moment(at, "day").endswith(">Sat 22 Aug</time>")
    assert moment(None) == "–"


def test_names_of_records_are_written_as_words() -> None:
    assert words("needs_review") == "needs review"
