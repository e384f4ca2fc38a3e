"""Two footyds on one database that both can reach: one works, the other is refused or takes over."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence

from footyd.adapters.mongod import embedded_mongod
from tests.faults.daemon import LEASE
from tests.faults.day import FaultDay, HurtFootyd
from tests.faults.fault import Fault, Injection, Row, Undisturbed
from tests.waiting import until

LEASE_SECONDS = 12.0


async def share(day: FaultDay) -> HurtFootyd:
    """A database beside footyd's state, and another footyd with a state of its own but the same library."""
    shared = day.footyd.root / "shared"
    uri = await day.undo.enter_async_context(embedded_mongod(shared))
    day.configure(mongo={"uri": uri, "timeout_seconds": 5.0}, library={"dir": str(day.library)})
    day.footyd.environ[LEASE] = str(LEASE_SECONDS)
    rival = HurtFootyd(day.footyd.root / "rival", day.settings)
    rival.environ = dict(day.footyd.environ)
    day.undo.push_async_callback(rival.end)
    return rival


async def refused(day: FaultDay) -> None:
    """The second ends at once, tells by whom the database is used, and changes nothing."""
    rival = await share(day)
    await day.footyd.start()
    await day.at_minute(20)
    await rival.spawn()
    code = await rival.ended()
    said = rival.log.read_text()
    assert code > 0, f"the second ended with {code}"
    assert f"pid {day.footyd.pid}" in said, said[-500:]
    assert day.footyd.code is None


async def at_the_same_moment(day: FaultDay) -> None:
    """Whichever comes first works."""
    rival = await share(day)
    await asyncio.gather(day.footyd.spawn(), rival.spawn())
    await until(lambda: day.footyd.code is not None or rival.code is not None, seconds=60, look=0.1)
    if day.footyd.code is not None:
        day.footyd = rival
    assert day.footyd.code is None, "both gave up"


async def takes_over_from_the_dead(day: FaultDay) -> None:
    """On the same machine the second knows that the first has ended, and does not wait."""
    rival = await share(day)
    await day.footyd.start()
    await day.at_minute(40)
    await day.kill()
    await rival.start()
    day.footyd = rival


async def takes_over_from_the_frozen(day: FaultDay) -> None:
    """The first wakes up to find another one at work: it ends, and has written nothing meanwhile."""
    rival = await share(day)
    await day.footyd.start()
    await day.at_minute(40)
    os.kill(day.footyd.pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(LEASE_SECONDS + 1)
        await rival.start()
    finally:
        os.kill(day.footyd.pid, signal.SIGCONT)
    code = await day.footyd.ended()
    assert code > 0, f"the first ended with {code}"
    day.footyd = rival


def _rivals(_undisturbed: Undisturbed, _seed: int) -> Sequence[Injection]:
    return [
        Injection(name="a second one is started", play=refused),
        Injection(name="both are started at the same moment", play=at_the_same_moment),
        Injection(name="the first is killed", play=takes_over_from_the_dead),
        Injection(name="the first is frozen for longer than its lease", play=takes_over_from_the_frozen),
    ]


FAULTS: tuple[Fault, ...] = (Row(name="two footyds on one database", make=_rivals),)
