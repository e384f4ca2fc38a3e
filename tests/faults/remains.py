"""What a day left behind, and what is wrong with it beside the same day undisturbed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from footyd.demo.report import DayRecords, day_report
from footyd.model import ClipState, Goal, GoalRecord, GoalState, ObjectKey, ProcessingStatus
from footyd.stages.publish import side_keys
from tests.faults.day import FaultDay, comparable

COLUMNS = ("goals lost", "doubled", "keepers lost", "orphan objects", "leaked processes", "leaked files")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remains:
    """Records, objects (with sizes), processes and files after the evening's stop."""

    records: DayRecords
    objects: dict[str, int]
    processes: int
    files: tuple[str, ...]

    @property
    def report(self) -> str:
        """Without how far the work on a goal had come when it was taken back: that hangs on the moment."""
        goals = tuple(_without_flags(record) for record in self.records.goals)
        return day_report(replace(self.records, goals=goals), calls=None)

    def goals(self) -> Counter[tuple[int, str, int, str]]:
        """How often each confirmed or cancelled goal is there."""
        return Counter(_name(record.goal) for record in self.records.goals)

    def keepers(self) -> dict[str, int]:
        """Comparable key and size of each keeper's object, as the records promise it."""
        kept = [clip for clip in self.records.clips if clip.state is ClipState.KEEPER]
        return {comparable(str(clip.object_key)): clip.facts.size_bytes for clip in kept}


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """The counts of the table, and every difference in words."""

    counts: dict[str, int]
    told: tuple[str, ...] = field(default=())

    @property
    def clean(self) -> bool:
        return not self.told


async def evening(day: FaultDay) -> Remains:
    """Wait for the day's end, stop footyd, look at what is left."""
    records = await day.over()
    assert records is not None
    await day.stop()
    return Remains(
        records=records,
        objects=day.objects(),
        processes=len(day.footyd.processes() | {pid for pid in day.seen if _lives(pid)}),
        files=tuple(day.left_behind()),
    )


def _without_flags(record: GoalRecord) -> GoalRecord:
    if record.goal.state is not GoalState.CANCELLED:
        return record
    return replace(record, status=ProcessingStatus(), error="")


def _lives(pid: int) -> bool:
    from tests.footyd_process import living  # noqa: PLC0415  # only where a play noted processes of its own

    return bool(living({pid}))


def losses(left: Remains, wanted: Remains, *, same_report: bool = True) -> Losses:
    """What `left` has lost or has too much beside the day as `wanted`.

    A fault that may cost clips for good reason (a broken host) does without the `same_report`: then keepers
    are only measured by what the records promise.
    """
    found: dict[str, list[str]] = {
        "goals lost": [f"{goal} is lost" for goal in wanted.goals() - left.goals()],
        "doubled": [*_doubled(left, wanted)],
        "keepers lost": [*_keepers_lost(left, wanted, same_report=same_report)],
        "orphan objects": [f"{key} belongs to no keeper" for key in _orphans(left)],
        "leaked processes": ["a process lives on"] * left.processes,
        "leaked files": [f"{file} was left behind" for file in left.files],
    }
    other = [*_other(left, wanted, same_report=same_report)]
    counts = {name: len(lines) for name, lines in found.items()}
    return Losses(counts=counts, told=(*(line for lines in found.values() for line in lines), *other))


def _name(goal: Goal) -> tuple[int, str, int, str]:
    return goal.fixture_id, str(goal.score_after), goal.generation, goal.state.value


def _doubled(left: Remains, wanted: Remains) -> Iterator[str]:
    for goal, count in (left.goals() - wanted.goals()).items():
        yield from (f"{goal} is one too many" for _ in range(count))
    confirmed = {record.goal.id for record in left.records.goals}
    for sighted in left.records.pending:
        if sighted.id in confirmed or sighted.state is GoalState.PENDING:
            yield f"{sighted.id} is still pending"


def _keepers_lost(left: Remains, wanted: Remains, *, same_report: bool) -> Iterator[str]:
    promised = left.keepers()
    for key, size in promised.items():
        if left.objects.get(key) != size:
            yield f"{key} should hold {size} bytes and holds {left.objects.get(key)}"
    if same_report:
        yield from (
            f"{key} is no keeper any more" for key in sorted(wanted.keepers().keys() - promised.keys())
        )


def _orphans(left: Remains) -> list[str]:
    named = {side for key in left.keepers() for side in (key, *map(str, side_keys(ObjectKey(key))))}
    return sorted(left.objects.keys() - named)


def _other(left: Remains, wanted: Remains, *, same_report: bool) -> Iterator[str]:
    for clip in left.records.clips:
        if clip.state in (ClipState.HELD, ClipState.PUBLISHING) or clip.moved_from:
            yield f"clip {clip.id} was left {clip.state}"
    if same_report:
        missing = sorted(wanted.objects.keys() - left.objects.keys() - left.keepers().keys())
        yield from (f"{key} is missing" for key in missing)
        before, after = wanted.report.splitlines(), left.report.splitlines()
        yield from (f"not told any more: {line.strip()}" for line in before if line not in after)
        yield from (f"told instead: {line.strip()}" for line in after if line not in before)
