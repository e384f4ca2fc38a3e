"""Two footyds on one database that both can reach: one works, the other is refused or takes over."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence

from footyd.adapters.mongod import embedded_mongod
from footyd.errors import InUseError
from tests.faults.daemon import LEASE
from tests.faults.day import FaultDay, HurtFootyd
from tests.faults.fault import Fault, Injection, Row, Undisturbed
from tests.waiting import until

LEASE_SECONDS = 12.0
REFUSED = InUseError.exit_code
"""EX_TEMPFAIL of sysexits.h: systemd tries again later, when the other one may be gone."""


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
    await _ends_for(rival, day.footyd)


async def at_the_same_moment(day: FaultDay) -> None:
    """Whichever comes first works, the other one tells so and ends."""
    await _one_of_two(day, await share(day))


async def on_one_state(day: FaultDay) -> None:
    """As twice by hand: not only the database, the folder too is the same."""
    rival = HurtFootyd(day.footyd.root / "rival", day.settings)
    rival.state, rival.config = day.footyd.state, day.footyd.config
    rival.environ = dict(day.footyd.environ)
    day.undo.push_async_callback(rival.end)
    await _one_of_two(day, rival)


async def _one_of_two(day: FaultDay, rival: HurtFootyd) -> None:
    await asyncio.gather(day.footyd.spawn(), rival.spawn())
    both = (day.footyd, rival)
    await until(lambda: any(one.code is not None for one in both), look=0.05)
    [served] = [one for one in both if one.code is None]
    [other] = [one for one in both if one is not served]
    day.footyd = served
    await _ends_for(other, served)


async def _ends_for(other: HurtFootyd, served: HurtFootyd) -> None:
    code = await other.ended()
    said = other.log.read_text()
    assert code == REFUSED, f"ended with {code}"
    assert f"pid {served.pid}" in said, said[-500:]
    await until(lambda: not other.processes())
    assert served.code is None


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
        Injection(name="both are started at the same moment on one state", play=on_one_state),
        Injection(name="the first is killed", play=takes_over_from_the_dead),
        Injection(name="the first is frozen for longer than its lease", play=takes_over_from_the_frozen),
    ]


FAULTS: tuple[Fault, ...] = (Row(name="two footyds on one database", make=_rivals),)
