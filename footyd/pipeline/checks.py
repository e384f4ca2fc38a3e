"""What a crash can leave behind: one list, mended at every start and told by `footyd doctor`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from footyd.adapters.mongo import Store
from footyd.clock import is_trusted, longest_wait
from footyd.config import Config
from footyd.errors import LibraryError
from footyd.model import GoalId
from footyd.pipeline.house import QUARANTINE, end_quarantine, remove_work, stale_work
from footyd.pipeline.mend import half_kept, mend_clips
from footyd.pipeline.needs_review import tell_untold, untold
from footyd.pipeline.reprint import old_prints, reprint_all
from footyd.pipeline.temporaries import remove_temporaries, temporaries
from footyd.pipeline.tools import Tools
from footyd.stages.publish import Library

log = structlog.get_logger()


class Ground(Protocol):
    """All that a look needs; `Tools` have it too."""

    @property
    def store(self) -> Store: ...
    @property
    def library(self) -> Library: ...
    @property
    def config(self) -> Config: ...
    @property
    def clock(self) -> Callable[[], datetime]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Something that may be wrong: `find` names each case, `mend` sets right what was found.

    `plan` says what mending does. `beside`: it means something while a daemon works, too, and is safe then;
    anything else a daemon has in hand.
    """

    name: str
    plan: str
    find: Callable[[Ground], Awaitable[Sequence[str]]]
    mend: Callable[[Sequence[str], Tools], Awaitable[object]]
    beside: bool = False


async def set_right(checks: Sequence[Check], tools: Tools) -> Mapping[str, int]:
    """Find and mend, in order; how many cases of each there were."""
    found = {}
    for check in checks:
        if cases := await check.find(tools):
            log.info("mending", what=check.name, cases=len(cases), example=cases[0])
            await check.mend(cases, tools)
            found[check.name] = len(cases)
    return found


async def _ahead(ground: Ground) -> list[str]:
    """Under a clock that is not set yet everything would be ahead: it is mended when it was set."""
    now = ground.clock()
    if not is_trusted(now):
        return []
    return await ground.store.clock.ahead(now, longest_wait(ground.config.search))


async def _cut(_found: Sequence[str], tools: Tools) -> None:
    await tools.store.clock.cut(tools.clock(), longest_wait(tools.config.search))


# ---------------------------------------------------------------- moves half done


async def _fixtures(ground: Ground) -> list[str]:
    return [str(id) for id in await ground.store.mend.fixtures_in_two()]


async def _goals(ground: Ground) -> Sequence[str]:
    return await ground.store.mend.goals_in_two()


async def _runs(ground: Ground) -> Sequence[str]:
    return await ground.store.mend.runs_open()


# ---------------------------------------------------------------- goals


async def _verdicts(ground: Ground) -> Sequence[str]:
    return await ground.store.clips.goals_with_open_verdicts()


async def _work_now(goals: Sequence[str], tools: Tools) -> None:
    for goal_id in goals:
        await tools.store.review.work_now(GoalId(goal_id), tools.clock())


async def _untold(ground: Ground) -> list[str]:
    return [record.goal.id for record in await untold(ground.store, ground.clock())]


async def _quarantine(ground: Ground) -> Sequence[str]:
    """Only by a clock that is set."""
    now = ground.clock()
    return await ground.store.mend.quarantine_over(now - QUARANTINE) if is_trusted(now) else ()


# ---------------------------------------------------------------- files


async def _half_kept(ground: Ground) -> Sequence[str]:
    return await half_kept(ground.store)


async def _work(ground: Ground) -> list[str]:
    return [str(entry) for entry in await stale_work(ground.store, ground.config)]


async def _temporaries(ground: Ground) -> list[str]:
    return [str(path) for path in temporaries(ground.config)]


async def _remove_temporaries(found: Sequence[str], _tools: Tools) -> None:
    remove_temporaries(found)


async def _prints(ground: Ground) -> Sequence[str]:
    return await old_prints(ground.store)


CHECKS = (
    Check(
        name="time that has not come yet",
        plan="it becomes now: the clock was ahead when it was written",
        find=_ahead,
        mend=_cut,
    ),
    Check(
        name="match in two places",
        plan="the copy that its move left behind is removed",
        find=_fixtures,
        mend=lambda _found, tools: tools.store.fixtures.repair(),
    ),
    Check(
        name="goal in two places",
        plan="it stays confirmed, its sighting is removed",
        find=_goals,
        mend=lambda _found, tools: tools.store.goals.repair(),
    ),
    Check(
        name="run without an end",
        plan="it is recorded as lost",
        find=_runs,
        mend=lambda _found, tools: tools.store.runs.repair_runs(tools.clock()),
    ),
    Check(
        name="verdict not carried out",
        plan="its goal is worked on at once",
        find=_verdicts,
        mend=_work_now,
    ),
    Check(
        name="clip half kept",
        plan="it is put where its record says, or its post is fetched again",
        find=_half_kept,
        mend=mend_clips,
    ),
    Check(
        name="older fingerprint",
        plan="it is made anew from the clip: nothing is compared with the old one",
        find=_prints,
        mend=reprint_all,
    ),
    Check(
        name="goal nobody was told of",
        plan="its need of a review is announced",
        find=_untold,
        mend=lambda _found, tools: tell_untold(tools),
    ),
    Check(
        name="quarantine that is over",
        plan="the clips of the goal that was taken back are deleted, their records stay",
        find=_quarantine,
        mend=lambda found, tools: end_quarantine([GoalId(id) for id in found], tools),
        beside=True,
    ),
    Check(
        name="work left behind",
        plan="it is removed",
        find=_work,
        mend=lambda _found, tools: remove_work(tools),
    ),
    Check(
        name="temporary file left behind",
        plan="it is removed",
        find=_temporaries,
        mend=_remove_temporaries,
        beside=True,
    ),
)
"""In this order: what comes later relies on what was set right before."""


async def mend_all(tools: Tools) -> Mapping[str, int]:
    """At start, before anything runs; how many cases there were, by name.

    What the library does not let be mended now waits for the night or the next start: no reason not to start.
    """
    found: dict[str, int] = {}
    for check in CHECKS:
        try:
            found |= await set_right((check,), tools)
        except LibraryError as exc:
            log.warning("not mended", what=check.name, reason=exc.line())
    return found
