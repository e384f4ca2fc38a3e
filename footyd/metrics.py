"""What Prometheus reads: counters of this process, and figures of the records read at each scrape."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from footyd import __version__
from footyd.pipeline import GoalReport
from footyd.version import commit

STAGE_BUCKETS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """What this process knows by itself, without the database; None: not told yet."""

    calls: int
    day_limit: int | None
    day_left: int | None
    in_work: Mapping[str, int]
    pool_busy: int
    pool_processes: int
    retries: Mapping[str, int]
    disk_free: Mapping[str, int]
    disk_low: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What the records tell at the moment of a scrape."""

    fixtures: Mapping[str, int]
    goals: Mapping[str, int]
    due: Mapping[str, int]
    resting: Mapping[str, bool]
    library_bytes: int
    last_poll_at: datetime | None


class Metrics:
    """A registry of its own: two footyds in one process (tests) share nothing."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._polls = Counter("footyd_polls", "Polls, by outcome.", ["outcome"], registry=self._registry)
        self._candidates = Counter(
            "footyd_candidates",
            "Posts judged and files fetched, by verdict and reason.",
            ["verdict", "reason"],
            registry=self._registry,
        )
        self._stages = Histogram(
            "footyd_stage_seconds",
            "How long a stage took, once per goal, post or clip.",
            ["stage"],
            buckets=STAGE_BUCKETS,
            registry=self._registry,
        )
        ProcessCollector(registry=self._registry)

    def polled(self, outcome: str) -> None:
        self._polls.labels(outcome).inc()

    def took(self, stage: str, seconds: float) -> None:
        self._stages.labels(stage).observe(seconds)

    def reported(self, report: GoalReport) -> None:
        self._candidates.labels("accepted", "").inc(report.accepted)
        self._candidates.labels("downloaded", "").inc(report.downloaded)
        self._candidates.labels("duplicate", "").inc(report.duplicates)
        self._candidates.labels("stored", "").inc(len(report.stored))
        for verdict, reasons in (("rejected", report.rejected), ("failed", report.failed)):
            for reason, times in reasons.items():
                self._candidates.labels(verdict, reason).inc(times)

    def text(self, live: Live, recorded: Recorded | None) -> bytes:
        """The exposition; without the records what the process knows alone, and `footyd_database_up 0`."""
        scrape = CollectorRegistry()
        scrape.register(_Scrape(live, recorded))
        return generate_latest(self._registry) + generate_latest(scrape)


class _Scrape(Collector):
    """One scrape's figures as metric families."""

    def __init__(self, live: Live, recorded: Recorded | None) -> None:
        self._live = live
        self._recorded = recorded

    def collect(self) -> Iterator[Metric]:
        yield _gauge("build_info", "Which footyd runs.", ["version", "commit"], {(__version__, commit()): 1})
        yield _single("database_up", "Whether the database answered this scrape.", self._recorded is not None)
        yield from self._of_process()
        if self._recorded is not None:
            yield from _of_records(self._recorded)

    def _of_process(self) -> Iterator[Metric]:
        live = self._live
        yield _counter("feed_calls", "Calls made to the feed by this process.", live.calls)
        for name, told, value in (
            ("calls_left", "Calls left of the day's quota.", live.day_left),
            ("calls_limit", "The day's quota of calls.", live.day_limit),
        ):
            if value is not None:
                yield _single(name, told, value)
        yield _gauge("goals_in_work", "Goals in memory, by step.", ["step"], _labelled(live.in_work))
        yield _single("pool_busy", "Tasks running in the worker pool, or waiting to start.", live.pool_busy)
        yield _single("pool_processes", "Worker processes kept; none when idle.", live.pool_processes)
        retries = CounterMetricFamily("footyd_retries", "Calls tried again, by error.", labels=["error"])
        for error, times in live.retries.items():
            retries.add_metric([error], times)
        yield retries
        yield _gauge("disk_free_bytes", "Free space, by place.", ["place"], _labelled(live.disk_free))
        yield _single("disk_low", "Whether downloads wait for room.", live.disk_low)


def _of_records(found: Recorded) -> Iterator[Metric]:
    yield _gauge("fixtures", "Matches, by state.", ["state"], _labelled(found.fixtures))
    yield _gauge("goals", "Goals, by stage.", ["stage"], _labelled(found.goals))
    yield _single("pending_goals", "Goals seen once, waiting for the second poll.", found.goals["pending"])
    yield _gauge("goals_due", "Goals whose time has come, by step.", ["step"], _labelled(found.due))
    yield _gauge("source_resting", "Whether a source rests.", ["source"], _labelled(found.resting))
    yield _single("library_bytes", "Size of all clips in the library.", found.library_bytes)
    if found.last_poll_at is not None:
        yield _single(
            "last_poll_timestamp_seconds", "When the last poll began.", found.last_poll_at.timestamp()
        )


def _labelled(values: Mapping[str, float]) -> dict[tuple[str, ...], float]:
    return {(name,): value for name, value in values.items()}


def _gauge(
    name: str, told: str, labels: Iterable[str], values: Mapping[tuple[str, ...], float]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"footyd_{name}", told, labels=list(labels))
    for own, value in values.items():
        family.add_metric(own, value)
    return family


def _single(name: str, told: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"footyd_{name}", told, value=value)


def _counter(name: str, told: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(f"footyd_{name}", told, value=value)
