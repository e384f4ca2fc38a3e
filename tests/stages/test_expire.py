"""Which keepers leave the library, and which never do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footyd.config import LibraryConfig
from footyd.model import ClipId, DatedKeeper, GoalId
from footyd.stages.expire import keepers_to_expire
from tests.builders import KICKOFF


def kept(name: str, *, days: float = 0, size: int = 100, in_work: bool = False) -> DatedKeeper:
    """A keeper of a goal so many days ago."""
    since = KICKOFF - timedelta(days=days)
    return DatedKeeper(
        clip_id=ClipId(name), goal_id=GoalId("g"), size_bytes=size, since=since, in_work=in_work
    )


LIBRARY = [kept("week", days=7), kept("month", days=31), kept("today"), kept("year", days=400)]


@pytest.mark.parametrize(
    ("limits", "gone"),
    [
        ({}, []),
        ({"keep_days": 30}, ["year", "month"]),
        ({"keep_days": 31}, ["year"]),
        ({"max_bytes": 400}, []),
        ({"max_bytes": 399}, ["year"]),
        ({"max_bytes": 200}, ["year", "month"]),
        ({"max_bytes": 1}, ["year", "month", "week", "today"]),
        ({"keep_days": 100, "max_bytes": 300}, ["year"]),
        ({"keep_days": 30, "max_bytes": 100}, ["year", "month", "week"]),
    ],
)
def test_the_oldest_go_first_and_only_as_many_as_the_limits_ask_for(
    limits: dict[str, int], gone: list[str]
) -> None:
    found = keepers_to_expire(LIBRARY, LibraryConfig.model_validate(limits), KICKOFF)
    assert [clip_id for clip_id, _ in found] == gone


def test_a_goal_in_work_keeps_all_it_has() -> None:
    library = [kept("searched", days=400, in_work=True), kept("old", days=300), kept("new")]
    limits = LibraryConfig(keep_days=30, max_bytes=50)
    assert [c for c, _ in keepers_to_expire(library, limits, KICKOFF)] == ["old", "new"]


def test_each_goes_for_a_reason_that_names_the_key() -> None:
    limits = LibraryConfig(keep_days=100, max_bytes=250)
    assert keepers_to_expire(LIBRARY, limits, KICKOFF) == [
        ("year", "older than 100 days (library.keep_days)"),
        ("month", "the library held more than 250 bytes (library.max_bytes)"),
    ]


@given(
    st.lists(st.tuples(st.floats(0, 1000), st.integers(1, 10**9), st.booleans()), max_size=30),
    st.integers(0, 400),
    st.integers(0, 10**10),
)
def test_what_stays_is_newer_than_what_goes_and_within_the_limits(
    facts: list[tuple[float, int, bool]], keep_days: int, max_bytes: int
) -> None:
    library = [kept(str(n), days=d, size=s, in_work=w) for n, (d, s, w) in enumerate(facts)]
    limits = LibraryConfig(keep_days=keep_days, max_bytes=max_bytes)
    gone = {clip_id for clip_id, _ in keepers_to_expire(library, limits, KICKOFF)}
    left = [one for one in library if one.clip_id not in gone and not one.in_work]
    went = [one for one in library if one.clip_id in gone]
    assert not any(one.in_work for one in went)
    assert all(old.since <= new.since for old in went for new in left)
    if max_bytes and left:
        assert sum(one.size_bytes for one in library if one.clip_id not in gone) <= max_bytes
    if keep_days:
        assert all(KICKOFF - one.since <= timedelta(days=keep_days) for one in left)
