"""Which keys differ, and how it is told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footyd.config import Config
from footyd.config_diff import NEEDS_RESTART, applicable, changes, changes_of_dumps, dump, waits_for_restart

Tables = dict[str, dict[str, Any]]


def config(**tables: dict[str, Any]) -> Config:
    return Config.model_validate(tables)


def told(before: Tables, after: Tables) -> list[str]:
    return [change.line() for change in changes(config(**before), config(**after))]


def test_each_changed_key_is_told_with_both_values_in_the_order_of_the_file() -> None:
    before: Tables = {"log": {"level": "info"}, "follow": {"leagues": [39]}}
    after: Tables = {
        "log": {"level": "debug"},
        "follow": {"leagues": [39, 78]},
        "poll": {"interval_seconds": 60},
    }
    assert told(before, after) == [
        "follow.leagues: [39] → [39, 78]",
        "poll.interval_seconds: 300.0 → 60.0",
        'log.level: "info" → "debug"',
    ]


def test_the_same_configuration_has_no_changes() -> None:
    assert told({"api_football": {"key": "k"}}, {"api_football": {"key": "k"}}) == []


def test_a_key_of_an_inner_table_is_named_whole() -> None:
    assert told({}, {"search": {"retry": {"attempts": 5, "first_wait_seconds": 10}}}) == [
        "search.retry.attempts: 3 → 5"
    ]


def test_a_secret_is_told_as_changed_and_never_shown() -> None:
    lines = told({"api_football": {"key": "old-key"}}, {"api_football": {"key": "new-key"}})
    assert lines == ["api_football.key: (secret) changed"]
    assert told({}, {"api_football": {"key": "new-key"}}) == ["api_football.key: not set → (secret)"]
    assert told({"api_football": {"key": "k"}}, {}) == ["api_football.key: (secret) → not set"]


def test_a_list_of_secrets_is_one_secret() -> None:
    both: Tables = {"notify": {"urls": ["tgram://token-1/1", "ntfy://secret-topic"]}}
    assert told({}, both) == ["notify.urls: [] → (secret)"]
    assert told({"notify": {"urls": ["tgram://token-1/1"]}}, both) == ["notify.urls: (secret) changed"]


def test_the_password_of_an_address_is_not_shown_but_its_change_is_seen() -> None:
    before: Tables = {"api_football": {"base_url": "http://me:old@feed.example/"}}
    after: Tables = {"api_football": {"base_url": "http://me:new@feed.example/"}}
    assert told(before, after) == ['api_football.base_url: "http://***@feed.example/" changed']


def test_a_long_value_is_cut_and_still_compared_whole() -> None:
    names = [f"author{n}" for n in range(60)]
    [line] = told(
        {"search": {"blocked_authors": names}}, {"search": {"blocked_authors": [*names[:-1], "other"]}}
    )
    assert line.endswith("… changed")
    assert len(line) < 160


@pytest.mark.parametrize(
    ("path", "waits"),
    [
        ("mongo.uri", True),
        ("state.dir", True),
        ("library.s3.bucket", True),
        ("library.kind", True),
        ("library.key_template", False),
        ("web.port", True),
        ("web.host", True),
        ("web.prefix", True),
        ("web.enabled", True),
        ("web.token", False),
        ("web.hosts", False),
        ("web.trusted_proxies", False),
        ("daemon.grace_seconds", False),
        ("daemon.runs_kept_days", True),
        ("search.sources", False),
        ("workers.goals", True),
        ("workers.processes", False),
    ],
)
def test_what_lives_as_long_as_the_process_waits_for_a_restart(path: str, *, waits: bool) -> None:
    assert waits_for_restart(path) is waits


def test_every_name_that_waits_for_a_restart_exists() -> None:
    paths = dump(Config())
    for name in NEEDS_RESTART:
        assert any(path == name or path.startswith(f"{name}.") for path in paths), name


def test_what_waits_for_a_restart_is_left_as_it_was_and_the_rest_applies() -> None:
    before = config(web={"port": 1000}, library={"kind": "folder", "key_template": "{sha8}.mp4"})
    wanted = config(
        web={"port": 2000},
        library={"kind": "s3", "key_template": "{goal}/{sha8}.mp4"},
        log={"level": "debug"},
    )
    applied = applicable(before, wanted)
    assert applied.web.port == 1000
    assert applied.library.kind == "folder"
    assert applied.library.key_template == "{goal}/{sha8}.mp4"
    assert applied.log.level == "debug"


FLIPS = st.fixed_dictionaries(
    {},
    optional={
        "web": st.fixed_dictionaries({"port": st.integers(1, 99)}),
        "workers": st.fixed_dictionaries({"goals": st.integers(1, 4), "processes": st.integers(1, 4)}),
        "log": st.fixed_dictionaries({"level": st.sampled_from(["debug", "info", "error"])}),
        "daemon": st.fixed_dictionaries({"runs_kept_days": st.integers(1, 9)}),
        "library": st.fixed_dictionaries(
            {"s3": st.fixed_dictionaries({"bucket": st.sampled_from(["one", "two"])})}
        ),
    },
)


@given(FLIPS, FLIPS)
def test_between_what_was_and_what_applies_only_applicable_keys_differ(before: Tables, after: Tables) -> None:
    old, wanted = config(**before), config(**after)
    applied = applicable(old, wanted)
    wished = changes(old, wanted)
    assert changes(old, applied) == tuple(change for change in wished if not change.needs_restart)
    assert changes(applied, wanted) == tuple(change for change in wished if change.needs_restart)


def test_marks_are_salted_and_values_of_another_version_count_as_not_set() -> None:
    secret = config(api_football={"key": "k"})
    salted = dump(secret, salt="x")
    assert salted["api_football.key"].mark != dump(secret)["api_football.key"].mark
    del salted["poll.reserve_calls"]
    [change] = changes_of_dumps(salted, dump(secret, salt="x"))
    assert change.line() == "poll.reserve_calls: not set → 5"
