"""Signals are real, and so is the socket systemd would listen on."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from footyd.adapters.systemd import Notifier
from footyd.daemon import Daemon, Service, wait_for_any

BOUND_SECONDS = 60
LONG_GRACE = 50.0


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(BOUND_SECONDS)
        yield listening


class Reloads:
    """Counts, and tells when it was called."""

    def __init__(self) -> None:
        self.count = 0
        self.called = asyncio.Event()

    async def __call__(self) -> None:
        self.count += 1
        self.called.set()


def a_daemon(
    grace: float = LONG_GRACE,
    *,
    reload: Reloads | None = None,
    silent: Callable[[], Sequence[str]] = tuple,
    **environ: str,
) -> Daemon:
    return Daemon(Notifier(environ), reload or Reloads(), lambda: grace, silent=silent)


def send(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


async def run(daemon: Daemon, **services: Service) -> None:
    async with asyncio.timeout(BOUND_SECONDS):
        await daemon.run(services)


async def waits(stop: asyncio.Event) -> None:
    await stop.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_stop_waits_for_what_a_service_has_in_hand(number: signal.Signals) -> None:
    told: list[str] = []

    async def works(stop: asyncio.Event) -> None:
        send(number)
        await stop.wait()
        told.append("told to stop")
        await asyncio.sleep(0)
        told.append("finished")

    await run(a_daemon(), works=works, waits=waits)
    assert told == ["told to stop", "finished"]


async def test_a_service_that_takes_longer_than_the_grace_is_cut_off_and_named() -> None:
    async def stuck(_: asyncio.Event) -> None:
        send(signal.SIGTERM)
        await asyncio.Event().wait()

    with capture_logs() as logs:
        await run(a_daemon(grace=0.05), stuck=stuck, waits=waits)
    cut = [entry["service"] for entry in logs if entry["event"].startswith("cut off")]
    assert cut == ["stuck"]


async def test_a_second_sigterm_ends_the_grace() -> None:
    async def stuck(stop: asyncio.Event) -> None:
        send(signal.SIGTERM)
        await stop.wait()
        send(signal.SIGTERM)
        await asyncio.Event().wait()

    begun = asyncio.get_running_loop().time()
    await run(a_daemon(), stuck=stuck)
    assert asyncio.get_running_loop().time() - begun < LONG_GRACE / 2


async def test_a_service_may_write_its_last_words_when_it_is_cut_off() -> None:
    told: list[str] = []

    async def stuck(_: asyncio.Event) -> None:
        send(signal.SIGTERM)
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            told.append("written")

    await run(a_daemon(grace=0), stuck=stuck)
    assert told == ["written"]


async def test_sighup_reloads_and_systemd_hears_of_every_step(manager: socket.socket) -> None:
    reload = Reloads()
    daemon = a_daemon(reload=reload, NOTIFY_SOCKET=manager.getsockname())

    async def works(stop: asyncio.Event) -> None:
        send(signal.SIGHUP)
        await reload.called.wait()
        reload.called.clear()
        send(signal.SIGHUP)
        await reload.called.wait()
        send(signal.SIGTERM)
        await stop.wait()

    await run(daemon, works=works)
    manager.setblocking(False)
    heard = []
    with suppress(BlockingIOError):
        while True:
            heard.append(manager.recv(1000).decode().splitlines()[0])
    assert reload.count == 2
    assert heard == ["READY=1", *["RELOADING=1", "READY=1"] * 2, "STOPPING=1"]


async def test_the_error_of_one_service_ends_the_others_and_is_raised() -> None:
    ended: list[str] = []

    async def fails(_: asyncio.Event) -> None:
        raise LookupError("no such thing")

    async def endless(_: asyncio.Event) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("endless")

    with pytest.raises(ExceptionGroup) as caught:
        await run(a_daemon(), endless=endless, fails=fails)
    assert [str(error) for error in caught.value.exceptions] == ["no such thing"]
    assert ended == ["endless"]


async def test_an_error_during_the_drain_leaves_no_task_behind() -> None:
    async def fails_late(stop: asyncio.Event) -> None:
        send(signal.SIGTERM)
        await stop.wait()
        await asyncio.sleep(0)
        raise LookupError("too late")

    async def endless(_: asyncio.Event) -> None:
        await asyncio.Event().wait()

    before = asyncio.all_tasks()
    with pytest.raises(ExceptionGroup):
        await run(a_daemon(), endless=endless, fails_late=fails_late)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def test_a_service_that_has_nothing_more_to_do_ends_nobody_else() -> None:
    async def short(_: asyncio.Event) -> None: ...

    async def works(stop: asyncio.Event) -> None:
        for _ in range(5):
            await asyncio.sleep(0)
        assert not stop.is_set()
        send(signal.SIGTERM)
        await stop.wait()

    await run(a_daemon(), short=short, works=works)


async def test_the_watchdog_is_fed_twice_an_interval(manager: socket.socket) -> None:
    environ = {"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "200000"}

    async def works(_: asyncio.Event) -> None:
        fed: list[float] = []
        while len(fed) < 3:
            heard = await asyncio.to_thread(manager.recv, 1000)
            if heard == b"WATCHDOG=1":
                fed.append(asyncio.get_running_loop().time())
        assert fed[2] - fed[0] > 0.15
        send(signal.SIGTERM)

    await run(a_daemon(**environ), works=works)


async def test_the_watchdog_starves_while_a_part_is_silent_and_is_fed_again_after(
    manager: socket.socket,
) -> None:
    environ = {"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "10000"}
    looks = 0

    def silent() -> Sequence[str]:
        nonlocal looks
        looks += 1
        return ("pool",) if looks < 4 else ()

    async def works(_: asyncio.Event) -> None:
        heard = [await asyncio.to_thread(manager.recv, 1000) for _ in range(2)]
        assert heard[1] == b"WATCHDOG=1"
        assert looks >= 4, "nothing was fed before"
        send(signal.SIGTERM)

    with capture_logs() as logs:
        await run(a_daemon(silent=silent, **environ), works=works)
    starved = [entry["silent"] for entry in logs if entry["event"] == "watchdog not fed"]
    assert starved == [["pool"]] * 3


async def test_a_silent_part_does_not_starve_the_watchdog_of_a_daemon_that_stops(
    manager: socket.socket,
) -> None:
    environ = {"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "10000"}
    daemon = a_daemon(silent=lambda: ("schedule",), **environ)

    async def drains(stop: asyncio.Event) -> None:
        send(signal.SIGTERM)
        await stop.wait()
        while await asyncio.to_thread(manager.recv, 1000) != b"WATCHDOG=1":
            pass

    await run(daemon, drains=drains)


async def test_a_loop_that_hangs_feeds_no_watchdog(manager: socket.socket) -> None:
    environ = {"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "20000"}

    async def hangs(_: asyncio.Event) -> None:
        while await asyncio.to_thread(manager.recv, 1000) != b"WATCHDOG=1":
            pass
        manager.settimeout(0.1)
        with pytest.raises(TimeoutError):
            manager.recv(1000)  # blocks the loop, which is meant
        send(signal.SIGTERM)

    await run(a_daemon(**environ), hangs=hangs)


async def test_signals_are_given_back_at_the_end() -> None:
    async def works(_: asyncio.Event) -> None:
        send(signal.SIGTERM)

    await run(a_daemon(), works=works)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL


async def test_waiting_for_any_event_ends_with_the_first_or_with_the_time() -> None:
    never, now = asyncio.Event(), asyncio.Event()
    now.set()
    await asyncio.wait_for(wait_for_any(never, now, timeout_seconds=None), BOUND_SECONDS)
    await asyncio.wait_for(wait_for_any(never, timeout_seconds=0), BOUND_SECONDS)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
