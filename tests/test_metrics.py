"""What Prometheus would read, read by Prometheus's own parser."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from footyd import __version__
from footyd.metrics import Live, Metrics, Recorded
from footyd.model import GoalId, ObjectKey
from footyd.pipeline import GoalReport
from tests.builders import KICKOFF

LIVE = Live(
    calls=42,
    day_limit=100,
    day_left=58,
    in_work={"searching": 1, "working": 2},
    pool_busy=2,
    pool_processes=2,
    retries={"LibraryError": 3},
    disk_free={"state": 5000},
    disk_low=False,
)
RECORDED = Recorded(
    fixtures={"staging": 1, "active": 2, "completed": 3},
    goals={"pending": 4, "searching": 5, "stored": 6},
    due={"search": 1, "work": 0},
    resting={"cookies": False, "nitter": True},
    library_bytes=123_456,
    last_poll_at=KICKOFF,
)
Sample = tuple[str, tuple[tuple[str, str], ...]]


def samples(metrics: Metrics, live: Live = LIVE, recorded: Recorded | None = RECORDED) -> dict[Sample, float]:
    families = text_string_to_metric_families(metrics.text(live, recorded).decode())
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in families for s in family.samples}


def one(found: dict[Sample, float], name: str, **labels: str) -> float:
    return found[name, tuple(sorted(labels.items()))]


def test_every_figure_of_the_records_is_there() -> None:
    found = samples(Metrics())
    assert one(found, "footyd_pending_goals") == 4
    assert [one(found, "footyd_goals", stage=stage) for stage in RECORDED.goals] == [4, 5, 6]
    assert one(found, "footyd_fixtures", state="active") == 2
    assert one(found, "footyd_goals_due", step="search") == 1
    assert [one(found, "footyd_source_resting", source=name) for name in ("cookies", "nitter")] == [0, 1]
    assert one(found, "footyd_library_bytes") == 123_456
    assert one(found, "footyd_last_poll_timestamp_seconds") == KICKOFF.timestamp()
    assert one(found, "footyd_database_up") == 1


def test_every_figure_of_the_process_is_there() -> None:
    found = samples(Metrics())
    assert one(found, "footyd_feed_calls_total") == 42
    assert (one(found, "footyd_calls_left"), one(found, "footyd_calls_limit")) == (58, 100)
    assert one(found, "footyd_goals_in_work", step="working") == 2
    assert (one(found, "footyd_pool_busy"), one(found, "footyd_pool_processes")) == (2, 2)
    assert one(found, "footyd_retries_total", error="LibraryError") == 3
    assert one(found, "footyd_disk_free_bytes", place="state") == 5000
    assert one(found, "footyd_disk_low") == 0
    assert one(found, "process_resident_memory_bytes") > 1e6
    [version] = [dict(labels)["version"] for name, labels in found if name == "footyd_build_info"]
    assert version == __version__


def test_what_happens_is_counted() -> None:
    metrics = Metrics()
    for outcome in ("ok", "ok", "refused"):
        metrics.polled(outcome)
    metrics.took("download", 2.0)
    report = GoalReport(
        goal_id=GoalId("g"),
        pass_index=0,
        accepted=3,
        rejected=Counter(too_old=2),
        downloaded=2,
        failed=Counter(dead_link=1),
        duplicates=1,
        stored=(ObjectKey("a"),),
    )
    metrics.reported(report)
    metrics.reported(report)
    found = samples(metrics)
    assert [one(found, "footyd_polls_total", outcome=o) for o in ("ok", "refused")] == [2, 1]
    assert one(found, "footyd_candidates_total", verdict="accepted", reason="") == 6
    assert one(found, "footyd_candidates_total", verdict="rejected", reason="too_old") == 4
    assert one(found, "footyd_candidates_total", verdict="failed", reason="dead_link") == 2
    assert one(found, "footyd_candidates_total", verdict="stored", reason="") == 2
    assert one(found, "footyd_stage_seconds_count", stage="download") == 1
    assert one(found, "footyd_stage_seconds_sum", stage="download") == 2.0
    assert one(found, "footyd_stage_seconds_bucket", stage="download", le="1.0") == 0
    assert one(found, "footyd_stage_seconds_bucket", stage="download", le="3.0") == 1


def test_without_the_database_the_process_still_tells_of_itself() -> None:
    found = samples(Metrics(), recorded=None)
    assert one(found, "footyd_database_up") == 0
    assert one(found, "footyd_feed_calls_total") == 42
    assert not any(name in ("footyd_goals", "footyd_library_bytes") for name, _ in found)


def test_what_nobody_told_yet_is_left_out() -> None:
    found = samples(Metrics(), replace(LIVE, day_left=None), replace(RECORDED, last_poll_at=None))
    assert not any(name in ("footyd_calls_left", "footyd_last_poll_timestamp_seconds") for name, _ in found)


def test_two_in_one_process_share_nothing_and_leave_the_global_registry_alone() -> None:
    first, second = Metrics(), Metrics()
    first.polled("ok")
    assert one(samples(first), "footyd_polls_total", outcome="ok") == 1
    assert not any(name == "footyd_polls_total" for name, _ in samples(second))
    assert not any(metric.name.startswith("footyd") for metric in REGISTRY.collect())
